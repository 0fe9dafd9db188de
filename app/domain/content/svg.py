"""Check a drawn figure against the allow-list and write it out so that it can be inlined safely.

What is not listed here does not get through: no style, no script, no reference that leaves the figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

SVG = "http://www.w3.org/2000/svg"
WIDTH = 400
HEIGHTS = (160, 420)

_INK = ("surface", "sunk", "paper", "ink", "ink2", "brand", "brand-soft", "ok", "ok-soft", "warn", "warn-soft")
_FILLS = (
    *_INK,
    "bad",
    "bad-soft",
    "info",
    "info-soft",
    "plum",
    "plum-soft",
    "line",
    "skin",
    "skin2",
    "lip",
    "lip2",
    "none",
)
_STROKES = ("ink", "ink2", "line", "brand", "ok", "warn", "bad", "info", "plum", "none")
_SERIES = tuple(f"s{n}" for n in range(1, 9))
CLASSES = frozenset(
    [f"f-{name}" for name in (*_FILLS, *_SERIES)]
    + [f"k-{name}" for name in (*_STROKES, *_SERIES)]
    + ["w1", "w2", "w3", "d1", "d2", "t-md", "t-sm", "t-b", "t-2", "t-on", "t-m", "t-e"]
)
TEXT_SIZES = frozenset(["t-md", "t-sm"])

_NUM = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(rf"^{_NUM}%?$")
_NUMBERS = re.compile(rf"^\s*{_NUM}(?:[\s,]+{_NUM})*\s*$")
_PATH = re.compile(r"^[MmLlHhVvCcSsQqTtAaZz\d\s.,+eE-]*$")
_MOVES = "translate|scale|rotate|skewX|skewY|matrix"
_TRANSFORM = re.compile(rf"^(?:\s*(?:{_MOVES})\(\s*{_NUM}(?:[\s,]+{_NUM})*\s*\)[\s,]*)+$")
_COLOR = re.compile(r"^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
_ID = re.compile(r"^[A-Za-z][\w-]{0,60}$")
_REFERENCE = re.compile(r"^url\(#([A-Za-z][\w-]{0,60})\)$")


def _words(*allowed: str) -> re.Pattern[str]:
    return re.compile("^(?:" + "|".join(allowed) + ")$")


_FILL = re.compile(f"{_COLOR.pattern}|^none$|{_REFERENCE.pattern}")
_COMMON: dict[str, re.Pattern[str]] = {
    "id": _ID,
    "class": re.compile(r"^[a-z0-9 -]+$"),
    "transform": _TRANSFORM,
    "opacity": _NUMBER,
    "fill": _FILL,
    "fill-opacity": _NUMBER,
    "fill-rule": _words("nonzero", "evenodd"),
    "clip-rule": _words("nonzero", "evenodd"),
    "stroke-opacity": _NUMBER,
    "stroke-linecap": _words("butt", "round", "square"),
    "stroke-linejoin": _words("miter", "round", "bevel"),
    "clip-path": _REFERENCE,
}
_MARKERS = dict.fromkeys(("marker-start", "marker-mid", "marker-end"), _REFERENCE)
_UNITS = _words("userSpaceOnUse", "objectBoundingBox")
_GRADIENT = {"id": _ID, "gradientUnits": _UNITS, "gradientTransform": _TRANSFORM}
_GRADIENT["spreadMethod"] = _words("pad", "reflect", "repeat")
_TEXT = {
    "dominant-baseline": _words("auto", "middle", "central", "hanging"),
    "text-anchor": _words("start", "middle", "end"),
}


def _numbers(*names: str) -> dict[str, re.Pattern[str]]:
    return dict.fromkeys(names, _NUMBER)


_LISTS = dict.fromkeys(("x", "y", "dx", "dy"), _NUMBERS)
ELEMENTS: dict[str, dict[str, re.Pattern[str]]] = {
    "svg": {"viewBox": _NUMBERS, "role": _words("img")},
    "g": _COMMON,
    "path": {**_COMMON, **_MARKERS, "d": _PATH},
    "rect": {**_COMMON, **_numbers("x", "y", "width", "height", "rx", "ry")},
    "circle": {**_COMMON, **_numbers("cx", "cy", "r")},
    "ellipse": {**_COMMON, **_numbers("cx", "cy", "rx", "ry")},
    "line": {**_COMMON, **_MARKERS, **_numbers("x1", "y1", "x2", "y2")},
    "polyline": {**_COMMON, **_MARKERS, "points": _NUMBERS},
    "polygon": {**_COMMON, **_MARKERS, "points": _NUMBERS},
    "text": {**_COMMON, **_TEXT, **_LISTS},
    "tspan": {**_COMMON, **_TEXT, **_LISTS},
    "title": {"id": _ID},
    "desc": {"id": _ID},
    "defs": {},
    "linearGradient": {**_GRADIENT, **_numbers("x1", "y1", "x2", "y2")},
    "radialGradient": {**_GRADIENT, **_numbers("cx", "cy", "r", "fx", "fy")},
    "stop": {"offset": _NUMBER, "stop-color": _COLOR, "stop-opacity": _NUMBER, "class": _COMMON["class"]},
    "clipPath": {"id": _ID, "clipPathUnits": _UNITS, "transform": _TRANSFORM},
    "marker": {
        "id": _ID,
        "viewBox": _NUMBERS,
        **_numbers("markerWidth", "markerHeight", "refX", "refY"),
        "orient": re.compile(rf"^(?:auto|auto-start-reverse|{_NUM})$"),
        "markerUnits": _words("strokeWidth", "userSpaceOnUse"),
    },
}
_HOLDS_TEXT = frozenset(["title", "desc", "text", "tspan"])


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a figure that the allow-list does not know; `line` is 1-based."""

    line: int
    code: str
    sentence: str


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that passed the check."""

    root: ET.Element
    title: str
    desc: str
    height: float

    def markup(self, prefix: str) -> str:
        """Return SVG text to be inlined; every id in it begins with `prefix` and a hyphen.

        The same drawing gives the same text: attributes are sorted, comments and layout are gone.
        """
        return _write(self.root, prefix)


def read(text: str) -> tuple[Figure | None, list[Fault]]:
    """Check SVG text. Return the figure and no fault, or None and every fault found."""
    try:
        root, lines = _parse(text)
    except _Refused as refused:
        return None, [refused.fault]
    faults: list[Fault] = []
    if root.tag != "svg":
        return None, [Fault(1, "svg-root", f'The root must be <svg xmlns="{SVG}">, not <{root.tag}>.')]
    for element in root.iter():
        faults += _check_element(element, lines[element])
    faults += _check_frame(root, lines[root])
    faults += _check_references(root, lines)
    faults += _check_text_sizes(root, lines, covered=False)
    if faults:
        return None, sorted(faults, key=lambda f: f.line)
    return Figure(root, _said(root, "title"), _said(root, "desc"), _box(root)[3]), []


def _parse(text: str) -> tuple[ET.Element, dict[ET.Element, int]]:
    """Build the tree with expat, which alone tells lines and lets DOCTYPE and entities be refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = ET.TreeBuilder()
    lines: dict[ET.Element, int] = {}

    def refuse(code: str, sentence: str) -> None:
        raise _Refused(Fault(parser.CurrentLineNumber, code, sentence))

    def start(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != SVG:
            refuse("svg-namespace", f'<{local}> is not in the SVG namespace; the root needs xmlns="{SVG}".')
        element = builder.start(local, attributes)
        lines[element] = parser.CurrentLineNumber

    def doctype(*_: Any) -> None:
        refuse("svg-doctype", "A figure may not have a DOCTYPE or entities.")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.ProcessingInstructionHandler = lambda *_: refuse("svg-instruction", "No processing instructions.")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        sentence = f"The figure is not well-formed XML: {expat.errors.messages[error.code]}."
        raise _Refused(Fault(error.lineno, "svg-xml", sentence)) from error
    return builder.close(), lines


def _check_element(element: ET.Element, line: int) -> list[Fault]:
    tag = str(element.tag)
    if tag not in ELEMENTS:
        return [Fault(line, "svg-element", f"<{tag}> is not allowed in a figure.")]
    faults = []
    allowed = ELEMENTS[tag]
    for name, value in element.attrib.items():
        local = name.rpartition(" ")[2]
        if name not in allowed:
            faults.append(Fault(line, "svg-attribute", f"{local} is not allowed on <{tag}>{_hint(local, tag)}."))
        elif not allowed[name].fullmatch(value):
            faults.append(Fault(line, "svg-value", f'{local}="{value[:60]}" is not allowed on <{tag}>.'))
    for name in element.get("class", "").split():
        if name not in CLASSES:
            faults.append(Fault(line, "svg-class", f"The class {name} is not one of the figure classes."))
    inner = [element.text, *(child.tail for child in element)]
    if tag not in _HOLDS_TEXT and any(part and part.strip() for part in inner):
        faults.append(Fault(line, "svg-text", f"Loose text in <{tag}>; put it into <text>."))
    return faults


def _hint(attribute: str, tag: str) -> str:
    if attribute.startswith("on"):
        return ": no event handlers"
    if attribute == "style" or attribute.startswith("font"):
        return ": use the classes"
    if attribute in ("stroke", "stroke-width", "stroke-dasharray"):
        return ": use the classes k-…, w1 to w3, d1 and d2"
    if tag == "svg" and attribute in ("width", "height"):
        return ": the viewBox gives the size"
    return ""


def _check_frame(root: ET.Element, line: int) -> list[Fault]:
    faults = []
    box = _box(root)
    if box[:3] != [0, 0, WIDTH] or not HEIGHTS[0] <= box[3] <= HEIGHTS[1]:
        low, high = HEIGHTS
        faults.append(Fault(line, "svg-viewbox", f'viewBox must be "0 0 {WIDTH} H" with H from {low} to {high}.'))
    if root.get("role") != "img":
        faults.append(Fault(line, "svg-role", 'The root must carry role="img".'))
    if [child.tag for child in root][:2] != ["title", "desc"]:
        faults.append(Fault(line, "svg-title", "The first children must be <title> and <desc>."))
    for name in ("title", "desc"):
        if root.find(name) is not None and not _said(root, name):
            faults.append(Fault(line, "svg-title", f"<{name}> is empty."))
    return faults


def _box(root: ET.Element) -> list[float]:
    value = root.get("viewBox", "")
    box = [float(n) for n in re.split(r"[\s,]+", value.strip())] if _NUMBERS.fullmatch(value) else []
    return box if len(box) == 4 else [0.0, 0.0, 0.0, 0.0]


def _said(root: ET.Element, name: str) -> str:
    found = root.find(name)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def _check_references(root: ET.Element, lines: dict[ET.Element, int]) -> list[Fault]:
    faults = []
    ids: set[str] = set()
    for element in root.iter():
        own = element.get("id")
        if own in ids:
            faults.append(Fault(lines[element], "svg-id", f"The id {own} is used twice."))
        if own:
            ids.add(own)
    for element in root.iter():
        for value in element.attrib.values():
            target = _REFERENCE.fullmatch(value)
            if target and target[1] not in ids:
                faults.append(Fault(lines[element], "svg-reference", f"Nothing in the figure has the id {target[1]}."))
    return faults


def _check_text_sizes(element: ET.Element, lines: dict[ET.Element, int], *, covered: bool) -> list[Fault]:
    sized = covered or bool(TEXT_SIZES & set(element.get("class", "").split()))
    if element.tag == "text" and not sized:
        return [Fault(lines[element], "svg-text-size", "<text> needs the class t-md or t-sm.")]
    return [fault for child in element for fault in _check_text_sizes(child, lines, covered=sized)]


def _write(element: ET.Element, prefix: str) -> str:
    tag = str(element.tag)
    attributes = "".join(
        f" {name}={quoteattr(_prefixed(name, value, prefix))}" for name, value in sorted(element.attrib.items())
    )
    keeps = tag in _HOLDS_TEXT
    inner = _spaced(element.text) if keeps else ""
    for child in element:
        inner += _write(child, prefix) + (_spaced(child.tail) if keeps else "")
    if keeps and tag != "tspan":
        inner = inner.strip()
    return f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"


def _spaced(text: str | None) -> str:
    return escape(re.sub(r"\s+", " ", text or ""))


def _prefixed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    target = _REFERENCE.fullmatch(value)
    if target:
        return f"url(#{prefix}-{target[1]})"
    if name == "class":
        # Fill, stroke, width, dash, text: the stylesheet knows a line by a class list that begins with k-.
        return " ".join(sorted(set(value.split()), key=lambda c: ("fkwdt".find(c[0]), c)))
    return " ".join(value.split())
