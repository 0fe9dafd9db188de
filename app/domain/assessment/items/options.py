"""Options to pick from, and the response that picks one: shared by every type of which options are picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import to_fraction
from app.domain.assessment.items.base import (
    Part,
    RawResponse,
    Verdict,
    distinct,
    entries_of,
    public_id,
    text_of,
    unknown_choice,
    values_of,
)
from app.domain.errors import FieldProblem, Invalid

CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: the author's id, the public id, and what only a released view may tell."""

    id: str
    public_id: str
    text: str
    correct: bool
    feedback: str = ""
    weight: Fraction | None = None

    def public(self) -> dict[str, Any]:
        """Return what may be shown before release."""
        return {"id": self.public_id, "text": self.text}

    def released(self) -> dict[str, Any]:
        """Return what may be shown after release."""
        return {**self.public(), "correct": self.correct, "feedback": self.feedback}


@dataclass(frozen=True, slots=True)
class PickResponse:
    """One option picked, by the author's id; None when unanswered."""

    chosen: str | None = None

    @property
    def answered(self) -> bool:
        """True when an option was picked."""
        return self.chosen is not None


def options_of(data: Mapping[str, Any], item_id: str, low: int, high: int) -> tuple[Option, ...]:
    """Read the `options` of an item; raises ValueError with a sentence on nonsense."""
    options = []
    for row in entries_of(data, "options", item_id, low, high):
        option_id = text_of(row, "id", f"An option of item {item_id}")
        text = text_of(row, "text", f"Option {option_id} of item {item_id}")
        weight = row.get("weight")
        options.append(
            Option(
                id=option_id,
                public_id=public_id(item_id, "option", text),
                text=text,
                correct=bool(row.get("correct", False)),
                feedback=row.get("feedback") or "",
                weight=None if weight is None else to_fraction(weight),
            )
        )
    distinct([option.id for option in options], "option ids", item_id)
    distinct([option.public_id for option in options], "options", item_id)
    return tuple(options)


def one_correct(options: Sequence[Option], item_id: str) -> None:
    """Raise ValueError unless exactly one option is right."""
    if sum(option.correct for option in options) != 1:
        raise ValueError(f"Item {item_id} needs exactly one right option.")


def full_weights(options: Sequence[Option], item_id: str) -> None:
    """Raise ValueError unless the right options, and no others, add up to the whole of the points.

    A wrong option that pays would make another answer as good as the right one, or better.
    """
    if sum((option.weight or 0 for option in options if option.correct), Fraction(0)) != 1:
        raise ValueError(f"The weights of the right options of item {item_id} must add up to 1.")
    if any((option.weight or 0) <= 0 for option in options if option.correct):
        raise ValueError(f"Each right option of item {item_id} needs a weight above 0.")
    if any((option.weight or 0) > 0 for option in options if not option.correct):
        raise ValueError(f"A wrong option of item {item_id} cannot have a weight above 0.")


def pick_weights(options: Sequence[Option], item_id: str) -> None:
    """Raise ValueError unless the right option alone is worth everything and each other one less."""
    if any(option.weight is None for option in options):
        raise ValueError(f"Item {item_id} is scored by weights, so each option needs a weight.")
    if any((option.weight == 1) != option.correct or not -1 <= (option.weight or 0) <= 1 for option in options):
        raise ValueError(f"In item {item_id} the right option weighs 1 and every other one less, down to -1.")


def parse_pick(options: Sequence[Option], raw: RawResponse) -> PickResponse:
    """Read the field `choice`; raises Invalid for an unknown id or more than one."""
    chosen = values_of(raw, CHOICE)
    if not chosen:
        return PickResponse()
    if len(chosen) > 1:
        sentence = "Choose one answer only."
        raise Invalid(sentence, [FieldProblem(CHOICE, "one_only", sentence)], code="one_only")
    return PickResponse(author_id(options, chosen[0]))


def author_id(options: Sequence[Option], public: str) -> str:
    """Return the author's id behind a public one; raises Invalid when there is none."""
    for option in options:
        if option.public_id == public:
            return option.id
    raise unknown_choice(CHOICE)


def known_id(options: Sequence[Option], option_id: object) -> str:
    """Return the author's id when the item still has it; raises Invalid otherwise."""
    for option in options:
        if option.id == option_id:
            return option.id
    raise unknown_choice(CHOICE)


def pick_from_json(options: Sequence[Option], data: Mapping[str, Any]) -> PickResponse:
    """Rebuild a stored pick; raises Invalid for an option that does not exist (any more)."""
    chosen = data.get("chosen")
    return PickResponse() if chosen is None else PickResponse(known_id(options, chosen))


def pick_to_form(options: Sequence[Option], response: PickResponse) -> dict[str, list[str]]:
    """Return the form field that reads back to this pick."""
    return {CHOICE: [option.public_id for option in options if option.id == response.chosen]}


def option_part(option: Option, chosen: bool) -> Part:
    """Return the verdict on one option, ticked or not."""
    if chosen:
        verdict = Verdict.RIGHT if option.correct else Verdict.WRONG
    else:
        verdict = Verdict.MISSED if option.correct else Verdict.NEUTRAL
    return Part(
        id=option.public_id,
        text=option.text,
        verdict=verdict,
        chosen=chosen,
        key=option.correct,
        feedback=option.feedback,
    )


def lettered(texts: Sequence[str]) -> list[str]:
    """Return the texts as printed choices: A. first, B. second."""
    return [f"{chr(ord('A') + index)}. {text}" for index, text in enumerate(texts)]
