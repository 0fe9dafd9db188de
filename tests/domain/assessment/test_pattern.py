"""Patterns agree with Python's own regular expressions where both exist, and are never slow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.pattern import BadPattern, compile_pattern

ATOMS = st.sampled_from(["a", "b", "1", r"\d", r"\w", r"\s", ".", "[ab]", "[^a]", "[a-c1-3]", r"\.", " "])
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,}", "{0,3}"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.tuples(inner, inner).map(lambda two: f"({two[0]}|(?:{two[1]}))")
    return st.lists(st.tuples(st.one_of(inner.map("({})".format), group), COUNTS).map("".join), max_size=2).map("".join)


sources = st.recursive(st.lists(st.tuples(ATOMS, COUNTS).map("".join), max_size=4).map("".join), _grown, max_leaves=6)


@given(sources.filter(bool), st.text("ab1 .c", max_size=8))
def test_it_matches_what_python_matches(source: str, text: str) -> None:
    expected = re.fullmatch(source, text, re.DOTALL) is not None
    assert compile_pattern(source, fold=False).matches(text) == expected


@pytest.mark.parametrize("source", ["(a+)+$", "(a|aa)+", "(a*)*(a*)*(a*)*b", "(.*)(.*)(.*)(.*)x", "((a?){30}){2}"])
def test_what_explodes_elsewhere_is_quick_here(source: str) -> None:
    pattern = compile_pattern(source)
    began = time.perf_counter()
    pattern.matches("a" * 200 + "!")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("^color$", "color", True),
        ("colou?r", "COLOUR".lower(), True),
        ("Stra(ß|ss)e", "strasse", True),
        ("[A-C]x", "bx", True),
        (r"2\.5 mm", "2.5 mm", True),
        (r"2\.5 mm", "2x5 mm", False),
        ("cat|dog", "catdog", False),
        (r"10\$", "10$", True),
        ("a{2,3}", "aaaa", False),
        (r"[\]]", "]", True),
        ("[a-]", "-", True),
        (r"[\d,]+", "1,5", True),
    ],
)
def test_examples(source: str, text: str, found: bool) -> None:
    assert compile_pattern(source).matches(text) is found


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "1 to 300"),
        ("a" * 301, "1 to 300"),
        ("(a", "never closed"),
        ("a)", "never opened"),
        ("[a", "in the middle"),
        ("[]", "no characters"),
        ("a\\", "in the middle"),
        ("*a", "cannot stand here"),
        ("a**", "directly after"),
        ("a+?", "directly after"),
        ("a{,3}", "are written"),
        ("a{3", "are written"),
        ("a{4,2}", "go upward"),
        ("a{61}", "to 60 at most"),
        ("(a{60}){60}", "too big"),
        ("[z-a]", "backward"),
        (r"\1", "not known"),
        (r"\bword", "not known"),
        ("(?=a)", "Only plain groups"),
        ("(?P<n>a)", "Only plain groups"),
        ("(" * 25 + "a" + ")" * 25, "too deeply"),
        ("a^b", "cannot stand here"),
    ],
)
def test_what_is_not_known_is_refused_with_a_sentence(source: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason):
        compile_pattern(source)


def test_it_knows_its_words_and_whether_it_asks_for_digits() -> None:
    pattern = compile_pattern("(do )?not press")
    assert pattern.words == ("do ", "not press")
    assert not pattern.takes_digits
    assert compile_pattern(r"\d+ mm").takes_digits
    assert compile_pattern("[2-4] mm").takes_digits
    assert not compile_pattern(r"[^\d]x").takes_digits
