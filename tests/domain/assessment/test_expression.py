"""Formulas: exact, with the precedence of school, and nothing beyond arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.expression import MAX_DEPTH, read_expression

VALUES = {"a": Fraction(3), "b": Fraction(1, 4), "volume_ml": Fraction(10)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", Fraction(2)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("2 + 3 * 4", Fraction(14)),
        ("(2 + 3) * 4", Fraction(20)),
        ("10 - 4 - 3", Fraction(3)),
        ("24 / 4 / 3", Fraction(2)),
        ("-a + 5", Fraction(2)),
        ("2 * -a", Fraction(-6)),
        ("-(a - b)", Fraction(-11, 4)),
        ("volume_ml * 10 / a", Fraction(100, 3)),
        ("round(volume_ml / a, 2)", Fraction(333, 100)),
        ("round(0.125, 2)", Fraction(13, 100)),
        ("round(-0.125, 2)", Fraction(-13, 100)),
        ("round(2.5, 0)", Fraction(3)),
        ("min(a, b, 2)", Fraction(1, 4)),
        ("max(a, b) - abs(b - a)", Fraction(1, 4)),
        ("  1+1 ", Fraction(2)),
    ],
)
def test_what_a_formula_is_worth(text: str, expected: Fraction) -> None:
    assert read_expression(text).value(VALUES) == expected


def test_a_formula_says_which_parameters_it_needs() -> None:
    assert read_expression("a * (b + 2) / a").names == {"a", "b"}
    assert read_expression("max(1, 2)").names == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at first"),
        ("1 +", "missing after '1 \\+'"),
        ("(1 + 2", "'\\)' is missing"),
        ("1 2", "nothing after '1'"),
        ("2 ** 3", "missing after"),
        ("a ^ 2", "no meaning"),
        ("__import__", "no meaning"),
        ("a.b", "no meaning"),
        ("A", "no meaning"),
        ("'x'", "no meaning"),
        ("eval(1)", "no function eval"),
        ("round(1)", "takes 2 values"),
        ("min(1)", "takes 2 to 8"),
        ("--1", "missing"),
        ("1e9", "nothing after"),
        ("1" * 201, "at most 200"),
        ("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1), "nested too deep"),
    ],
)
def test_what_is_not_a_formula(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_expression(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [("a / (b - b)", "divides by zero for a = 3, b = 1/4"), ("c + 1", "value for c"), ("round(a, b)", "places")],
)
def test_what_has_no_value(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_expression(text).value(VALUES)


@given(st.text(alphabet="ab01. +-*/(),mnixroud", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(read_expression(text).value({"a": Fraction(2), "b": Fraction(3)}), Fraction)
    except ValueError as refusal:
        assert str(refusal)


@given(st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(1, 99)), max_size=8), st.integers(0, 99))
def test_it_computes_what_python_computes(steps: list[tuple[str, int]], first: int) -> None:
    text = f"{first}" + "".join(f" {mark} {number}" for mark, number in steps)
    python = eval("".join(f"Fraction({t})" if t.isdigit() else t for t in text.split()), {"Fraction": Fraction})
    assert read_expression(text).value({}) == python
