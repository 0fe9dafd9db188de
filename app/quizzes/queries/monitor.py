"""Who takes a quiz now, and how far they are: reads for those who watch over it. No answers, no marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content.models import Definition
from app.domain.errors import NotFound
from app.quizzes.models import Attempt, AttemptItem, AttemptPause


@dataclass(frozen=True, slots=True)
class RunningLine:
    """One attempt as a watcher sees it: whose it is, how far it is, and until when it runs."""

    id: UUID
    user_id: UUID
    name: str
    quiz_key: str
    quiz_title: str
    number: int
    state: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    paused_until: datetime | None
    time_factor_percent: int
    extra_seconds: int
    answered: int
    items: int
    last_saved_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True until it is handed in."""
        return self.state == "open"

    def is_paused(self, now: datetime) -> bool:
        """True while its clock stands still."""
        return self.is_open and self.paused_until is not None and now < self.paused_until

    def is_over(self, now: datetime) -> bool:
        """True when its time is over and it waits to be closed."""
        return self.is_open and self.deadline_at is not None and now > self.deadline_at


@dataclass(frozen=True, slots=True)
class Granted:
    """A person with what they are granted in every quiz, and their attempts that run."""

    user_id: UUID
    name: str
    time_factor_percent: int
    pause_minutes: int
    running: tuple[RunningLine, ...]


def _lines() -> Any:
    """The statement of all lines. Its counts are looked up by index, for the rows of one page only."""
    own = AttemptItem.attempt_id == Attempt.id
    return (
        select(
            Attempt.id,
            Attempt.user_id,
            User.name,
            Attempt.quiz_key,
            Definition.title.label("quiz_title"),
            Attempt.number,
            Attempt.state,
            Attempt.started_at,
            Attempt.deadline_at,
            Attempt.submitted_at,
            Attempt.paused_until,
            Attempt.time_factor_percent,
            Attempt.extra_seconds,
            select(func.count(AttemptItem.saved_at)).where(own).scalar_subquery().label("answered"),
            select(func.count()).select_from(AttemptItem).where(own).scalar_subquery().label("items"),
            select(func.max(AttemptItem.saved_at)).where(own).scalar_subquery().label("last_saved_at"),
        )
        .join(User, User.id == Attempt.user_id)
        .join(Definition, Definition.id == Attempt.quiz_version_id)
    )


def _read(session: Session, query: Any) -> list[RunningLine]:
    return [RunningLine(**row._asdict()) for row in session.execute(query)]


def running_attempts(
    session: Session, *, quiz_key: str = "", after: tuple[datetime, str] | None = None, size: int = 30
) -> list[RunningLine]:
    """Attempts that run, the newest first, of one quiz or of all; one row more than `size` if there are more."""
    query = _lines().where(Attempt.state == "open")
    if quiz_key:
        query = query.where(Attempt.quiz_key == quiz_key)
    if after is not None:
        query = query.where(tuple_(Attempt.started_at, Attempt.id) < (after[0], UUID(after[1])))
    return _read(session, query.order_by(Attempt.started_at.desc(), Attempt.id.desc()).limit(size + 1))


def running_quizzes(session: Session) -> list[tuple[str, str]]:
    """Key and title of the quizzes at which somebody's attempt runs, by title."""
    query = (
        select(Attempt.quiz_key, func.max(Definition.title).label("title"))
        .join(Definition, Definition.id == Attempt.quiz_version_id)
        .where(Attempt.state == "open")
        .group_by(Attempt.quiz_key)
        .order_by("title", Attempt.quiz_key)
    )
    return [(row.quiz_key, row.title) for row in session.execute(query)]


def watched_attempt(session: Session, attempt_id: UUID) -> RunningLine:
    """One attempt for who watches over it; raises NotFound."""
    found = _read(session, _lines().where(Attempt.id == attempt_id))
    if not found:
        raise NotFound
    return found[0]


def pauses_of(session: Session, attempt_id: UUID) -> list[tuple[datetime, datetime | None]]:
    """When the clock of an attempt stood still, oldest first."""
    query = (
        select(AttemptPause.started_at, AttemptPause.ended_at)
        .where(AttemptPause.attempt_id == attempt_id)
        .order_by(AttemptPause.started_at)
    )
    return [(row.started_at, row.ended_at) for row in session.execute(query)]


def granted_to(session: Session, user_id: UUID) -> Granted:
    """What a person is granted, and what it would change now; raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    running = _read(session, _lines().where(Attempt.user_id == user_id, Attempt.state == "open"))
    return Granted(user.id, user.name, user.time_factor_percent, user.pause_minutes, tuple(running))
