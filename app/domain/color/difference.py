"""How different two colors look: CIEDE2000."""

from __future__ import annotations

import math

from app.domain.color.convert import Lab

_BIG = 25.0**7


def ciede2000(one: Lab, two: Lab) -> float:
    """Return the CIEDE2000 difference with all weights 1, rounded to four decimals; 0 for the same color.

    About 1 is the least that a trained eye sees side by side. Rounded as the reference data is, so that the last
    bits of a machine's arithmetic never decide an answer. Source: Sharma, Wu, Dalal, "The CIEDE2000
    color-difference formula", Color Research and Application 30 (2005), 21-30.
    """
    mean_chroma = (math.hypot(one.a, one.b) + math.hypot(two.a, two.b)) / 2
    stretch = 1 + 0.5 * (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + _BIG)))
    chroma1, hue1 = _polar(one.a * stretch, one.b)
    chroma2, hue2 = _polar(two.a * stretch, two.b)
    lightness, chroma = two.L - one.L, chroma2 - chroma1
    gray = chroma1 * chroma2 == 0
    turn = 0.0 if gray else _turn(hue2 - hue1)
    hue = 2 * math.sqrt(chroma1 * chroma2) * math.sin(math.radians(turn) / 2)
    mean_hue = hue1 + hue2 if gray else _mean_hue(hue1, hue2)
    weights = _weights((one.L + two.L) / 2, (chroma1 + chroma2) / 2, mean_hue)
    by_l, by_c, by_h = lightness / weights[0], chroma / weights[1], hue / weights[2]
    squared = by_l**2 + by_c**2 + by_h**2 + weights[3] * by_c * by_h
    return round(math.sqrt(max(squared, 0.0)), 4)


def _polar(a: float, b: float) -> tuple[float, float]:
    # Rounded, so that two opposite hues are exactly half a turn apart: there the formula jumps.
    return math.hypot(a, b), round(math.degrees(math.atan2(b, a)), 9) % 360


def _turn(difference: float) -> float:
    """The way from one hue to the other, the shorter way round."""
    if difference > 180:
        return difference - 360
    return difference + 360 if difference < -180 else difference


def _mean_hue(one: float, two: float) -> float:
    if abs(one - two) <= 180:
        return (one + two) / 2
    return (one + two + 360) / 2 if one + two < 360 else (one + two - 360) / 2


def _weights(lightness: float, chroma: float, hue: float) -> tuple[float, float, float, float]:
    """S_L, S_C, S_H and the rotation term R_T of the formula."""
    share = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    off_middle = (lightness - 50) ** 2
    by_lightness = 1 + 0.015 * off_middle / math.sqrt(20 + off_middle)
    angle = 30 * math.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + _BIG)) * math.sin(math.radians(2 * angle))
    return by_lightness, 1 + 0.045 * chroma, 1 + 0.015 * chroma * share, rotation
