"""The drawn practice photos are photos for all that the house can tell, and no two are alike."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from app.infra.image_pipeline import inspect
from app.infra.images import Limits, PhotoFacts, hash_distance
from app.infra.sample_photos import SLOTS, Piece, Slot, draw_photo

TAKEN = datetime(2026, 11, 12, 14, 3, tzinfo=UTC)


@cache
def photo(slot: Slot, piece: Piece) -> bytes:
    return draw_photo(slot, piece, taken_at=TAKEN)


def facts(data: bytes, folder: Path) -> PhotoFacts:
    path = folder / "photo.jpg"
    path.write_bytes(data)
    return inspect(path, Limits())


def lip_redness(data: bytes) -> float:
    """How much red stands over green in the middle of the lower lip."""
    image = Image.open(io.BytesIO(data)).convert("RGB").crop((700, 680, 900, 740)).resize((1, 1))
    red, green, _ = image.getpixel((0, 0))
    return red - green


@pytest.mark.parametrize("slot", SLOTS)
def test_every_slot_is_a_photo(slot: Slot, tmp_path: Path) -> None:
    found = facts(photo(slot, Piece(3)), tmp_path)
    assert (found.kind, found.width, found.height) == ("jpeg", 1600, 1200)
    assert (found.taken_at, found.taken_at_has_zone, found.has_gps) == (TAKEN, True, False)
    assert 0.2 < found.exposure < 0.85
    assert found.sharpness > 5


def test_the_same_piece_gives_the_same_bytes() -> None:
    assert draw_photo("macro", Piece(3), taken_at=TAKEN) == photo("macro", Piece(3))


def test_pieces_and_slots_look_different(tmp_path: Path) -> None:
    seen = [
        facts(photo(slot, Piece(seed)), tmp_path) for seed in (3, 4, 5) for slot in ("final-front", "macro", "setup")
    ]
    for index, one in enumerate(seen):
        for other in seen[index + 1 :]:
            distance = hash_distance(one.fingerprint.dhash, other.fingerprint.dhash)
            assert distance + hash_distance(one.fingerprint.ahash, other.fingerprint.ahash) > 6


def test_color_builds_from_pass_to_pass() -> None:
    piece = Piece(3)
    order: tuple[Slot, ...] = ("blank", "pass-1", "pass-2", "final-front")
    redness = [lip_redness(photo(slot, piece)) for slot in order]
    assert redness == sorted(redness)
    assert redness[-1] > redness[0] + 25
    assert lip_redness(photo("healed", piece)) < redness[-1]


def test_the_code_card_can_be_read() -> None:
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(photo("blank", Piece(3, code="P-7K3Q")))))
    assert code.text == "P-7K3Q"


def test_a_blurred_photo_is_measurably_blurred(tmp_path: Path) -> None:
    sharp = facts(photo("final-front", Piece(3)), tmp_path).sharpness
    blurred = facts(photo("final-front", Piece(3, blurred=True)), tmp_path).sharpness
    assert blurred < sharp / 3


def test_a_missed_island_shows() -> None:
    even, patchy = photo("final-front", Piece(3)), photo("final-front", Piece(3, patchy=True))
    box = (380, 520, 520, 580)
    colors = [
        Image.open(io.BytesIO(data)).convert("RGB").crop(box).resize((1, 1)).getpixel((0, 0)) for data in (even, patchy)
    ]
    assert colors[0][0] - colors[0][1] > colors[1][0] - colors[1][1] + 12


def test_a_place_is_written_only_when_asked(tmp_path: Path) -> None:
    local = TAKEN.astimezone(timezone(timedelta(hours=-8)))
    found = facts(draw_photo("setup", Piece(3), taken_at=local, gps=True), tmp_path)
    assert found.has_gps
    assert found.taken_at == TAKEN
