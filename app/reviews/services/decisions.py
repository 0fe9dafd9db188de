"""Hand in a mark. When the marks of a try suffice, its result is decided; else the piece waits for the next reading.

No mark is ever overwritten: a result that no single mark says is written down as a mark of its own.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Invalid
from app.domain.events import ReviewCompleted
from app.domain.review import ReviewDraft, require_decidable
from app.domain.review.marking import Verdict, agreed_problems, is_marked_twice
from app.domain.review.states import MARK_STEPS, Kind, MarkState, require_step
from app.domain.rubric.scoring import PieceScore, Result, needs_second_reader, score
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.practice import services as practice_services
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import Assignment, CriterionRating, Review
from app.reviews.queries import Sheet
from app.reviews.services.claims import copy_pins, require_not_stopped
from app.reviews.services.drafts import DraftInput, draft_of, require_open, save_review, stored_input
from app.reviews.services.marks import given_marks, hundredths, next_plan
from app.reviews.services.remarks import compare_remark


def decide_review(
    session: Session, actor: Actor, review_id: UUID, draft: DraftInput, result: Result, *, now: datetime
) -> Review:
    """Save what is on the page and decide by it, in one go; deciding again with the same result changes nothing.

    Raises what save_review and complete_review raise.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if not _is_decided_so(review, result):
        save_review(session, actor, review_id, draft, now=now)
    return complete_review(session, actor, review_id, result, now=now)


def complete_review(session: Session, actor: Actor, review_id: UUID, result: Result, *, now: datetime) -> Review:
    """Hand the saved draft in; doing it again with the same result changes nothing.

    The mark is `decided` afterwards when it carries the result of the piece, else `marked`.
    Raises Invalid with everything that the decision still needs, Conflict when the piece is not held any more.
    """
    review, submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if _is_decided_so(review, result):
        return review
    require_open(review)
    require_not_stopped(submission)
    sheet = queries.sheet_of(session, review, submission)
    draft = draft_of(stored_input(session, review), sheet)
    require_complete(session, review, sheet, draft, result)
    _hand_in(review, sheet, draft, result, now)
    session.flush()
    if review.kind == Kind.REMARK:
        compare_remark(session, actor, review, now=now)
    else:
        settle(session, actor, submission, now=now)
    return review


def require_complete(session: Session, review: Review, sheet: Sheet, draft: ReviewDraft, result: Result) -> None:
    """Raise Invalid with everything that the mark still needs; Conflict for a reading that decides no levels."""
    if review.kind == Kind.CONFIRM:
        raise Conflict("This piece waits for a second look at its critical flag only.", code="confirm")
    problems = []
    if review.kind == Kind.THIRD:
        before = [
            given.levels for given in given_marks(session, queries.marks_of(session, review.submission_id), sheet)
        ]
        problems = agreed_problems(sheet.criteria, draft.ratings, draft.reasons, before)
    try:
        require_decidable(sheet.rubric, sheet.tier, sheet.exercise.criteria, draft, result)
    except Invalid as more:
        raise Invalid(more.message, [*more.problems, *problems], code=more.code) from more
    if problems:
        raise Invalid("The review is not complete.", problems, code="incomplete_review")


def _hand_in(review: Review, sheet: Sheet, draft: ReviewDraft, result: Result, now: datetime) -> None:
    piece = score(sheet.rubric, draft.ratings, sheet.exercise.criteria)
    flags = [flag.code for flag in draft.flags]
    twice = is_marked_twice(sheet.tier, capstone=sheet.exercise.capstone)
    second = needs_second_reader(piece, sheet.mark, capstone=twice, critical=flags)
    step(review, MarkState.MARKED)
    review.lease_until, review.decided_at = None, now
    review.outcome, review.score = result.value, hundredths(piece.percent)
    review.report = {"percent": str(piece.percent), "tier": sheet.tier, "second_reader": list(second)}


def step(review: Review, to: MarkState) -> None:
    """Take a mark to another state; raises Conflict for a step that the table does not have."""
    require_step(MARK_STEPS, review.state, to)
    review.state = to.value


def settle(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Decide the try when its marks suffice; else let it wait for its next reading."""
    marks = queries.marks_of(session, submission.id)
    found = next_plan(session, submission, marks)
    if found.verdict is None:
        practice_services.mark_in_review(session, submission, held=False)
        # Whoever it was meant for has read it now.
        session.execute(delete(Assignment).where(Assignment.submission_id == submission.id))
        record(
            session,
            actor,
            AuditTag.REVIEW_MARKED,
            now=now,
            target_kind="submission",
            target_id=submission.id,
            needs=str(found.needs),
            reasons=list(found.reasons),
        )
        return
    carrier = next((mark for mark in marks if mark.kind == found.verdict.carrier), None)
    if carrier is None:
        carrier = _write_down(session, marks, found.verdict, now)
    step(carrier, MarkState.DECIDED)
    session.flush()  # the review is decided before the submission says so
    finish(session, actor, submission, carrier, now=now, basis=found.verdict.basis)


def finish(
    session: Session, actor: Actor, submission: Submission, carrier: Review, *, now: datetime, basis: str
) -> None:
    """Close the try with its result and tell whom it concerns."""
    outcome = carrier.outcome or ""
    faults = [flag["code"] for flag in carrier.critical] if outcome == Result.FAILED else []
    practice_services.mark_decided(session, submission, outcome, faults=faults, now=now)
    record(
        session,
        actor,
        AuditTag.REVIEW_DECIDED,
        now=now,
        target_kind="submission",
        target_id=submission.id,
        outcome=outcome,
        score=str(carrier.score),
        basis=basis,
        second_reader=carrier.report.get("second_reader", []),
    )
    publish(session, ReviewCompleted(submission.user_id.hex, submission.id.hex, carrier.id.hex, outcome), now=now)


def _write_down(session: Session, marks: list[Review], verdict: Verdict, now: datetime) -> Review:
    """The result of several marks as a mark: the levels and points of the rules, the words and pins of all of them."""
    spoken = [mark for mark in marks if mark.kind != Kind.THIRD] if verdict.basis == "double" else marks[-1:]
    if verdict.basis == "single":
        spoken = marks[:1]
    flags = [flag for mark in marks for flag in mark.critical if flag["code"] in verdict.flags]
    if verdict.flags:
        spoken = [mark for mark in marks if any(flag["code"] in verdict.flags for flag in mark.critical)]
    note = "\n\n".join(dict.fromkeys(mark.note for mark in spoken if mark.note.strip()))
    return write_result(
        session,
        spoken,
        verdict.piece,
        kind=Kind.COMBINED,
        outcome=verdict.outcome.result,
        flags=list({flag["code"]: flag for flag in flags}.values()),
        note=note,
        basis=verdict.basis,
        now=now,
    )


def write_result(
    session: Session,
    marks: list[Review],
    piece: PieceScore,
    *,
    kind: Kind,
    outcome: Result,
    flags: list[dict[str, object]],
    note: str,
    basis: str,
    now: datetime,
) -> Review:
    """A mark that carries a result which no reading says by itself; reasons and pins come from `marks`. It is marked,
    not decided yet. Pins of several marks are numbered anew, so flags keep their words without the number."""
    last = marks[-1]
    review = Review(
        submission_id=last.submission_id,
        reviewer_id=last.reviewer_id,
        rubric_version_id=last.rubric_version_id,
        kind=kind.value,
        blind=any(mark.blind for mark in marks),
        state=MarkState.OPEN.value,
        note=note,
        critical=flags if len(marks) == 1 else [flag | {"pin": 0} for flag in flags],
        claimed_at=now,
        lease_until=now,
    )
    session.add(review)
    session.flush()
    said: dict[str, list[str]] = {}
    for ratings in queries.ratings_of(session, [mark.id for mark in marks]).values():
        for rating in ratings:
            if rating.reason:
                said.setdefault(rating.criterion, []).append(rating.reason)
    for part in piece.parts:
        reason = "\n\n".join(dict.fromkeys(said.get(part.criterion.id, ())))
        row = CriterionRating(review_id=review.id, criterion=part.criterion.id, level=part.level, reason=reason)
        session.add(row)
    copy_pins(session, review.id, [mark.id for mark in marks])
    session.flush()
    step(review, MarkState.MARKED)
    review.lease_until, review.decided_at = None, now
    review.outcome, review.score = outcome.value, hundredths(piece.percent)
    review.report = {
        "percent": str(piece.percent),
        "tier": last.report.get("tier", ""),
        "basis": basis,
        "marks": [mark.id.hex for mark in marks],
        "adds": {part.criterion.id: str(part.adds) for part in piece.parts},
        "second_reader": [],
    }
    session.flush()
    return review


def _is_decided_so(review: Review, result: Result) -> bool:
    return review.state in (MarkState.MARKED, MarkState.DECIDED) and review.outcome == result.value
