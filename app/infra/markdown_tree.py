"""Changes to the tree that Python-Markdown parsed, each small and by itself, before the sanitizer."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Terms are not linked inside these: links in links, code, headings and labels stay as they are.
_NO_TERMS = frozenset(["a", "code", "pre", "th", "summary", "label", *_HEADINGS])
_TASK = re.compile(r"^\s*\[[ xX]\]\s+")


def _parents(root: Element) -> dict[Element, Element]:
    return {child: parent for parent in root.iter() for child in parent}


def _text(element: Element) -> str:
    return "".join(element.itertext())


def place_figures(root: Element, figures: Mapping[str, str], nonce: str) -> dict[str, str]:
    """Replace each paragraph that is one known figure by a placeholder; return the HTML per placeholder."""
    placed: dict[str, str] = {}
    for paragraph in root.iter("p"):
        children = list(paragraph)
        if len(children) != 1 or children[0].tag != "img" or (paragraph.text or "").strip():
            continue
        image = children[0]
        svg = figures.get(image.get("src", ""))
        if svg is None or (image.tail or "").strip():
            continue
        placeholder = f"{nonce}-{len(placed)}"
        placed[placeholder] = figure_html(svg, image.get("alt", ""), image.get("title", ""))
        paragraph.remove(image)
        paragraph.text = placeholder
    return placed


def figure_html(svg: str, alt: str, caption: str) -> str:
    """Return a figure element around checked SVG; the alternative text becomes the drawing's label."""
    label = f' aria-label="{html.escape(alt)}"' if alt else ""
    drawing = svg.replace("<svg", f"<svg{label}", 1)
    said = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="figure"><div class="fig">{drawing}</div>{said}</figure>'


def text_for_images(root: Element) -> None:
    """Put the alternative text in the place of every image that is left: no picture comes from outside."""
    for image in list(root.iter("img")):
        alt = image.get("alt", "")
        tail = image.tail
        image.clear()
        image.tag = "em"
        image.text, image.tail = alt, tail


def flatten_headings(root: Element) -> None:
    """Turn headings into bold paragraphs: small texts have no place in the outline of the page."""
    for heading in [e for e in root.iter() if e.tag in _HEADINGS]:
        children, text, tail = list(heading), heading.text, heading.tail
        heading.clear()
        heading.tag, heading.tail = "p", tail
        strong = SubElement(heading, "strong")
        strong.text = text
        strong.extend(children)


def demote_headings(root: Element, prefix: str) -> None:
    """Make the highest heading an h2 (the page prints the title) and give each an id with the prefix."""
    taken: set[str] = set()
    for heading in [e for e in root.iter() if e.tag in _HEADINGS]:
        heading.tag = {"h1": "h2", "h5": "h4", "h6": "h4"}.get(heading.tag, heading.tag)
        slug = "-".join(re.findall(r"[^\W_]+", _text(heading).casefold())) or "part"
        number, free = 1, slug
        while free in taken:
            number += 1
            free = f"{slug}-{number}"
        taken.add(free)
        heading.set("id", prefix + free)


def mark_callouts(root: Element) -> None:
    """Say to a screen reader that a callout is a note."""
    for box in root.iter("div"):
        if "admonition" in box.get("class", "").split():
            box.set("role", "note")


def wide_tables(root: Element) -> None:
    """Let the keyboard scroll a table that is wider than a phone; alignment by style is dropped."""
    for table in root.iter("table"):
        table.set("tabindex", "0")
        for cell in table.iter():
            cell.attrib.pop("style", None)


def task_lists(root: Element) -> None:
    """Turn list items that begin with [ ] into check boxes with labels; they are not stored, so have no name."""
    for listing in root.iter("ul"):
        items = [item for item in listing if item.tag == "li"]
        if not items or not all(_TASK.match(_start(item) or "") for item in items):
            continue
        listing.set("class", "task-list")
        for item in items:
            _check_box(item)


def _start(item: Element) -> str | None:
    """The first text of a list item, which a loose list keeps in a paragraph."""
    return item[0].text if not (item.text or "").strip() and len(item) and item[0].tag == "p" else item.text


def _check_box(item: Element) -> None:
    nested = [child for child in item if child.tag in ("ul", "ol")]
    holder = item[0] if not (item.text or "").strip() and len(item) and item[0].tag == "p" else item
    inline = [child for child in holder if child not in nested]
    text = _TASK.sub("", holder.text or "", count=1)
    for child in list(item):
        item.remove(child)
    item.text = None
    item.set("class", "task-list-item")
    label = SubElement(item, "label")
    SubElement(label, "input", {"type": "checkbox"})
    words = SubElement(label, "span")
    words.text = text
    words.extend(inline)
    item.extend(nested)


def link_lessons(root: Element, lesson_url: Callable[[str], str]) -> None:
    """Give links of the form lesson:id the address of that lesson."""
    for link in root.iter("a"):
        target = link.get("href", "")
        if target.startswith("lesson:"):
            link.set("href", lesson_url(target.removeprefix("lesson:")))


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms with slug and meaning, and the address of a slug; a term in capitals ("HIV") is an abbreviation."""

    terms: Mapping[str, tuple[str, str]]
    url: Callable[[str], str]


def _key(term: str) -> str:
    return term.casefold().replace("’", "'")


@lru_cache(maxsize=8)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for any of the terms, longest first: words with either apostrophe, in any case, also in the plural.

    Abbreviations are found as they are written only: "hives" is no plural of HIV, and "pep" is no PEP.
    """
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    names = "|".join(_spelled(term) for term in longest_first)
    return re.compile(rf"(?<![\w-])(?P<term>{names})(?:s|es)?(?![\w-])", re.IGNORECASE)


def _spelled(term: str) -> str:
    if term.isupper():
        return rf"(?-i:{re.escape(term)})(?![\w-])"
    return re.escape(_key(term)).replace("'", "['’]")


def link_terms(root: Element, glossary: Glossary) -> None:
    """Link the first use of each term in running text to the glossary, with its meaning beside it."""
    terms = {_key(term): found for term, found in glossary.terms.items()}
    if not terms:
        return
    cutter = _Cutter(_pattern(tuple(glossary.terms)), terms, glossary.url, set())
    parents = _parents(root)
    for holder, is_tail in list(_running_text(root, parents)):
        text = (holder.tail if is_tail else holder.text) or ""
        links, rest = cutter.cut(text)
        if not links:
            continue
        if is_tail:
            parent = parents[holder]
            at = list(parent).index(holder) + 1
            holder.tail = rest
        else:
            parent, at = holder, 0
            holder.text = rest
        for number, link in enumerate(links):
            parent.insert(at + number, link)
            parents[link] = parent


def _running_text(root: Element, parents: Mapping[Element, Element]) -> Iterator[tuple[Element, bool]]:
    """Yield (element, is_tail) for each text in reading order that stands in no heading, link or code."""

    def walk(element: Element) -> Iterator[tuple[Element, bool]]:
        if element.tag in _NO_TERMS or "admonition-title" in element.get("class", ""):
            return
        if element.text:
            yield element, False
        for child in element:
            yield from walk(child)
            if child.tail:
                yield child, True

    yield from walk(root)


@dataclass(slots=True)
class _Cutter:
    """Cuts texts at terms that were not linked before."""

    pattern: re.Pattern[str]
    terms: Mapping[str, tuple[str, str]]
    url: Callable[[str], str]
    seen: set[str]

    def cut(self, text: str) -> tuple[list[Element], str]:
        """Return links for the terms in `text` (their tails hold what follows) and the text before them."""
        links: list[Element] = []
        before, position = text, 0
        for match in self.pattern.finditer(text):
            slug, meaning = self.terms[_key(match["term"])]
            if slug in self.seen:
                continue
            self.seen.add(slug)
            between = text[position : match.start()]
            if links:
                links[-1].tail = between
            else:
                before = between
            attributes = {"class": "glossary-term", "href": self.url(slug), "data-meaning": meaning}
            link = Element("a", attributes)
            link.text = match[0]
            links.append(link)
            position = match.end()
        if links:
            links[-1].tail = text[position:]
        return links, before
