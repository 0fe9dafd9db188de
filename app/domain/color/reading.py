"""What one photo shows of a color reference card, as it is stored: facts only, so that rules may change later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.color.card import CHECK_MM, HEIGHT, PAPER_SPOTS, WIDTH
from app.domain.color.convert import Lab
from app.domain.color.correction import Correction, Observation, Refused, balance, correct
from app.domain.color.plane import Plane, Point

READER: Final = 1
"""Version of the reader; a reading of an older one may be made anew."""
MOST_TILT: Final = 45.0
MOST_CORNER_ERROR: Final = 2.5
"""Pixels: more means that the card is bent or that the lens bends lines too much for a figure."""
MIDDLE: Final[Point] = (WIDTH / 2, HEIGHT / 2)


@dataclass(frozen=True, slots=True)
class Reading:
    """A card seen in a photo, or why none was.

    `problem` is "" when the card was found; otherwise "none" (no card), "covered" (fewer than three corners),
    "mirrored", "two_cards", "tilted", "bent" (its dots do not lie in one plane) or "small". `size` is that of the
    picture that was read, in pixels, and `plane` belongs to it; `error` is how far its dots lie from where
    the plane puts them, as root mean square in pixels.
    """

    problem: str
    code: str = ""
    corners: int = 0
    size: tuple[int, int] = (0, 0)
    plane: Plane | None = None
    error: float = 0.0
    patches: Mapping[str, Observation] = field(default_factory=dict)
    paper: Mapping[Point, Observation] = field(default_factory=dict)

    @property
    def tilt(self) -> float:
        """Degrees by which the card is turned away from the camera, at its middle; 0 without a plane."""
        return self.plane.tilt_at(MIDDLE) if self.plane else 0.0

    @property
    def pixels_per_mm(self) -> float:
        """Pixels of the picture that was read on one millimeter in the middle of the card; 0 without a plane."""
        return self.plane.scale_at(MIDDLE)[1] if self.plane else 0.0

    def place(self, x: float, y: float) -> Point:
        """The place on the card's plane, in mm, of a point given in fractions (0 to 1) of the photo.

        Raises ValueError without a plane.
        """
        if self.plane is None:
            raise ValueError("No card was found in this photo.")
        return self.plane.to_plane((x * self.size[0], y * self.size[1]))

    def correction(self, measured: Mapping[str, Lab]) -> Correction | Refused:
        """The correction by measured patches; without any, the balance on bare paper."""
        return correct(self.patches, self.paper, measured) if measured else balance(self.paper)


def millimeters(
    reading: Reading, one: tuple[float, float], two: tuple[float, float], check_line: float | None
) -> float:
    """Millimeters in the plane of the card between two points given in fractions of the photo.

    `check_line`: how long the 50 mm line came out of the printer, None when nobody said otherwise. Raises ValueError
    when no card was found.
    """
    a, b = reading.place(*one), reading.place(*two)
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 * (check_line or CHECK_MM) / CHECK_MM)


def reading_to_json(reading: Reading) -> dict[str, Any]:
    """The reading as plain data."""
    if reading.plane is None:
        return {"reader": READER, "problem": reading.problem, "code": reading.code, "corners": reading.corners}
    return {
        "reader": READER,
        "problem": reading.problem,
        "code": reading.code,
        "corners": reading.corners,
        "size": list(reading.size),
        "plane": list(reading.plane.matrix),
        "error": round(reading.error, 3),
        "patches": {name: _plain(seen) for name, seen in reading.patches.items()},
        "paper": [_plain(reading.paper[spot]) for spot in PAPER_SPOTS] if reading.paper else [],
    }


def reading_from_json(data: Mapping[str, Any]) -> Reading:
    """The reading from what `reading_to_json` gave; raises KeyError, TypeError or ValueError for other data."""
    plane = data.get("plane")
    if plane is None:
        return Reading(str(data["problem"]), str(data.get("code", "")), int(data.get("corners", 0)))
    numbers = [float(number) for number in plane]
    if len(numbers) != 9:
        raise ValueError("A plane has nine numbers.")
    a, b, c, d, e, f, g, h, i = numbers
    width, height = data["size"]
    return Reading(
        problem=str(data["problem"]),
        code=str(data["code"]),
        corners=int(data["corners"]),
        size=(int(width), int(height)),
        plane=Plane((a, b, c, d, e, f, g, h, i)),
        error=float(data["error"]),
        patches={str(name): _seen(seen) for name, seen in data["patches"].items()},
        paper={spot: _seen(seen) for spot, seen in zip(PAPER_SPOTS, data["paper"], strict=False)},
    )


def _plain(seen: Observation) -> list[float] | str:
    return [round(value, 6) for value in seen.light] if seen.light else seen.reason


def _seen(data: Any) -> Observation:
    if isinstance(data, str):
        return Observation(None, data)
    red, green, blue = (float(value) for value in data)
    return Observation((red, green, blue))
