"""Quizzes to publish, and students who take them, made by the services that the pages use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.content import services as content_services
from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import SYSTEM, Actor
from app.domain.assessment.items.base import Item
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.learning import queries as learning
from app.learning import services as learning_services
from app.quizzes import queries, services
from app.quizzes.models import Attempt, Grade
from tests.factories.content import _course, draft

Answer = dict[str, list[str]]


def page_fields(item: Item[Any], answer: Answer) -> Answer:
    """An answer in the fields that the page has: an order as one place for each entry."""
    form = item.to_form(item.parse_response(answer))
    return {name: values for name, values in form.items() if name != "order"}


def take_quiz(
    session: Session,
    actor: Actor,
    quiz_key: str,
    *,
    now: datetime,
    wrong: Collection[int] = (),
    skip: Collection[int] = (),
    each: timedelta = timedelta(seconds=20),
    hand_in: bool = True,
    sure: int | None = None,
) -> tuple[Attempt, Grade | None]:
    """Take a quiz: all answers right but those at the places `wrong`, none at the places `skip`.

    `sure` is said with each answer.
    """
    attempt = services.start_attempt(session, actor, quiz_key, now=now)
    session.flush()
    at = now
    for row in queries.items_of(session, attempt.id):
        at += each
        if row.position in skip:
            continue
        item = queries.pinned_item(session, row.item_version_id).for_seed(attempt.seed)
        answer = wrong_answer(item) if row.position in wrong else right_answer(item)
        services.save_response(session, actor, attempt.id, row.position, answer, now=at, certainty=sure)
    return attempt, services.submit_attempt(session, actor, attempt.id, now=at) if hand_in else None


def enroll_for(session: Session, actor: Actor, quiz_key: str, *, now: datetime) -> None:
    """Enroll a student in the course of a quiz, if it has one and they are not enrolled."""
    _version, spec = queries.current_quiz(session, quiz_key)
    if spec.course and learning.enrollment(session, actor.user_id, spec.course) is None:
        learning_services.enroll(session, actor, spec.course, now=now)


def simple_item(number: int, bank: str = "bank", **facts: Any) -> dict[str, Any]:
    """A single-choice item as a bank has it; the key is the first option."""
    return {
        "id": f"{bank}-{number:03}",
        "type": "single_choice",
        "bank": bank,
        "step": "lip-mapping",
        "topic": "technique",
        "objective": "obj-map",
        "difficulty": 1,
        "lesson": "map-lesson",
        "source": f"Source of {bank}-{number:03}",
        "prompt": f"What is asked in {bank}-{number:03}?",
        "explanation": f"Because of {bank}-{number:03}.",
        "options": [
            {"id": "a", "text": f"First {number}", "correct": True, "feedback": f"Good {number}."},
            {"id": "b", "text": f"Second {number}", "feedback": f"Not quite {number}."},
            {"id": "c", "text": f"Third {number}", "feedback": f"No, not {number}."},
        ],
        **facts,
    }


def essay_item(number: int, bank: str = "bank", **facts: Any) -> dict[str, Any]:
    """An essay as a bank has it, with two criteria of 2 and 1 points."""
    front = {key: value for key, value in simple_item(number, bank).items() if key not in ("options", "type")}
    return {
        **front,
        "type": "essay",
        "prompt": f"Say why in essay {bank}-{number:03}.",
        "words": {"min": 5, "max": 40},
        "rubric": [
            {
                "id": "reason",
                "title": "Gives the reason",
                "levels": [
                    {"points": 2, "text": "Names it and says why"},
                    {"points": 1, "text": "Names it"},
                    {"points": 0, "text": "Does not name it"},
                ],
            },
            {
                "id": "clear",
                "title": "Clear words",
                "levels": [{"points": 1, "text": "Clear"}, {"points": 0, "text": "Not clear"}],
            },
        ],
        "model": "Because the barrier keeps everything off the handle of it.",
        **facts,
    }


def exam(quiz_id: str = "exam", *, count: int = 3, bank: str = "bank", **facts: Any) -> dict[str, Any]:
    """An exam that draws `count` items of one bank."""
    return {
        "id": quiz_id,
        "title": quiz_id.capitalize(),
        "kind": "exam",
        "tier": "certified",
        "draws": [{"bank": bank, "count": count}],
        "time_limit_minutes": 20,
        "attempts": 3,
        "pass_mark": 80,
        **facts,
    }


def course_quiz(quiz_id: str, course: str, **facts: Any) -> dict[str, Any]:
    """A graded quiz of a course."""
    return exam(quiz_id, **{"kind": "graded", "course": course, **facts})


def publish_quizzes(session: Session, now: datetime, items: Sequence[dict[str, Any]], *quizzes: dict[str, Any]) -> None:
    """Publish exactly these items and quizzes, and a one-lesson course for each course that a quiz names."""
    content = ContentSet()
    for number, name in enumerate(dict.fromkeys(q["course"] for q in quizzes if q.get("course")), start=1):
        content.courses[name] = _course(draft(name, 9), number)
    for data in items:
        content.items[data["id"]] = item_adapter.validate_python(data)
    for data in quizzes:
        content.quizzes[data["id"]] = Quiz.model_validate(data)
    content_services.sync_content(session, content, actor=SYSTEM, now=now)
