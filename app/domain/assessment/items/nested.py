"""Items made of several answers: each part is an item of its own kind, with its share of the points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    Part,
    RawResponse,
    Verdict,
    common_fields,
    distinct,
    entries_of,
    public_id,
    text_of,
    unknown_choice,
    whole,
)
from app.domain.assessment.scoring import ZERO, clamp
from app.domain.assessment.shuffle import Seed
from app.domain.errors import FieldProblem, Invalid

Builder = Callable[[Mapping[str, Any]], Item[Any]]
# What a part takes from the item that it belongs to.
_FRONT = ("step", "topic", "objective", "difficulty", "lesson", "source")


@dataclass(frozen=True, slots=True)
class Nested:
    """One part: the author's id, the prefix of its form fields, its share of the points, and the item it is."""

    id: str
    prefix: str
    share: int
    item: Item[Any]

    def raw(self, fields: RawResponse) -> dict[str, Sequence[str]]:
        """Return the fields of a form that belong to this part, as the part itself calls them."""
        start = self.prefix
        return {name[len(start) :]: values for name, values in fields.items() if name.startswith(start)}


@dataclass(frozen=True, slots=True)
class NestedResponse:
    """A response for each part, in the order of the parts."""

    responses: tuple[Any, ...]

    @property
    def answered(self) -> bool:
        """True when at least one part has an answer."""
        return any(response.answered for response in self.responses)


@dataclass(frozen=True, kw_only=True)
class Composite(Item[NestedResponse]):
    """What all items of several parts share. The points are divided by the parts' shares."""

    nested: tuple[Nested, ...]

    def parse_response(self, raw: RawResponse) -> NestedResponse:
        """Read each part from its own fields; raises Invalid with the problems of every part at their fields."""
        responses, problems = [], []
        for part in self.nested:
            try:
                responses.append(part.item.parse_response(part.raw(raw)))
            except Invalid as error:
                problems += [FieldProblem(part.prefix + p.field, p.code, p.sentence) for p in error.problems]
        if problems:
            raise Invalid(problems[0].sentence, problems, code=problems[0].code)
        return NestedResponse(tuple(responses))

    def to_form(self, response: NestedResponse) -> dict[str, list[str]]:
        """Return the fields of all parts, each behind its prefix."""
        return {
            part.prefix + name: values
            for part, own in zip(self.nested, response.responses, strict=True)
            for name, values in part.item.to_form(own).items()
        }

    def response_to_json(self, response: NestedResponse) -> dict[str, Any]:
        """Return {"parts": {id: the stored response of the part}} of the parts that have an answer."""
        stored = {
            part.id: part.item.response_to_json(own)
            for part, own in zip(self.nested, response.responses, strict=True)
            if own.answered
        }
        return {"parts": stored}

    def response_from_json(self, data: Mapping[str, Any]) -> NestedResponse:
        """Rebuild from {"parts": {...}}; raises Invalid for a part that this version does not have."""
        stored = data.get("parts") or {}
        if not set(stored) <= {part.id for part in self.nested}:
            raise unknown_choice(self.nested[0].prefix)
        return NestedResponse(tuple(part.item.response_from_json(stored.get(part.id) or {}) for part in self.nested))

    def grade(self, response: NestedResponse) -> ItemGrade:
        """Add the shares that the parts earn; wholly right when every part is."""
        total = sum(part.share for part in self.nested)
        grades = [part.item.grade(own) for part, own in zip(self.nested, response.responses, strict=True)]
        earned = sum((g.fraction * part.share for part, g in zip(self.nested, grades, strict=True)), ZERO)
        parts = tuple(
            self._part(part, grade, Fraction(part.share * self.points, total))
            for part, grade in zip(self.nested, grades, strict=True)
        )
        return ItemGrade(clamp(earned / total), all(grade.correct for grade in grades), response.answered, parts)

    def _part(self, part: Nested, grade: ItemGrade, possible: Fraction) -> Part:
        given, expected, feedback = _told(grade)
        judged = Verdict.RIGHT if grade.correct else Verdict.WRONG
        return Part(
            id=part.prefix,
            text=part.item.prompt,
            verdict=judged if grade.answered else Verdict.MISSED,
            chosen=grade.answered,
            key=True,
            given=given,
            expected=expected,
            feedback=feedback,
            parts=grade.parts,
            earned=decimal_text(possible * grade.fraction, 2),
            possible=decimal_text(possible, 2),
        )

    def option_order(self, seed: Seed) -> list[str]:
        """Return what each part shows, in the order of the parts, as part.option."""
        return [f"{part.id}.{option}" for part in self.nested for option in part.item.option_order(seed)]


def _told(grade: ItemGrade) -> tuple[str, str, str]:
    """What was given, what was expected and why, in one line; empty where a list of options says it better."""
    if any(part.expected for part in grade.parts):
        first = grade.parts[0]
        return (first.given, first.expected, first.feedback) if len(grade.parts) == 1 else ("", "", grade.feedback)
    chosen = [part for part in grade.parts if part.chosen]
    right = [part for part in grade.parts if part.key]
    if len(right) != 1 or len(chosen) > 1:
        return "", "", grade.feedback
    return chosen[0].text if chosen else "", right[0].text, chosen[0].feedback if chosen else ""


def nested_of(
    data: Mapping[str, Any], key: str, low: int, high: int, kinds: Mapping[str, Builder]
) -> tuple[Nested, ...]:
    """Build the parts of an item; raises ValueError with a sentence on nonsense.

    `kinds` maps the allowed types to what builds them. A part without a prompt is called by its place.
    """
    item_id = common_fields(data)["id"]
    front = {name: data.get(name) for name in _FRONT}
    parts = []
    for number, row in enumerate(entries_of(data, key, item_id, low, high), start=1):
        part_id = text_of(row, "id", f"A part of item {item_id}")
        kind = row.get("type")
        if kind not in kinds:
            raise ValueError(f"Part {part_id} of item {item_id} is {kind!r}; it may be {', '.join(kinds)}.")
        own = {**front, "prompt": str(number), **row, "id": f"{item_id}.{part_id}", "points": 1, "safety": False}
        share = whole(row.get("share", 1), f"The share of part {part_id} of item {item_id}", 1, 100)
        # Numbered, so that two parts that read the same still have fields of their own.
        parts.append(Nested(part_id, public_id(item_id, key, str(number)) + "-", share, kinds[str(kind)](own)))
    distinct([part.id for part in parts], "part ids", item_id)
    return tuple(parts)
