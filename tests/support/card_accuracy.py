"""How well cards are found and colors corrected, on computed photos.

`python -m tests.support.card_accuracy [number of random photos]` prints the tables of docs/color-card.md.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from app.domain.color.card import HEIGHT, WIDTH
from app.domain.color.correction import Refused
from app.domain.color.difference import ciede2000
from app.domain.color.reading import millimeters
from app.infra.color_reading import read_card
from app.infra.color_reading_worker import area_of
from tests.support.card_photos import AREAS, MARKS, Shot, lab_of, take

BASE = Shot(size=(1512, 1134))
CASES: dict[str, Shot] = {
    "flat, daylight": BASE,
    "turned 90 degrees": replace(BASE, turn=90),
    "turned 200 degrees": replace(BASE, turn=200),
    "tilted 20 degrees": replace(BASE, tilt=20),
    "tilted 30 degrees": replace(BASE, tilt=30),
    "tilted 40 degrees": replace(BASE, tilt=40),
    "light of 3200 K, no white balance": replace(BASE, kelvin=3200),
    "light of 4000 K, no white balance": replace(BASE, kelvin=4000),
    "light of 7500 K, no white balance": replace(BASE, kelvin=7500),
    "dark (1.4 stops less)": replace(BASE, exposure=0.3),
    "bright": replace(BASE, exposure=0.95),
    "light falls 20 % over the card": replace(BASE, gradient=(0.2, 0.1)),
    "light falls 40 % over the card": replace(BASE, gradient=(0.4, 0.2)),
    "noise of a dim room": replace(BASE, noise=0.04),
    "JPEG quality 60": replace(BASE, quality=60),
    "JPEG quality 40": replace(BASE, quality=40),
    "small reflection on two patches": replace(BASE, glare=((90, 40, 4, 0.8),)),
    "tone curve of a phone, mild": replace(BASE, tone=0.3),
    "tone curve of a phone, strong": replace(BASE, tone=0.6),
    "overlapping channels": replace(BASE, crosstalk=0.15),
    "lens bends lines by 0.5 %": replace(BASE, barrel=0.005),
    "lens bends lines by 2 %": replace(BASE, barrel=0.02),
    "card a third of the width": replace(BASE, fill=0.5),
    "all at once": Shot(
        size=(1512, 1134), tilt=25, turn=70, kelvin=3800, gradient=(0.2, -0.1), noise=0.02, quality=75, barrel=0.005,
        tone=0.2, seed=3,
    ),
}  # fmt: skip
REFUSED: dict[str, tuple[Shot, str]] = {
    "overexposed": (replace(BASE, exposure=1.3), "paper"),
    "light of 2700 K, no white balance": (replace(BASE, kelvin=2700), "light_color"),
    "light falls to a third over the card": (replace(BASE, gradient=(1.2, 0.4)), "uneven_light"),
    "reflection over a third of the card": (replace(BASE, glare=((74, 52, 25, 0.35),)), "residual"),
    "tilted 60 degrees": (replace(BASE, tilt=60, fill=0.97), "covered"),
}
"""Photos that must give no color figure, with the code that says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one photo; `refused` is a code or "", errors are truth against what the software says."""

    refused: str
    corner_px: float = 0.0
    length_percent: float = 0.0
    expected: float = 0.0
    mean: float = 0.0
    worst: float = 0.0
    before: float = 0.0


def judge(shot: Shot) -> Result:
    """Take the photo, read it, and compare with the truth. Areas are those beside the card: none was fitted to."""
    photo = take(shot)
    reading = read_card(photo.image)
    if reading.problem or reading.plane is None:
        return Result(reading.problem)
    corners = ((0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT))
    corner = max(math.dist(reading.plane.to_photo(point), photo.seen_at(point)) for point in corners)
    length = millimeters(reading, photo.fraction(MARKS[0]), photo.fraction(MARKS[1]), None)
    percent = 100 * (length / math.dist(*MARKS) - 1)
    correction = reading.correction(photo.measured)
    if isinstance(correction, Refused):
        return Result(correction.code, corner, percent)
    errors, before = [], []
    for color, (left, top, right, bottom) in AREAS.values():
        x, y = photo.fraction(((left + right) / 2, (top + bottom) / 2))
        area = {"x": x - 0.015, "y": y - 0.015, "width": 0.03, "height": 0.03, "round": True}
        samples = area_of(photo.image, area)["samples"]
        red, green, blue = (float(value) for value in np.mean([sample[:3] for sample in samples], axis=0))
        errors.append(ciede2000(correction.color((red, green, blue), reading.place(x, y)), color))
        u, v = round(x * photo.image.width), round(y * photo.image.height)
        before.append(ciede2000(lab_of(photo.image.crop((u - 8, v - 8, u + 8, v + 8))), color))
    mean, worst = sum(errors) / len(errors), max(errors)
    return Result("", corner, percent, correction.error or 0.0, mean, worst, sum(before) / len(before))


def random_shot(seed: int) -> Shot:
    """A photo as anybody might take it."""
    random = np.random.default_rng(seed)
    glare = ((random.uniform(0, 148), random.uniform(0, 105), random.uniform(2, 6), 0.6),)
    return Shot(
        size=BASE.size,
        tilt=float(random.uniform(0, 40)),
        tilt_axis=float(random.uniform(0, 360)),
        turn=float(random.uniform(0, 360)),
        kelvin=float(random.uniform(3000, 7500)),
        exposure=float(random.uniform(0.35, 1.0)),
        gradient=(float(random.uniform(-0.3, 0.3)), float(random.uniform(-0.2, 0.2))),
        barrel=float(random.uniform(-0.005, 0.005)),
        crosstalk=float(random.uniform(0.03, 0.12)),
        tone=float(random.uniform(0, 0.5)),
        glare=glare if random.random() < 0.2 else (),
        blur=float(random.uniform(0.4, 1.3)),
        noise=float(random.uniform(0.005, 0.03)),
        quality=int(random.integers(60, 93)),
        fill=float(random.uniform(0.6, 0.95)),
        seed=seed % 2,
    )


def _line(name: str, found: Result) -> str:
    return (
        f"| {name} | {found.corner_px:.2f} | {found.length_percent:+.2f} | {found.before:.1f} | {found.expected:.2f} "
        f"| {found.mean:.2f} | {found.worst:.2f} |"
    )


def main() -> None:
    """Print the tables."""
    print("| photo | corner, px | length, % | dE00 uncorrected | dE00 foretold | dE00 mean | dE00 worst |")
    print("|---|---|---|---|---|---|---|")
    for name, shot in CASES.items():
        found = judge(shot)
        print(
            _line(name, found) if not found.refused else f"| {name} | refused: {found.refused} | | | | | |", flush=True
        )
    print("\n| photo | refused as |\n|---|---|")
    for name, (shot, _code) in REFUSED.items():
        print(f"| {name} | {judge(shot).refused} |", flush=True)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    results = [judge(random_shot(seed)) for seed in range(1000, 1000 + count)]
    good = [found for found in results if not found.refused]
    if good:
        refused = dict(Counter(found.refused for found in results if found.refused))
        print(f"\n{count} random photos: {len(good)} corrected; refused {refused}")
        print(f"corner, px: {_spread([found.corner_px for found in good])}")
        print(f"length, %: {_spread([abs(found.length_percent) for found in good])}")
        print(f"dE00 uncorrected: {_spread([found.before for found in good])}")
        print(f"dE00 foretold: {_spread([found.expected for found in good])}")
        print(f"dE00 mean of the areas: {_spread([found.mean for found in good])}")
        print(f"dE00 worst area: {_spread([found.worst for found in good])}")


def _spread(values: list[float]) -> str:
    ordered = sorted(values)
    high = ordered[int(len(ordered) * 0.95)]
    return f"median {ordered[len(ordered) // 2]:.2f}, 95 % within {high:.2f}, largest {ordered[-1]:.2f}"


if __name__ == "__main__":
    main()
