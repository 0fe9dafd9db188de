"""Appeals: a student files one, somebody who has not marked the piece takes it and rules on what is appealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.events import AppealAnswered
from app.domain.review import require_no_conflict
from app.domain.review.appeal import (
    APPEAL_LEASE,
    Answer,
    Ruling,
    Subject,
    require_appeal,
    require_subject,
    rule,
    why_not,
)
from app.domain.review.states import APPEAL_STEPS, SUBMISSION_STEPS_BY_APPEAL, Kind, MarkState, require_step
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import Appeal, Review
from app.reviews.services.claims import piece_facts
from app.reviews.services.decisions import finish, step, write_result
from app.reviews.services.marks import result_score


def why_no_appeal(session: Session, submission: Submission, now: datetime) -> str:
    """Why the result of this try cannot be appealed, as a code of the rules; empty when it can be."""
    tries = practice.submissions_of(session, submission.entry_id)
    result = queries.result_of(session, submission.id)
    return why_not(
        result.decided_at if result else None,
        now,
        appealed=queries.appeal_of(session, submission.id) is not None,
        newest=bool(tries) and tries[-1].id == submission.id,
    )


def file_appeal(session: Session, actor: Actor, submission_id: UUID, subject: Subject, *, now: datetime) -> Appeal:
    """Appeal against the result of one's own try. The same appeal sent twice is one appeal.

    While it waits the piece stays with the reviewers: no new try can be sent. Raises NotFound for another person's
    piece, Conflict when the time is over or an appeal was filed, Invalid for an incomplete one.
    """
    submission = practice.submission(session, submission_id, lock=True)
    if submission.user_id != actor.id:
        raise NotFound
    known = queries.appeal_of(session, submission.id)
    if known is not None and (tuple(known.criteria), tuple(known.flags), known.why) == _told(subject):
        return known
    require_appeal(why_no_appeal(session, submission, now))
    result = queries.result_of(session, submission.id)
    if result is None:
        raise NotFound
    criteria = [rating.criterion for rating in queries.ratings_of(session, [result.id])[result.id]]
    require_subject(subject, criteria, [flag["code"] for flag in result.critical])
    points, flags, why = _told(subject)
    filed = Appeal(
        submission_id=submission.id,
        review_id=result.id,
        user_id=actor.user_id,
        criteria=list(points),
        flags=list(flags),
        why=why,
        filed_at=now,
    )
    try:
        with session.begin_nested():  # the unique index decides between two at once
            session.add(filed)
    except IntegrityError as error:
        raise Conflict("You have appealed against this result.", code="appealed") from error
    practice_services.mark_appealed(session, submission, now=now)
    facts = {"criteria": list(points), "flags": list(flags)}
    record(session, actor, AuditTag.APPEAL_FILED, now=now, target_kind="submission", target_id=submission.id, **facts)
    return filed


def _told(subject: Subject) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    return tuple(dict.fromkeys(subject.criteria)), tuple(dict.fromkeys(subject.flags)), subject.why.strip()


def claim_appeal(session: Session, actor: Actor, appeal_id: UUID, *, now: datetime) -> Appeal:
    """Take an appeal to judge it; one's own again renews the hold. It passes on by itself when the hold runs out.

    Raises Conflict when somebody holds it or it is answered, NotAllowed for who has marked the piece or must not.
    """
    found, submission = _locked(session, appeal_id)
    if found.state != "waiting":
        raise Conflict("This appeal has been answered.", code="decided")
    require_no_conflict(actor, piece_facts(session, submission, actor, now))
    is_held = found.lease_until is not None and found.lease_until > now
    if is_held and found.judge_id != actor.id:
        raise Conflict("Another instructor is judging this appeal.", code="claimed")
    found.judge_id, found.lease_until = actor.user_id, now + APPEAL_LEASE
    session.flush()
    return found


def own_appeal(session: Session, actor: Actor, appeal_id: UUID) -> Appeal:
    """The appeal that the person took last, held or answered; raises NotFound for anybody else's."""
    found = queries.appeal(session, appeal_id)
    if found.judge_id is None or found.judge_id != actor.id:
        raise NotFound
    return found


def release_appeal(session: Session, actor: Actor, appeal_id: UUID) -> None:
    """Give an appeal back to the others; again changes nothing."""
    found, _submission = _locked(session, appeal_id)
    if found.state == "waiting" and found.judge_id == actor.id:
        found.lease_until = None
        session.flush()


def decide_appeal(
    session: Session, actor: Actor, appeal_id: UUID, answers: Mapping[str, Answer], *, now: datetime
) -> Appeal:
    """Rule on every appealed point. A change is a new result beside the old ones; certification hears of it.

    Deciding again changes nothing. Raises NotFound for who did not take the appeal, Conflict for who gave it
    back, Invalid for an incomplete answer.
    """
    found, submission = _locked(session, appeal_id)
    if found.judge_id is None or found.judge_id != actor.id:
        raise NotFound
    if found.state != "waiting":
        return found
    if found.lease_until is None:
        raise Conflict("You gave this appeal back. Take it again to answer it.", code="not_claimed")
    result = queries.result_of(session, submission.id)
    if result is None or result.id != found.review_id:
        raise Conflict("The result of this piece has changed meanwhile.", code="changed")
    ruling = _ruling(session, found, result, submission, answers)
    said = {point: asdict(answers[point]) for point in (*found.criteria, *found.flags)}
    if ruling.changed:
        changed = _new_result(session, result, ruling, now)
        _close(found, "changed", said, now, changed)
        _replace(session, actor, submission, result, changed, now)
    else:
        _close(found, "upheld", said, now)
        session.flush()
        practice_services.mark_answered(session, submission, now=now)
        publish(session, AppealAnswered(submission.user_id.hex, submission.id.hex, found.id.hex), now=now)
    facts = {"outcome": found.state, "result": ruling.outcome.result.value}
    record(session, actor, AuditTag.APPEAL_DECIDED, now=now, target_kind="submission", target_id=submission.id, **facts)
    return found


def _ruling(
    session: Session, found: Appeal, result: Review, submission: Submission, answers: Mapping[str, Answer]
) -> Ruling:
    sheet = queries.sheet_of(session, result, submission)
    return rule(
        Subject(tuple(found.criteria), tuple(found.flags), found.why),
        answers,
        result_score(session, result, sheet),
        [flag["code"] for flag in result.critical],
        rubric=sheet.rubric,
        mark=sheet.mark,
    )


def _close(found: Appeal, state: str, said: dict[str, Any], now: datetime, changed: Review | None = None) -> None:
    require_step(APPEAL_STEPS, found.state, state)
    found.state, found.answers, found.decided_at, found.lease_until = state, said, now, None
    found.changed_id = changed.id if changed else None


def _new_result(session: Session, result: Review, ruling: Ruling, now: datetime) -> Review:
    return write_result(
        session,
        [result],
        ruling.piece,
        kind=Kind.APPEAL,
        outcome=ruling.outcome.result,
        flags=[flag for flag in result.critical if flag["code"] in ruling.flags],
        note=result.note,
        basis="appeal",
        now=now,
    )


def _replace(
    session: Session, actor: Actor, submission: Submission, result: Review, changed: Review, now: datetime
) -> None:
    """The new result takes the place of the old one, which stays as it was given."""
    require_step(SUBMISSION_STEPS_BY_APPEAL, submission.state, changed.outcome or "")
    step(result, MarkState.SUPERSEDED)
    session.flush()  # there is one result at a time
    step(changed, MarkState.DECIDED)
    session.flush()
    finish(session, actor, submission, changed, now=now, basis="appeal")


def _locked(session: Session, appeal_id: UUID) -> tuple[Appeal, Submission]:
    """An appeal and its try, whose row is the one lock of everything that changes a mark."""
    found = queries.appeal(session, appeal_id)
    submission = practice.submission(session, found.submission_id, lock=True)
    return queries.appeal(session, appeal_id), submission
