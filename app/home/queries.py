"""Reads for the first pages of each audience."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind

CERTIFIED = "certified"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the main certificate asks for, from its own rules: courses, quizzes, hours and approved pieces."""

    title: str
    courses: int
    quizzes: int
    hours: float
    pieces: int
    validity_months: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is published now; `asked` is None until a certification is."""

    courses: int
    lessons: int
    exercises: int
    asked: Asked | None


def program(session: Session) -> Program:
    """The size of the program as it is live, for the first page; two statements."""
    kinds = (Kind.COURSE, Kind.LESSON, Kind.EXERCISE)
    query = (
        select(Definition.kind, func.count())
        .where(Definition.kind.in_([kind.value for kind in kinds]), Definition.is_current)
        .group_by(Definition.kind)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    return Program(
        courses=counts.get(Kind.COURSE.value, 0),
        lessons=counts.get(Kind.LESSON.value, 0),
        exercises=counts.get(Kind.EXERCISE.value, 0),
        asked=_asked(session),
    )


def _asked(session: Session) -> Asked | None:
    found = content.certification(session, CERTIFIED)
    if found is None:
        return None
    rules = found.payload
    return Asked(
        title=rules["title"],
        courses=len(rules["courses"]),
        quizzes=len(rules["quizzes"]),
        hours=rules["hours"].get("total", 0),
        pieces=rules["pieces"]["total"],
        validity_months=rules["validity_months"],
    )
