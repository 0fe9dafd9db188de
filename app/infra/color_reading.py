"""Find the color reference card in a photo and read its patches. Runs in the image worker process.

`zxing-cpp` finds the QR codes in the corners; their places are exact to about a pixel. The black dots between them
are then measured by their center of gravity, which is exact to a tenth of one, and the plane of the card is
fitted to those. Pillow turns the card to face us and counts levels; no array library is needed (ADR 0011).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import zxingcpp
from PIL import Image

from app.domain.color.card import (
    CORNERS,
    DOT_DIAMETER,
    DOTS,
    HEIGHT,
    PAPER_DIAMETER,
    PAPER_SPOTS,
    PATCHES,
    WIDTH,
    corner_squares,
    read_fiducial,
)
from app.domain.color.convert import linear
from app.domain.color.correction import Observation
from app.domain.color.plane import Plane, Point, fit_plane, residual
from app.domain.color.reading import MOST_CORNER_ERROR, MOST_TILT, Reading

LEAST_CORNERS: Final = 3
LEAST_DOTS: Final = 6
LEAST_SCALE: Final = 1.6
"""Pixels per millimeter below which dots and patches are too small to be measured."""
_LINEAR: Final = tuple(linear(level / 255) for level in range(256))
_CLIPPED: Final = 252
_NEARLY_BLACK: Final = 2
_SHARE_CLIPPED: Final = 0.05
_INNER: Final = 0.6
_MOST_SPREAD: Final = 0.45
_WINDOW_MM: Final = 6.4
_FLAT_SCALE: Final = 8
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_Pairs = list[tuple[Point, Point]]


def read_card(picture: Image.Image) -> Reading:
    """What an upright sRGB picture shows of a card. Never raises for a picture: the reading says what is wrong."""
    gray = picture.convert("L")
    found = _fiducials(gray)
    if not found:
        return Reading("none")
    if len(found) < len(CORNERS):
        # Small or soft codes are read better at twice the size; photos without a card must not pay for that.
        found = max(found, _fiducials(gray, 2), key=len)
    counts = Counter(code for _corner, code, _points in found)
    code, corners = counts.most_common(1)[0]
    mine = {corner: points for corner, its_code, points in found if its_code == code}
    reading = Reading("", code, len(mine), picture.size)
    if len(mine) < corners:
        return replace(reading, problem="two_cards", size=(0, 0))
    if len(mine) < LEAST_CORNERS:
        return replace(reading, problem="covered", size=(0, 0))
    return _measured(picture, gray, mine, reading)


def _measured(
    picture: Image.Image, gray: Image.Image, corners: Mapping[str, Sequence[Point]], start: Reading
) -> Reading:
    squares = corner_squares()
    pairs: _Pairs = [pair for name, seen in corners.items() for pair in zip(squares[name], seen, strict=True)]
    try:
        plane = fit_plane(pairs)
        reading = replace(start, plane=plane, error=residual(plane, pairs))
        problem = _problem(reading)
        if problem:
            return replace(reading, problem=problem)
        for _ in range(2):
            dots = _dots(gray, plane)
            if len(dots) < LEAST_DOTS:
                return replace(reading, problem="covered")
            plane = fit_plane(dots)
    except ValueError:
        return replace(start, problem="bent", size=(0, 0))
    reading = replace(reading, plane=plane, error=residual(plane, dots))
    if reading.error > MOST_CORNER_ERROR:
        return replace(reading, problem="bent")
    flat = _facing(picture, plane, (0.0, 0.0), (WIDTH, HEIGHT), _FLAT_SCALE)

    def seen(center: Point, width: float, height: float) -> Observation:
        return (
            _seen(flat, center, width, height) if _is_inside(picture, plane, center) else Observation(None, "outside")
        )

    return replace(
        reading,
        patches={patch.id: seen(patch.center, patch.width * _INNER, patch.height * _INNER) for patch in PATCHES},
        paper={spot: seen(spot, PAPER_DIAMETER * 0.7, PAPER_DIAMETER * 0.7) for spot in PAPER_SPOTS},
    )


def _is_inside(picture: Image.Image, plane: Plane, place: Point) -> bool:
    x, y = plane.to_photo(place)
    margin = 2.0
    return margin < x < picture.width - margin and margin < y < picture.height - margin


def _problem(reading: Reading) -> str:
    assert reading.plane is not None
    if reading.plane.is_mirrored((WIDTH / 2, HEIGHT / 2)):
        return "mirrored"
    if reading.pixels_per_mm < LEAST_SCALE:
        return "small"
    return "tilted" if reading.tilt > MOST_TILT else ""


def _fiducials(gray: Image.Image, times: int = 1) -> list[tuple[str, str, list[Point]]]:
    """Corner, code of the card and the four corners in pixels (clockwise from the upper left) of each code found."""
    found = []
    if times > 1:
        gray = gray.resize((gray.width * times, gray.height * times), Image.Resampling.BICUBIC)
    for symbol in zxingcpp.read_barcodes(gray, formats=_QR, try_invert=False):
        told = read_fiducial(symbol.text)
        if told is not None and told[0] in CORNERS:
            place = symbol.position
            # Whole pixels, counted at their upper left: the middle of a pixel is half a pixel further.
            points = [
                ((point.x + 0.5) / times, (point.y + 0.5) / times)
                for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            ]
            found.append((*told, points))
    return found


def _dots(gray: Image.Image, plane: Plane) -> _Pairs:
    """The black dots that are found near where the plane expects them: place in mm and middle in pixels."""
    found: _Pairs = []
    for dot in DOTS:
        shortest = plane.scale_at(dot)[1]
        scale = min(max(round(2 * shortest), 6), 16)
        corner = (dot[0] - _WINDOW_MM / 2, dot[1] - _WINDOW_MM / 2)
        window = _facing(gray, plane, corner, (_WINDOW_MM, _WINDOW_MM), scale)
        middle = _center_of_dark(window, scale)
        if middle is not None:
            seen = (corner[0] + middle[0], corner[1] + middle[1])
            found.append((dot, plane.to_photo(seen)))
    return found


def _center_of_dark(window: Image.Image, scale: float) -> Point | None:
    """The center of gravity, in mm, of what is darker than halfway between paper and ink; None when it is no dot."""
    width, height = window.size
    levels = window.tobytes()
    ordered = sorted(levels)
    dark, light = ordered[len(ordered) // 50], ordered[len(ordered) * 9 // 10]
    if light - dark < 40:
        return None
    middle = (light + dark) / 2
    # Weights, not a yes or no: the gray pixels at the edge carry the fraction of a pixel that we are after.
    total = across = down = 0.0
    for place, level in enumerate(levels):
        weight = min(max((middle + (light - dark) / 4 - level) / ((light - dark) / 2), 0.0), 1.0)
        if weight:
            total += weight
            across += weight * (place % width + 0.5)
            down += weight * (place // width + 0.5)
    expected = math.pi * (DOT_DIAMETER * scale / 2) ** 2
    if not 0.5 * expected < total < 1.7 * expected:
        return None
    x, y = across / total / scale, down / total / scale
    return (x, y) if math.dist((x, y), (width / 2 / scale, height / 2 / scale)) < DOT_DIAMETER / 2 else None


def _facing(picture: Image.Image, plane: Plane, corner: Point, size: Point, scale: float) -> Image.Image:
    """A part of the card as seen from the front, `scale` pixels on a millimeter."""
    a, b, c, d, e, f, g, h, i = plane.matrix
    x, y = corner
    # The plane's map after (column / scale + x, row / scale + y), divided so that its last number is 1.
    last = g * x + h * y + i
    data = (
        a / scale / last, b / scale / last, (a * x + b * y + c) / last,
        d / scale / last, e / scale / last, (d * x + e * y + f) / last,
        g / scale / last, h / scale / last,
    )  # fmt: skip
    shape = round(size[0] * scale), round(size[1] * scale)
    return picture.transform(shape, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC)


def _seen(flat: Image.Image, center: Point, width: float, height: float) -> Observation:
    """The light of a rectangle (in mm) of the card that faces us: the mean of the middle half of its levels."""
    left, top = (center[0] - width / 2) * _FLAT_SCALE, (center[1] - height / 2) * _FLAT_SCALE
    box = round(left), round(top), round(left + width * _FLAT_SCALE), round(top + height * _FLAT_SCALE)
    counts = flat.crop(box).histogram()
    channels = [counts[start : start + 256] for start in (0, 256, 512)]
    total = sum(channels[0])
    if any(sum(channel[_CLIPPED:]) > _SHARE_CLIPPED * total for channel in channels):
        return Observation(None, "glare")
    if all(sum(channel[: _NEARLY_BLACK + 1]) > 0.5 * total for channel in channels):
        return Observation(None, "dark")
    # Light varies little on one color; across the edge of a shadow or a reflection it does.
    green = channels[1]
    low, high = _LINEAR[_level_at(green, 0.1)], _LINEAR[_level_at(green, 0.9)]
    if high - low > _MOST_SPREAD * (high + 0.05):
        return Observation(None, "uneven")
    red, green_light, blue = (_middle_light(channel) for channel in channels)
    return Observation((red, green_light, blue))


def _level_at(counts: Sequence[int], share: float) -> int:
    wanted, seen = share * sum(counts), 0
    for level, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return level
    return 255


def _middle_light(counts: Sequence[int]) -> float:
    """Mean light between the quartiles, so that dust and noise at either end count for nothing."""
    total = sum(counts)
    start, end = total * 0.25, total * 0.75
    seen, light = 0.0, 0.0
    for level, count in enumerate(counts):
        part = min(seen + count, end) - max(seen, start)
        if part > 0:
            light += part * _LINEAR[level]
        seen += count
    return light / (end - start)
