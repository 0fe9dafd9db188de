"""One slip in a number leads back to it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials import number
from app.domain.credentials.number import ALPHABET
from app.domain.studios.near import looks_meant, neighbors

NUMBERS = st.binary(min_size=64, max_size=64).map(
    lambda seed: number.new_number(lambda count: random.Random(seed).randbytes(count))
)


def bare(printed: str) -> str:
    return printed.removeprefix("VM-").replace("-", "")


@given(NUMBERS, st.integers(0, 10), st.sampled_from([*ALPHABET, "0", "O"]))
def test_a_wrong_symbol_is_put_right(right: str, at: int, wrong: str) -> None:
    symbols = bare(right)
    typed = symbols[:at] + wrong + symbols[at + 1 :]
    if typed == symbols:
        assert neighbors(typed) == []
    else:
        found = neighbors(typed)
        assert right in found
        assert all(number.check(each).ok for each in found)
        assert len(found) <= 21


@given(NUMBERS, st.integers(0, 9))
def test_a_swap_a_gap_and_a_doubled_symbol_are_put_right(right: str, at: int) -> None:
    symbols = bare(right)
    swapped = symbols[:at] + symbols[at + 1] + symbols[at] + symbols[at + 2 :]
    assert swapped == symbols or right in neighbors(f"VM{swapped}")
    assert right in neighbors("VM" + symbols[:at] + symbols[at + 1 :])
    assert right in neighbors("VM" + symbols[: at + 1] + symbols[at:])


@pytest.mark.parametrize("typed", ["", "VM", "nothing like it at all", "VM-11111-11111-11111", "VM-00111-11111-1"])
def test_what_is_further_away_has_no_neighbors(typed: str) -> None:
    assert neighbors(typed) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("VM-24F7K-9QX3A-1", True),
        ("vm24f7k9qx", True),
        ("24F7K9QX3A1", True),
        ("+1 555 0100 200", False),
        ("15550100200", False),
        ("Amara Osei", False),
        ("Anastasia K", False),
        ("chair 2", False),
    ],
)
def test_it_is_seen_what_was_meant_as_a_number(text: str, meant: bool) -> None:
    assert looks_meant(text) is meant
