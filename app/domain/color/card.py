"""The color reference card: what is printed on it and where, in millimeters from its upper left corner.

Four QR codes in the corners tell which card it is and which corner; eight black dots between them give places exact
to a fraction of a pixel; eight spots of bare paper show how the light falls; thirty patches have known colors once
somebody has measured the print. Nothing here knows how it is drawn or found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.color.convert import Lab, lab_from_d50, lab_from_hex
from app.domain.color.plane import Point

VERSION: Final = 1
WIDTH: Final = 148.0
"""A6, landscape: 148 x 105 mm."""
HEIGHT: Final = 105.0
QR_MODULE: Final = 0.8
QR_MODULES: Final = 21
QR_SIDE: Final = QR_MODULE * QR_MODULES
QR_INSET: Final = 6.0
DOT_DIAMETER: Final = 3.2
PAPER_DIAMETER: Final = 4.0
CHECK_LINE: Final = ((49.0, 85.0), (99.0, 85.0))
"""A line of 50 mm: who lays a ruler on it sees whether the printer kept the size."""
CHECK_MM: Final = 50.0
CHECK_RANGE: Final = (40.0, 60.0)
CORNERS: Final = ("A", "B", "C", "D")
"""Upper left, upper right, lower right, lower left."""
CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 5

_FIDUCIAL = re.compile(rf"VC{VERSION}(?P<corner>[A-D])(?P<code>[{CODE_ALPHABET}]{{{CODE_LENGTH}}})")


class Group(StrEnum):
    """What a patch is for."""

    NEUTRAL = "neutral"
    SKIN = "skin"
    LIP = "lip"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Patch:
    """A printed rectangle: its place in mm and the sRGB value that is sent to the printer (not what comes out)."""

    id: str
    group: Group
    hex: str
    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> Point:
        """Its middle in mm."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def nominal(self) -> Lab:
        """The color that was asked of the printer."""
        return lab_from_hex(self.hex)


_LEFT, _TOP, _STEP_X, _STEP_Y, _GAP = 24.0, 26.5, 100.0 / 6, 10.4, 1.2
# The grays and the strong colors are near those of the usual photographic charts; the skins are the five of the
# worked vectors in the domain reference (ITA 66 to -70); the last skin place holds a cool lip.
_ROWS: Final[tuple[tuple[Group, str, tuple[str, ...]], ...]] = (
    (Group.NEUTRAL, "N", ("#f3f3f3", "#c8c8c8", "#a0a0a0", "#7a7a7a", "#555555", "#343434")),
    (Group.SKIN, "S", ("#e9cab4", "#cda082", "#b08060", "#78503a", "#422c22", "#7a5268")),
    (Group.LIP, "L", ("#c97c78", "#c46264", "#de6f54", "#a5463a", "#8e2f4b", "#e2752f")),
    (Group.STRONG, "C", ("#af363c", "#469449", "#383d96", "#0885a1", "#bb5695", "#e7c71f")),
    (Group.NEUTRAL, "M", ("#343434", "#555555", "#7a7a7a", "#a0a0a0", "#c8c8c8", "#f3f3f3")),
)


def _patches() -> tuple[Patch, ...]:
    return tuple(
        Patch(
            f"{letter}{place + 1}",
            group,
            color,
            round(_LEFT + place * _STEP_X + _GAP / 2, 3),
            round(_TOP + row * _STEP_Y + _GAP / 2, 3),
            round(_STEP_X - _GAP, 3),
            round(_STEP_Y - _GAP, 3),
        )
        for row, (group, letter, colors) in enumerate(_ROWS)
        for place, color in enumerate(colors)
    )


PATCHES: Final[tuple[Patch, ...]] = _patches()
PATCH_IDS: Final = frozenset(patch.id for patch in PATCHES)
NEUTRALS: Final = tuple(patch for patch in PATCHES if patch.group is Group.NEUTRAL)

DOTS: Final[tuple[Point, ...]] = (
    (31.0, 8.0), (117.0, 8.0), (31.0, 97.0), (117.0, 97.0), (14.4, 32.0), (14.4, 73.0), (133.6, 32.0), (133.6, 73.0),
)  # fmt: skip
"""Middles of the black dots; nothing else is printed within 4 mm of them."""
PAPER_SPOTS: Final[tuple[Point, ...]] = (
    (44.0, 8.0), (104.0, 8.0), (44.0, 97.0), (104.0, 97.0), (14.4, 43.0), (14.4, 62.0), (133.6, 43.0), (133.6, 62.0),
)  # fmt: skip
"""Middles of the spots that stay bare paper, so that they are equally bright on every print."""


def corner_squares() -> dict[str, tuple[Point, Point, Point, Point]]:
    """The four corners of the QR code in each corner of the card, clockwise from its upper left one, in mm."""
    left, top = QR_INSET, QR_INSET
    right, bottom = WIDTH - QR_INSET - QR_SIDE, HEIGHT - QR_INSET - QR_SIDE
    places = {"A": (left, top), "B": (right, top), "C": (right, bottom), "D": (left, bottom)}
    return {
        name: ((x, y), (x + QR_SIDE, y), (x + QR_SIDE, y + QR_SIDE), (x, y + QR_SIDE))
        for name, (x, y) in places.items()
    }


def fiducial_text(corner: str, code: str) -> str:
    """What the QR code of a corner says: "VC", the version, the corner and the code of the card."""
    return f"VC{VERSION}{corner}{code}"


def read_fiducial(text: str) -> tuple[str, str] | None:
    """The corner and the code of the card that a QR code tells, or None for any other text."""
    match = _FIDUCIAL.fullmatch(text)
    return (match["corner"], match["code"]) if match else None


class White(StrEnum):
    """The white that measured values refer to."""

    D50 = "D50"
    D65 = "D65"


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line of measured values that cannot be used: its number from 1, a code and what stands there."""

    line: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Values read from text: color by patch for D65, and the lines that could not be used."""

    values: dict[str, Lab]
    problems: tuple[LineProblem, ...]


_SPLIT = re.compile(r"[\s;,]+")
MAX_LINES: Final = 100


def read_measured(text: str, white: White) -> Measured:
    """Read lines such as "N1 95.2 0.3 -1.8" (patch, L, a, b; also with tabs, semicolons or decimal commas).

    Empty lines are passed over. Codes of problems: "lines" (too many), "form", "patch" (unknown), "twice", "number",
    "range" (L outside 0 to 100, a or b beyond 128).
    """
    values: dict[str, Lab] = {}
    problems: list[LineProblem] = []
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        return Measured({}, (LineProblem(MAX_LINES + 1, "lines", ""),))
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _read_line(line)
        if isinstance(found, str):
            problems.append(LineProblem(number, found, line.strip()[:40]))
        elif found[0] in values:
            problems.append(LineProblem(number, "twice", found[0]))
        else:
            values[found[0]] = lab_from_d50(found[1]) if white is White.D50 else found[1]
    return Measured(values, tuple(problems))


def _read_line(line: str) -> tuple[str, Lab] | str:
    """The patch and its color as written, or the code of what is wrong."""
    # A decimal comma is one between two digits; "N1,95,0,1" would be ambiguous, so such lines need a space or a tab.
    parts = _SPLIT.split(line.strip()) if "." in line or "," not in line else line.replace(",", ".").split()
    parts = [part for part in (piece.strip(";") for piece in parts) if part]
    if len(parts) != 4:
        return "form"
    patch = parts[0].upper()
    if patch not in PATCH_IDS:
        return "patch"
    try:
        lightness, a, b = (float(part) for part in parts[1:])
    except ValueError:
        return "number"
    if not (0 <= lightness <= 100 and abs(a) <= 128 and abs(b) <= 128):
        return "range"
    return patch, Lab(lightness, a, b)
