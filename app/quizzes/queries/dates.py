"""The windows and deadlines of a person's quizzes, for their calendar."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.occasions import Occasion, OccasionKind
from app.quizzes.queries.faces import QuizLine
from app.quizzes.queries.standing import quiz_lines


def occasions_of(session: Session, user_id: UUID, now: datetime) -> list[Occasion]:
    """When quizzes of the person open and close, and when a running attempt ends; passed or not makes no difference."""
    return [occasion for line in quiz_lines(session, user_id, now) for occasion in _occasions(line)]


def _occasions(line: QuizLine) -> list[Occasion]:
    spec, running = line.spec, line.standing.running
    path = f"/learn/quizzes/{spec.id}"
    found = []
    if spec.opens_at is not None:
        found.append(Occasion(f"quiz-opens-{spec.id}", OccasionKind.QUIZ_OPENS, spec.opens_at, spec.title, path))
    if spec.closes_at is not None:
        found.append(Occasion(f"quiz-closes-{spec.id}", OccasionKind.QUIZ_CLOSES, spec.closes_at, spec.title, path))
    if running is not None and running.deadline_at is not None:
        key = f"attempt-{running.id}"
        found.append(Occasion(key, OccasionKind.ATTEMPT_ENDS, running.deadline_at, spec.title, path))
    return found
