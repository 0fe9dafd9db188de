"""Which attempts count."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.statistics.chosen import Chosen, Sat, choose

ATTEMPTS = [
    Sat("ana", 1, Fraction(1, 2), False),
    Sat("ben", 1, Fraction(4, 5), True),
    Sat("ana", 2, Fraction(9, 10), False),  # a safety item was missed
    Sat("ana", 3, Fraction(4, 5), True),
    Sat("ana", 4, Fraction(4, 5), True),
]


def test_first_last_best_and_all() -> None:
    assert choose(ATTEMPTS, Chosen.FIRST) == [0, 1]
    assert choose(ATTEMPTS, Chosen.LAST) == [1, 4]
    assert choose(ATTEMPTS, Chosen.ALL) == [0, 1, 2, 3, 4]


def test_a_passed_attempt_is_better_than_a_higher_one_and_the_earlier_of_equals_counts() -> None:
    assert choose(ATTEMPTS, Chosen.BEST) == [1, 3]


@given(st.permutations(ATTEMPTS), st.sampled_from(Chosen))
def test_the_order_of_the_rows_does_not_matter(mixed: list[Sat], chosen: Chosen) -> None:
    picked = {mixed[place] for place in choose(mixed, chosen)}
    assert picked == {ATTEMPTS[place] for place in choose(ATTEMPTS, chosen)}
