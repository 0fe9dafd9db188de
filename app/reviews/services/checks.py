"""A second look at a critical flag: another reviewer confirms it with the evidence before them, or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.review.states import CLOSED, Kind, MarkState
from app.domain.rubric.scoring import Result
from app.infra.audit import AuditTag, record
from app.reviews import queries
from app.reviews.models import FlagCheck, Review
from app.reviews.services.decisions import settle, step
from app.reviews.services.drafts import MAX_TEXT, require_open


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """A flag that nobody else has looked at: which mark raised it, and with what evidence."""

    mark: Review
    code: str
    reason: str
    pin: int
    log_field: str


@dataclass(frozen=True, slots=True)
class FlagAnswer:
    """What the second reviewer says of a flag. `confirmed` is None until they chose."""

    confirmed: bool | None
    reason: str = ""


def open_flags(session: Session, submission_id: UUID) -> list[OpenFlag]:
    """The flags of a try that wait for a second look, in the order of the marks."""
    marks = queries.marks_of(session, submission_id)
    known = queries.flag_checks(session, [mark.id for mark in marks])
    return [
        OpenFlag(mark, flag["code"], flag.get("reason", ""), flag.get("pin", 0), flag.get("log_field", ""))
        for mark in marks
        for flag in mark.critical
        if (mark.id, flag["code"]) not in known
    ]


def check_flags(
    session: Session, actor: Actor, review_id: UUID, answers: Mapping[str, FlagAnswer], *, now: datetime
) -> Review:
    """Answer every open flag (by its code) of the piece that one holds for this, and go on with what follows.

    Doing it again changes nothing. Raises Invalid listing every flag without an answer or a reason, Conflict when the
    piece is not held any more, NotFound for a review of another kind.
    """
    review, submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if review.kind != Kind.CONFIRM:
        raise NotFound
    if review.state in CLOSED:
        return review
    require_open(review)
    flags = open_flags(session, submission.id)
    _require_answers(flags, answers)
    confirmed = [flag.code for flag in flags if answers[flag.code].confirmed]
    step(review, MarkState.MARKED)
    review.lease_until, review.decided_at = None, now
    review.outcome = (Result.FAILED if confirmed else Result.APPROVED).value
    review.report = {"confirmed": confirmed}
    session.flush()
    for flag in flags:
        answer = answers[flag.code]
        session.add(
            FlagCheck(
                mark_id=flag.mark.id,
                check_id=review.id,
                code=flag.code,
                confirmed=bool(answer.confirmed),
                reason=answer.reason.strip(),
                checked_at=now,
            )
        )
    session.flush()
    facts = {"codes": [flag.code for flag in flags], "confirmed": confirmed}
    record(session, actor, AuditTag.FLAG_CHECKED, now=now, target_kind="submission", target_id=submission.id, **facts)
    settle(session, actor, submission, now=now)
    return review


def _require_answers(flags: list[OpenFlag], answers: Mapping[str, FlagAnswer]) -> None:
    problems = []
    for flag in flags:
        answer = answers.get(flag.code, FlagAnswer(None))
        if answer.confirmed is None:
            problems.append(
                FieldProblem(flag.code, "choose", f"{flag.code}: choose whether you see the fault as well.")
            )
        if not answer.reason.strip() or len(answer.reason) > MAX_TEXT:
            sentence = f"{flag.code}: write what you saw, in at most {MAX_TEXT:,} characters."
            problems.append(FieldProblem(flag.code, "reason_missing", sentence))
    if problems:
        raise Invalid("The second look is not complete.", problems, code="flags")
