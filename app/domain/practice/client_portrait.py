"""Draw the lower face of a fictional client as SVG: skin, mouth and what a careful look would find on it.

Only shapes with a color of their own are used, so that the drawing needs no stylesheet and looks the same in light and
dark. Coordinates: 400 x 300 units, the middle of the mouth line at (200, 150).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.sax.saxutils import escape

from app.domain.practice.client import Portrait

CENTER, LINE = 200.0, 150.0
_HEX = re.compile(r"^#[0-9a-f]{6}$")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Mouth:
    """A mouth in units: half its width, heights of upper and lower lip above and below the mouth line.

    `bow` is how deep the bow dips below its peaks, `drop` how far the corners hang, `skew` how much lower the left
    peak stands than the right one.
    """

    half: float = 88
    upper: float = 30
    lower: float = 42
    bow: float = 9
    drop: float = 3
    skew: float = 0


SHAPES: Mapping[str, Mouth] = {
    "balanced": Mouth(),
    "full": Mouth(half=90, upper=38, lower=54, bow=10),
    "thin": Mouth(upper=17, lower=25, bow=5),
    "thin-upper": Mouth(upper=16, lower=42, bow=4),
    "wide": Mouth(half=108, upper=27, lower=38),
    "small": Mouth(half=68, upper=28, lower=40),
    "soft-bow": Mouth(bow=2, upper=27),
    "deep-bow": Mouth(bow=16, upper=34),
    "drooping": Mouth(half=90, upper=22, lower=33, bow=5, drop=11),
    "uneven-bow": Mouth(skew=6),
}


def mixed(color: str, other: str, share: float) -> str:
    """Return `color` with `share` (0 to 1) of `other` in it, as #rrggbb; raises ValueError for other notations."""
    if not (_HEX.fullmatch(color) and _HEX.fullmatch(other)):
        raise ValueError(f"{color!r} and {other!r} must be colors like #c98f6b.")
    pairs = [(int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _dark(color: str, share: float) -> str:
    return mixed(color, "#1a0d0a", share)


def _light(color: str, share: float) -> str:
    return mixed(color, "#fff6ee", share)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _path(fill: str, moves: Sequence[tuple[str, Sequence[float]]], opacity: float = 1.0) -> str:
    d = "".join(letter + " ".join(_n(v) for v in numbers) for letter, numbers in moves)
    return f'<path d="{d}Z" fill="{fill}"{_opacity(opacity)}/>'


def _ellipse(fill: str, x: float, y: float, rx: float, ry: float, opacity: float = 1.0) -> str:
    place = f'cx="{_n(x)}" cy="{_n(y)}" rx="{_n(rx)}" ry="{_n(ry)}"'
    return f'<ellipse {place} fill="{fill}"{_opacity(opacity)}/>'


def _soft(fill: str, x: float, y: float, rx: float, ry: float, opacity: float) -> list[str]:
    """An ellipse whose edge fades out: seven of them, one within the other."""
    sizes = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
    return [_ellipse(fill, x, y, rx * size, ry * size, round(opacity / 5, 3)) for size in sizes]


def _opacity(value: float) -> str:
    return f' opacity="{value:g}"' if value < 1 else ""


def _lens(fill: str, start: tuple[float, float], end: tuple[float, float], bulge: float, opacity: float = 1.0) -> str:
    """A thin leaf from one point to another, in place of a line; `bulge` is its half width to either side."""
    (x1, y1), (x2, y2) = start, end
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 0.1)
    nx, ny = -(y2 - y1) / length * bulge * 2, (x2 - x1) / length * bulge * 2
    mx, my = (x1 + x2) / 2, (y1 + y2) / 2
    moves = [("M", (x1, y1)), ("Q", (mx + nx, my + ny, x2, y2)), ("Q", (mx - nx, my - ny, x1, y1))]
    return _path(fill, moves, opacity)


def _line_curve(m: Mouth) -> list[tuple[str, Sequence[float]]]:
    """The mouth line from the right corner over the tubercle to the left corner."""
    y = LINE + m.drop
    return [
        ("C", (CENTER + 0.62 * m.half, LINE - 1, CENTER + 0.34 * m.half, LINE - 5, CENTER + 0.14 * m.half, LINE)),
        ("Q", (CENTER, LINE + 5, CENTER - 0.14 * m.half, LINE)),
        ("C", (CENTER - 0.34 * m.half, LINE - 5, CENTER - 0.62 * m.half, LINE - 1, CENTER - m.half, y)),
    ]


def _upper_lip(m: Mouth, fill: str) -> str:
    left, right, corner = CENTER - m.half, CENTER + m.half, LINE + m.drop
    peak, top, dip = 0.2 * m.half, LINE - m.upper, LINE - m.upper + m.bow
    low = top + m.skew
    rise = 0.46 * m.upper
    moves: list[tuple[str, Sequence[float]]] = [
        ("M", (left, corner)),
        ("C", (left + 0.3 * m.half, corner - rise, CENTER - peak - 0.26 * m.half, low, CENTER - peak, low)),
        ("C", (CENTER - 0.5 * peak, low, CENTER - 0.4 * peak, dip, CENTER, dip)),
        ("C", (CENTER + 0.4 * peak, dip, CENTER + 0.5 * peak, top, CENTER + peak, top)),
        ("C", (CENTER + peak + 0.26 * m.half, top, right - 0.3 * m.half, corner - rise, right, corner)),
        *_line_curve(m),
    ]
    return _path(fill, moves)


def _lower_lip(m: Mouth, fill: str) -> str:
    left, right, corner, bottom = CENTER - m.half, CENTER + m.half, LINE + m.drop, LINE + m.lower
    full = corner + 0.62 * m.lower
    moves: list[tuple[str, Sequence[float]]] = [
        ("M", (right, corner)),
        *_line_curve(m),
        ("C", (left + 0.2 * m.half, full, CENTER - 0.46 * m.half, bottom, CENTER, bottom)),
        ("C", (CENTER + 0.46 * m.half, bottom, right - 0.2 * m.half, full, right, corner)),
    ]
    return _path(fill, moves)


def _mouth(portrait: Portrait, m: Mouth) -> list[str]:
    lip, upper = portrait.lip, portrait.upper or portrait.lip
    shapes = []
    if portrait.rim:
        wide = replace(m, half=m.half + 2, upper=m.upper + 3, lower=m.lower + 3)
        shapes += [_upper_lip(wide, portrait.rim), _lower_lip(wide, portrait.rim)]
    shapes += [_upper_lip(m, _dark(upper, 0.06)), _lower_lip(m, lip)]
    line: list[tuple[str, Sequence[float]]] = [("M", (CENTER + m.half, LINE + m.drop)), *_line_curve(m)]
    line.append(("Q", (CENTER, LINE + 8, CENTER + m.half, LINE + m.drop)))
    shapes.append(_path(_dark(upper, 0.6), line, 0.85))
    shapes.append(_ellipse(_light(lip, 0.5), CENTER - 4, LINE + 0.55 * m.lower, 0.3 * m.half, 0.13 * m.lower, 0.45))
    shapes.append(_ellipse(_light(upper, 0.5), CENTER, LINE - 0.42 * m.upper, 0.1 * m.half, 0.1 * m.upper, 0.35))
    return shapes


def _face(skin: str, m: Mouth) -> list[str]:
    top, bottom = LINE - m.upper + m.bow, LINE + m.lower
    shade, glow = _dark(skin, 0.3), _light(skin, 0.35)
    jaw: list[tuple[str, Sequence[float]]] = [("M", (0, 176)), ("Q", (34, 262, 132, 300)), ("L", (0, 300))]
    other: list[tuple[str, Sequence[float]]] = [("M", (400, 176)), ("Q", (366, 262, 268, 300)), ("L", (400, 300))]
    return [
        f'<rect x="0" y="0" width="400" height="300" fill="{skin}"/>',
        _path(shade, jaw, 0.45),
        _path(shade, other, 0.45),
        *_soft(glow, CENTER, 262, 74, 34, 0.45),
        *_soft(shade, CENTER, bottom + 14, 0.6 * m.half, 11, 0.4),
        *_soft(shade, CENTER, 24, 52, 24, 0.3),
        *_soft(glow, CENTER, 10, 28, 20, 0.6),
        _ellipse(_dark(skin, 0.6), CENTER - 22, 36, 10, 4.5, 0.7),
        _ellipse(_dark(skin, 0.6), CENTER + 22, 36, 10, 4.5, 0.7),
        _lens(glow, (CENTER - 9, 48), (CENTER - 0.2 * m.half, top - 3), 2, 0.8),
        _lens(glow, (CENTER + 9, 48), (CENTER + 0.2 * m.half, top - 3), 2, 0.8),
        _lens(shade, (CENTER, 50), (CENTER, top - 2), 2, 0.35),
        _lens(shade, (CENTER - 58, 34), (CENTER - m.half - 22, LINE - 6), 2, 0.3),
        _lens(shade, (CENTER + 58, 34), (CENTER + m.half + 22, LINE - 6), 2, 0.3),
    ]


def _dots(fill: str, places: Sequence[tuple[float, float, float]], opacity: float = 1.0) -> list[str]:
    return [_ellipse(fill, x, y, r, r, opacity) for x, y, r in places]


def _scattered(count: int, boxes: Sequence[Box], r: float) -> list[tuple[float, float, float]]:
    """Evenly spread points (additive recurrence with the plastic number), the same in every drawing."""
    found = []
    for index in range(1, count + 1):
        x0, y0, x1, y1 = boxes[index % len(boxes)]
        u, v = index * 0.7548776662 % 1, index * 0.5698402910 % 1
        found.append((x0 + (x1 - x0) * u, y0 + (y1 - y0) * v, r))
    return found


def _cold_sore(p: Portrait, m: Mouth) -> list[str]:
    x, y = CENTER - 0.62 * m.half, LINE - 0.52 * m.upper
    blisters = [(x, y, 4.5), (x - 8, y + 3, 3.8), (x - 2, y - 7, 3.6), (x + 7, y - 4, 3.2)]
    return [_ellipse("#b8343a", x - 1, y - 1, 15, 12, 0.6), *_dots("#f0d9a8", blisters, 0.95)]


def _crust(p: Portrait, m: Mouth) -> list[str]:
    x, y = CENTER + 0.42 * m.half, LINE + 0.55 * m.lower
    return [_ellipse("#d9cfae", x, y, 13, 7, 0.95), *_dots("#a98a4e", [(x - 5, y - 1, 2.4), (x + 4, y + 1, 2.8)], 0.9)]


def _flakes(p: Portrait, m: Mouth) -> list[str]:
    boxes = [(CENTER - 0.6 * m.half, LINE + 8, CENTER + 0.6 * m.half, LINE + 0.75 * m.lower)]
    pale = _light(p.lip, 0.75)
    lower = [_ellipse(pale, x, y, 5, 1.8, 0.85) for x, y, _r in _scattered(9, boxes, 1)]
    boxes = [(CENTER - 0.5 * m.half, LINE - 0.6 * m.upper, CENTER + 0.5 * m.half, LINE - 6)]
    return lower + [_ellipse(pale, x, y, 4, 1.5, 0.85) for x, y, _r in _scattered(6, boxes, 1)]


def _swelling(p: Portrait, m: Mouth) -> list[str]:
    x, y = CENTER - 0.42 * m.half, LINE + 0.62 * m.lower
    return [_ellipse(p.lip, x, y, 26, 0.5 * m.lower), _ellipse(_light(p.lip, 0.55), x - 2, y - 3, 12, 5, 0.6)]


def _bruise(p: Portrait, m: Mouth) -> list[str]:
    return [_ellipse("#4a3a6e", CENTER - 0.5 * m.half, LINE + 0.72 * m.lower, 15, 7, 0.45)]


def _scar(p: Portrait, m: Mouth) -> list[str]:
    pale = _light(p.skin, 0.6)
    return [
        _lens(pale, (CENTER - 34, 47), (CENTER - 4, 53), 1.2, 0.9),
        _lens(pale, (CENTER + 4, 53), (CENTER + 34, 47), 1.2, 0.9),
    ]


def _dark_spot(p: Portrait, m: Mouth) -> list[str]:
    return [_ellipse("#4f2a1c", CENTER + 0.38 * m.half, LINE + 0.5 * m.lower, 4.5, 3.8, 0.85)]


def _dark_marks(p: Portrait, m: Mouth) -> list[str]:
    places = [(104, 214, 4.0), (132, 246, 3.2), (286, 228, 4.4), (262, 258, 3.0), (306, 196, 2.8)]
    return _dots(_dark(p.skin, 0.45), places, 0.75)


def _sunburn(p: Portrait, m: Mouth) -> list[str]:
    return _soft("#c8402f", CENTER, LINE - 4, m.half + 50, m.upper + m.lower + 18, 0.42)


def _freckles(p: Portrait, m: Mouth) -> list[str]:
    boxes = [(20, 40, 96, 180), (304, 40, 380, 180), (120, 220, 280, 286)]
    return _dots(mixed(p.skin, "#8a4f2a", 0.6), _scattered(42, boxes, 1.7), 0.7)


def _lines(p: Portrait, m: Mouth) -> list[str]:
    shade, y = _dark(p.skin, 0.4), LINE - m.upper
    tops = (-52, -36, -22, 22, 36, 52)
    return [_lens(shade, (CENTER + x, y - 22), (CENTER + 0.92 * x, y + 3 + abs(x) / 7), 0.7, 0.6) for x in tops]


def _stubble(p: Portrait, m: Mouth) -> list[str]:
    boxes = [(60, 200, 340, 292), (126, 58, 274, 100), (30, 120, 92, 250), (308, 120, 370, 250)]
    return _dots(_dark(p.skin, 0.6), _scattered(190, boxes, 0.9), 0.55)


_UNDER: Mapping[str, Callable[[Portrait, Mouth], list[str]]] = {
    "sunburn": _sunburn,
    "freckles": _freckles,
    "lines": _lines,
    "stubble": _stubble,
    "scar": _scar,
    "dark-marks": _dark_marks,
}
_OVER: Mapping[str, Callable[[Portrait, Mouth], list[str]]] = {
    "swelling": _swelling,
    "bruise": _bruise,
    "flakes": _flakes,
    "crust": _crust,
    "dark-spot": _dark_spot,
    "cold-sore": _cold_sore,
}
MARKS: tuple[str, ...] = (*_UNDER, *_OVER)
"""What a portrait may show beside skin and lips; drawn in this order."""


@lru_cache(maxsize=256)
def draw(portrait: Portrait, title: str, description: str) -> str:
    """Return the portrait as one SVG element, within the allow-list for figures: safe to inline as it is.

    Raises ValueError for a color that is not #rrggbb, KeyError for an unknown shape, ValueError for an unknown mark.
    """
    strange = [mark for mark in portrait.marks if mark not in MARKS]
    if strange:
        raise ValueError(f"There is no mark {', '.join(strange)}.")
    mouth = SHAPES[portrait.shape]
    shapes = _face(portrait.skin, mouth)
    shapes += [shape for mark, made in _UNDER.items() if mark in portrait.marks for shape in made(portrait, mouth)]
    shapes += _mouth(portrait, mouth)
    shapes += [shape for mark, made in _OVER.items() if mark in portrait.marks for shape in made(portrait, mouth)]
    said = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" role="img">'
    return f"{head}{said}{''.join(shapes)}</svg>"
