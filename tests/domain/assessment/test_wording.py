"""What may differ in a short answer, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.pattern import compile_pattern
from app.domain.assessment.wording import NEGATIONS, fits, negations, tidy


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Cupid's Bow", "cupid\u2019s  bow"),
        ("cupids bow", "Cupid's bow."),
        ("lip blush", " LIP-BLUSH "),
        ("\ufb01lm", "film"),
        ("\uff12\uff15 mm", "25 mm"),
        ("\u0662 mm", "2 mm"),
        ("caf\u00e9", "cafe\u0301"),
        ("Stra\u00dfe", "STRASSE"),
        ("soft\u00adened", "softened"),
        ("2.5 mm", "2.5 mm!"),
        ("\u2212 5", "- 5"),
        ("a\tb\nc", "a b c"),
        ("cm\u00b2", "cm2"),
    ],
)
def test_written_differently_and_the_same(one: str, two: str) -> None:
    assert tidy(one) == tidy(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("2.5", "25"),
        ("-5", "5"),
        (".5", "5"),
        ("\u22125", "5"),
        ("10\u00b2", "102"),
        ("1\u00bd", "11/2"),
        ("1:10", "110"),
        ("3/4", "34"),
        ("5%", "5"),
        ("do press", "don't press"),
        ("do press", "do not press"),
        ("hypopigmentation", "hyperpigmentation"),
        ("can't", "cant be"),
    ],
)
def test_looks_alike_and_is_another_answer(one: str, two: str) -> None:
    assert tidy(one) != tidy(two)


def test_settings() -> None:
    assert tidy("B12", case_sensitive=True) != tidy("b12", case_sensitive=True)
    assert tidy("a, b", keep_punctuation=True) != tidy("a b", keep_punctuation=True)
    assert tidy("a, b") == tidy("a b")


@given(st.text(max_size=40), st.booleans(), st.booleans())
def test_tidying_twice_changes_nothing_more(text: str, case: bool, marks: bool) -> None:
    once = tidy(text, case_sensitive=case, keep_punctuation=marks)
    assert tidy(once, case_sensitive=case, keep_punctuation=marks) == once


@given(st.lists(st.text("abc12.,-'", min_size=1, max_size=6), max_size=5))
def test_no_digit_is_ever_lost(words: list[str]) -> None:
    text = " ".join(words)
    assert [c for c in tidy(text) if c.isdigit()] == [c for c in text if c.isdigit()]


def test_a_wildcard_takes_no_negation_and_no_number() -> None:
    pattern = compile_pattern("(apply|use) .*broken skin")
    assert fits(pattern, "apply it on broken skin")
    assert not fits(pattern, "apply it not on broken skin")
    assert not fits(pattern, "apply never on broken skin")
    assert not fits(pattern, "apply it 3 times on broken skin")
    assert not fits(pattern, "remove it")
    assert fits(compile_pattern("do (not|never) press.*"), "do not press hard")
    assert not fits(compile_pattern("do not press.*"), "do not press never")
    assert fits(compile_pattern(r"avoid it for \d+ weeks"), "avoid it for 4 weeks")
    assert not fits(compile_pattern(r"avoid it for . weeks"), "avoid it for 4 weeks")
    assert fits(compile_pattern("wait 4 .*"), "wait 4 weeks")
    assert not fits(compile_pattern("wait 4 .*"), "wait 4 or 5 weeks")


@pytest.mark.parametrize("word", sorted(NEGATIONS))
def test_every_negation_is_seen(word: str) -> None:
    assert negations(f"do {word} press") == {word}


def test_contractions_are_negations() -> None:
    assert negations(tidy("You shouldn\u2019t press")) == {"shouldnt"}
    assert negations(tidy("You shouldn't press", keep_punctuation=True)) == {"shouldnt"}
