"""A pin is a share of the upright photo: the same skin lies under it in every rendition, whatever way it was held."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.infra.images import deepen_in_worker, process_in_worker

SPOT = (0.3, 0.7)
"""Where a mole is on the upright photo, in shares of its width and height."""
SIZE = (3000, 2250)
# By the standard for EXIF: how the sensor's rows were turned before they were written.
TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def taken(path: Path, orientation: int) -> None:
    """A photo whose mole is at SPOT once a viewer has applied the orientation."""
    upright = Image.new("RGB", SIZE, (214, 170, 150))
    x, y = SPOT[0] * SIZE[0], SPOT[1] * SIZE[1]
    ImageDraw.Draw(upright).ellipse((x - 40, y - 40, x + 40, y + 40), fill=(20, 10, 10))
    turn = TURNS[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, "JPEG", quality=92, exif=exif)


def mole(picture: Path) -> tuple[float, float]:
    """Where the mole is on a picture, in shares."""
    with Image.open(picture) as image:
        dark = image.convert("L").point(lambda level: 255 if level < 90 else 0)
        left, top, right, bottom = dark.getbbox() or (0, 0, 0, 0)
        return (left + right) / 2 / image.width, (top + bottom) / 2 / image.height


@pytest.mark.parametrize("orientation", sorted(TURNS))
def test_the_same_skin_is_under_a_pin_in_every_rendition(tmp_path: Path, orientation: int) -> None:
    source = tmp_path / "photo.jpg"
    taken(source, orientation)
    made, deep = tmp_path / "made", tmp_path / "deep"
    made.mkdir()
    deep.mkdir()
    renditions = [*process_in_worker(source, made).renditions, *deepen_in_worker(source, deep)]
    assert {rendition.name for rendition in renditions} >= {"large", "medium", "small", "full"}
    for rendition in renditions:
        assert mole(rendition.path) == (pytest.approx(SPOT[0], abs=0.01), pytest.approx(SPOT[1], abs=0.01)), rendition
