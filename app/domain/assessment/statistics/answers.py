"""What people answered, by third: which wrong option draws whom, and which draws nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.assessment.items.base import Item, ItemGrade, Part, Verdict
from app.domain.errors import Invalid

LISTED = 12
"""Answers listed of each typed, matched or ordered part; what is rarer is counted together."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many attempts did something, by third."""

    bottom: int = 0
    middle: int = 0
    top: int = 0

    @property
    def all(self) -> int:
        """How many in the whole."""
        return self.bottom + self.middle + self.top

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.bottom + other.bottom, self.middle + other.middle, self.top + other.top)

    def shares(self, of: Tally) -> tuple[float, float | None, float | None]:
        """The shares of all, of the bottom and of the top third; None for a third that is empty."""
        return (
            self.all / of.all if of.all else 0.0,
            self.bottom / of.bottom if of.bottom else None,
            self.top / of.top if of.top else None,
        )


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One option or one given answer: `given` holds what was typed or matched to `text`, if that is how it works."""

    text: str
    given: str
    is_right: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """The rows of an item, everybody who saw it, who left it, and the answers too rare to be listed.

    `are_options` is true when the rows are all there is to choose from, so that an empty row means something.
    """

    rows: tuple[AnswerRow, ...]
    seen: Tally
    left: Tally
    rarer: Tally
    are_options: bool

    @property
    def distractors(self) -> list[AnswerRow]:
        """The wrong options."""
        return [row for row in self.rows if not row.is_right] if self.are_options else []


def answer_table(item: Item[Any], answers: Mapping[str | None, Tally]) -> AnswerTable:
    """The table of an item from its stored answers (JSON text; None for no answer) and who gave them."""
    none_given = item.grade(item.response_from_json({}))
    are_options = all(not part.expected for part in none_given.parts) and len(none_given.parts) > 1
    order = [(part.id, part.text, "") for part in none_given.parts] if are_options else []
    found = {key: AnswerRow(key[1], "", _is_key(none_given, key[0]), Tally()) for key in order}
    left, rarer = Tally(), Tally()
    for text, tally in answers.items():
        grade = _graded(item, text)
        if grade is None:
            rarer += tally
        elif not grade.answered:
            left += tally
        for part in grade.parts if grade is not None and grade.answered else ():
            if part.chosen:
                row = (part.id, part.text, part.given)
                held = found.get(row) or AnswerRow(part.text, part.given, _is_right(part), Tally())
                found[row] = AnswerRow(held.text, held.given, held.is_right, held.tally + tally)
    seen = sum(answers.values(), Tally())
    rows = list(found.values())
    if not are_options:
        rows = []
        for part in none_given.parts:
            own = [row for key, row in found.items() if key[0] == part.id]
            own.sort(key=lambda row: (-row.tally.all, row.given))
            rows += own[:LISTED]
            rarer = sum((row.tally for row in own[LISTED:]), rarer)
    return AnswerTable(tuple(rows), seen, left, rarer, are_options)


def _graded(item: Item[Any], text: str | None) -> ItemGrade | None:
    """The grade of a stored answer; None for one that this version cannot read."""
    try:
        return item.grade(item.response_from_json(json.loads(text) if text else {}))
    except (Invalid, ValueError):
        return None


def _is_key(grade: ItemGrade, part_id: str) -> bool:
    return any(part.key for part in grade.parts if part.id == part_id)


def _is_right(part: Part) -> bool:
    return part.verdict is Verdict.RIGHT
