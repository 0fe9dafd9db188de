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
from pathlib import Path
from typing import Final, Literal

import pi_heif
from PIL import AvifImagePlugin, Image
from PIL import JpegImagePlugin as _jpeg
from PIL import MpoImagePlugin as _mpo  # noqa: F401 - imported to register; Pillow would load all forty otherwise
from PIL import PngImagePlugin as _png  # noqa: F401
from PIL import WebPImagePlugin as _webp  # noqa: F401

from app.infra.image_color import flatten, profile_of, to_srgb
from app.infra.image_facts import Metadata, figures, metadata_of
from app.infra.images import (
    ACCEPTED,
    EXTENSION_OF,
    HEAD_BYTES,
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
Size = Literal["large", "medium", "small"]
Type = Literal["image/avif", "image/webp", "image/jpeg"]
EDGES: Final[tuple[tuple[Size, int], ...]] = (
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
_FULL_QUALITY: Final = 88
_AVIF_QUALITY: Final = 60
_AVIF_SPEED: Final = 9
"""Measured on a photo of 2016 px: speed 8 costs half as much again as 9 and saves no byte; 10 saves nothing more."""
TYPES: Final[dict[Size, tuple[Type, ...]]] = {
    "large": ("image/jpeg",),
    "medium": ("image/jpeg", "image/webp"),
    "small": ("image/jpeg", "image/webp"),
}
"""What each size is made in at once. A large WebP costs 170 ms and is hardly smaller than the JPEG of 15 ms."""
DEEP_TYPES: Final[dict[Size, tuple[Type, ...]]] = {"large": ("image/avif",), "medium": ("image/avif",)}
"""What is made when a piece is sent: AVIF halves the bytes of what reviewers look at, for 280 ms of CPU."""
_TRANSPOSE: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# One thread each: the worker is one of two at most, and threads multiply the address space that the limit counts.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True, slots=True)
class _Picture:
    """One decoded photo, upright, in sRGB, at most as large as the large rendition."""

    kind: Kind
    width: int
    height: int
    metadata: Metadata
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


def make_deep(path: Path, out_dir: Path, limits: Limits) -> list[Rendition]:
    """What a reviewer's browser asks for: AVIF, and the photo in all its pixels unless the large one has them all.

    Raises as `process` does.
    """
    picture = _read(path, limits, whole=True)
    made = []
    if max(picture.pixels.size) > EDGES[0][1]:
        made.append(_save(picture.pixels, "full", "image/jpeg", out_dir))
    scaled = _scaled(picture.pixels)
    del picture
    return made + [_save(scaled[name], name, mime, out_dir) for name in DEEP_TYPES for mime in DEEP_TYPES[name]]


def _read(path: Path, limits: Limits, *, whole: bool = False) -> _Picture:
    head, kind = _check_file(path, limits)
    with _refusing(limits), Image.open(path, formats=(_FORMATS[kind],)) as image:
        if image.format not in (_FORMATS[kind], "MPO"):
            raise ImageRefused("unreadable", _unreadable())
        _check_size(image.size, limits)
        # By the standard, HEIC pixels come out of the decoder upright and an EXIF orientation is to be ignored.
        metadata = metadata_of(image, with_orientation=kind != "heic")
        profile = profile_of(image, head if kind in ("heic", "avif") else b"")
        (width, height), pixels = _decode(image, limits, None if whole else EDGES[0][1])
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


def _decode(image: Image.Image, limits: Limits, edge: int | None) -> tuple[tuple[int, int], Image.Image]:
    """Full size of the first frame, and the frame with a long side of at most `edge`, in its own colors."""
    full = image.size
    if edge is not None and isinstance(image, _jpeg.JpegImageFile):
        for scale in (8, 4, 2):
            if max(image.size) / scale >= edge * _HALF_IS_ENOUGH:
                image.draft(None, (image.width // scale, image.height // scale))
                break
    announced = image.size
    image.load()
    if image.size != announced:  # HEIC headers may state another size than the picture turns out to have
        full = image.size
        _check_size(full, limits)
    if edge is None or max(image.size) <= edge:
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


def _scaled(pixels: Image.Image) -> dict[Size, Image.Image]:
    """All renditions, each made from the next larger one."""
    scaled = {}
    for name, edge in EDGES:
        size = _fit(pixels.size, edge)
        if size != pixels.size:
            pixels = pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.0)
        scaled[name] = pixels
    return scaled


def _facts(picture: _Picture, scaled: dict[Size, Image.Image]) -> PhotoFacts:
    return PhotoFacts(
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        taken_at=picture.metadata.taken_at,
        taken_at_has_zone=picture.metadata.has_zone,
        has_gps=picture.metadata.has_gps,
        software=picture.metadata.software,
        **figures(scaled["large"], scaled["medium"], scaled["small"]),
    )


def _write(scaled: dict[Size, Image.Image], out_dir: Path) -> Iterator[Rendition]:
    for name, pixels in scaled.items():
        for mime in TYPES[name]:
            yield _save(pixels, name, mime, out_dir)


def _save(pixels: Image.Image, name: Size | Literal["full"], mime: Type, out_dir: Path) -> Rendition:
    path = out_dir / f"{name}.{EXTENSION_OF[mime]}"
    if mime == "image/avif":
        pixels.save(path, "AVIF", quality=_AVIF_QUALITY, speed=_AVIF_SPEED)
    elif mime == "image/webp":
        pixels.save(path, "WEBP", quality=_WEBP_QUALITY, method=2)
    else:
        pixels.save(path, "JPEG", quality=_FULL_QUALITY if name == "full" else _JPEG_QUALITY)
    return Rendition(name, mime, *pixels.size, path.stat().st_size, path)
