"""What a piece is judged by: the pinned rubric and exercise, the tier, the live fault codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.rubric.rubric import Criterion, Mark, Rubric, rubric_from_dict
from app.practice.models import Submission
from app.reviews.models import Review


@dataclass(frozen=True, slots=True)
class CurrentRubric:
    """The live rubric and its version id."""

    version_id: UUID
    rubric: Rubric


def current_rubric(session: Session) -> CurrentRubric:
    """The rubric that new reviews are made under; raises NotFound before the first content sync."""
    query = select(Definition.id, Definition.payload).where(Definition.kind == Kind.RUBRIC.value, Definition.is_current)
    row = session.execute(query).first()
    if row is None:
        raise NotFound("No rubric is published yet.")
    return CurrentRubric(row.id, rubric_from_dict(row.payload))


def defect_codes(session: Session) -> Mapping[str, dict[str, Any]]:
    """The current defect codes by code: title, seen, cause, fix, severity (m, M, C, praise), criterion."""
    query = select(Definition.payload).where(Definition.kind == Kind.DEFECTS.value, Definition.is_current)
    payload = session.scalar(query) or {"defects": []}
    return {row["code"]: dict(row) for row in payload["defects"]}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a piece is judged by: the pinned rubric, the pinned exercise, the tier, and the live defect codes."""

    rubric: Rubric
    exercise: Exercise
    tier: str
    defects: Mapping[str, dict[str, Any]]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that apply, in the order of the rubric."""
        return self.rubric.applicable(self.exercise.criteria)

    @property
    def mark(self) -> Mark:
        """What the tier asks for."""
        return self.rubric.marks[self.tier]


def sheet_of(session: Session, review: Review, submission: Submission) -> Sheet:
    """The sheet of a review in two statements."""
    wanted = (review.rubric_version_id, submission.exercise_version_id)
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(wanted))
    payloads = {row.id: row.payload for row in session.execute(query)}
    rubric, exercise = (payloads[version_id] for version_id in wanted)
    return Sheet(rubric_from_dict(rubric), exercise_from_dict(exercise), submission.tier, defect_codes(session))
