"""Reference pieces and calibration: reviewers measure themselves against levels that the academy agreed on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.review.calibration import PIECES, agreement, is_asked, months_later, passes
from app.domain.rubric.rubric import Criterion, rubric_from_dict
from app.domain.rubric.scoring import rating_problems
from app.infra.audit import AuditTag, record
from app.practice import queries as practice
from app.reviews import queries
from app.reviews.models import CalibrationMark, CalibrationRound, ReferencePiece, ReviewPolicy


def choose_reference(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> ReferencePiece:
    """Make a decided piece a reference piece with the levels of its result; again brings a retired one back.

    Raises NotFound while it has no result.
    """
    submission = practice.submission(session, submission_id, lock=True)
    result = queries.result_of(session, submission.id)
    if result is None:
        raise NotFound
    found = session.scalar(select(ReferencePiece).where(ReferencePiece.submission_id == submission.id))
    if found is not None and found.retired_at is None:
        return found
    levels = {rating.criterion: rating.level for rating in queries.ratings_of(session, [result.id])[result.id]}
    if found is None:
        found = ReferencePiece(submission_id=submission.id)
        session.add(found)
    found.rubric_version_id, found.levels, found.retired_at = result.rubric_version_id, levels, None
    found.chosen_by_id, found.chosen_at = actor.user_id, now
    session.flush()
    record(session, actor, AuditTag.REFERENCE_CHOSEN, now=now, target_kind="submission", target_id=submission.id)
    return found


def retire_reference(session: Session, actor: Actor, reference_id: UUID, *, now: datetime) -> None:
    """Take a piece out of the set; rounds that are under way keep it. Again changes nothing."""
    found = session.get(ReferencePiece, reference_id)
    if found is None:
        raise NotFound
    if found.retired_at is None:
        found.retired_at = now
        record(
            session, actor, AuditTag.REFERENCE_RETIRED, now=now, target_kind="submission", target_id=found.submission_id
        )


def begin_round(session: Session, actor: Actor, *, now: datetime) -> CalibrationRound:
    """Begin a round of 20 pieces in an order of its own, or return the one that is under way.

    Nobody gets a piece that they marked themselves while others are left. Raises Conflict when the academy has too
    few reference pieces, NotAllowed for who reviews nothing.
    """
    if not actor.has(Role.INSTRUCTOR):
        raise NotAllowed("Only instructors review pieces.", code="not_instructor")
    rounds = queries.rounds_of(session, actor.user_id)
    if rounds and rounds[0].finished_at is None:
        return rounds[0]
    if not is_asked(queries.reference_count(session)):
        raise Conflict(f"A round needs {PIECES} reference pieces. The academy is still choosing them.", code="too_few")
    number = len(rounds) + 1
    began = CalibrationRound(
        reviewer_id=actor.user_id, number=number, pieces=_dealt(session, actor.user_id, number), began_at=now
    )
    try:
        with session.begin_nested():
            session.add(began)
    except IntegrityError as error:
        raise Conflict("This round has begun in another window. Reload the page.", code="begun") from error
    return began


def _dealt(session: Session, reviewer_id: UUID, number: int) -> list[str]:
    query = select(ReferencePiece.id, ReferencePiece.submission_id).where(ReferencePiece.retired_at.is_(None))
    rows = [tuple(row) for row in session.execute(query.order_by(ReferencePiece.id))]
    Random(f"{reviewer_id}:{number}").shuffle(rows)
    rows.sort(key=lambda row: reviewer_id in queries.markers_of(session, row[1]))
    return [reference_id.hex for reference_id, _submission_id in rows[:PIECES]]


def own_round(session: Session, actor: Actor, round_id: UUID, *, lock: bool = False) -> CalibrationRound:
    """One's own round; raises NotFound for anybody else's."""
    query = select(CalibrationRound).where(CalibrationRound.id == round_id, CalibrationRound.reviewer_id == actor.id)
    query = query.execution_options(populate_existing=True)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def reference_criteria(session: Session, reference: ReferencePiece) -> tuple[Criterion, ...]:
    """The criteria that a reference piece is marked by, in the order of its rubric."""
    version = content.pinned_many(session, {reference.rubric_version_id})[reference.rubric_version_id]
    return tuple(c for c in rubric_from_dict(version.payload).criteria if c.id in reference.levels)


def mark_reference(
    session: Session, actor: Actor, round_id: UUID, reference_id: UUID, levels: Mapping[str, int], *, now: datetime
) -> CalibrationRound:
    """Mark one piece of one's round; the last one finishes it. What was marked stays: the agreed levels were shown.

    Raises NotFound for a piece or a round that is not one's own, Invalid listing every criterion without a level.
    """
    found = own_round(session, actor, round_id, lock=True)
    lines = queries.calibration_lines(session, found)
    line = next((each for each in lines if each.reference.id == reference_id), None)
    if line is None:
        raise NotFound
    if line.given is not None:
        return found
    problems = rating_problems(reference_criteria(session, line.reference), levels)
    if problems:
        raise Invalid("This piece is not marked yet.", problems, code="ratings")
    session.add(CalibrationMark(round_id=found.id, reference_id=reference_id, levels=dict(levels), marked_at=now))
    session.flush()
    if all(each.given is not None or each is line for each in lines):
        _finish(session, actor, found, now)
    return found


def _finish(session: Session, actor: Actor, found: CalibrationRound, now: datetime) -> None:
    lines = queries.calibration_lines(session, found)
    found.kappa = agreement([(line.given or {}, line.reference.levels) for line in lines])
    found.passed, found.finished_at = passes(found.kappa, len(lines)), now
    if found.passed:
        found.valid_until = months_later(now, queries.review_policy(session).calibration_months)
    session.flush()
    facts = {"kappa": None if found.kappa is None else round(found.kappa, 4), "passed": found.passed}
    record(session, actor, AuditTag.CALIBRATION_DONE, now=now, target_kind="user", target_id=actor.user_id, **facts)


def set_policy(session: Session, actor: Actor, *, blind_all: bool, calibration_months: int, now: datetime) -> None:
    """Set what the academy asks of its reviews; the same again changes nothing. Raises Invalid."""
    if not 1 <= calibration_months <= 60:
        sentence = "Calibration holds for 1 to 60 months."
        raise Invalid(sentence, [FieldProblem("calibration_months", "range", sentence)])
    wanted = queries.Policy(blind_all, calibration_months)
    if wanted == queries.review_policy(session):
        return
    session.add(
        ReviewPolicy(blind_all=blind_all, calibration_months=calibration_months, set_by_id=actor.user_id, set_at=now)
    )
    session.flush()
    facts = {"blind_all": blind_all, "calibration_months": calibration_months}
    record(session, actor, AuditTag.REVIEW_POLICY_SET, now=now, target_kind="academy", **facts)
