"""XML from strangers as a small tree with line numbers. No DOCTYPE, no entities, bounded size, depth and count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from app.domain.assessment.interchange.report import Refused

MOST_BYTES = 8 * 1024 * 1024
MOST_NODES = 200_000
DEEPEST = 60
LONGEST_VALUE = 20_000
MOST_ATTRIBUTES = 60
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(slots=True)
class Node:
    """An element without its namespace: name, attributes, and what is in it in order (text or elements)."""

    name: str
    space: str
    line: int
    attributes: dict[str, str]
    inside: list[Node | str] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        """The elements directly inside."""
        return [one for one in self.inside if isinstance(one, Node)]

    def all(self, name: str) -> list[Node]:
        """The elements directly inside that have this name."""
        return [one for one in self.children if one.name == name]

    def first(self, *path: str) -> Node | None:
        """The first element at a path of names below this one, or None."""
        node: Node | None = self
        for name in path:
            node = next((one for one in node.children if one.name == name), None) if node else None
        return node

    def get(self, name: str, default: str = "") -> str:
        """The value of an attribute."""
        return self.attributes.get(name, default)

    @property
    def text(self) -> str:
        """All text inside, that of inner elements too."""
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)

    def walk(self) -> Iterator[Node]:
        """This element and every one below it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(data: bytes, *, kebab: bool = False) -> Node:
    """Return the root element; raises Refused with a sentence and the line.

    With `kebab` names are told as QTI 3 does and without its prefix: simpleChoice and qti-simple-choice are both
    simple-choice, and so are the names of attributes.
    """
    if len(data) > MOST_BYTES:
        raise Refused(f"The XML has more than {MOST_BYTES // (1024 * 1024)} MB.")
    builder = _Builder(kebab)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        said = expat.errors.messages.get(error.code, "unknown error")
        raise Refused(f"This is not well-formed XML: {said}.", error.lineno) from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not have, or one that is no text
        raise Refused("The encoding of the XML cannot be read; save it as UTF-8.", 1) from error
    if builder.root is None:
        raise Refused("The XML is empty.", 1)
    return builder.root


class _Builder:
    def __init__(self, kebab: bool) -> None:
        self.kebab = kebab
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = lambda _name: self.open.pop()
        self.parser.CharacterDataHandler = self.data
        # Refused before anything is expanded or fetched: with no declaration there is no entity to resolve.
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.doctype
        self.parser.ExternalEntityRefHandler = self.doctype

    def doctype(self, *_: Any) -> Any:
        self.refuse("The XML has a DOCTYPE or entities, which are not read. Remove them and try again.")

    def refuse(self, sentence: str) -> None:
        raise Refused(sentence, self.parser.CurrentLineNumber)

    def name(self, name: str) -> tuple[str, str]:
        space, _, local = name.rpartition(" ")
        if self.kebab:
            local = _HUMP.sub(r"-\1", local).lower().removeprefix("qti-")
        return space, local

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            self.refuse(f"The XML has more than {MOST_NODES} elements.")
        if len(self.open) >= DEEPEST:
            self.refuse(f"The XML is nested more than {DEEPEST} deep.")
        if len(attributes) > MOST_ATTRIBUTES or any(len(value) > LONGEST_VALUE for value in attributes.values()):
            self.refuse("An element has too many or too long attributes.")
        space, local = self.name(name)
        known = {self.name(key)[1]: value for key, value in attributes.items()}
        node = Node(local, space, self.parser.CurrentLineNumber, known)
        if self.open:
            self.open[-1].inside.append(node)
        else:
            self.root = node
        self.open.append(node)

    def data(self, text: str) -> None:
        if self.open:
            self.open[-1].inside.append(text)
