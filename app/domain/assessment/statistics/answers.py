"""What people answered, by third: which wrong option draws whom, and which draws nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    """One option, or one given answer: `given` is then what was typed, or matched to `text`, or its place.

    An option stands in the table also when nobody chose it. `group` is the gap or question that the row belongs to,
    in an item that has several.
    """

    group: str
    text: str
    given: str
    is_right: bool
    is_option: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """The rows of an item, everybody who saw it, who left it, and the answers too rare to be listed."""

    rows: tuple[AnswerRow, ...]
    seen: Tally
    left: Tally
    rarer: Tally

    @property
    def distractors(self) -> list[AnswerRow]:
        """The wrong options."""
        return [row for row in self.rows if row.is_option and not row.is_right]


Key = tuple[int, str]
"""A row: the place of its part in the item, and what was given there (nothing for an option)."""
Leaf = tuple[str, Part]
"""A part that holds an answer, behind the text of the one that it belongs to."""


def answer_table(item: Item[Any], answers: Mapping[str | None, Tally]) -> AnswerTable:
    """The table of an item from its stored answers (JSON text; None for no answer) and who gave them.

    Texts that a person marks are not listed: each is its own, and no statistic.
    """
    blank = _leaves(item.grade(item.response_from_json({})).parts)
    listed = not item.by_hand
    counted: dict[Key, Tally] = {(at, ""): Tally() for at, (_, part) in enumerate(blank) if _is_option(part) and listed}
    right: dict[Key, bool] = {(at, ""): blank[at][1].key for at, _given in counted}
    left, unreadable = Tally(), Tally()
    for text, tally in answers.items():
        grade = _graded(item, text)
        if grade is None:
            unreadable += tally
        elif not grade.answered:
            left += tally
        for at, (_, part) in enumerate(_leaves(grade.parts)) if grade is not None and listed else ():
            if part.chosen:
                key = (at, "" if _is_option(part) else part.given)
                counted[key] = counted.get(key, Tally()) + tally
                right[key] = part.key if _is_option(part) else part.verdict is Verdict.RIGHT
    rows, rarer = _rows(blank, counted, right)
    return AnswerTable(rows, sum(answers.values(), Tally()), left, rarer + unreadable)


def _rows(
    blank: Sequence[Leaf], counted: Mapping[Key, Tally], right: Mapping[Key, bool]
) -> tuple[tuple[AnswerRow, ...], Tally]:
    """The rows in the order of the parts, the most frequent answers first; and what was too rare for the list."""
    rows, rarer = [], Tally()
    for at, (group, part) in enumerate(blank):
        own = sorted((key for key in counted if key[0] == at), key=lambda key: (-counted[key].all, key[1]))
        rows += [
            AnswerRow(group, part.text, key[1], right[key], _is_option(part), counted[key]) for key in own[:LISTED]
        ]
        rarer = sum((counted[key] for key in own[LISTED:]), rarer)
    return tuple(rows), rarer


def _leaves(parts: Sequence[Part], group: str = "") -> list[Leaf]:
    """The parts that hold an answer: those of a gap or of a question of a case stand in its place."""
    return [leaf for part in parts for leaf in (_leaves(part.parts, part.text) if part.parts else [(group, part)])]


def _is_option(part: Part) -> bool:
    return not part.expected


def _graded(item: Item[Any], text: str | None) -> ItemGrade | None:
    """The grade of a stored answer; None for one that this version cannot read."""
    try:
        return item.grade(item.response_from_json(json.loads(text) if text else {}))
    except (Invalid, ValueError):
        return None
