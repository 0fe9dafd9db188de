"""HTML of other programs as a tree, read leniently and in linear time: what is no tag is text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import DEEPEST, Node

LONGEST = 20_000
VOID = frozenset(["br", "img", "hr", "input", "wbr", "col", "source", "embed", "link", "meta", "area", "param"])
RAW = frozenset(["script", "style", "iframe", "noscript", "template", "textarea", "title", "xmp", "noembed"])
# A tag of the key ends an open one of the value: nobody writes </li> and </p> everywhere.
_ENDS: dict[str, frozenset[str]] = {
    "p": frozenset(["p"]),
    "li": frozenset(["p", "li"]),
    "tr": frozenset(["p", "td", "th", "tr"]),
    "td": frozenset(["p", "td", "th"]),
    "th": frozenset(["p", "td", "th"]),
    "ul": frozenset(["p"]),
    "ol": frozenset(["p"]),
    "table": frozenset(["p"]),
    "div": frozenset(["p"]),
}
# Bounded in length, so that many unfinished tags do not make the search quadratic.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})((?:\s|/)(?:[^<>\"']|\"[^\"]*\"|'[^']*'){0,4000})?>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:-]*)\s*(?:=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")


@dataclass(slots=True)
class Element:
    """A tag with what is inside it. The root has no tag."""

    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    kids: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all below it."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.walk()


def from_html(text: str) -> Element:
    """Return the tree of an HTML text; raises Refused for one of more than LONGEST characters."""
    if len(text) > LONGEST:
        raise Refused(f"A text has {len(text)} characters; at most {LONGEST} are taken.")
    root = Element()
    stack = [root]
    for kind, value, attributes in _tokens(text):
        if kind == "text":
            stack[-1].kids.append(html.unescape(value))
        elif kind == "end":
            _close(stack, value)
        else:
            while stack[-1].tag in _ENDS.get(value, ()):
                stack.pop()
            element = Element(value, attributes)
            if len(stack) < DEEPEST:
                stack[-1].kids.append(element)
                if value not in VOID:
                    stack.append(element)
    return root


def _close(stack: list[Element], tag: str) -> None:
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].tag == tag:
            del stack[depth:]
            return


def _tokens(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    place, unfinished = 0, False
    while place < len(text):
        opening = text.find("<", place)
        if opening < 0:
            break
        if opening > place:
            yield "text", text[place:opening], {}
        if text.startswith("<!--", opening) and not unfinished:
            end = text.find("-->", opening + 4)
            unfinished = end < 0
            if not unfinished:
                place = end + 3
                continue
        tag = _TAG.match(text, opening)
        if tag is None:
            yield "text", "<", {}
            place = opening + 1
            continue
        name = tag[2].lower()
        place = tag.end()
        yield ("end", name, {}) if tag[1] else ("start", name, _attributes(tag[3] or ""))
        if name in RAW and not tag[1]:
            end = text.lower().find(f"</{name}", place)
            yield "text", text[place : end if end >= 0 else len(text)], {}
            place = end if end >= 0 else len(text)
    if place < len(text):
        yield "text", text[place:], {}


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): html.unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(text)}


def from_nodes(inside: list[Node | str]) -> Element:
    """Return the tree of XML content, for example of a QTI item body."""
    return Element(kids=[one if isinstance(one, str) else _element(one) for one in inside])


def _element(node: Node) -> Element:
    return Element(node.name, dict(node.attributes), from_nodes(node.inside).kids)
