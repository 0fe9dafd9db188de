"""Students on their way through courses, made by the services that the pages use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor
from app.learning import services


def complete_lessons(
    session: Session, actor: Actor, lessons: Iterable[str], *, now: datetime, every: timedelta = timedelta(0)
) -> datetime:
    """Mark lessons as done one after another, `every` apart; return the time of the last one."""
    at = now
    for number, lesson_key in enumerate(lessons):
        at = now + number * every
        services.complete_lesson(session, actor, lesson_key, now=at)
    return at


def finish_course(
    session: Session, actor: Actor, course_key: str, *, now: datetime, every: timedelta = timedelta(0)
) -> datetime:
    """Mark every live lesson of a course as done; return the time of the last one."""
    keys = [line.key for line in content.outline(session, course_key)]
    return complete_lessons(session, actor, keys, now=now, every=every)
