"""Which figures a photo with a card may show, and what they are: nothing is said that the print does not bear out.

A print that nobody measured gives lengths, and how even an area is, because both compare things within one photo.
The color itself (difference to a target, ITA of skin) needs a print with measured patches: printers miss the
colors that they are asked for by more than the differences that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.domain.color.convert import Lab, hex_from_lab
from app.domain.color.correction import Correction, Refused, Rgb, is_within_reach
from app.domain.color.difference import ciede2000
from app.domain.color.figures import Evenness, SkinClass, evenness, ita, skin_class
from app.domain.color.reading import Reading

LEAST_SAMPLES: Final = 20
MOST_CLIPPED: Final = 0.15


class Subject(StrEnum):
    """What an area shows."""

    PIGMENT = "pigment"
    SKIN = "skin"


@dataclass(frozen=True, slots=True)
class Sample:
    """One small piece of an area: its linear light and its place in fractions of the photo."""

    light: Rgb
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """What one area of a corrected photo shows; figures that the print does not bear out are None.

    `to_target` is dE00 of the mean color to the target, `error` how far such a figure may be off (mean dE00 of the
    card's patches), `angle` the ITA in degrees.
    """

    subject: Subject
    even: Evenness
    is_absolute: bool
    error: float | None
    target: Lab | None
    to_target: float | None
    angle: float | None
    skin: SkinClass | None


@dataclass(frozen=True, slots=True)
class NoFigures:
    """Why an area gives none: "small", "glare", "far", or a code of `Refused`."""

    code: str
    found: float = 0.0
    limit: float = 0.0


def area_figures(
    reading: Reading,
    correction: Correction | Refused,
    subject: Subject,
    samples: Sequence[Sample],
    clipped: float,
    target: Lab | None = None,
) -> AreaFigures | NoFigures:
    """The figures of an area. `clipped` is the share of it that is at the limit of the camera (0 to 1)."""
    if isinstance(correction, Refused):
        return NoFigures(correction.code, correction.found, correction.limit)
    if clipped > MOST_CLIPPED:
        return NoFigures("glare", clipped, MOST_CLIPPED)
    if len(samples) < LEAST_SAMPLES:
        return NoFigures("small", len(samples), LEAST_SAMPLES)
    places = [reading.place(sample.x, sample.y) for sample in samples]
    if not all(is_within_reach(place) for place in places):
        return NoFigures("far")
    even = evenness([correction.color(sample.light, place) for sample, place in zip(samples, places, strict=True)])
    absolute = correction.is_measured
    angle = ita(even.mean) if absolute and subject is Subject.SKIN else None
    return AreaFigures(
        subject=subject,
        even=even,
        is_absolute=absolute,
        error=correction.error,
        target=target if absolute else None,
        to_target=ciede2000(even.mean, target) if absolute and target else None,
        angle=angle,
        skin=skin_class(angle) if angle is not None else None,
    )


def figures_to_json(figures: AreaFigures | NoFigures | None) -> dict[str, Any] | None:
    """The figures as plain data for a program: rounded to what they are worth, absent where they do not hold."""
    if figures is None:
        return None
    if isinstance(figures, NoFigures):
        return {"refused": figures.code, "found": round(figures.found, 2), "limit": figures.limit}
    told: dict[str, Any] = {
        "subject": figures.subject.value,
        "evenness": round(figures.even.spread, 1),
        "evenness_p95": round(figures.even.p95, 1),
        "samples": figures.even.count,
    }
    if figures.is_absolute:
        mean = figures.even.mean
        told |= {"lab": [round(mean.L, 1), round(mean.a, 1), round(mean.b, 1)], "color": hex_from_lab(mean)}
        told |= {"error": round(figures.error or 0.0, 1)}
    if figures.to_target is not None:
        told["to_target"] = round(figures.to_target, 1)
    if figures.angle is not None and figures.skin is not None:
        told |= {"ita": round(figures.angle), "skin": figures.skin.value}
    return told
