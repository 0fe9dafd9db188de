"""What a decoded photo tells: its fingerprint, how sharp and how bright it is, QR codes in it, and what EXIF says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import zxingcpp
from PIL import ExifTags, Image, ImageChops, ImageFilter, ImageOps, ImageStat

from app.infra.images import Fingerprint

_NEARLY_BLACK: Final = 12
_NEARLY_WHITE: Final = 250
_LAPLACIAN: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_GRAIN: Final = ImageFilter.Kernel((3, 3), (1, -2, 1, -2, 4, -2, 1, -2, 1), scale=1, offset=128)
_NOISE_SIDE: Final = 512
_FULL_COLOR: Final = 235
_BRIGHT: Final = 90
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)")
_MOST_CODES: Final = 8
_CODE_LENGTH: Final = 100
ORIENTATIONS: Final = range(2, 9)
"""EXIF orientations that turn or mirror."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What EXIF and XMP say: orientation (1 is upright), capture time in UTC, whether there is a place, the program."""

    orientation: int
    taken_at: datetime | None
    has_zone: bool
    has_gps: bool
    software: str = ""


def figures(large: Image.Image, medium: Image.Image, small: Image.Image) -> dict[str, Any]:
    """All facts of `PhotoFacts` that come from the pixels of the three renditions."""
    gray = medium.convert("L")
    histogram, pixels = gray.histogram(), gray.width * gray.height
    return {
        # At a quarter of the usual pixels the grain of the sensor no longer passes for detail.
        "sharpness": round(ImageStat.Stat(gray.reduce(2).filter(_LAPLACIAN)).var[0], 2),
        "exposure": round(ImageStat.Stat(gray).mean[0] / 255, 4),
        "shadows": round(sum(histogram[: _NEARLY_BLACK + 1]) / pixels, 4),
        "highlights": round(sum(histogram[_NEARLY_WHITE:]) / pixels, 4),
        "fingerprint": fingerprint(small),
        "mirrored_fingerprint": fingerprint(ImageOps.mirror(small)),
        "vivid": _vivid(small),
        "noise": _noise(large),
        "tint": "#{:02x}{:02x}{:02x}".format(*(round(mean) for mean in ImageStat.Stat(small).mean)),
        "codes": _codes(large),
    }


def fingerprint(image: Image.Image) -> Fingerprint:
    """Difference hash and average hash of an upright picture; neither sees size, quality or a slight blur."""
    gray = image.convert("L")
    wide = gray.resize((9, 8), Image.Resampling.BOX).tobytes()
    tiny = gray.resize((8, 8), Image.Resampling.BOX).tobytes()
    mean = sum(tiny) / 64
    steps = (wide[row * 9 + col] > wide[row * 9 + col + 1] for row in range(8) for col in range(8))
    return Fingerprint(_hex(steps), _hex(value > mean for value in tiny))


def _hex(bits: Iterator[bool]) -> str:
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def _vivid(small: Image.Image) -> float:
    """Share of pixels whose saturation (HSV) is nearly full while they are bright enough to look colored."""
    _, saturation, value = small.convert("HSV").split()
    both = ImageChops.multiply(
        saturation.point([255 if level >= _FULL_COLOR else 0 for level in range(256)]),
        value.point([255 if level >= _BRIGHT else 0 for level in range(256)]),
    )
    return round(ImageStat.Stat(both).mean[0] / 255, 4)


def _noise(large: Image.Image) -> float:
    """Standard deviation of the grain in gray levels, from the middle of the picture.

    Source: J. Immerkaer, Fast Noise Variance Estimation, CVIU 64(2), 1996.
    """
    width, height = large.size
    side = min(width, height, _NOISE_SIDE)
    left, top = (width - side) // 2, (height - side) // 2
    grain = large.crop((left, top, left + side, top + side)).convert("L").filter(_GRAIN)
    counts = grain.histogram()
    mean = sum(abs(level - 128) * count for level, count in enumerate(counts)) / (side * side)
    return round(math.sqrt(math.pi / 2) / 6 * mean, 3)


def _codes(large: Image.Image) -> tuple[str, ...]:
    """Texts of the QR codes in the picture, at most eight, each cut at a hundred characters."""
    found = zxingcpp.read_barcodes(large.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return tuple(sorted({code.text[:_CODE_LENGTH] for code in found}))[:_MOST_CODES]


def metadata_of(image: Image.Image, *, with_orientation: bool) -> Metadata:
    """What EXIF says of orientation, time and place. EXIF that cannot be read counts as none."""
    raw = image.info.get("exif")
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    gps = (b"GPSLatitude" in xmp) if isinstance(xmp, bytes) else ("GPSLatitude" in xmp)
    if not isinstance(raw, bytes):
        return Metadata(1, None, False, gps)
    try:
        exif = Image.Exif()
        exif.load(raw)
        orientation = exif.get(ExifTags.Base.Orientation, 1) if with_orientation else 1
        taken_at, has_zone = _taken_at(exif.get_ifd(ExifTags.IFD.Exif), exif.get(ExifTags.Base.DateTime))
        software = " ".join(str(exif.get(ExifTags.Base.Software) or "").replace("\0", " ").split())[:60]
        gps = gps or ExifTags.GPS.GPSLatitude in exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # the tag reader raises whatever a hostile table provokes; the picture may still be good
        return Metadata(1, None, False, gps)
    return Metadata(orientation if orientation in ORIENTATIONS else 1, taken_at, has_zone, gps, software)


def _taken_at(tags: dict[int, object], fallback: object) -> tuple[datetime | None, bool]:
    """Capture time in UTC, and whether the zone was written (else the clock of the camera is taken as UTC)."""
    stamp = str(tags.get(ExifTags.Base.DateTimeOriginal) or fallback or "").strip("\0 ")
    try:
        local = datetime.strptime(stamp[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        offset = _OFFSET.fullmatch(str(tags.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 "))
        if offset is None:
            return local, False
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3])) * (1 if offset[1] == "+" else -1)
        return local.replace(tzinfo=timezone(shift)).astimezone(UTC), True
    except (ValueError, OverflowError):
        return None, False
