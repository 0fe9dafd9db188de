"""The order of a seed is a promise for years: the same on every machine and version."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.shuffle import SeededStream, shuffled


def test_known_orders_never_change() -> None:
    assert "".join(shuffled("abcdefg", "seed", "item-1")) == "gdecbaf"
    stream = SeededStream("seed")
    assert [stream.below(1000) for _ in range(5)] == [257, 566, 720, 374, 862]


def test_the_stream_is_sha256_in_counter_mode() -> None:
    key = sha256(b"seed\x1f7").digest()
    words = [int.from_bytes(sha256(key + n.to_bytes(8, "big")).digest()[:8], "big") for n in range(3)]
    stream = SeededStream("seed", 7)
    assert [stream.below(2**64) for _ in range(3)] == words


@given(st.lists(st.integers()), st.integers())
def test_nothing_is_lost_and_the_seed_alone_decides(values: list[int], seed: int) -> None:
    once = shuffled(values, seed)
    assert Counter(once) == Counter(values)
    assert shuffled(tuple(values), seed) == once


def test_other_seed_parts_give_other_orders() -> None:
    letters = "abcdefghijklmnopqrst"
    assert shuffled(letters, 1) != shuffled(letters, 2)
    assert shuffled(letters, 1, "a") != shuffled(letters, 1, "b")


def test_every_place_is_about_equally_likely() -> None:
    firsts = Counter(shuffled("abcd", seed)[0] for seed in range(4000))
    assert all(900 < firsts[letter] < 1100 for letter in "abcd")


def test_words_beyond_the_last_whole_multiple_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    words = iter([2**64 - 1, 7])
    monkeypatch.setattr(SeededStream, "_word", lambda self: next(words))
    assert SeededStream("x").below(5) == 2


def test_there_is_no_number_below_zero() -> None:
    with pytest.raises(ValueError, match="below one"):
        SeededStream("x").below(0)
