"""The outcome of a graded attempt, with nothing in it that may not be shown yet."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.assessment.exact import floor_text
from app.domain.assessment.grading import grade_item
from app.domain.assessment.quiz import QuizSpec, quiz_from_dict
from app.domain.assessment.release import Shown, item_view
from app.domain.assessment.scoring import CERTAINTY_SHOWN_TIMES, ZERO, certainty_mark
from app.domain.errors import NotFound
from app.quizzes.models import AttemptItem, Grade
from app.quizzes.queries.attempts import current_grade, is_closed, items_of
from app.quizzes.queries.definitions import definitions_of
from app.quizzes.queries.faces import Result, Sitting
from app.quizzes.queries.keys import allowed_of
from app.quizzes.queries.marking import marks_of
from app.quizzes.queries.standing import attempts_of


def result(session: Session, user_id: UUID, found: Sitting, now: datetime) -> Result:
    """The outcome of the person's own attempt; raises NotFound while it is not graded."""
    grade = current_grade(session, found.id)
    if grade is None:
        raise NotFound
    live = content.quiz(session, grade.quiz_key)
    closed = is_closed(session, found.spec, now)
    standing, allowed = allowed_of(
        found.spec,
        quiz_from_dict(live.payload) if live is not None else None,
        attempts_of(session, user_id, [grade.quiz_key]),
        now,
        submitted=not found.is_open,
        closed=closed,
    )
    views = _views(session, found, grade, allowed) if allowed.correctness else ()
    lessons = content.lesson_faces(session, {view["item"].get("lesson") for view in views} - {None, ""})
    return Result(found, grade, standing, allowed, live is not None, views, lessons)


def _views(session: Session, found: Sitting, grade: Grade, allowed: Shown) -> tuple[dict[str, Any], ...]:
    rows = items_of(session, found.id)
    items = definitions_of(session, [row.graded_version_id for row in rows])
    marks = marks_of(session, found.id) if any(item.by_hand for item in items.values()) else {}
    views = []
    for row in rows:
        item = items[row.graded_version_id].for_seed(found.seed)
        response = item.response_from_json(row.response or {})
        view = item_view(item, response, grade_item(item, response, marks.get(item.id)), allowed, found.seed)
        # What an item earned is what the grade says: a correction may have changed it since.
        earned = Fraction(grade.report["items"][item.id]["fraction"]) * item.points
        sure = {} if item.by_hand else _certainty(found.spec, row, Fraction(grade.report["items"][item.id]["fraction"]))
        views.append({"position": row.position, "earned": floor_text(earned, 2), **sure, **view})
    return tuple(views)


def _certainty(spec: QuizSpec, row: AttemptItem, fraction: Fraction) -> dict[str, Any]:
    """How sure the person was and what that was worth, as shown; nothing where the quiz does not ask."""
    if not spec.certainty or row.response is None:
        return {}
    mark = certainty_mark(max(fraction, ZERO), row.certainty) * CERTAINTY_SHOWN_TIMES
    return {"certainty": row.certainty, "certainty_mark": mark}
