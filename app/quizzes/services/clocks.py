"""Time: pauses that a student takes, what the academy grants a person, and minutes added to one attempt."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Expired, FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record, words_about
from app.quizzes import queries
from app.quizzes.models import Attempt, AttemptPause
from app.quizzes.services.attempts import require_other, require_reason, settle_pause

TIME_FACTORS = range(100, 401)
PAUSE_MINUTES = range(241)
EXTRA_MINUTES = range(1, 241)


def pause_attempt(session: Session, actor: Actor, attempt_id: UUID, *, now: datetime) -> Attempt:
    """Stop the clock of one's own attempt; asking twice stops it once.

    Raises NotFound, Expired when its time is over, and Conflict when it was handed in or no pause is left.
    """
    attempt = queries.attempt_for(session, actor.user_id, attempt_id, lock=True)
    _require_running(attempt, now)
    user = session.get_one(User, actor.user_id)
    spec = queries.pinned_spec(session, attempt.quiz_version_id)
    before = queries.running_clock(spec, attempt)
    clock = before.pause(user.pause_minutes, now)
    if clock == before:
        return attempt
    settle_pause(session, attempt, now=now)
    session.flush()  # an earlier pause ends before another may begin
    attempt.deadline_at, attempt.paused_at, attempt.paused_until = clock.deadline, clock.paused_at, clock.until
    session.add(AttemptPause(attempt_id=attempt.id, started_at=now))
    record(session, actor, AuditTag.ATTEMPT_PAUSED, now=now, target_kind="attempt", target_id=attempt.id)
    return attempt


def resume_attempt(session: Session, actor: Actor, attempt_id: UUID, *, now: datetime) -> Attempt:
    """Let the clock of one's own attempt go on; one that runs is left alone. Raises NotFound, Conflict, Expired."""
    attempt = queries.attempt_for(session, actor.user_id, attempt_id, lock=True)
    _require_running(attempt, now)
    if attempt.paused_at is not None:
        settle_pause(session, attempt, now=now)
        record(session, actor, AuditTag.ATTEMPT_RESUMED, now=now, target_kind="attempt", target_id=attempt.id)
    return attempt


def grant_time(
    session: Session,
    actor: Actor,
    user_id: UUID,
    *,
    time_factor_percent: int,
    pause_minutes: int,
    reason: str,
    now: datetime,
) -> list[Attempt]:
    """Set what a person is granted in every quiz; attempts that run get it at once. Returns these.

    A running attempt is never shortened: what was promised at its start stays. Raises NotFound, Invalid for values
    out of range or without a reason, Conflict for oneself.
    """
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    require_other(actor, user_id)
    _require_range("time_factor_percent", time_factor_percent, TIME_FACTORS, "percent")
    _require_range("pause_minutes", pause_minutes, PAUSE_MINUTES, "minutes")
    require_reason(reason)
    before: dict[str, Any] = {"factor_before": user.time_factor_percent, "pause_before": user.pause_minutes}
    user.time_factor_percent, user.pause_minutes = time_factor_percent, pause_minutes
    running = [a for a in queries.open_attempts_of(session, user_id) if not queries.is_over(a, now)]
    for attempt in running:
        _regrant(session, attempt, time_factor_percent, pause_minutes, now)
    facts = {**before, "factor": time_factor_percent, "pause": pause_minutes}
    # A reason may tell of somebody's health: it goes when the person is erased.
    facts |= words_about(session, user_id, reason=reason.strip())
    facts |= {"running": [attempt.id.hex for attempt in running]}
    record(session, actor, AuditTag.TIME_GRANTED, now=now, target_kind="user", target_id=user_id, **facts)
    return running


def _regrant(session: Session, attempt: Attempt, factor: int, minutes: int, now: datetime) -> None:
    spec = queries.pinned_spec(session, attempt.quiz_version_id)
    clock = queries.running_clock(spec, attempt)
    attempt.time_factor_percent = max(factor, attempt.time_factor_percent)
    clock = clock.grant(queries.base_clock(spec, attempt), minutes, now)
    attempt.deadline_at, attempt.paused_until = clock.deadline, clock.until


def extend_attempt(
    session: Session, actor: Actor, attempt_id: UUID, *, minutes: int, reason: str, now: datetime
) -> Attempt:
    """Add minutes to one running attempt; if its time is over but it is not handed in yet, they count from now.

    Raises NotFound, Invalid for minutes out of range or without a reason, Conflict for one's own attempt, one that
    is handed in, or one without a limit.
    """
    attempt = queries.attempt_by_id(session, attempt_id)
    if attempt is None:
        raise NotFound
    _require_range("minutes", minutes, EXTRA_MINUTES, "minutes")
    require_reason(reason)
    require_other(actor, attempt.user_id)
    if attempt.state != "open":
        raise Conflict("This attempt was handed in meanwhile.", code="submitted")
    if attempt.deadline_at is None:
        raise Conflict("This attempt has no time limit.", code="no_clock")
    lost = max(now - attempt.deadline_at, timedelta(0))
    added = minutes * 60 + math.ceil(lost.total_seconds())
    attempt.extra_seconds += added
    attempt.deadline_at += timedelta(seconds=added)
    facts = {"minutes": minutes, "deadline": attempt.deadline_at.isoformat()}
    facts |= words_about(session, attempt.user_id, reason=reason.strip())
    record(session, actor, AuditTag.ATTEMPT_EXTENDED, now=now, target_kind="attempt", target_id=attempt.id, **facts)
    return attempt


def _require_running(attempt: Attempt, now: datetime) -> None:
    if attempt.state != "open":
        raise Conflict("This attempt was handed in.", code="submitted")
    if queries.is_over(attempt, now):
        raise Expired("The time of this attempt is over. What was saved before is handed in.", code="time_over")


def _require_range(name: str, value: int, allowed: range, unit: str) -> None:
    if value not in allowed:
        sentence = f"Give a whole number from {allowed[0]} to {allowed[-1]} {unit}."
        raise Invalid(sentence, [FieldProblem(name, "range", sentence)])
