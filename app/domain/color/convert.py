"""Colors between sRGB, CIELAB and its polar form LCh. All for the white D65 and the 2-degree observer of sRGB.

Sources: IEC 61966-2-1 (sRGB), CIE 15:2004 (CIELAB). Components are floats; nothing here rounds.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

# White of sRGB (x = 0.3127, y = 0.3290) with Y = 1.
WHITE = (0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290)
# From linear sRGB to XYZ; the rows add up to the white, so that gray has exactly no chroma.
_TO_XYZ = (
    (0.4123907992659595, 0.3575843393838780, 0.1804807884018343),
    (0.2126390058715104, 0.7151686787677559, 0.0721923153607337),
    (0.0193308187155918, 0.1191947797946259, 0.9505321522496608),
)
_FROM_XYZ = (
    (3.2409699419045213, -1.5373831775700935, -0.4986107602930033),
    (-0.9692436362808798, 1.8759675015077206, 0.0415550574071756),
    (0.0556300796969936, -0.2039769588889765, 1.0569715142428786),
)
# White of D50 (x = 0.3457, y = 0.3585) and the Bradford map from it to D65, both of CSS Color Module Level 4.
_WHITE_D50 = (0.3457 / 0.3585, 1.0, (1 - 0.3457 - 0.3585) / 0.3585)
_D50_TO_D65 = (
    (0.9554734527042182, -0.023098536874261423, 0.0632593086610217),
    (-0.028369706963208136, 1.0099954580058226, 0.021041398966943008),
    (0.012314001688319899, -0.020507696433477912, 1.3303659366080753),
)
_EPSILON = (6 / 29) ** 3
_SLOPE = (29 / 6) ** 2 / 3
_HEX = re.compile(r"#?(?P<digits>[0-9a-f]{6}|[0-9a-f]{3})\Z")


@dataclass(frozen=True, slots=True)
class Lab:
    """A color of CIELAB: L 0 (black) to 100 (white), a green to red, b blue to yellow."""

    L: float
    a: float
    b: float

    def to_lch(self) -> LCh:
        """Return the same color by chroma and hue angle (0 to 360 degrees; 0 for a gray)."""
        return LCh(self.L, math.hypot(self.a, self.b), math.degrees(math.atan2(self.b, self.a)) % 360)


@dataclass(frozen=True, slots=True)
class LCh:
    """A color of CIELAB by lightness L, chroma C (0 is gray) and hue angle h in degrees."""

    L: float
    C: float
    h: float

    def to_lab(self) -> Lab:
        """Return the same color by its coordinates a and b."""
        angle = math.radians(self.h)
        return Lab(self.L, self.C * math.cos(angle), self.C * math.sin(angle))


def rgb_from_hex(text: str) -> tuple[int, int, int]:
    """Read "#b5525c", "B5525C" or "#b5c" as red, green and blue, 0 to 255; raises ValueError for anything else."""
    match = _HEX.match(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a color like #b5525c.")
    digits = match["digits"] if len(match["digits"]) == 6 else "".join(d * 2 for d in match["digits"])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def lab_from_hex(text: str) -> Lab:
    """Return the CIELAB color of an sRGB hex value; raises ValueError when it is none."""
    red, green, blue = (linear(channel / 255) for channel in rgb_from_hex(text))
    return lab_from_linear((red, green, blue))


def lab_from_linear(rgb: tuple[float, float, float]) -> Lab:
    """Return the CIELAB color of linear sRGB components (1 is white); light below zero counts as none."""
    red, green, blue = rgb
    shares = [
        (row[0] * red + row[1] * green + row[2] * blue) / white for row, white in zip(_TO_XYZ, WHITE, strict=True)
    ]
    x, y, z = (_root(max(share, 0.0)) for share in shares)
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def linear_from_lab(lab: Lab) -> tuple[float, float, float]:
    """Return the linear sRGB components of a color; outside 0 to 1 for one that no screen shows."""
    middle = (lab.L + 16) / 116
    levels = (middle + lab.a / 500, middle, middle - lab.b / 200)
    xyz = [_cube(level) * white for level, white in zip(levels, WHITE, strict=True)]
    red, green, blue = (row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2] for row in _FROM_XYZ)
    return red, green, blue


def lab_from_d50(lab: Lab) -> Lab:
    """Return a color that was measured for the white D50, as devices of the printing trade do, for our white D65.

    Linear Bradford adaptation, as in CSS Color Module Level 4, section 12; the white of D50 becomes the white of D65.
    """
    middle = (lab.L + 16) / 116
    levels = (middle + lab.a / 500, middle, middle - lab.b / 200)
    xyz = [_cube(level) * white for level, white in zip(levels, _WHITE_D50, strict=True)]
    moved = [row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2] for row in _D50_TO_D65]
    x, y, z = (_root(max(value / white, 0.0)) for value, white in zip(moved, WHITE, strict=True))
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def hex_from_lab(lab: Lab) -> str:
    """Return the nearest sRGB hex value; a color that no screen shows is cut to the edge of what one does."""
    channels = [encoded(channel) for channel in linear_from_lab(lab)]
    return "#" + "".join(f"{round(min(max(channel, 0.0), 1.0) * 255):02x}" for channel in channels)


def linear(channel: float) -> float:
    """Return the light of one sRGB component, both from 0 to 1."""
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)


def encoded(channel: float) -> float:
    """Return the sRGB component of an amount of light, both from 0 to 1."""
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * math.pow(channel, 1 / 2.4) - 0.055


def _root(share: float) -> float:
    return math.cbrt(share) if share > _EPSILON else share * _SLOPE + 4 / 29


def _cube(level: float) -> float:
    return level**3 if level > 6 / 29 else (level - 4 / 29) / _SLOPE
