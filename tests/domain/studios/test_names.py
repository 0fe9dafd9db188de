"""Names agree as a careful person would say, and near misses are found without comparing with everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.studios.names import Likeness, NameIndex, distance, key_of, likeness, slips

WORD = st.text("abcdeno", min_size=0, max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("ca", "abc", 2),  # the pair that tells the unrestricted distance from the restricted one, which gives 3
        ("amara", "amraa", 1),
        ("kitten", "sitting", 3),
        ("osei", "", 4),
    ],
)
def test_the_distance_is_that_of_damerau_and_levenshtein(one: str, other: str, expected: int) -> None:
    assert distance(one, other) == expected


@given(WORD, WORD, WORD)
def test_the_distance_is_a_metric(one: str, other: str, third: str) -> None:
    there = distance(one, other)
    assert there == distance(other, one)
    assert (there == 0) == (one == other)
    assert distance(one, third) <= there + distance(other, third)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Amara Osei", "OSEI, Amara", Likeness.SAME),
        ("Zoë Łuczak-Ørsted", "zoe luczak orsted", Likeness.SAME),
        ("Siobhan O'Neill", "Siobhan ONeill", Likeness.SAME),
        ("Amara Osei", "Amara J. Osei", Likeness.CLOSE),
        ("Amara Osei", "Amrra Osei", Likeness.CLOSE),
        ("Jo Li", "Jo Lu", Likeness.CLOSE),
        ("Li", "Lu", Likeness.DIFFERENT),
        ("Amara Osei", "Marek Vossen", Likeness.DIFFERENT),
        ("", "", Likeness.DIFFERENT),
    ],
)
def test_names_agree_as_a_careful_person_would_say(one: str, other: str, expected: Likeness) -> None:
    assert likeness(one, other) is expected
    assert likeness(other, one) is expected


@given(st.lists(st.text("abno ", min_size=1, max_size=9), max_size=8, unique=True), st.text("abno ", max_size=9))
def test_the_index_finds_what_comparing_with_everybody_finds(names: list[str], asked: str) -> None:
    key = key_of(asked)
    away = {
        name: far
        for name in names
        if key_of(name) and (far := distance(key, key_of(name))) <= min(slips(key), slips(key_of(name)))
    }
    best = [name for name, far in away.items() if far == min(away.values())]
    found = NameIndex((name, name) for name in names).nearest(asked)
    assert (found[0] if found else None) == (best[0] if len(best) == 1 else None)


def test_two_that_are_equally_near_are_no_answer() -> None:
    index = NameIndex([("1", "Maya Lindqvist"), ("2", "Mara Lindqvist")])
    assert index.nearest("Maya Lindqvist") == ("1", "Maya Lindqvist")
    assert index.nearest("Maza Lindqvist") is None
