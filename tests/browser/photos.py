"""Photos as phones make them: a rotated JPEG with a place in it, a HEIC, a plain one."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pillow_heif
from PIL import ExifTags, Image

from app.infra.sample_photos import Piece, draw_photo

TAKEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def make_photos(folder: Path) -> dict[str, Path]:
    """Write the three photos and return them by slot: f1 HEIC, f2 rotated JPEG with GPS, f8 JPEG."""
    piece = Piece(seed=11)
    paths = {"f1": folder / "IMG_0001.HEIC", "f2": folder / "IMG_0002.JPG", "f8": folder / "IMG_0003.jpeg"}
    pillow_heif.register_heif_opener()
    with Image.open(io.BytesIO(draw_photo("blank", piece, taken_at=TAKEN))) as image:
        image.save(paths["f1"], "HEIF", quality=80, exif=_exif(orientation=1))
    with Image.open(io.BytesIO(draw_photo("map", piece, taken_at=TAKEN))) as image:
        # Stored lying on its side, as phones do; orientation 6 says how to turn it upright again.
        image.transpose(Image.Transpose.ROTATE_90).save(paths["f2"], "JPEG", quality=88, exif=_exif(orientation=6))
    paths["f8"].write_bytes(draw_photo("final-front", piece, taken_at=TAKEN, gps=True))
    return paths


def _exif(*, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Canary Phone Company"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (45.0, 45.0, 50.0), 3: "E", 4: (4.0, 50.0, 7.0)})
    return exif.tobytes()


def what_is_inside(data: bytes) -> tuple[tuple[int, int], list[str]]:
    """Size of a served picture, and the kinds of metadata found in it (must be none)."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        found = [name for name in ("exif", "xmp", "icc_profile", "comment") if image.info.get(name)]
        return image.size, found
