"""Color match: name a color by numbers; it is right when it looks the same as the target, or nearly so."""

from __future__ import annotations

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
from app.domain.assessment.items.numeric import read_number
from app.domain.assessment.scoring import ONE, ZERO
from app.domain.assessment.shuffle import Seed
from app.domain.color.convert import Lab, LCh, hex_from_lab, lab_from_hex
from app.domain.color.difference import ciede2000
from app.domain.errors import FieldProblem, Invalid

HEX = "hex"
AXES: Mapping[str, int] = {"L": 100, "C": 150, "h": 360}
"""The fields of the polar form with their largest value; the smallest is 0."""


@dataclass(frozen=True, slots=True)
class ColorResponse:
    """What was typed in each field, in the order of the item's fields; empty texts where nothing was."""

    texts: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """True when at least one field is filled."""
        return any(self.texts)


@dataclass(frozen=True, kw_only=True)
class ColorMatch(Item[ColorResponse]):
    """A color to give as LCh or as hex. Right within `tolerance` of the target, as CIEDE2000 measures it."""

    type: ClassVar[str] = "color_match"

    target: Lab
    target_text: str
    tolerance: Fraction
    by_hex: bool = False
    feedback_right: str = ""
    feedback_wrong: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ColorMatch:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        target = data.get("target")
        if isinstance(target, Mapping):
            numbers = [to_fraction(target.get(axis)) for axis in AXES]
            if any(not 0 <= number <= most for number, most in zip(numbers, AXES.values(), strict=True)):
                raise ValueError(f"The target of item {common['id']} lies outside L 0-100, C 0-150, h 0-360.")
            lab = LCh(*(float(number) for number in numbers)).to_lab()
            words = " ".join(f"{axis} {decimal_text(n, 1)}" for axis, n in zip(AXES, numbers, strict=True))
        else:
            lab, words = lab_from_hex(str(target or "")), str(target).lower()
        tolerance = to_fraction(data.get("tolerance"))
        if not 0 < tolerance <= 20:
            raise ValueError(f"The tolerance of item {common['id']} must be above 0 and at most 20.")
        feedback = data.get("feedback") or {}
        return cls(
            **common,
            scoring=policy_of(data, common["id"], "exact", ["exact"]),
            target=lab,
            target_text=words,
            tolerance=tolerance,
            by_hex=data.get("given_as") == HEX,
            feedback_right=feedback.get("correct") or "",
            feedback_wrong=feedback.get("wrong") or "",
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the form fields."""
        return (HEX,) if self.by_hex else tuple(AXES)

    def parse_response(self, raw: RawResponse) -> ColorResponse:
        """Read `hex`, or `L`, `C` and `h`, of which some may be empty; raises Invalid for what is no color."""
        texts = tuple(" ".join(values_of(raw, name)[:1]) for name in self.fields)
        for name, text in zip(self.fields, texts, strict=True):
            if text:
                _read(name, text)
        return ColorResponse(texts) if any(texts) else ColorResponse()

    def to_form(self, response: ColorResponse) -> dict[str, list[str]]:
        """Return the filled fields as they were typed."""
        return {name: [text] for name, text in zip(self.fields, response.texts, strict=False) if text}

    def response_to_json(self, response: ColorResponse) -> dict[str, Any]:
        """Return {field: as typed}, filled fields only."""
        return {name: text for name, text in zip(self.fields, response.texts, strict=False) if text}

    def response_from_json(self, data: Mapping[str, Any]) -> ColorResponse:
        """Rebuild from {field: text}; raises Invalid when the item asks for its color in another form now."""
        return self.parse_response({name: [str(value)] for name, value in data.items()})

    def color_of(self, response: ColorResponse) -> Lab | None:
        """The color that was given; None while a field is empty."""
        if not response.answered or not all(response.texts):
            return None
        if self.by_hex:
            return lab_from_hex(response.texts[0])
        numbers = (_read(name, text) for name, text in zip(AXES, response.texts, strict=True))
        return LCh(*(float(number) for number in numbers)).to_lab()

    def grade(self, response: ColorResponse) -> ItemGrade:
        """All points within the tolerance, none outside; the difference found is told in words."""
        color = self.color_of(response)
        difference = None if color is None else ciede2000(color, self.target)
        correct = difference is not None and to_fraction(difference) <= self.tolerance
        if correct:
            verdict, feedback = Verdict.RIGHT, self.feedback_right
        else:
            verdict, feedback = (Verdict.WRONG if response.answered else Verdict.MISSED), self.feedback_wrong
        part = Part(
            id=self.fields[0],
            text="",
            verdict=verdict,
            chosen=response.answered,
            key=True,
            given=" ".join(
                t if self.by_hex else f"{n} {t or '?'}" for n, t in zip(self.fields, response.texts, strict=False)
            ),
            expected=self.target_text if difference is None else f"{self.target_text} ({_apart(difference)})",
            feedback=feedback,
            swatches=("" if color is None else hex_from_lab(color), hex_from_lab(self.target)),
        )
        return ItemGrade(ONE if correct else ZERO, correct, response.answered, (part,), feedback)

    def option_order(self, seed: Seed) -> list[str]:
        """Return nothing: there is nothing to choose from."""
        return []

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        axes = [] if self.by_hex else [{"name": name, "most": most} for name, most in AXES.items()]
        return {"by_hex": self.by_hex, "axes": axes, "tolerance": decimal_text(self.tolerance)}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"answer": self.target_text, "feedback": self.feedback_right}

    def _plain_lines(self, seed: Seed) -> list[str]:
        if self.by_hex:
            return ["Color (hex): #______"]
        return ["Color: " + "  ".join(f"{name} (0 to {most}) ______" for name, most in AXES.items())]


def _apart(difference: float) -> str:
    return f"your color differs by {difference:.1f}" if difference else "your color is the same"


def _read(name: str, text: str) -> Fraction:
    if name == HEX:
        return _readable_hex(text)
    try:
        number, unit = read_number(text)
    except Invalid as error:
        raise _refused(name, error.code, error.message) from error
    if unit.strip() not in ("", "\u00b0") or not 0 <= number <= AXES[name]:
        raise _refused(name, "out_of_range", f"{name} goes from 0 to {AXES[name]}.")
    return number


def _readable_hex(text: str) -> Fraction:
    try:
        lab_from_hex(text)
    except ValueError:
        raise _refused(HEX, "not_a_color", "Write the color as # and six digits or letters, such as #b5525c.") from None
    return ZERO


def _refused(name: str, code: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(name, code, sentence)], code=code)
