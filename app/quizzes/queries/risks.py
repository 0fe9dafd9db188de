"""Who was sure and wrong on a safety question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.content.models import Definition
from app.quizzes.models import Attempt, SafetyRisk
from app.quizzes.queries.marking import first_line


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One person and one safety question that they answered wrongly while they were sure."""

    id: UUID
    user_id: UUID
    name: str
    quiz_title: str
    section: str
    prompt: str
    lesson: str
    lesson_title: str
    answered_at: datetime


def safety_risks(session: Session, *, after: tuple[datetime, str] | None = None, size: int = 30) -> list[RiskLine]:
    """Sure and wrong, the newest first; one statement, one row more than `size` if there are more."""
    item, quiz, lesson = aliased(Definition), aliased(Definition), aliased(Definition)
    named = item.payload["lesson"].as_string()
    query = (
        select(
            SafetyRisk.id,
            SafetyRisk.user_id,
            User.name,
            quiz.title.label("quiz_title"),
            item.step.label("section"),
            item.payload["prompt"].as_string().label("prompt"),
            named.label("lesson"),
            lesson.title.label("lesson_title"),
            SafetyRisk.answered_at,
        )
        .join(User, User.id == SafetyRisk.user_id)
        .join(Attempt, Attempt.id == SafetyRisk.attempt_id)
        .join(quiz, quiz.id == Attempt.quiz_version_id)
        .join(item, item.id == SafetyRisk.item_version_id)
        .outerjoin(lesson, (lesson.kind == "lesson") & (lesson.key == named) & lesson.is_current)
        .order_by(SafetyRisk.answered_at.desc(), SafetyRisk.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(SafetyRisk.answered_at, SafetyRisk.id) < (after[0], UUID(after[1])))
    return [
        RiskLine(**{**row._asdict(), "prompt": first_line(row.prompt), "lesson_title": row.lesson_title or ""})
        for row in session.execute(query)
    ]
