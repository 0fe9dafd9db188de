"""Files of people who mean harm, or whose program did: each with what must become of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

from app.infra.image_color import display_p3
from tests.infra.photo_corpus import (
    bomb_png,
    cmyk_jpeg,
    cornered,
    encoded,
    exif,
    heic,
    lying_png,
    lying_webp,
    multi_picture_jpeg,
    png_chunk,
)

SECRET = b"planted-secret-7f3a"
MEGABYTE = 1024 * 1024
_LOT = SECRET * (3 * MEGABYTE // len(SECRET))
_PNG_HEAD = 33
"""Signature and IHDR."""
_PAGE = b"<html><script>alert('" + SECRET + b"')</script></html>"
_FRAMES = [Image.new("RGB", (320, 240), paint) for paint in ((200, 30, 40), (30, 200, 40), (40, 30, 200))]


class Case(NamedTuple):
    """`make` gives the bytes. `code` is that of the refusal, "" for a file that is taken; `words` its sentence has."""

    make: Callable[[], bytes]
    code: str = ""
    words: tuple[str, ...] = ()


def _animated(kind: str, **options: object) -> bytes:
    return encoded(_FRAMES[0], kind, save_all=True, append_images=_FRAMES[1:], duration=100, **options)


def _archive() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("index.html", _PAGE)
    return output.getvalue()


def _in_jpeg(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG with more segments (marker, body) behind its first."""
    data = encoded(cornered(), "JPEG")
    at = 4 + int.from_bytes(data[4:6], "big")
    return (
        data[:at]
        + b"".join(struct.pack(">BBH", 255, kind, len(body) + 2) + body for kind, body in segments)
        + data[at:]
    )


def _talkative_jpeg() -> bytes:
    """Megabytes of comments, XMP, IPTC, maker's notes and pieces of an ICC profile that do not fit together."""
    piece = SECRET * 3000
    kinds = ((0xFE, b""), (0xE1, b"http://ns.adobe.com/xmp/extension/\0"), (0xED, b"Photoshop 3.0\0"), (0xE5, b""))
    segments = [(marker, head + piece) for marker, head in kinds for _ in range(16)]
    segments += [(0xE2, b"ICC_PROFILE\0" + bytes((number, 255)) + piece) for number in range(1, 20)]
    return _in_jpeg(*segments)


def _in_png(*chunks: tuple[bytes, bytes]) -> bytes:
    data = encoded(cornered(), "PNG")
    return data[:_PNG_HEAD] + b"".join(png_chunk(name, body) for name, body in chunks) + data[_PNG_HEAD:]


def _talkative_png() -> bytes:
    text = SECRET * 3000
    chunks = [(b"tEXt", b"Comment\0" + text), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + text), (b"teSt", text)] * 16
    return _in_png(*chunks, (b"eXIf", exif(6)[6:] + _LOT))


def _packed(size: int) -> bytes:
    """`size` zeros, a thousandth of that on the disk."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.flush()


def _huge_in_its_box(data: bytes) -> bytes:
    """A HEIC or AVIF whose header says 60,000 x 60,000 pixels."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", 60_000, 60_000) + data[at + 8 :]


def many_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated: each costs a pass over all pixels (CVE-2020-35521's kin)."""
    data = encoded(Image.new("RGB", (4000, 3000), (90, 60, 50)), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * count + data[-2:]


HOSTILE: dict[str, Case] = {
    # decompression bombs
    "PNG of 400 megapixels": Case(
        lambda: bomb_png(20_000, 20_000, color_type=0, depth=1), "too_many_pixels", ("400 megapixels", "50 megapixels")
    ),
    "PNG of text that swells to 100 MB": Case(
        lambda: _in_png((b"zTXt", b"Comment\0\0" + _packed(100 * MEGABYTE))), "damaged"
    ),
    "PNG of a profile that swells to 100 MB": Case(
        lambda: _in_png((b"iCCP", b"name\0\0" + _packed(100 * MEGABYTE))), "damaged"
    ),
    "PNG that promises 3.6 gigapixels": Case(lambda: lying_png(60_000, 60_000), "too_many_pixels", ("50 megapixels",)),
    "WebP that promises 256 megapixels": Case(
        lambda: lying_webp(16_000, 16_000), "too_many_pixels", ("50 megapixels",)
    ),
    "HEIC that promises 3.6 gigapixels": Case(
        lambda: _huge_in_its_box(heic(cornered())), "too_many_pixels", ("50 megapixels",)
    ),
    "AVIF that promises 3.6 gigapixels": Case(lambda: _huge_in_its_box(encoded(cornered(), "AVIF")), "damaged"),
    "a million pixels wide": Case(lambda: bomb_png(1_000_000, 1), "too_long_edge", ("1000000 x 1", "16384")),
    "a million pixels high": Case(lambda: bomb_png(1, 1_000_000), "too_long_edge", ("1 x 1000000", "16384")),
    # two files in one
    "JPEG with a page in its comment": Case(lambda: encoded(cornered(), "JPEG", comment=_PAGE), "not_a_photo"),
    "JPEG with a page behind its end": Case(lambda: encoded(cornered(), "JPEG") + _PAGE),
    "JPEG with a video behind its end": Case(lambda: encoded(cornered(), "JPEG") + b"\0\0\0\x18ftypmp42" + _LOT),
    "PNG with an archive behind its end": Case(lambda: encoded(cornered(), "PNG") + _archive(), "mixed_content"),
    "PNG with an archive in a chunk": Case(lambda: _in_png((b"teSt", SECRET * 99), (b"teSt", _archive()))),
    "JPEG under the head of a GIF": Case(lambda: b"GIF89a" + encoded(cornered(), "JPEG"), "not_a_photo", ("a GIF",)),
    "PNG under the head of a JPEG": Case(lambda: b"\xff\xd8\xff\xe0" + encoded(cornered(), "PNG"), "damaged"),
    # other types
    "animated GIF": Case(lambda: _animated("GIF"), "not_a_photo", ("a GIF picture", "JPEG, PNG, WebP, HEIC or AVIF")),
    "SVG": Case(lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_a_photo", ("an SVG drawing",)),
    "TIFF": Case(lambda: encoded(cornered(), "TIFF"), "not_a_photo", ("TIFF",)),
    "zero bytes": Case(lambda: b"", "empty", ("empty",)),
    "three bytes": Case(lambda: b"\xff\xd8\xff", "damaged"),
    # cut short
    "half a JPEG": Case(lambda: _half(encoded(_noisy(), "JPEG")), "damaged", ("once more",)),
    "half a HEIC": Case(lambda: _half(heic(_noisy())), "damaged", ("once more",)),
    "half an AVIF": Case(lambda: _half(encoded(_noisy(), "AVIF")), "damaged", ("once more",)),
    # moving pictures: the first is taken
    "animated PNG": Case(lambda: _animated("PNG")),
    "animated WebP": Case(lambda: _animated("WEBP")),
    "AVIF of a sequence": Case(lambda: _animated("AVIF", speed=9)),
    "phone JPEG with a second picture": Case(multi_picture_jpeg),
    # odd, but photos
    "four inks": Case(cmyk_jpeg),
    "sixteen bits of gray": Case(lambda: encoded(Image.new("I;16", (300, 200), 40_000), "PNG")),
    "sixteen bits of color": Case(lambda: bomb_png(300, 200, depth=16)),
    "a profile of garbage": Case(lambda: encoded(cornered(), "JPEG", icc_profile=SECRET * 20_000)),
    # megabytes of words
    "JPEG of words": Case(_talkative_jpeg),
    "PNG of words": Case(_talkative_png),
    "WebP of words": Case(lambda: encoded(cornered(), "WEBP", exif=exif(6) + _LOT, xmp=_LOT, icc_profile=display_p3())),
    "AVIF of words": Case(lambda: encoded(cornered(), "AVIF", speed=9, exif=exif(6) + _LOT, xmp=_LOT)),
    "HEIC of words": Case(lambda: heic(cornered(), exif=exif(6) + _LOT, xmp=_LOT)),
}


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _noisy() -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((400, 300), 90) for _ in range(3)])
