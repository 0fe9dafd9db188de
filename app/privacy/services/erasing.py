"""Erasing a person: asked for, withdrawn, carried out as the data map says.

What others depend on stays without a name: a certificate as number, kind, dates and standing; marks and grades; the
audit log, whose lines are only bound to names (`app.infra.audit`). Doing it again finds nothing more to do, so that
what a job that was on its way wrote afterwards goes with the next run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Invitation, RoleGrant, User
from app.credentials import services as credentials
from app.credentials.models import Credential
from app.credentials.services import Issuer
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.credentials.lifecycle import Change, Reason, State
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.privacy.data_map import TABLES
from app.domain.privacy.erasure import due_at, plan
from app.domain.privacy.kinds import Erasure
from app.domain.review.states import CLOSED
from app.infra.audit import AuditTag, record, words_about
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.notifications.services import notify
from app.practice.models import PracticeEntry, Submission
from app.privacy import queries
from app.privacy.models import ErasureRequest
from app.reviews.models import Review

log = structlog.get_logger("privacy")

ERASE_JOB = "privacy.erase"
SHORTEST_REASON, LONGEST_REASON = 3, 500


def ask_erasure(session: Session, actor: Actor, *, url: str, now: datetime) -> ErasureRequest:
    """Have oneself erased in fourteen days; asking again changes nothing. Raises Conflict for the last administrator.

    The person is told by mail and in the inbox, in case it was somebody else at their desk.
    """
    user = _locked(session, actor.user_id)
    waiting = queries.open_request(session, user.id)
    if waiting is not None:
        return waiting
    _require_replaceable(session, user.id)
    made = ErasureRequest(user_id=user.id, asked_by=user.id, asked_at=now, due_at=due_at(now))
    session.add(made)
    session.flush()
    day = f"{made.due_at:%B} {made.due_at.day}, {made.due_at.year}"
    notify(session, user.id, "erasure_asked", once_key=f"erasure:{made.id}", url="/account/data", now=now, day=day)
    enqueue(session, MAIL_JOB, mail_payload(user.email, "erasure_asked", name=user.name, day=day, url=url), now=now)
    record(session, actor, AuditTag.ERASURE_ASKED, now=now, target_kind="user", target_id=user.id, due=day)
    return made


def withdraw_erasure(session: Session, actor: Actor, *, now: datetime) -> None:
    """Change one's mind; again is no error. Raises Conflict for a request that an administrator made."""
    waiting = queries.open_request(session, actor.user_id, lock=True)
    if waiting is None:
        return
    if waiting.asked_by != actor.user_id:
        raise Conflict("The administration carries this out. Write to them if you changed your mind.", code="staff")
    waiting.withdrawn_at = now
    record(session, actor, AuditTag.ERASURE_WITHDRAWN, now=now, target_kind="user", target_id=actor.user_id)


def erase_for(session: Session, actor: Actor, user_id: UUID, *, reason: str, now: datetime) -> ErasureRequest:
    """Have somebody else erased at once, on their request; a request of their own is brought forward.

    Raises NotFound, Invalid without a reason, Conflict for oneself, for somebody erased and the last administrator.
    """
    if user_id == actor.id:
        raise Conflict("Ask to be erased on your own page; another administrator can do it at once.", code="own")
    user = _locked(session, user_id)
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        sentence = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise Invalid(sentence, [FieldProblem("reason", "reason", sentence)])
    if queries.is_erased(user):
        raise Conflict("This person is erased already.", code="erased")
    _require_replaceable(session, user_id)
    waiting = queries.open_request(session, user_id, lock=True)
    if waiting is None:
        waiting = ErasureRequest(user_id=user_id, asked_by=user_id, asked_at=now, due_at=now)
        session.add(waiting)
    waiting.asked_by, waiting.reason, waiting.due_at = actor.id or user_id, said, now
    session.flush()
    enqueue(session, ERASE_JOB, {"user_id": user_id.hex}, now=now, dedupe_key=f"{ERASE_JOB}:{user_id.hex}")
    facts = words_about(session, user_id, reason=said)
    record(session, actor, AuditTag.ERASURE_ASKED, now=now, target_kind="user", target_id=user_id, **facts)
    return waiting


def _locked(session: Session, user_id: UUID) -> User:
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    return user


def _require_replaceable(session: Session, user_id: UUID) -> None:
    admins = accounts.user_ids_with_role(session, Role.ADMIN)
    if user_id in admins and len(set(admins)) == 1:
        raise Conflict(
            "This is the last administrator: nobody could run the academy. Name another one first.", code="last_admin"
        )


def erase_person(session: Session, user_id: UUID, *, issuer: Callable[[], Issuer], now: datetime) -> bool:
    """Carry out the request that is due. False when there is none (any more): withdrawn, or done by another worker.

    `issuer` is asked for only when a certificate has to be withdrawn. Raises NotFound, Conflict for the last
    administrator.
    """
    user = _locked(session, user_id)
    request = queries.open_request(session, user_id, lock=True)
    if request is None or request.due_at > now:
        return False
    _require_replaceable(session, user_id)
    email, name, was_open = user.email, user.name, user.disabled_at is None
    _withdraw_certificates(session, user_id, issuer, now)
    account_services.end_all_sessions(session, SYSTEM, user_id, now=now)
    ended = (RoleGrant.user_id == user_id, RoleGrant.ended_at.is_(None))
    session.execute(update(RoleGrant).where(*ended).values(ended_at=now))
    session.execute(delete(Invitation).where(Invitation.email == email))
    _forget_mail(session, email, now)
    counts = carry_out(session, user_id, now=now)
    request.done_at, request.counts = now, counts
    record(
        session,
        SYSTEM,
        AuditTag.PERSON_ERASED,
        now=now,
        target_kind="user",
        target_id=user_id,
        rows=sum(counts.values()),
    )
    # Outside the database: whoever restores an older backup finds here whom to erase again.
    log.info("person erased", user=user_id.hex)
    if was_open:  # an account that was closed long ago gets no mail any more
        enqueue(session, MAIL_JOB, mail_payload(email, "erasure_done", name=name), now=now)
    return True


def carry_out(session: Session, user_id: UUID, *, now: datetime) -> dict[str, int]:
    """Remove and blank a person's rows as the map says; returns how many of each table. Again, it finds the rest."""
    session.flush()
    _withdraw_pieces(session, user_id)
    counts = {}
    for step in plan(queries.order_of_tables()):
        table, where = queries.whole_table(step.table.name), queries.rows_of(step.table.name, user_id)
        if step.erasure is Erasure.DELETE:
            done = session.execute(delete(table).where(where))
        else:
            values = {name: _value(value, user_id, now) for name, value in step.table.blank.items()}
            done = session.execute(update(table).where(where).values(values))
        counts[step.table.name] = done.rowcount  # type: ignore[attr-defined]
    for entry in TABLES.values():
        for hand in entry.hands:
            if hand.blank:
                table = queries.whole_table(entry.name)
                session.execute(update(table).where(table.c[hand.column] == user_id).values(dict(hand.blank)))
    session.expire_all()
    return {name: count for name, count in counts.items() if count}


def _value(value: Any, user_id: UUID, now: datetime) -> Any:
    if value == "{now}":
        return now
    return value.replace("{id}", user_id.hex) if isinstance(value, str) else value


def _withdraw_certificates(session: Session, user_id: UUID, issuer: Callable[[], Issuer], now: datetime) -> None:
    """A certificate of nobody may not be relied on: files that somebody holds say so from now on."""
    active = select(Credential.id).where(Credential.user_id == user_id, Credential.state == State.ACTIVE.value)
    for credential_id in list(session.scalars(active.order_by(Credential.id))):
        credentials.change_credential(
            session,
            SYSTEM,
            credential_id,
            Change.WITHDRAW,
            reason=Reason.WITHDRAWN_BY_HOLDER,
            issuer=issuer(),
            now=now,
        )


def _withdraw_pieces(session: Session, user_id: UUID) -> None:
    """Take pieces without any mark out of the queue: nobody is to review an empty piece."""
    given = [state.value for state in CLOSED]
    marked = exists().where(Review.submission_id == Submission.id, Review.state.in_(given))
    waiting = select(Submission.id, Submission.entry_id).where(
        Submission.user_id == user_id, Submission.state.in_(("waiting", "in_review")), ~marked
    )
    rows = session.execute(waiting).all()
    if rows:
        _remove_with_children(session, "submission", [row.id for row in rows])
        entries = [row.entry_id for row in rows]
        session.execute(update(PracticeEntry).where(PracticeEntry.id.in_(entries)).values(state="draft"))


def _remove_with_children(session: Session, name: str, ids: list[Any]) -> None:
    table = queries.whole_table(name)
    for child in table.metadata.sorted_tables:
        for column in child.columns:
            if any(foreign.column.table is table for foreign in column.foreign_keys):
                key = next(iter(child.primary_key.columns))
                found = list(session.scalars(select(key).where(column.in_(ids))))
                if found:
                    _remove_with_children(session, child.name, found)
    session.execute(delete(table).where(next(iter(table.primary_key.columns)).in_(ids)))


def _forget_mail(session: Session, email: str, now: datetime) -> None:
    """Empty mails to an address that did not leave yet."""
    left = select(Job).where(Job.handler == MAIL_JOB, Job.state.in_((JobState.QUEUED.value, JobState.DEAD.value)))
    for job in session.scalars(left.with_for_update(skip_locked=True)):
        if job.payload.get("to") == email:
            job.payload, job.state, job.finished_at = {}, JobState.DONE.value, now
