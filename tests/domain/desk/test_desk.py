"""Filling saved comments, splitting a queue evenly, and knowing recordings by content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.desk.audio import sniff_audio
from app.domain.desk.comments import fill, unknown_placeholders
from app.domain.desk.hold import HOLD, can_be_taken_back
from app.domain.desk.split import Waiting, even_split

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ids = st.integers(1, 10**6).map(lambda n: UUID(int=n))


def test_placeholders_are_filled_and_what_is_not_known_stays() -> None:
    text = "{student}, measure {criterion} again on {piece}. {other} {Step} {}"
    filled = fill(text, {"student": "Amara", "criterion": "Lip Mapping", "piece": ""})
    assert filled == "Amara, measure Lip Mapping again on {piece}. {other} {Step} {}"
    assert unknown_placeholders("{step} {nope} {try} {nope} {why}") == ("nope", "why")


@given(st.text(max_size=80), st.dictionaries(st.sampled_from(["step", "piece"]), st.text(max_size=10)))
def test_filling_never_fills_what_it_filled(text: str, values: dict[str, str]) -> None:
    """A student called "{piece}" stays called so."""
    nested = dict.fromkeys(values, "{piece}{step}")
    assert fill("{step}", nested) in ("{step}", "{piece}{step}")
    assert fill(text, {}) == text


@given(st.lists(ids, unique=True, max_size=30), st.dictionaries(ids, st.integers(0, 5), min_size=1, max_size=6))
def test_a_split_is_even(pieces: list[UUID], loads: dict[UUID, int]) -> None:
    waiting = [Waiting(piece, NOW + timedelta(minutes=n)) for n, piece in enumerate(pieces)]
    split = even_split(waiting, loads)
    assert set(split.pairs) == set(pieces) and split.left == ()
    got = [reviewer for reviewer in loads if split.loads[reviewer] > loads[reviewer]]
    if got:  # nobody who got something ends more than one above anybody
        assert max(split.loads[reviewer] for reviewer in got) - min(split.loads.values()) <= 1
    assert sum(split.loads.values()) == sum(loads.values()) + len(pieces)
    assert even_split(list(reversed(waiting)), loads) == split


@given(st.data())
def test_nobody_gets_what_they_must_not_review_or_anything_while_away(data: st.DataObject) -> None:
    people = data.draw(st.lists(ids, unique=True, min_size=1, max_size=5))
    away = data.draw(st.sets(st.sampled_from(people)))
    barred = st.frozensets(st.sampled_from(people))
    pieces = [Waiting(UUID(int=2 * 10**6 + n), NOW, data.draw(barred)) for n in range(data.draw(st.integers(0, 12)))]
    split = even_split(pieces, dict.fromkeys(people, 0), away)
    for piece in pieces:
        able = set(people) - away - piece.barred
        assert (piece.submission_id in split.left) == (not able)
        assert not able or split.pairs[piece.submission_id] in able


def test_a_piece_that_only_one_may_take_is_placed_first() -> None:
    ines, jun = UUID(int=1), UUID(int=2)
    pieces = [Waiting(UUID(int=10), NOW), Waiting(UUID(int=11), NOW + HOLD, frozenset({jun}))]
    assert even_split(pieces, {ines: 0, jun: 0}).pairs == {UUID(int=10): jun, UUID(int=11): ines}


WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (WEBM + b"....A_OPUS....", ("audio/webm", "webm")),
        (WEBM + b"....V_VP8..A_OPUS", None),
        (WEBM, None),
        (b"OggS\x00\x02" + bytes(22) + b"OpusHead", ("audio/ogg", "ogg")),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", None),
        (b"\x00\x00\x00\x1cftypiso5" + b"soun....mp4a", ("audio/mp4", "m4a")),
        (b"\x00\x00\x00\x1cftypisom" + b"vide....mp4a", None),
        (WEBM + b"<script>A_OPUS", None),
        (b"ID3\x04", None),
        (b"", None),
    ],
)
def test_recordings_are_known_by_content(head: bytes, known: tuple[str, str] | None) -> None:
    assert sniff_audio(head) == known


def test_a_decision_can_be_taken_back_until_it_takes_effect() -> None:
    assert can_be_taken_back(NOW + HOLD, NOW)
    assert not can_be_taken_back(NOW, NOW)
