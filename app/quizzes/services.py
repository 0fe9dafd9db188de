"""Start, save, submit. The server alone decides about items, time, tries and marks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.domain.access.actor import SYSTEM, Actor
from app.domain.assessment.exact import hundredths
from app.domain.assessment.grading import AttemptGrade, grade_attempt
from app.domain.assessment.items.base import Item
from app.domain.assessment.selection import draw
from app.domain.assessment.timing import NETWORK_GRACE, AttemptClock, may_start
from app.domain.errors import Conflict, Expired
from app.domain.events import AttemptSubmitted
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.quizzes import queries
from app.quizzes.models import Attempt, AttemptItem, Grade


def start_attempt(session: Session, actor: Actor, quiz_key: str, *, now: datetime) -> Attempt:
    """Start an attempt, or return the one that is running: asking twice never costs a try.

    The person's row is locked first, so that parallel starts stand in line and the limit holds.
    Raises NotFound, and Conflict when no further attempt may start (with the reason).
    """
    user = session.get_one(User, actor.user_id, with_for_update=True)
    running = queries.open_attempt(session, user.id, quiz_key)
    if running is not None and _accepts(running, now):
        return running
    if running is not None:
        _close(session, SYSTEM, running, now=now, by_time=True)
    quiz = queries.current_quiz(session, quiz_key)
    past = queries.past_attempts(session, user.id, quiz_key)
    verdict = may_start(past, quiz.spec, now)
    if not verdict.allowed:
        raise Conflict(verdict.sentence, code=verdict.code)
    seed = secrets.token_hex(16)
    pool = content.item_pool(session, {d.bank for d in quiz.spec.draws})
    drawn = draw(quiz.spec, pool, queries.seen_items(session, user.id, quiz_key), seed)
    clock = AttemptClock(now, quiz.spec.time_limit, Fraction(user.time_factor_percent, 100))
    attempt = Attempt(
        user_id=user.id,
        quiz_key=quiz_key,
        quiz_version_id=quiz.version_id,
        number=len(past) + 1,
        seed=seed,
        started_at=now,
        deadline_at=clock.deadline,
    )
    session.add(attempt)
    session.flush()  # the items point at it
    session.add_all(
        AttemptItem(attempt_id=attempt.id, position=place, item_key=ref.id, item_version_id=UUID(str(ref.version_id)))
        for place, ref in enumerate(drawn, start=1)
    )
    record(
        session,
        actor,
        AuditTag.ATTEMPT_STARTED,
        now=now,
        target_kind="attempt",
        target_id=attempt.id,
        quiz=quiz_key,
        number=attempt.number,
    )
    return attempt


def save_response(
    session: Session,
    actor: Actor,
    attempt_id: UUID,
    position: int,
    raw: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    flagged: bool | None = None,
) -> AttemptItem:
    """Save the answer to one item (and its flag); an empty answer takes the saved one away.

    Raises NotFound, Conflict when the attempt was handed in, Expired when its time is over, Invalid for
    an answer that cannot be read (the saved one stays).
    """
    attempt = queries.attempt_for(session, actor.user_id, attempt_id, lock=True)
    _require_open(attempt, now)
    row = queries.item_at(session, attempt.id, position)
    item = queries.definitions_of(session, [row])[row.item_version_id]
    response = item.parse_response(raw)
    stored = item.response_to_json(response) if response.answered else None
    if stored != row.response:
        row.response = stored
        row.revision += 1
    row.saved_at = now if stored is not None else None
    if flagged is not None:
        row.is_flagged = flagged
    return row


def submit_attempt(session: Session, actor: Actor, attempt_id: UUID, *, now: datetime) -> Grade:
    """Hand in an attempt and grade what was saved; handing in again returns the same grade."""
    attempt = queries.attempt_for(session, actor.user_id, attempt_id, lock=True)
    existing = queries.current_grade(session, attempt.id)
    if attempt.state == "submitted" and existing is not None:
        return existing
    return _close(session, actor, attempt, now=now, by_time=not _accepts(attempt, now))


def close_overdue(session: Session, attempt_id: UUID, *, now: datetime) -> Attempt | None:
    """Hand in an attempt whose time is over, with what was saved; None when that was done already."""
    attempt = session.scalar(select(Attempt).where(Attempt.id == attempt_id).with_for_update())
    if attempt is None or attempt.state != "open" or _accepts(attempt, now):
        return None
    _close(session, SYSTEM, attempt, now=now, by_time=True)
    return attempt


def _close(session: Session, actor: Actor, attempt: Attempt, *, now: datetime, by_time: bool) -> Grade:
    rows = queries.items_of(session, attempt.id)
    items = queries.definitions_of(session, rows)
    spec = queries.pinned_spec(session, attempt.quiz_version_id)
    grade = grade_attempt(
        spec,
        [items[row.item_version_id] for row in rows],
        {row.item_key: _stored(items[row.item_version_id], row) for row in rows if row.response is not None},
    )
    attempt.state = "submitted"
    attempt.submitted_at = now
    attempt.closed_by_time = by_time
    session.flush()  # the attempt leaves the index of open ones before another may start
    row = add_grade(session, attempt, grade, now=now)
    tag = AuditTag.ATTEMPT_CLOSED if by_time else AuditTag.ATTEMPT_SUBMITTED
    record(
        session,
        actor,
        tag,
        now=now,
        target_kind="attempt",
        target_id=attempt.id,
        quiz=attempt.quiz_key,
        percent=str(row.percent),
        passed=row.passed,
    )
    publish(session, AttemptSubmitted(attempt.user_id.hex, attempt.id.hex), now=now)
    return row


def add_grade(session: Session, attempt: Attempt, grade: AttemptGrade, *, now: datetime, reason: str = "") -> Grade:
    """Append a grade; the newest counts, older ones stay as they were."""
    previous = queries.current_grade(session, attempt.id)
    if previous is not None:
        session.execute(update(Grade).where(Grade.attempt_id == attempt.id).values(is_current=False))
    row = Grade(
        attempt_id=attempt.id,
        user_id=attempt.user_id,
        quiz_key=attempt.quiz_key,
        sequence=previous.sequence + 1 if previous else 1,
        percent=Decimal(hundredths(grade.percent)) / 100,
        passed=grade.passed,
        safety_missed=len(grade.safety_missed),
        report=grade.summary(),
        reason=reason,
        graded_at=now,
    )
    session.add(row)
    session.flush()  # the caller shows it
    return row


def _stored(item: Item[Any], row: AttemptItem) -> Any:
    return item.response_from_json(row.response or {})


def _accepts(attempt: Attempt, now: datetime) -> bool:
    return attempt.deadline_at is None or now <= attempt.deadline_at + NETWORK_GRACE


def _require_open(attempt: Attempt, now: datetime) -> None:
    if attempt.state != "open":
        raise Conflict("This attempt was handed in, so its answers can no longer be changed.", code="submitted")
    if not _accepts(attempt, now):
        raise Expired("The time of this attempt is over. What was saved before is handed in.", code="time_over")
