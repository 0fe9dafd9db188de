"""Photos of every kind that students and strangers may send, made in code. pillow-heif writes the HEIC ones."""

from __future__ import annotations

import io
import re
import struct
import zlib
from functools import cache

import pillow_heif
from PIL import ExifTags, Image, ImageCms

from app.infra.image_color import matrix_profile

TAKEN = "2026:11:12 14:03:09"
WIDTH, HEIGHT = 640, 480
CORNERS = {
    "top left": (210, 40, 40),
    "top right": (40, 170, 60),
    "bottom left": (50, 70, 200),
    "bottom right": (230, 200, 60),
}


def adobe_rgb() -> bytes:
    """A profile with the colorants and the gamma of Adobe RGB (1998)."""
    return matrix_profile(
        (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), (2.19921875,)
    )


@cache
def cornered() -> Image.Image:
    """A gray picture, wider than high, with another color in each corner: it shows how it was turned."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (150, 150, 150))
    for name, paint in CORNERS.items():
        left = 0 if "left" in name else WIDTH - 160
        top = 0 if "top" in name else HEIGHT - 160
        image.paste(paint, (left, top, left + 160, top + 160))
    return image


@cache
def smooth(width: int = 600, height: int = 400) -> Image.Image:
    """A soft picture of lip and skin colors, strong enough to differ between color spaces."""
    tiny = Image.new("RGB", (4, 3))
    tiny.putdata(
        [
            (226, 180, 150), (214, 60, 58), (180, 40, 48), (236, 190, 168),
            (206, 150, 120), (236, 92, 70), (150, 30, 44), (216, 160, 130),
            (190, 130, 104), (120, 170, 110), (60, 110, 190), (240, 220, 90),
        ]
    )  # fmt: skip
    return tiny.resize((width, height), Image.Resampling.BICUBIC)


def exif(orientation: int = 1, *, gps: bool = True, taken: str | None = TAKEN, zone: str | None = "+02:00") -> bytes:
    """EXIF as a phone writes it."""
    table = Image.Exif()
    table[ExifTags.Base.Make], table[ExifTags.Base.Model] = "Fruit", "Phone 17"
    table[ExifTags.Base.Orientation] = orientation
    details = table.get_ifd(ExifTags.IFD.Exif)
    if taken:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if zone:
        details[ExifTags.Base.OffsetTimeOriginal] = zone
    details[ExifTags.Base.LensModel] = "secret lens"
    if gps:
        place = table.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (45.0, 31.0, 12.0)
        place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "W", (122.0, 40.0, 36.0)
    return table.tobytes()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """`image` as the bytes of a file."""
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def stored_turned(orientation: int) -> Image.Image:
    """`cornered` as the sensor stores it when it is to be shown through this EXIF orientation."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    return cornered().transpose(undo[orientation]) if orientation in undo else cornered()


def heic(image: Image.Image, **options: object) -> bytes:
    """`image` as HEIC. With `exif` of an orientation, the file gets irot/imir *and* the EXIF tag, as iPhones do."""
    output = io.BytesIO()
    pillow_heif.from_pillow(image).save(output, quality=90, chroma=444, **options)
    return output.getvalue()


def set_orientation_tag(data: bytes, orientation: int) -> bytes:
    """`data` with another EXIF orientation (tag 0x0112, in either byte order), everything else left as it is."""
    tag = rb"(\x01\x12\x00\x03\x00\x00\x00\x01\x00|\x12\x01\x03\x00\x01\x00\x00\x00)."
    found = re.subn(tag, lambda match: match[1] + bytes([orientation]), data, flags=re.DOTALL)
    assert found[1] == 1
    return found[0]


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb_png(width: int, height: int, *, color_type: int = 2, depth: int = 8) -> bytes:
    """A valid PNG of one color, tiny on the disk: `width` x `height` zeros compress a thousandfold."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    row = b"\0" * (1 + (width * channels * depth + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    palette = png_chunk(b"PLTE", b"\0\0\0\xff\xff\xff") if color_type == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + palette
        + png_chunk(b"IDAT", packed)
        + png_chunk(b"IEND", b"")
    )


def lying_png(width: int, height: int) -> bytes:
    """A PNG whose header promises `width` x `height` pixels and whose data hold none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(b""))
        + png_chunk(b"IEND", b"")
    )


def lying_webp(width: int, height: int) -> bytes:
    """A WebP with an extended header of `width` x `height` and nothing behind it."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + (10).to_bytes(4, "little") + b"\0\0\0\0" + size
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def animated_webp() -> bytes:
    frames = [Image.new("RGB", (320, 240), paint) for paint in ((200, 30, 40), (30, 200, 40), (40, 30, 200))]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, lossless=True)


def multi_picture_jpeg() -> bytes:
    """A JPEG with a second picture behind the first, as portrait and HDR modes write it."""
    return encoded(
        cornered(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))], exif=exif(1), quality=92
    )


def press_profile() -> bytes:
    """A press profile with the smallest table there can be: two nodes per ink, full magenta and yellow a known red.

    Source of the layout: ICC.1:2022, section 10.10 (lut8Type), version 2 encoding of Lab.
    """

    def node(cyan: int, magenta: int, yellow: int, key: int) -> bytes:
        if magenta and yellow and not cyan and not key:
            lightness, a, b = PRESS_RED
        else:
            lightness, a, b = 100 - 22 * (cyan + magenta + yellow) - 30 * key, 40 * magenta - 25 * cyan, 50 * yellow
        return bytes((round(max(0, lightness) * 2.55), a + 128, min(127, b) + 128))

    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = bytes(range(256))
    nodes = b"".join(node(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + ramp * 4 + nodes + ramp * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    at = 128 + 4 + 24
    directory = struct.pack(">I", 2) + b"A2B0" + struct.pack(">II", at, len(table))
    directory += b"wtpt" + struct.pack(">II", at + len(table), len(white))
    header = struct.pack(">I4sI4s4s4s", at + len(table) + len(white), b"\0" * 4, 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + directory + table + white


PRESS_RED = (46, 58, 38)
"""What full magenta and full yellow are on that press, in Lab."""


def cmyk_jpeg(profile: bytes | None = None) -> bytes:
    """Full magenta and yellow, as a print shop would save it."""
    return encoded(Image.new("CMYK", (300, 200), (0, 255, 255, 0)), "JPEG", quality=95, icc_profile=profile or b"")


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def in_space(image: Image.Image, profile: bytes) -> Image.Image:
    """`image` (sRGB) with its numbers rewritten so that they mean the same colors in the space of `profile`."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    source = ImageCms.createProfile("sRGB")
    done = ImageCms.profileToProfile(image, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB")
    assert done is not None
    done.info.clear()
    return done
