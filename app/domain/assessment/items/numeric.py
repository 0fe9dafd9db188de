"""Numeric: a number with a tolerance, written as people write numbers, with an optional unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    Part,
    RawResponse,
    Verdict,
    common_fields,
    policy_of,
    values_of,
)
from app.domain.assessment.scoring import ONE, ZERO, tolerance_interval
from app.domain.assessment.shuffle import Seed
from app.domain.errors import FieldProblem, Invalid

VALUE = "value"
UNIT = "unit"
MAX_LENGTH = 40

_SPACES = re.compile("[ \u00a0\u2007\u2009\u202f]+")
_WRITTEN = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>[0-9.,](?:[0-9., ]*[0-9.,])?)\s*(?P<unit>[^0-9]*)\Z")
_GROUPED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?P<rest>[.,][0-9]+)?\Z")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]*)?\Z")
_UNIT_NAMES = {"percent": "%", "per cent": "%", "degree": "°", "degrees": "°", "deg": "°"}


@dataclass(frozen=True, slots=True)
class NumericResponse:
    """What was typed, kept as typed, and the exact number read from it; None when unanswered."""

    text: str = ""
    value: Fraction | None = None

    @property
    def answered(self) -> bool:
        """True when a number was given."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class CommonError:
    """A wrong number that people often reach, with the feedback that fits it."""

    low: Fraction
    high: Fraction
    feedback: str


@dataclass(frozen=True, kw_only=True)
class Numeric(Item[NumericResponse]):
    """A number to compute. `low` and `high` are the accepted bounds, both included.

    `drawn` are the numbers of this learner (name and text) where the question has parameters; see variants.py.
    """

    type: ClassVar[str] = "numeric"

    answer: Fraction
    low: Fraction
    high: Fraction
    unit: str = ""
    feedback_right: str = ""
    feedback_wrong: str = ""
    common_errors: tuple[CommonError, ...] = ()
    drawn: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Numeric:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        if data.get("parameters"):
            raise ValueError(f"Item {item_id} has parameters; only a question of its own may, not a part of one.")
        answer = to_fraction(data.get("answer"))
        tolerance = data.get("tolerance") or {}
        kind, value = tolerance.get("kind") or "nominal", to_fraction(tolerance.get("value") or 0)
        if kind != "nominal" and value >= 1:
            raise ValueError(f"The tolerance of item {item_id} is a share, so it must be below 1 (5% is 0.05).")
        low, high = tolerance_interval(answer, kind, value)
        errors = []
        for row in data.get("common_errors") or ():
            bounds = tolerance_interval(to_fraction(row.get("value")), kind, value)
            errors.append(CommonError(*bounds, row.get("feedback") or ""))
        feedback = data.get("feedback") or {}
        return cls(
            **common,
            scoring=policy_of(data, item_id, "exact", ["exact"]),
            answer=answer,
            low=low,
            high=high,
            unit=(data.get("unit") or "").strip(),
            feedback_right=feedback.get("correct") or "",
            feedback_wrong=feedback.get("wrong") or "",
            common_errors=tuple(errors),
        )

    def parse_response(self, raw: RawResponse) -> NumericResponse:
        """Read `value` (a number, perhaps with its unit) and `unit`; raises Invalid with a sentence."""
        typed = values_of(raw, VALUE)
        if not typed:
            return NumericResponse()
        number, unit = read_number(typed[0])
        for written in [unit, *values_of(raw, UNIT)]:
            if written and _same_unit(written) != _same_unit(self.unit):
                asked = f"Give the answer in {self.unit}." if self.unit else "Give the number without a unit."
                raise Invalid(asked, [FieldProblem(VALUE, "wrong_unit", asked)], code="wrong_unit")
        return NumericResponse(typed[0], number)

    def to_form(self, response: NumericResponse) -> dict[str, list[str]]:
        """Return the field `value` as it was typed."""
        return {VALUE: [response.text] if response.answered else []}

    def response_to_json(self, response: NumericResponse) -> dict[str, Any]:
        """Return {"text": as typed}."""
        return {"text": response.text}

    def response_from_json(self, data: Mapping[str, Any]) -> NumericResponse:
        """Rebuild from {"text": ...}."""
        return self.parse_response({VALUE: [str(data.get("text") or "")]})

    def grade(self, response: NumericResponse) -> ItemGrade:
        """All points inside the tolerance, none outside; a common error gets its own feedback."""
        value = response.value
        correct = value is not None and self.low <= value <= self.high
        if value is None:
            verdict, feedback = Verdict.MISSED, self.feedback_wrong
        elif correct:
            verdict, feedback = Verdict.RIGHT, self.feedback_right
        else:
            verdict = Verdict.WRONG
            feedback = next((e.feedback for e in self.common_errors if e.low <= value <= e.high), self.feedback_wrong)
        part = Part(
            id=VALUE,
            text=self.unit,
            verdict=verdict,
            chosen=value is not None,
            key=True,
            given=response.text,
            expected=self.expected_text,
            feedback=feedback,
        )
        return ItemGrade(ONE if correct else ZERO, correct, response.answered, (part,), feedback)

    @property
    def expected_text(self) -> str:
        """The answer as printed, with its unit and, when there is a tolerance, the accepted range."""
        unit = f" {self.unit}" if self.unit else ""
        text = f"{decimal_text(self.answer)}{unit}"
        if self.low == self.high:
            return text
        return f"{text} ({decimal_text(self.low)} to {decimal_text(self.high)} is accepted)"

    def option_order(self, seed: Seed) -> list[str]:
        """Return nothing: there is nothing to choose from."""
        return []

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        return {"unit": self.unit}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"answer": self.expected_text, "feedback": self.feedback_right}

    def _plain_lines(self, seed: Seed) -> list[str]:
        return [f"Answer: ________ {self.unit}".rstrip()]


def read_number(text: str) -> tuple[Fraction, str]:
    """Read "6.75", "6,75", "1 000" or "225 mg" and return the exact number and the unit written ("" for none).

    A comma before exactly three digits could be a decimal comma or a thousands mark, so "1,618" is refused with a
    sentence rather than guessed, and so is "1.000"; "1.618" and "0,125" cannot be misread. Raises Invalid with the
    code not_a_number or ambiguous.
    """
    if len(text) > MAX_LENGTH:
        raise _unreadable("not_a_number", "This is too long for a number.")
    tidy = _SPACES.sub(" ", text.replace("\u2212", "-")).strip()
    match = _WRITTEN.match(tidy)
    if match is None:
        raise _unreadable("not_a_number", "Write a number, for example 6.75.")
    digits = match["digits"]
    if sum(digits.count(mark) for mark in ".,") > 1:
        raise _unreadable("ambiguous", "Write the number without thousands marks, for example 1234.5.")
    if _GROUPED.match(digits):
        digits = digits.replace(" ", "")
    elif not _PLAIN.match(digits) or not any(c.isdigit() for c in digits):
        raise _unreadable("not_a_number", "Write a number, for example 6.75.")
    _refuse_thousands(digits)
    number = Fraction(f"{match['sign']}0{digits.replace(',', '.')}".rstrip("."))
    return number, match["unit"].strip().rstrip(".")


def _refuse_thousands(digits: str) -> None:
    mark = "," if "," in digits else "."
    before, _, after = digits.partition(mark)
    if len(after) != 3 or len(before) > 3 or not before.strip("0"):
        return
    if mark == "," or after == "000":
        plain = f"{before}.{after}" if after.strip("0") else before
        sentence = f"{digits} can be read in two ways. Write {plain} or {before}{after}."
        raise _unreadable("ambiguous", sentence)


def _same_unit(unit: str) -> str:
    plain = unit.strip().casefold()
    return _UNIT_NAMES.get(plain, plain).replace(" ", "")


def _unreadable(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(VALUE, code, sentence)], code=code)
