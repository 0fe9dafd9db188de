"""Start, save, submit. The server alone decides about items, time, tries and marks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import JSON, Table, bindparam, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.domain.access.actor import SYSTEM, Actor
from app.domain.assessment.quiz import QuizSpec
from app.domain.assessment.scoring import CERTAINTIES
from app.domain.assessment.selection import draw
from app.domain.assessment.timing import clock_of, may_start
from app.domain.errors import Conflict, Expired, FieldProblem, Invalid, NotFound
from app.domain.events import AttemptSubmitted
from app.infra.audit import AuditTag, record, words_about
from app.infra.jobs.outbox import publish
from app.learning import queries as learning
from app.notifications.services import notify
from app.quizzes import queries
from app.quizzes.models import Attempt, AttemptItem, Grade
from app.quizzes.services.grades import add_grade, ask_for_marks, grade_now

REASON_LENGTH = 300

# Built once, over the plain table: it runs for every answer. None becomes NULL, not a JSON null.
_slot = cast("Table", AttemptItem.__table__)
_SAVE = (
    update(_slot)
    .where(_slot.c.id == bindparam("slot"))
    .values(
        response=bindparam("answer", type_=JSON(none_as_null=True)),
        revision=bindparam("number"),
        is_flagged=bindparam("flag"),
        saved_at=bindparam("at"),
        certainty=bindparam("sure"),
    )
)


class Stale(Conflict):
    """An answer was sent on top of a save that the sender had not seen; `revision` is where the row stands now."""

    def __init__(self, revision: int) -> None:
        super().__init__("A newer answer to this question is saved already.", code="stale")
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Saved:
    """What is saved now: the number of the save, whether it holds an answer, and the time left in seconds."""

    quiz_key: str
    items: int
    revision: int
    answered: bool
    flagged: bool
    seconds_left: int | None


def start_attempt(session: Session, actor: Actor, quiz_key: str, *, now: datetime) -> Attempt:
    """Start an attempt, or return the one that is running: asking twice never costs a try.

    The person's row is locked first, so that parallel starts stand in line and the limit holds.
    Raises NotFound, and Conflict when no attempt may start (with the reason). An attempt that ran out of time
    is handed in on the way.
    """
    user = session.get_one(User, actor.user_id, with_for_update=True)
    running = queries.open_attempt(session, user.id, quiz_key)
    if running is not None and not queries.is_over(running, now):
        return running
    if running is not None:
        _close(session, SYSTEM, running, now=now, by_time=True)
    version_id, spec = queries.current_quiz(session, quiz_key)
    _require_place(session, user.id, spec)
    past = queries.past_attempts(session, user.id, quiz_key)
    verdict = may_start(past, spec, now)
    if not verdict.allowed:
        raise Conflict(verdict.sentence, code=verdict.code)
    attempt = _draw_attempt(session, user, version_id, spec, len(past) + 1, now)
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


def _require_place(session: Session, user_id: UUID, spec: QuizSpec) -> None:
    if not queries.is_free(spec) and learning.enrollment(session, user_id, spec.course) is None:
        raise Conflict("Join the course of this quiz first.", code="not_enrolled")


def _draw_attempt(
    session: Session, user: User, version_id: UUID, spec: QuizSpec, number: int, now: datetime
) -> Attempt:
    seed = secrets.token_hex(16)
    tags = any(d.objective or d.lessons for d in spec.draws)
    pool = content.item_pool(session, {d.bank for d in spec.draws}, tags=tags)
    drawn = draw(spec, pool, queries.seen_items(session, user.id, spec.id), seed)
    attempt = Attempt(
        user_id=user.id,
        quiz_key=spec.id,
        quiz_version_id=version_id,
        number=number,
        seed=seed,
        started_at=now,
        time_factor_percent=user.time_factor_percent,
        deadline_at=clock_of(spec, now, factor_percent=user.time_factor_percent).deadline,
    )
    session.add(attempt)
    session.flush()  # the items point at it
    session.add_all(
        AttemptItem(attempt_id=attempt.id, position=place, item_key=ref.id, item_version_id=UUID(ref.version_id))
        for place, ref in enumerate(drawn, start=1)
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
    certainty: int | None = None,
    base: int | None = None,
) -> Saved:
    """Save the answer to one item (and its flag); an empty answer takes the saved one away.

    `certainty` (1 to 3) is kept where the quiz asks for it and there is an answer that one can be sure of.
    `base` is the revision that the sender last saw: a request that was overtaken by a newer save is refused as
    Stale, and one that arrives twice is saved once. None saves whatever was there (a form without script).
    Raises NotFound, Conflict when the attempt was handed in, Expired when its time is over, Invalid for an
    answer that cannot be read (the saved one stays).
    """
    sitting, entry = queries.entry(session, actor.user_id, attempt_id, position, lock=True)
    _require_open(sitting, now)
    response = entry.item.parse_response(raw)
    stored = entry.item.response_to_json(response) if response.answered else None
    flag = entry.is_flagged if flagged is None else flagged
    revision = entry.revision
    asked = stored is not None and sitting.spec.certainty and not entry.item.by_hand
    sure = certainty if asked and certainty in CERTAINTIES else None
    if base is None or base == revision:
        revision += 1
        saved_at = now if stored is not None else None
        saved = {"answer": stored, "number": revision, "flag": flag, "at": saved_at, "sure": sure, "slot": entry.id}
        session.execute(_SAVE, saved)
    elif (stored, flag, sure) != (entry.response, entry.is_flagged, entry.certainty):
        raise Stale(revision)
    spec = sitting.spec
    return Saved(spec.id, spec.item_count, revision, stored is not None, flag, sitting.seconds_left(now))


def submit_attempt(session: Session, actor: Actor, attempt_id: UUID, *, now: datetime) -> Grade | None:
    """Hand in an attempt and grade what was saved; handing in again returns the same grade.

    None while essays of it wait to be marked.
    """
    attempt = queries.attempt_for(session, actor.user_id, attempt_id, lock=True)
    if attempt.state != "open":
        graded = queries.current_grade(session, attempt.id)
        if graded is None and not queries.waits_for_marks(session, attempt.id):
            raise Conflict("This attempt was handed in, but its grade is missing.", code="no_grade")
        return graded
    return _close(session, actor, attempt, now=now, by_time=queries.is_over(attempt, now))


def close_overdue(session: Session, attempt_id: UUID, *, now: datetime) -> Attempt | None:
    """Hand in an attempt whose time is over, with what was saved; None when that was done already."""
    attempt = queries.attempt_by_id(session, attempt_id)
    if attempt is None or attempt.state != "open" or not queries.is_over(attempt, now):
        return None
    _close(session, SYSTEM, attempt, now=now, by_time=True)
    return attempt


def close_attempt(session: Session, actor: Actor, attempt_id: UUID, *, reason: str, now: datetime) -> Attempt:
    """Hand in a student's attempt for them, with what was saved, and tell them why.

    Raises NotFound, Invalid without a reason, Conflict for one's own attempt or one that is handed in already.
    """
    attempt = queries.attempt_by_id(session, attempt_id)
    if attempt is None:
        raise NotFound
    require_reason(reason)
    require_other(actor, attempt.user_id)
    if attempt.state != "open":
        raise Conflict("This attempt was handed in meanwhile.", code="submitted")
    _close(session, actor, attempt, now=now, by_time=queries.is_over(attempt, now), reason=reason.strip())
    quiz = content.pinned(session, attempt.quiz_version_id)
    notify(
        session,
        attempt.user_id,
        "attempt_closed_by",
        once_key=f"attempt:{attempt.id}",
        url=f"/learn/attempts/{attempt.id}/result",
        now=now,
        title=quiz.title if quiz else attempt.quiz_key,
        reason=reason.strip(),
    )
    return attempt


def require_reason(reason: str) -> None:
    """Raise Invalid for a reason that is missing or does not fit into a line of the record."""
    if not 3 <= len(reason.strip()) <= REASON_LENGTH:
        sentence = f"Say why, in 3 to {REASON_LENGTH} characters."
        raise Invalid(sentence, [FieldProblem("reason", "reason", sentence)])


def require_other(actor: Actor, user_id: UUID) -> None:
    """Raise Conflict when somebody would change something for themselves."""
    if actor.id == user_id:
        raise Conflict("Somebody else has to do this for you.", code="own")


def _close(
    session: Session, actor: Actor, attempt: Attempt, *, now: datetime, by_time: bool, reason: str = ""
) -> Grade | None:
    settle_pause(session, attempt, now=now)
    rows = queries.items_of(session, attempt.id)
    grade = grade_now(session, attempt, rows)
    attempt.state = "submitted"
    # The waiting time before the next try counts from when the time ran out, not from when we got to it.
    attempt.submitted_at = attempt.deadline_at if by_time else now
    attempt.closed_by_time = by_time
    session.flush()  # the attempt leaves the index of open ones before another may start
    row = None
    if grade.waiting:
        ask_for_marks(session, attempt, [slot for slot in rows if slot.item_key in grade.waiting])
    else:
        row = add_grade(session, attempt, grade, now=now)
    record(
        session,
        actor,
        AuditTag.ATTEMPT_CLOSED if by_time or reason else AuditTag.ATTEMPT_SUBMITTED,
        now=now,
        target_kind="attempt",
        target_id=attempt.id,
        quiz=attempt.quiz_key,
        **({"percent": str(row.percent), "passed": row.passed} if row else {"waiting": len(grade.waiting)}),
        **(words_about(session, attempt.user_id, reason=reason) if reason else {}),
    )
    publish(session, AttemptSubmitted(attempt.user_id.hex, attempt.id.hex), now=now)
    return row


def settle_pause(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """End the pause of an attempt, if there is one, and move its end to where the clock now puts it."""
    if attempt.paused_at is None:
        return
    spec = queries.pinned_spec(session, attempt.quiz_version_id)
    pause = queries.running_pause(session, attempt.id)
    if pause is not None and attempt.paused_until is not None:
        pause.ended_at = min(now, attempt.paused_until)
    clock = queries.running_clock(spec, attempt).resume(now)
    attempt.deadline_at, attempt.paused_at, attempt.paused_until = clock.deadline, None, None


def _require_open(sitting: queries.Sitting, now: datetime) -> None:
    if not sitting.is_open:
        raise Conflict("This attempt was handed in, so its answers can no longer be changed.", code="submitted")
    if sitting.is_paused(now):
        raise Conflict("The clock stands still. Go on with the attempt before you answer.", code="paused")
    if not sitting.accepts(now):
        raise Expired("The time of this attempt is over. What was saved before is handed in.", code="time_over")
