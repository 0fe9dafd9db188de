"""Numbers as people write them, tolerances at their very edges, and units."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.items.numeric import Numeric, NumericResponse, read_number
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict

F = Fraction


def build(**changes: Any) -> Numeric:
    return Numeric.from_dict(item_dict("numeric", **changes))


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("6.75", F(27, 4), ""),
        ("6,75", F(27, 4), ""),
        ("1 000", F(1000), ""),
        ("1\u00a0000\u202f000", F(1000000), ""),
        ("12 345,5", F(24691, 2), ""),
        ("1234,567", F(1234567, 1000), ""),
        ("0,125", F(1, 8), ""),
        (",125", F(1, 8), ""),
        ("1.618", F(809, 500), ""),
        ("0.000", F(0), ""),
        (".5", F(1, 2), ""),
        ("5.", F(5), ""),
        ("-3", F(-3), ""),
        ("+ 3", F(3), ""),
        ("\u22122.5", F(-5, 2), ""),
        ("007", F(7), ""),
        ("225 mg", F(225), "mg"),
        ("225mg.", F(225), "mg"),
        ("10 %", F(10), "%"),
        ("1 000 mg", F(1000), "mg"),
    ],
)
def test_numbers_are_read_exactly(text: str, number: Fraction, unit: str) -> None:
    assert read_number(text) == (number, unit)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,618", "1,618 can be read in two ways. Write 1.618 or 1618."),
        ("1,000", "1,000 can be read in two ways. Write 1 or 1000."),
        ("2.000", "2.000 can be read in two ways. Write 2 or 2000."),
        ("300,000", "300,000 can be read in two ways. Write 300 or 300000."),
    ],
)
def test_a_mark_that_can_be_read_in_two_ways_is_refused_with_both(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_number(text)
    assert (caught.value.code, caught.value.message) == ("ambiguous", sentence)
    assert caught.value.problems[0].field == "value"


@pytest.mark.parametrize("text", ["1,234.5", "1.234,5", "1,000,000", "1.000.000"])
def test_thousands_marks_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="without thousands marks"):
        read_number(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "1 00", "1 0000", "10 00", "1e3", ".", ", mg", "--5", "1'000", "٣", "½", "5 x 2"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_number(text)
    assert caught.value.code == "not_a_number"


def test_a_novel_is_refused() -> None:
    with pytest.raises(Invalid, match="too long"):
        read_number("1" * 41)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_any_plain_decimal_is_read_back_exactly(number: Decimal) -> None:
    assert read_number(f"{number:f}") == (F(number), "")


@given(st.text(max_size=50))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        number, _ = read_number(text)
    except Invalid as refusal:
        assert refusal.message.endswith(".")
    else:
        assert isinstance(number, Fraction)


@pytest.mark.parametrize(
    ("tolerance", "answer", "inside", "outside"),
    [
        ({"kind": "nominal", "value": 1}, 225, ["224", "226", "225.5"], ["223.999", "226.0001"]),
        ({"kind": "nominal", "value": 0.1}, 0.3, ["0.2", "0.4"], ["0.1999", "0.4001"]),
        ({"kind": "relative", "value": 0.05}, 200, ["190", "210"], ["189.99", "210.01"]),
        ({"kind": "geometric", "value": 0.5}, 6, ["4", "9"], ["3.99", "9.01"]),
        (None, 7.5, ["7.5", "7.50"], ["7.49", "7.51"]),
    ],
)
def test_both_edges_of_a_tolerance_are_inside(
    tolerance: Any, answer: float, inside: list[str], outside: list[str]
) -> None:
    item = build(answer=answer, tolerance=tolerance, unit=None, common_errors=None)
    for text in inside:
        assert item.grade(item.parse_response({"value": [text]})).fraction == 1, text
    for text in outside:
        assert item.grade(item.parse_response({"value": [text]})).fraction == 0, text


def test_each_kind_of_answer_gets_its_own_feedback() -> None:
    item = build()

    def feedback(text: str) -> str:
        return item.grade(item.parse_response({"value": [text]})).feedback

    assert feedback("225") == "SECRET right"
    assert feedback("300") == "SECRET the ceiling of 300"
    assert feedback("301") == "SECRET the ceiling of 300"
    assert feedback("12") == "SECRET wrong"
    assert feedback("") == "SECRET wrong"


def test_the_part_shows_what_was_typed_beside_the_answer() -> None:
    item = build()
    part = item.grade(item.parse_response({"value": ["220 mg"]})).parts[0]
    assert (part.given, part.expected) == ("220 mg", "225 mg (224 to 226 is accepted)")
    assert part.verdict.value == "wrong"
    assert build(unit=None, tolerance=None).expected_text == "225"
    assert item.public_view(1)["unit"] == "mg"
    assert item.released_view(1)["answer"] == "225 mg (224 to 226 is accepted)"
    assert item.plain_text().endswith("Answer: ________ mg")
    assert item.option_order(1) == []


@pytest.mark.parametrize(
    ("unit", "raw"),
    [
        ("mg", {"value": ["225 MG"]}),
        ("mg", {"value": ["225"], "unit": ["mg"]}),
        ("%", {"value": ["225 percent"]}),
        ("°", {"value": ["225 degrees"]}),
        ("mg per kg", {"value": ["225 mg per  kg"]}),
    ],
)
def test_a_unit_is_optional_but_must_match(unit: str, raw: dict[str, list[str]]) -> None:
    assert build(unit=unit).parse_response(raw).value == 225


@pytest.mark.parametrize(
    ("unit", "raw", "sentence"),
    [
        ("mg", {"value": ["0.225 g"]}, "Give the answer in mg."),
        ("mg", {"value": ["225"], "unit": ["g"]}, "Give the answer in mg."),
        (None, {"value": ["225 mg"]}, "Give the number without a unit."),
    ],
)
def test_another_unit_is_refused(unit: str | None, raw: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        build(unit=unit).parse_response(raw)
    assert (caught.value.code, caught.value.message) == ("wrong_unit", sentence)


def test_what_was_typed_is_what_is_stored() -> None:
    item = build()
    response = item.parse_response({"value": [" 1 000 mg "]})
    assert response == NumericResponse("1 000 mg", F(1000))
    assert item.response_to_json(response) == {"text": "1 000 mg"}
    assert item.to_form(response) == {"value": ["1 000 mg"]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answer": None}, "is not a number"),
        ({"tolerance": {"kind": "relative", "value": 5}}, "must be below 1"),
        ({"tolerance": {"kind": "nominal", "value": -1}}, "cannot be negative"),
        ({"common_errors": [{"value": "x"}]}, "is not a number"),
    ],
)
def test_unusable_numbers_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        build(**change)
