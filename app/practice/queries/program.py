"""Reads of the program as the log needs it: exercises, have and need, briefs, the rubric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.practice.client import ClientCard
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.procedure import Step
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.learning.models import Enrollment
from app.practice.models import PracticeEntry, Submission

TIERS = ("foundation", "certified", "master")


def exercise_at(session: Session, version_id: UUID) -> Exercise:
    """The pinned version of an exercise."""
    payload = session.scalars(select(Definition.payload).where(Definition.id == version_id)).one()
    return exercise_from_dict(payload)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many approved pieces of an exercise the person has, and how many the certification asks for."""

    key: str
    code: str
    title: str
    step: str
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Goal:
    """What the person's next certification asks of the log; `need` is 0 when nothing is published for the tier."""

    title: str
    have: int
    need: int
    exercises: tuple[Coverage, ...]


def goal(session: Session, user_id: UUID) -> Goal:
    """Have and need by exercise, from the live exercises and the live requirements; four statements."""
    tier = goal_tier(session, user_id)
    certification = content.certification(session, tier)
    asked = certification.payload["pieces"] if certification is not None else {}
    needs: Mapping[str, int] = asked.get("exercises") or {}
    haves = approved_by_exercise(session, user_id)
    query = (
        select(Definition.key, Definition.subtype, Definition.title, Definition.step)
        .where(Definition.kind == Kind.EXERCISE.value, Definition.is_current)
        .order_by(Definition.position, Definition.key)
    )
    lines = tuple(
        Coverage(row.key, row.subtype, row.title, row.step, haves.get(row.key, 0), needs.get(row.key, 0))
        for row in session.execute(query)
        if row.key in needs or row.key in haves
    )
    title = certification.title if certification is not None else ""
    return Goal(title, sum(haves.values()), int(asked.get("total") or 0), lines)


@dataclass(frozen=True, slots=True)
class Choice:
    """An exercise that a piece can be made of, and how many approved pieces of it the person has."""

    exercise: Exercise
    have: int


@dataclass(frozen=True, slots=True)
class Choices:
    """All live exercises in order; `last` is the one of the newest piece (`number`), while it is still live."""

    rows: tuple[Choice, ...]
    last: Choice | None
    number: int


def exercise_choices(session: Session, user_id: UUID) -> Choices:
    """What the person can start, in three statements."""
    haves = approved_by_exercise(session, user_id)
    exercises = [exercise_from_dict(version.payload) for version in content.exercises(session)]
    rows = tuple(Choice(exercise, haves.get(exercise.id, 0)) for exercise in exercises)
    query = (
        select(PracticeEntry.exercise_key, PracticeEntry.number)
        .where(PracticeEntry.user_id == user_id)
        .order_by(PracticeEntry.number.desc())
        .limit(1)
    )
    newest = session.execute(query).first()
    if newest is None:
        return Choices(rows, None, 0)
    return Choices(rows, next((c for c in rows if c.exercise.id == newest.exercise_key), None), newest.number)


def briefs_for(session: Session, exercise: Exercise) -> list[ClientCard]:
    """The fictional clients that a piece can be made for; none when the exercise has no consultation."""
    return content.clients(session) if Step.CONSULTATION in exercise.steps else []


def live_rubric(session: Session) -> Rubric | None:
    """The rubric that students score themselves by, or None before the first release."""
    version = content.rubric(session)
    return rubric_from_dict(version.payload) if version is not None else None


def approved_by_exercise(session: Session, user_id: UUID) -> dict[str, int]:
    """How many approved pieces the person has of each exercise."""
    query = (
        select(Submission.exercise_key, func.count(Submission.id))
        .where(Submission.user_id == user_id, Submission.state == "approved")
        .group_by(Submission.exercise_key)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def goal_tier(session: Session, user_id: UUID) -> str:
    """The tier that the person studies for: the highest tier of a course that they are enrolled in."""
    query = (
        select(Definition.subtype)
        .join(Enrollment, Enrollment.course_version_id == Definition.id)
        .where(Enrollment.user_id == user_id)
        .distinct()
    )
    studied = set(session.scalars(query))
    return next((tier for tier in reversed(TIERS) if tier in studied), TIERS[0])
