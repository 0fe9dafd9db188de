"""Decode one photo once; from that make its facts and its renditions.

Meant for the worker process (`app.infra.image_worker`): it sets Pillow's process-wide pixel limit and trusts the
operating system to stop it when a file costs too much. Call `app.infra.images.process_in_worker` from elsewhere.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final, Literal

import pi_heif
from PIL import AvifImagePlugin, ExifTags, Image, ImageFilter, ImageOps, ImageStat
from PIL import JpegImagePlugin as _jpeg
from PIL import MpoImagePlugin as _mpo  # noqa: F401 - imported to register; Pillow would load all forty otherwise
from PIL import PngImagePlugin as _png  # noqa: F401
from PIL import WebPImagePlugin as _webp  # noqa: F401

from app.infra.image_color import flatten, profile_of, to_srgb
from app.infra.images import (
    ACCEPTED,
    HEAD_BYTES,
    Fingerprint,
    ImageRefused,
    Kind,
    Limits,
    PhotoFacts,
    PhotoResult,
    Rendition,
    describe,
    hides_archive,
    sniff,
)

_FORMATS: Final[dict[Kind, str]] = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF", "avif": "AVIF"}
EDGES: Final[tuple[tuple[Literal["large", "medium", "small"], int], ...]] = (
    ("large", 2016),
    ("medium", 1008),
    ("small", 320),
)
"""Long edges in pixels. 2016 is half of 4032, so the usual 12-megapixel photo needs no resampling at all."""

_HALF_IS_ENOUGH: Final = 0.85
_TAIL_BYTES: Final = 65_536 + 22
_METADATA_SCAN_BYTES: Final = 65_536
_WEBP_QUALITY: Final = 82
_JPEG_QUALITY: Final = 84
_NEARLY_BLACK: Final = 12
_NEARLY_WHITE: Final = 250
_LAPLACIAN: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_TRANSPOSE: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)")

# One thread each: the worker is one of two at most, and threads multiply the address space that the limit counts.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True, slots=True)
class _Metadata:
    orientation: int
    taken_at: datetime | None
    has_zone: bool
    has_gps: bool


@dataclass(frozen=True, slots=True)
class _Picture:
    """One decoded photo, upright, in sRGB, at most as large as the large rendition."""

    kind: Kind
    width: int
    height: int
    metadata: _Metadata
    pixels: Image.Image


def process(path: Path, out_dir: Path, limits: Limits) -> PhotoResult:
    """Facts of the photo at `path`, and its renditions written into `out_dir`.

    Raises ImageRefused for a file that is not taken, OSError when `path` cannot be read or `out_dir` not written.
    """
    picture = _read(path, limits)
    scaled = _scaled(picture.pixels)
    return PhotoResult(_facts(picture, scaled), tuple(_write(scaled, out_dir)))


def inspect(path: Path, limits: Limits) -> PhotoFacts:
    """Facts of the photo at `path`, nothing written. Raises as `process` does."""
    picture = _read(path, limits)
    return _facts(picture, _scaled(picture.pixels))


def make_renditions(path: Path, out_dir: Path, limits: Limits) -> list[Rendition]:
    """The renditions of the photo at `path`, written into `out_dir`. Raises as `process` does."""
    return list(_write(_scaled(_read(path, limits).pixels), out_dir))


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


def _read(path: Path, limits: Limits) -> _Picture:
    head, kind = _check_file(path, limits)
    with _refusing(limits), Image.open(path, formats=(_FORMATS[kind],)) as image:
        if image.format not in (_FORMATS[kind], "MPO"):
            raise ImageRefused("unreadable", _unreadable())
        _check_size(image.size, limits)
        # By the standard, HEIC pixels come out of the decoder upright and an EXIF orientation is to be ignored.
        metadata = _metadata(image, with_orientation=kind != "heic")
        profile = profile_of(image, head if kind in ("heic", "avif") else b"")
        (width, height), pixels = _decode(image, limits)
        pixels = to_srgb(flatten(pixels), profile)
    if metadata.orientation in _TRANSPOSE:
        pixels = pixels.transpose(_TRANSPOSE[metadata.orientation])
    if metadata.orientation >= 5:
        width, height = height, width
    # Savers copy comments, profiles and EXIF from here; there must be nothing to copy.
    pixels.info.clear()
    return _Picture(kind, width, height, metadata, pixels)


def _check_file(path: Path, limits: Limits) -> tuple[bytes, Kind]:
    size = path.stat().st_size
    if size == 0:
        raise ImageRefused("empty", "This file is empty. Choose the photo again and send it once more.")
    if size > limits.max_bytes:
        raise ImageRefused(
            "too_many_bytes",
            f"This photo has {size / 2**20:.1f} MB; the limit is {limits.max_bytes / 2**20:g} MB. "
            "Save a smaller copy of it as JPEG and send that.",
        )
    with path.open("rb") as file:
        head = file.read(_METADATA_SCAN_BYTES)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    kind = sniff(head[:HEAD_BYTES])
    if kind is None:
        raise ImageRefused(
            "not_a_photo",
            f"This is {describe(head)}. Photos must be {ACCEPTED}. Send the original photo from the camera.",
        )
    if hides_archive(tail):
        raise ImageRefused(
            "mixed_content",
            "This photo has another file hidden in it, so it is not taken. Send the original photo from the camera.",
        )
    return head, kind


@contextmanager
def _refusing(limits: Limits) -> Iterator[None]:
    """Turn whatever a codec raises for a hostile or broken file into a refusal."""
    Image.MAX_IMAGE_PIXELS = limits.max_megapixels * 1_000_000 + 499_999
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except ImageRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\((\d+) pixels\)", str(error))
        raise _too_many_pixels(int(pixels[1]) if pixels else None, limits) from error
    except MemoryError as error:
        raise ImageRefused(
            "out_of_memory",
            "Opening this photo takes more memory than a photo may take. Save a smaller copy as JPEG and send that.",
        ) from error
    except Exception as error:  # codecs raise everything from SyntaxError to struct.error
        raise ImageRefused("damaged", _damaged()) from error


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageRefused("damaged", _damaged())
    if width * height > limits.max_megapixels * 1_000_000 + 499_999:
        raise _too_many_pixels(width * height, limits)
    if max(size) > limits.max_edge:
        raise ImageRefused(
            "too_long_edge",
            f"This photo is {width} x {height} pixels; neither side may be longer than {limits.max_edge}. "
            "Save a smaller copy of it as JPEG and send that.",
        )


def _too_many_pixels(pixels: int | None, limits: Limits) -> ImageRefused:
    found = f"has {pixels / 1e6:.0f} megapixels" if pixels else "has too many pixels"
    return ImageRefused(
        "too_many_pixels",
        f"This photo {found}; the limit is {limits.max_megapixels} megapixels. "
        "Save a smaller copy of it as JPEG and send that.",
    )


def _damaged() -> str:
    return (
        "This photo is damaged or cut short, so it cannot be opened. "
        "Open it on the phone: if it looks right there, send it once more; if not, take a new one."
    )


def _unreadable() -> str:
    return f"This file does not hold a photo that we can read. Photos must be {ACCEPTED}."


def _decode(image: Image.Image, limits: Limits) -> tuple[tuple[int, int], Image.Image]:
    """Full size of the first frame, and the frame at most as large as the large rendition, in its own colors."""
    edge, full = EDGES[0][1], image.size
    if isinstance(image, _jpeg.JpegImageFile):
        for scale in (8, 4, 2):
            if max(image.size) / scale >= edge * _HALF_IS_ENOUGH:
                image.draft(None, (image.width // scale, image.height // scale))
                break
    announced = image.size
    image.load()
    if image.size != announced:  # HEIC headers may state another size than the picture turns out to have
        full = image.size
        _check_size(full, limits)
    if max(image.size) <= edge:
        return full, image
    if image.mode in ("1", "P", "I") or image.mode.startswith("I;16"):
        image = flatten(image)
    elif image.mode in ("RGB", "L") and "transparency" in image.info:
        image = image.convert("RGBA")
    return full, image.resize(_fit(image.size, edge), Image.Resampling.LANCZOS, reducing_gap=1.0)


def _fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """`size` scaled down, never up, until its long side is `edge`; no side below 1."""
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _scaled(pixels: Image.Image) -> dict[Literal["large", "medium", "small"], Image.Image]:
    """All renditions, each made from the next larger one."""
    scaled = {}
    for name, edge in EDGES:
        size = _fit(pixels.size, edge)
        if size != pixels.size:
            pixels = pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.0)
        scaled[name] = pixels
    return scaled


def _write(scaled: dict[Literal["large", "medium", "small"], Image.Image], out_dir: Path) -> Iterator[Rendition]:
    for name, pixels in scaled.items():
        path = out_dir / f"{name}.webp"
        pixels.save(path, "WEBP", quality=_WEBP_QUALITY, method=2)
        yield Rendition(name, "image/webp", *pixels.size, path.stat().st_size, path)
    large = scaled["large"]
    path = out_dir / "large.jpg"
    large.save(path, "JPEG", quality=_JPEG_QUALITY)
    yield Rendition("large", "image/jpeg", *large.size, path.stat().st_size, path)


def _facts(picture: _Picture, scaled: dict[Literal["large", "medium", "small"], Image.Image]) -> PhotoFacts:
    gray = scaled["medium"].convert("L")
    histogram, pixels = gray.histogram(), gray.width * gray.height
    small = scaled["small"]
    return PhotoFacts(
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        taken_at=picture.metadata.taken_at,
        taken_at_has_zone=picture.metadata.has_zone,
        has_gps=picture.metadata.has_gps,
        # At a quarter of the usual pixels the grain of the sensor no longer passes for detail.
        sharpness=round(ImageStat.Stat(gray.reduce(2).filter(_LAPLACIAN)).var[0], 2),
        exposure=round(ImageStat.Stat(gray).mean[0] / 255, 4),
        shadows=round(sum(histogram[: _NEARLY_BLACK + 1]) / pixels, 4),
        highlights=round(sum(histogram[_NEARLY_WHITE:]) / pixels, 4),
        fingerprint=fingerprint(small),
        mirrored_fingerprint=fingerprint(ImageOps.mirror(small)),
    )


def _metadata(image: Image.Image, *, with_orientation: bool) -> _Metadata:
    """What EXIF says of orientation, time and place. EXIF that cannot be read counts as none."""
    raw = image.info.get("exif")
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    gps = (b"GPSLatitude" in xmp) if isinstance(xmp, bytes) else ("GPSLatitude" in xmp)
    if not isinstance(raw, bytes):
        return _Metadata(1, None, False, gps)
    try:
        exif = Image.Exif()
        exif.load(raw)
        orientation = exif.get(ExifTags.Base.Orientation, 1) if with_orientation else 1
        taken_at, has_zone = _taken_at(exif.get_ifd(ExifTags.IFD.Exif), exif.get(ExifTags.Base.DateTime))
        gps = gps or ExifTags.GPS.GPSLatitude in exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # the tag reader raises whatever a hostile table provokes; the picture may still be good
        return _Metadata(1, None, False, gps)
    return _Metadata(orientation if orientation in _TRANSPOSE else 1, taken_at, has_zone, gps)


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
