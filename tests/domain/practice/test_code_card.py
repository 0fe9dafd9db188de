"""Code cards: read back whole, never believed without the tag."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.code_card import CodeCard, Reading, card_text, is_card, read_card, read_cards
from app.infra.documents import QR_ALPHABET

KEY = b"a secret of the academy"
NOW = datetime(2026, 11, 22, 21, 42, 30, tzinfo=UTC)
CODES = st.text("23456789ABCDEFGHJKMNPQRSTUVWXYZ", min_size=8, max_size=8)


@given(CODES, st.integers(0, 10**7))
def test_a_card_says_its_piece_and_its_minute(code: str, minutes: int) -> None:
    issued = datetime(2025, 1, 1, 0, 0, 59, tzinfo=UTC) + timedelta(minutes=minutes)
    text = card_text(code, issued, KEY)
    assert read_card(text, KEY) == CodeCard(code, issued.replace(second=0))
    assert set(text) <= QR_ALPHABET
    assert len(text) <= 47  # version 3 at level Q


@given(st.integers(0, 38), st.sampled_from("ABC0123456789/"))
def test_a_card_that_was_changed_is_not_ours(place: int, letter: str) -> None:
    text = card_text("ABCD2345", NOW, KEY)
    forged = text[:place] + letter + text[place + 1 :]
    assert (read_card(forged, KEY) is None) == (forged != text)


@given(st.text(max_size=120))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read_card(text, KEY) is None
    assert read_card(f"VERMILION/P1/{text}", KEY) is None


def test_another_academy_issues_other_cards() -> None:
    assert read_card(card_text("ABCD2345", NOW, b"another secret"), KEY) is None


OWN, LATER = card_text("ABCD2345", NOW, KEY), card_text("ABCD2345", NOW + timedelta(hours=1), KEY)
OTHER = card_text("ZZZZ2345", NOW, KEY)


@pytest.mark.parametrize(
    ("texts", "reading", "code"),
    [
        ([], Reading.NONE, None),
        (["https://pigments.example/lot/7"], Reading.NONE, None),
        ([OWN], Reading.THIS, "ABCD2345"),
        ([OTHER], Reading.OTHER, "ZZZZ2345"),
        ([OTHER, OWN], Reading.THIS, "ABCD2345"),
        ([OWN[:-1] + "!"], Reading.UNKNOWN, None),
        ([OWN[:-1] + "!", OTHER], Reading.OTHER, "ZZZZ2345"),
    ],
)
def test_what_the_codes_in_a_photo_say(texts: list[str], reading: Reading, code: str | None) -> None:
    found, card = read_cards(texts, "ABCD2345", KEY)
    assert (found, card and card.code) == (reading, code)


def test_the_newest_card_of_the_piece_counts() -> None:
    _reading, card = read_cards([LATER, OWN], "ABCD2345", KEY)
    assert card is not None
    assert card.issued_at == (NOW + timedelta(hours=1)).replace(second=0)
    assert is_card(OWN)
    assert not is_card("ABCD2345")
