"""From what a photo shows of the card to a correction of its colors, with an honest measure of how good it is.

All light is linear sRGB, 1 for white. The model has three parts, in this order: how the light falls across the card
(a plane in the logarithm of light, fitted to bare paper), exposure and white balance and contrast (a power law for
each channel, fitted to the grays where that predicts better than a mere gain), and the remaining difference of the
camera's colors (a 3x3 matrix, fitted by weighted least squares to all patches). A patch that disagrees with all
others, as under a reflection, is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.color.card import HEIGHT, PATCHES, WIDTH, Group
from app.domain.color.convert import Lab, lab_from_linear, linear_from_lab
from app.domain.color.difference import ciede2000
from app.domain.color.least_squares import fit
from app.domain.color.plane import Point

Rgb = tuple[float, float, float]

LEAST_PATCHES: Final = 12
LEAST_GRAYS: Final = 4
LEAST_PAPER: Final = 5
MOST_UNEVEN: Final = 1.8
"""The brightest bare paper of a card may be this many times as bright as the darkest (0.85 photographic stops)."""
MOST_CAST: Final = 3.0
"""How many times as strong the strongest channel of bare paper may be as the weakest. Under warmer light the blue
that is left is mostly noise: measured on computed photos, see docs/color-card.md."""
MOST_MEAN_ERROR: Final = 3.0
"""Mean dE00 of the patches, each predicted from the others, above which no color figure is given."""
MOST_SINGLE_ERROR: Final = 9.0
_MOST_LEFT_OUT: Final = 0.1
_OUTLIER: Final = 4.0
_OUTLIER_LEAST: Final = 4.0
_GAIN: Final = 0.8
_GAMMA: Final = (0.6, 1.7)
_DARK: Final = 0.02
_REACH: Final = 1.0


@dataclass(frozen=True, slots=True)
class Observation:
    """A place of the card as the photo shows it: linear light, or none with the reason it cannot be used.

    Reasons: "glare" (a channel is at its limit), "dark", "uneven" (an edge of shadow or reflection), "outside".
    """

    light: Rgb | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LightField:
    """How the light falls: the log of brightness, `x` per card width plus `y` per card height, 0 in the middle."""

    x: float = 0.0
    y: float = 0.0

    def at(self, point: Point) -> float:
        """How many times as bright a place (in mm of the card) is as the middle of the card.

        Beyond one card's size from its edge the slope is not followed further: nobody measured there.
        """
        across = min(max(point[0] / WIDTH - 0.5, -0.5 - _REACH), 0.5 + _REACH)
        down = min(max(point[1] / HEIGHT - 0.5, -0.5 - _REACH), 0.5 + _REACH)
        return math.exp(self.x * across + self.y * down)


def is_within_reach(point: Point) -> bool:
    """True for places at most one card's size away from its edges: as far as the light is followed."""
    across, down = point[0] / WIDTH, point[1] / HEIGHT
    return -_REACH <= across <= 1 + _REACH and -_REACH <= down <= 1 + _REACH


def light_field(paper: Mapping[Point, Observation]) -> tuple[LightField, float] | None:
    """The field and how many times the brightest bare paper outshines the darkest; None with too few usable spots."""
    seen = {place: math.log(_luminance(spot.light)) for place, spot in paper.items() if spot.light}
    if len(seen) < LEAST_PAPER:
        return None
    rows = [(1.0, place[0] / WIDTH - 0.5, place[1] / HEIGHT - 0.5) for place in seen]
    try:
        _level, x, y = fit(rows, list(seen.values()))
    except ValueError:
        return None
    return LightField(x, y), math.exp(max(seen.values()) - min(seen.values()))


@dataclass(frozen=True, slots=True)
class Correction:
    """How to correct a photo, and how well it does.

    `error` is the mean dE00 of the patches when each is predicted from the others alone, `worst` the greatest;
    both None when only the white balance is known (`matrix` is then the identity).
    """

    field: LightField
    gains: Rgb
    gammas: Rgb
    matrix: tuple[Rgb, Rgb, Rgb]
    used: tuple[str, ...]
    left_out: tuple[str, ...]
    error: float | None
    worst: float | None

    @property
    def is_measured(self) -> bool:
        """True when the colors come out absolute; False when they are only comparable within one photo."""
        return self.error is not None

    def color(self, light: Rgb, place: Point) -> Lab:
        """The color of linear light seen at a place (in mm of the card)."""
        return lab_from_linear(_mixed(self.matrix, self._balanced(light, place)))

    def _balanced(self, light: Rgb, place: Point) -> Rgb:
        level = self.field.at(place)
        return _curved((light[0] / level, light[1] / level, light[2] / level), self.gains, self.gammas)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the colors of a photo are not corrected: "paper", "uneven_light", "light_color", "grays", "patches",
    "residual"."""

    code: str
    found: float = 0.0
    limit: float = 0.0


def _lit(paper: Mapping[Point, Observation]) -> tuple[LightField, Rgb] | Refused:
    """How the light falls and what bare paper makes of it in the middle of the card; or why it is no good."""
    found = light_field(paper)
    if found is None:
        return Refused("paper", sum(1 for spot in paper.values() if spot.light), LEAST_PAPER)
    field, uneven = found
    if uneven > MOST_UNEVEN:
        return Refused("uneven_light", uneven, MOST_UNEVEN)
    level = _mean([_over(spot.light, field.at(place)) for place, spot in paper.items() if spot.light])
    cast = max(level) / max(min(level), 1e-6)
    return (field, level) if cast <= MOST_CAST else Refused("light_color", cast, MOST_CAST)


_IDENTITY: Final = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
# Where paper stands between black and white when nobody measured it: usual office paper, taken as neutral.
_PAPER_LIGHT: Final = 0.83


def balance(paper: Mapping[Point, Observation]) -> Correction | Refused:
    """White balance and exposure by bare paper taken as neutral: enough to compare places of one photo, no more."""
    lit = _lit(paper)
    if isinstance(lit, Refused):
        return lit
    field, level = lit
    gains = (_PAPER_LIGHT / level[0], _PAPER_LIGHT / level[1], _PAPER_LIGHT / level[2])
    return Correction(field, gains, (1.0, 1.0, 1.0), _IDENTITY, (), (), None, None)


def correct(
    patches: Mapping[str, Observation], paper: Mapping[Point, Observation], measured: Mapping[str, Lab]
) -> Correction | Refused:
    """The correction by measured patches, or why there is none. Needs 12 good patches, 4 of them gray.

    The error is estimated by leaving out one patch at a time, so that it also holds for colors that are not on the
    card but between its patches.
    """
    lit = _lit(paper)
    if isinstance(lit, Refused):
        return lit
    field, _paper = lit
    pairs = [
        _Pair(patch.id, patch.group is Group.NEUTRAL, _over(seen.light, field.at(patch.center)), measured[patch.id])
        for patch in PATCHES
        if (seen := patches.get(patch.id)) and seen.light and patch.id in measured
    ]
    good, left_out = _agreeing(pairs)
    if sum(pair.is_gray for pair in good) < LEAST_GRAYS:
        return Refused("grays", sum(pair.is_gray for pair in good), LEAST_GRAYS)
    if len(good) < LEAST_PATCHES:
        return Refused("patches", len(good), LEAST_PATCHES)
    candidates = [(_predicted(good, curved), curved) for curved in (True, False)]
    errors, curved = min(candidates, key=lambda found: math.fsum(found[0]))
    mean, worst = math.fsum(errors) / len(errors), max(errors)
    if mean > MOST_MEAN_ERROR:
        return Refused("residual", mean, MOST_MEAN_ERROR)
    if worst > MOST_SINGLE_ERROR:
        return Refused("residual", worst, MOST_SINGLE_ERROR)
    return Correction(field, *_fitted(good, curved), tuple(pair.id for pair in good), left_out, mean, worst)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One patch: what was seen (with the fall of the light taken out) and what it is."""

    id: str
    is_gray: bool
    seen: Rgb
    color: Lab

    @property
    def light(self) -> Rgb:
        return linear_from_lab(self.color)


_Model = tuple[Rgb, Rgb, tuple[Rgb, Rgb, Rgb]]


def _fitted(pairs: Sequence[_Pair], curved: bool = True) -> _Model:
    grays = [pair for pair in pairs if pair.is_gray]
    channels = [_power_law([(p.seen[c], p.light[c]) for p in grays], curved) for c in range(3)]
    gains = (channels[0][0], channels[1][0], channels[2][0])
    gammas = (channels[0][1], channels[1][1], channels[2][1])
    seen = [_curved(pair.seen, gains, gammas) for pair in pairs]
    # An error of light counts by what the eye makes of it, which is about its cube root: hence the weight.
    weights = [max(_luminance(pair.light), 0.01) ** (-4 / 3) for pair in pairs]
    rows = [fit(seen, [pair.light[c] for pair in pairs], weights) for c in range(3)]
    matrix = (
        (rows[0][0], rows[0][1], rows[0][2]),
        (rows[1][0], rows[1][1], rows[1][2]),
        (rows[2][0], rows[2][1], rows[2][2]),
    )
    return gains, gammas, matrix


def _power_law(pairs: Sequence[tuple[float, float]], curved: bool) -> tuple[float, float]:
    """Gain and exponent so that gain * seen ** exponent is the light; the darkest gray counts least: it holds haze."""
    usable = [(math.log(seen), math.log(light), light) for seen, light in pairs if seen > 0 and light > _DARK]
    try:
        offset, slope = fit(
            [(1.0, x) for x, _y, _w in usable], [y for _x, y, _w in usable], [w for _x, _y, w in usable]
        )
    except (ValueError, IndexError):
        offset, slope = 0.0, math.inf
    if not curved or not _GAMMA[0] <= slope <= _GAMMA[1]:
        slope = 1.0
        offset = math.fsum(y - x for x, y, _w in usable) / max(len(usable), 1)
    return math.exp(offset), slope


def _agreeing(pairs: Sequence[_Pair]) -> tuple[list[_Pair], tuple[str, ...]]:
    """The pairs that agree with each other, and the ids of at most a tenth that do not.

    A wrong patch pulls the fit toward itself, so its own error says little: the one goes out without which all others
    agree best, if it then lies far from what they predict.
    """
    good, left_out = list(pairs), []
    for _ in range(int(len(pairs) * _MOST_LEFT_OUT)):
        if len(good) <= LEAST_PATCHES or sum(pair.is_gray for pair in good) <= LEAST_GRAYS:
            break
        try:
            now = _mean_error(_fitted(good), good)
            rests = [(_without(good, pair), pair) for pair in good]
            (mean, error), worst = min(rests, key=lambda found: found[0][0])
        except ValueError:
            break
        if error <= max(_OUTLIER * mean, _OUTLIER_LEAST) or mean > _GAIN * now:
            break
        good.remove(worst)
        left_out.append(worst.id)
    return good, tuple(left_out)


def _without(pairs: Sequence[_Pair], pair: _Pair) -> tuple[float, float]:
    """Mean error of the others when they are fitted without a pair, and the error of that pair then."""
    others = [other for other in pairs if other is not pair]
    model = _fitted(others)
    return _mean_error(model, others), _error(model, pair)


def _mean_error(model: _Model, pairs: Sequence[_Pair]) -> float:
    return math.fsum(_error(model, pair) for pair in pairs) / len(pairs)


def _predicted(pairs: Sequence[_Pair], curved: bool) -> list[float]:
    """dE00 of each patch as all the others predict it."""
    return [_error(_fitted([other for other in pairs if other is not pair], curved), pair) for pair in pairs]


def _error(model: _Model, pair: _Pair) -> float:
    gains, gammas, matrix = model
    return ciede2000(lab_from_linear(_mixed(matrix, _curved(pair.seen, gains, gammas))), pair.color)


def _curved(light: Rgb, gains: Rgb, gammas: Rgb) -> Rgb:
    red, green, blue = (g * max(v, 0.0) ** p for v, g, p in zip(light, gains, gammas, strict=True))
    return red, green, blue


def _mixed(matrix: Sequence[Rgb], light: Rgb) -> Rgb:
    red, green, blue = (row[0] * light[0] + row[1] * light[1] + row[2] * light[2] for row in matrix)
    return red, green, blue


def _over(light: Rgb, level: float) -> Rgb:
    return light[0] / level, light[1] / level, light[2] / level


def _mean(lights: Sequence[Rgb]) -> Rgb:
    red, green, blue = (math.fsum(light[c] for light in lights) / len(lights) for c in range(3))
    return red, green, blue


def _luminance(light: Rgb) -> float:
    return max(0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2], 1e-6)
