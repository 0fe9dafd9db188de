"""What a reviewer is asked to look at twice, and what not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.domain.practice.code_card import CodeCard, Reading
from app.domain.practice.integrity import (
    Finding,
    Match,
    Shot,
    card_flag,
    is_near,
    likeness_flags,
    order_flags,
    time_flag,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE, THERE = uuid4(), uuid4()


def shot(slot: str, minutes: float | None = None, *, zone: bool = True) -> Shot:
    return Shot(uuid4(), slot, None if minutes is None else NOON + timedelta(minutes=minutes), zone)


def match(slot: str, bits: int, entry: UUID = THERE, *, mirrored: bool = False) -> Match:
    return Match(shot(slot), uuid4(), entry, bits, mirrored)


@pytest.mark.parametrize(
    ("slot", "bits", "near"), [("f8", 8, True), ("f8", 9, False), ("f0", 2, True), ("f0", 3, False), ("f11", 8, False)]
)
def test_photos_of_the_station_must_be_nearly_the_same_file(slot: str, bits: int, near: bool) -> None:
    assert is_near(slot, bits) is near


def test_one_alike_photo_is_a_photo_and_two_are_a_piece() -> None:
    (one,) = likeness_flags([match("f8", 3)])
    assert (one.finding, one.facts["bits"], one.facts["photos"]) == (Finding.SAME_PHOTO, 3, 1)
    nearest = match("f8", 1)
    (piece,) = likeness_flags([match("f2", 5), nearest, match("f9", 4)])
    assert (piece.finding, piece.facts["photos"]) == (Finding.SAME_PIECE, 3)
    assert (piece.photo_id, piece.other_id) == (nearest.shot.id, nearest.other_id)


def test_two_photos_of_the_station_are_no_piece() -> None:
    (found,) = likeness_flags([match("f0", 1), match("f11", 0), match("f8", 6)])
    assert found.finding is Finding.SAME_PHOTO
    assert found.facts["bits"] == 6  # the photo of the work is what is shown


def test_a_mirrored_copy_is_named_so() -> None:
    (found,) = likeness_flags([match("f8", 2, mirrored=True)])
    assert found.finding is Finding.MIRRORED


def test_each_other_piece_is_flagged_by_itself_and_pieces_come_first() -> None:
    flags = likeness_flags([match("f8", 0, HERE), match("f8", 4), match("f9", 5), match("f1", 20, uuid4())])
    assert [flag.finding for flag in flags] == [Finding.SAME_PIECE, Finding.SAME_PHOTO]


def test_of_many_pieces_the_nearest_are_shown_and_the_rest_counted() -> None:
    flags = likeness_flags([match("f8", bits, uuid4()) for bits in (8, 3, 5, 7, 4, 6)])
    assert [flag.facts["bits"] for flag in flags] == [3, 4, 5]
    assert [flag.facts.get("more") for flag in flags] == [None, None, 3]
    assert "more" not in likeness_flags([match("f8", bits, uuid4()) for bits in (1, 2, 3)])[-1].facts


@pytest.mark.parametrize(
    ("reading", "finding"),
    [(Reading.OTHER, "card_other"), (Reading.UNKNOWN, "card_unknown"), (Reading.NONE, "card_missing")],
)
def test_the_code_card(reading: Reading, finding: str) -> None:
    first = shot("f1")
    found = card_flag(first, reading, CodeCard("ZZZZ2345", NOON) if reading is Reading.OTHER else None)
    assert found is not None
    assert (found.finding, found.photo_id) == (finding, first.id)
    assert found.facts.get("code") == ("ZZZZ2345" if reading is Reading.OTHER else None)


def test_a_piece_with_its_card_or_without_a_place_for_one_is_not_flagged() -> None:
    assert card_flag(shot("f1"), Reading.THIS, CodeCard("A", NOON)) is None
    assert card_flag(None, Reading.NONE, None) is None


@pytest.mark.parametrize(
    ("minutes", "zone", "flagged"),
    [
        (5, True, False),
        (-2, True, False),
        (-3, True, True),
        (-3, False, False),
        (-14 * 60, False, False),
        (-14 * 60 - 3, False, True),
        (None, True, False),
    ],
)
def test_a_photo_from_before_the_code(minutes: float | None, zone: bool, flagged: bool) -> None:
    assert (time_flag([shot("f1", minutes, zone=zone)], NOON) is not None) is flagged


def test_of_many_early_photos_the_earliest_is_shown() -> None:
    shots = [shot("f1", -10), shot("f2", -90), shot("f8", -5)]
    found = time_flag(shots, NOON)
    assert found is not None
    assert (found.photo_id, found.facts["minutes"]) == (shots[1].id, 90)


def test_photos_in_the_order_of_the_work_are_fine() -> None:
    slots = ("f0", "f1", "f2", "f3", "f4", "f9", "f8", "f10", "f11", "healed")
    assert order_flags([shot(slot, 10 * place) for place, slot in enumerate(slots)]) == []


def test_a_pass_that_is_older_than_the_map() -> None:
    late, early = shot("f2", 30), shot("f3", 10)
    (found,) = order_flags([shot("f1", 0), late, early])
    assert (found.finding, found.photo_id, found.other_id) == (Finding.OUT_OF_ORDER, early.id, late.id)


def test_clocks_of_two_kinds_are_not_compared() -> None:
    assert order_flags([shot("f2", 600), shot("f3", 0, zone=False), shot("f8"), shot("strange", -500)]) == []


def test_a_minute_is_no_disorder() -> None:
    assert order_flags([shot("f2", 1), shot("f3", 0)]) == []
