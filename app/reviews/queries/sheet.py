"""What a piece is judged by: the pinned rubric and exercise, the tier, the live fault codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.domain.errors import NotFound
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.rubric.rubric import Criterion, Mark, Rubric, rubric_from_dict
from app.infra.cache import Lru
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


# A version never changes, so what it says is read and taken apart once for each process.
_definition = Definition.__table__.c
_LIVE_DEFECTS = select(_definition.id).where(_definition.kind == Kind.DEFECTS.value, _definition.is_current)
_PAYLOADS = select(_definition.id, _definition.payload).where(
    _definition.id.in_(bindparam("ids", expanding=True, type_=Uuid()))
)
_defects: Lru[UUID, Mapping[str, Mapping[str, Any]]] = Lru(8)
_rubrics: Lru[UUID, Rubric] = Lru(16)
_exercises: Lru[UUID, Exercise] = Lru(100)


def defect_codes(session: Session) -> Mapping[str, Mapping[str, Any]]:
    """The current defect codes by code: title, seen, cause, fix, severity (m, M, C, praise), criterion."""
    return _defects_of(session, session.scalar(_LIVE_DEFECTS))


def _defects_of(session: Session, version_id: UUID | None) -> Mapping[str, Mapping[str, Any]]:
    if version_id is None:
        return {}
    return _defects.get(
        version_id, lambda: {row["code"]: dict(row) for row in _payload(session, version_id)["defects"]}
    )


def _payload(session: Session, version_id: UUID) -> dict[str, Any]:
    return dict(session.execute(_PAYLOADS, {"ids": [version_id]}).one().payload)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a piece is judged by: the pinned rubric, the pinned exercise, the tier, and the live defect codes."""

    rubric: Rubric
    exercise: Exercise
    tier: str
    defects: Mapping[str, Mapping[str, Any]]
    defects_id: UUID | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that apply, in the order of the rubric."""
        return self.rubric.applicable(self.exercise.criteria)

    @property
    def mark(self) -> Mark:
        """What the tier asks for."""
        return self.rubric.marks[self.tier]


def sheet_of(session: Session, review: Review, submission: Submission) -> Sheet:
    """The sheet of a review in one statement, and one more for each version that this process has not read yet."""
    rubric_id, exercise_id = review.rubric_version_id, submission.exercise_version_id
    defects_id: UUID | None = session.scalar(_LIVE_DEFECTS)
    return Sheet(
        rubric=_rubrics.get(rubric_id, lambda: rubric_from_dict(_payload(session, rubric_id))),
        exercise=_exercises.get(exercise_id, lambda: exercise_from_dict(_payload(session, exercise_id))),
        tier=submission.tier,
        defects=_defects_of(session, defects_id),
        defects_id=defects_id,
    )
