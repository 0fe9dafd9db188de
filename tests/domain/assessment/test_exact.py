"""Numbers stay exact from the file to the page."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.exact import decimal_text, floor_text, hundredths, percent_text, to_fraction


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (3, Fraction(3)),
        (0.1, Fraction(1, 10)),
        (6.75, Fraction(27, 4)),
        ("1/3", Fraction(1, 3)),
        ("-2.5", Fraction(-5, 2)),
        (Decimal("0.30"), Fraction(3, 10)),
        (Fraction(2, 7), Fraction(2, 7)),
        (1e-7, Fraction(1, 10**7)),
    ],
)
def test_reads_what_was_written(written: object, value: Fraction) -> None:
    assert to_fraction(written) == value


@pytest.mark.parametrize(
    "written", [True, None, "two", "1/0", float("nan"), float("inf"), Decimal("Infinity"), [1], "1 2"]
)
def test_refuses_what_is_no_number(written: object) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        to_fraction(written)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(225), "225"),
        (Fraction(27, 4), "6.75"),
        (Fraction(45, 8), "5.625"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(2, 3), "0.6667"),
        (Fraction(300), "300"),
        (Fraction(-1, 2), "-0.5"),
    ],
)
def test_writes_numbers_as_people_do(value: Fraction, text: str) -> None:
    assert decimal_text(value) == text


def test_a_percentage_is_cut_never_rounded_up() -> None:
    assert percent_text(Fraction(79999, 1000)) == "79.9%"
    assert percent_text(Fraction(80)) == "80%"
    assert percent_text(Fraction(250, 3)) == "83.3%"
    assert floor_text(Fraction(45, 8), 2) == "5.62"


def test_hundredths_are_cut_too() -> None:
    assert hundredths(Fraction(250, 3)) == 8333
    assert hundredths(Fraction(80)) == 8000


@given(st.fractions(min_value=0, max_value=100), st.integers(min_value=0, max_value=100))
def test_hundredths_cross_a_whole_mark_exactly_when_the_number_does(value: Fraction, mark: int) -> None:
    assert (hundredths(value) >= mark * 100) == (value >= mark)
