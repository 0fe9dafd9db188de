"""Marks in numbers: many pieces that two reviewers marked, written as rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, insert
from sqlalchemy.orm import Session

from app.infra.runtime import Runtime
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries as reviews
from app.reviews.models import CriterionRating, Review
from tests.factories.practice import submitted_piece


def copies(session: Session, original: Submission, sent: Sequence[datetime], *, state: str = "approved") -> list[UUID]:
    """More decided tries of the same piece, each sent at its instant and decided a day later."""
    carried = {column.key: getattr(original, column.key) for column in Submission.__table__.columns}
    rows = [
        {
            **carried,
            "id": uuid4(),
            "number": original.number + place,
            "state": "resubmit" if state == "approved" else state,
            "sent_at": at,
            "decided_at": at + timedelta(days=1),
        }
        for place, at in enumerate(sent, start=1)
    ]
    session.execute(insert(Submission), rows)
    return [row["id"] for row in rows]


def marked_twice(
    session: Session,
    student: Any,
    pairs: Sequence[tuple[UUID, ...]],
    *,
    now: datetime,
    strict: Mapping[UUID, float] | None = None,
    seed: int = 1,
    wait: timedelta = timedelta(hours=20),
) -> list[UUID]:
    """One piece for each pair of reviewers (or each single one), a day apart, the newest yesterday; returns the tries.

    The levels scatter around what the piece deserves, less the severity of the reviewer. The first mark of each is
    its result, `wait` after it was sent.
    """
    chance, strict = random.Random(seed), strict or {}
    original = submitted_piece(session, student, now=now)
    days = [now - timedelta(days=len(pairs) - place) for place in range(len(pairs))]
    tries = copies(session, original, days)
    current = reviews.current_rubric(session)
    exercise = practice.exercise_at(session, original.exercise_version_id)
    criteria = [criterion.id for criterion in current.rubric.applicable(exercise.criteria)]
    marks: list[dict[str, Any]] = []
    ratings: list[dict[str, Any]] = []
    for submission_id, pair, sent in zip(tries, pairs, days, strict=True):
        deserved = {criterion: 3 + chance.uniform(-1, 0.9) for criterion in criteria}
        for place, reviewer in enumerate(pair):
            mark = mark_row(
                submission_id,
                reviewer,
                current.version_id,
                kind=("first", "second")[place],
                state=("decided", "marked")[place],
                at=sent + wait + place * timedelta(minutes=1),
            )
            marks.append(mark)
            ratings += [
                {
                    "review_id": mark["id"],
                    "criterion": criterion,
                    "level": _level(chance, value - strict.get(reviewer, 0)),
                    "reason": "",
                }
                for criterion, value in deserved.items()
            ]
    session.execute(insert(Review), marks)
    session.execute(insert(CriterionRating), ratings)
    session.commit()
    return tries


def mark_row(
    submission_id: UUID, reviewer: UUID, rubric: UUID, *, kind: str, state: str, at: datetime, outcome: str = "approved"
) -> dict[str, Any]:
    """A mark that was handed in, as the columns of its row."""
    return {
        "id": uuid4(),
        "submission_id": submission_id,
        "reviewer_id": reviewer,
        "rubric_version_id": rubric,
        "kind": kind,
        "state": state,
        "outcome": outcome,
        "claimed_at": at - timedelta(hours=1),
        "decided_at": at,
        "lease_until": None,
    }


def _level(chance: random.Random, value: float) -> int:
    low = int(value)
    return min(4, max(1, low + (chance.random() < value - low)))


def plan_of(session: Session, runtime: Runtime, query: Select[Any], **values: Any) -> str:
    """How the database would run a query, on tables too small for it to prefer an index by itself."""
    if not runtime.db.is_sqlite:
        for other in ("seqscan", "bitmapscan"):
            session.connection().exec_driver_sql(f"SET LOCAL enable_{other} = off")
    explain = "EXPLAIN QUERY PLAN " if runtime.db.is_sqlite else "EXPLAIN "
    options = {"render_postcompile": True, "literal_binds": True}
    statement = query.params(**values).compile(session.get_bind(), compile_kwargs=options)
    plan = session.connection().exec_driver_sql(explain + str(statement).replace("%", "%%")).all()
    return " ".join(str(row) for row in plan)
