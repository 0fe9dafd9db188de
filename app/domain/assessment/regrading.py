"""Judging a handed-in answer again by a corrected version of its item: when that is fair, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.assessment.grading import AttemptMark
from app.domain.assessment.items.base import Item, ItemGrade, Response
from app.domain.assessment.items.numeric import Numeric
from app.domain.errors import DomainError, Invalid

ANY_SEED = "any"  # which options there are does not depend on their order


@dataclass(frozen=True, slots=True)
class Turn:
    """What a regrade makes of one attempt."""

    before: AttemptMark
    after: AttemptMark

    @property
    def passes(self) -> bool:
        """True when the attempt passes only now."""
        return self.after.passed and not self.before.passed

    @property
    def fails(self) -> bool:
        """True when the attempt passes no more."""
        return self.before.passed and not self.after.passed


def carried_over(seen: Item[Any], corrected: Item[Any], stored: Mapping[str, Any] | None) -> Response:
    """Return an answer to the version that a person saw as an answer to the corrected one, by the ids of its options.

    Raises Invalid with a sentence when that would not be fair: a person marks such answers, the corrected version
    offers what was not offered then, or the answer names what it does not have any more.
    """
    if seen.type != corrected.type:
        raise _unfair("type", "The question has become one of another type.")
    if corrected.by_hand:
        raise _unfair("by_hand", "People mark this question, and their marks stay. Change a mark where it was given.")
    if _numbers(seen) != _numbers(corrected):
        raise _unfair("other_numbers", "The corrected question draws other numbers than the person was given.")
    added = set(corrected.option_order(ANY_SEED)) - set(seen.option_order(ANY_SEED))
    if added:
        names = ", ".join(sorted(added))
        raise _unfair("not_offered", f"The corrected question offers what was not there to choose: {names}.")
    try:
        response: Response = corrected.response_from_json(stored or {})
    except DomainError as error:
        raise _unfair("not_there", "The answer names a choice that the corrected question does not have.") from error
    return response


def _numbers(item: Item[Any]) -> tuple[tuple[str, str], ...]:
    return item.drawn if isinstance(item, Numeric) else ()


def _unfair(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=code)


def is_judged_alike(
    report: Mapping[str, Any], old: Item[Any], was: ItemGrade, corrected: Item[Any], grade: ItemGrade
) -> bool:
    """True when the new grade of one item leaves the report of its attempt exactly as it is."""
    row = report["items"][corrected.id]
    return (
        row["fraction"] == str(grade.fraction)
        and row["points"] == corrected.points
        and (corrected.id in report["safety_missed"]) == (corrected.safety and not grade.correct)
        and old.section == corrected.section
        and was.correct == grade.correct
    )
