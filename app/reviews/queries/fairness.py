"""Reads of fair marking: the marks of a try, checked flags, re-marks, calibration, the academy's policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content.models import Definition
from app.domain.errors import NotFound
from app.domain.review.calibration import MONTHS, is_asked
from app.domain.review.states import CLOSED, DERIVED, Kind
from app.practice.models import Submission
from app.reviews.models import (
    CalibrationMark,
    CalibrationRound,
    FlagCheck,
    ReferencePiece,
    Remark,
    Review,
    ReviewPolicy,
)
from app.reviews.queries.held import ratings_of

_CLOSED = [state.value for state in CLOSED]
_WHOLE = [Kind.FIRST.value, Kind.SECOND.value, Kind.THIRD.value]
_ORDER = {kind: place for place, kind in enumerate(_WHOLE)}


def marks_of(session: Session, submission_id: UUID) -> list[Review]:
    """The first, second and third mark of a try that are in, in this order."""
    query = select(Review).where(
        Review.submission_id == submission_id, Review.kind.in_(_WHOLE), Review.state.in_(_CLOSED)
    )
    found = session.scalars(query.execution_options(populate_existing=True))
    return sorted(found, key=lambda mark: _ORDER[mark.kind])


def mark(session: Session, review_id: UUID) -> Review:
    """A mark by id; raises NotFound."""
    found = session.get(Review, review_id)
    if found is None:
        raise NotFound
    return found


def levels_before(session: Session, review: Review) -> list[dict[str, int]]:
    """For a third marker, the levels of the two marks that disagree, without names; for everybody else nothing."""
    if review.kind != Kind.THIRD:
        return []
    ids = [found.id for found in marks_of(session, review.submission_id) if found.kind != Kind.THIRD]
    return [{r.criterion: r.level for r in ratings} for ratings in ratings_of(session, ids).values()]


def markers_of(session: Session, submission_id: UUID) -> frozenset[UUID]:
    """Everybody who has given or checked a mark of a try."""
    derived = [kind.value for kind in DERIVED]
    query = select(Review.reviewer_id).where(
        Review.submission_id == submission_id, Review.kind.not_in(derived), Review.state.in_(_CLOSED)
    )
    return frozenset(session.scalars(query))


def result_of(session: Session, submission_id: UUID) -> Review | None:
    """The mark that carries the result of a try."""
    query = select(Review).where(Review.submission_id == submission_id, Review.state == "decided")
    return session.scalar(query.execution_options(populate_existing=True))


def results_so_far(session: Session, submission_id: UUID) -> list[Review]:
    """The result of a try and, before it, those that it took the place of: the history of its grade, newest first."""
    query = select(Review).where(Review.submission_id == submission_id, Review.state.in_(["decided", "superseded"]))
    return list(session.scalars(query.order_by((Review.state == "decided").desc(), Review.decided_at.desc())))


def flag_checks(session: Session, mark_ids: Sequence[UUID]) -> dict[tuple[UUID, str], bool]:
    """What second reviewers said of flags, by mark and code: confirmed or not."""
    query = select(FlagCheck.mark_id, FlagCheck.code, FlagCheck.confirmed).where(FlagCheck.mark_id.in_(mark_ids))
    return {(row.mark_id, row.code): row.confirmed for row in session.execute(query)}


def checks_of_flags(session: Session, mark_ids: Sequence[UUID]) -> list[FlagCheck]:
    """The whole checks of the flags of some marks."""
    return list(session.scalars(select(FlagCheck).where(FlagCheck.mark_id.in_(mark_ids)).order_by(FlagCheck.code)))


@dataclass(frozen=True, slots=True)
class Policy:
    """What the academy set for its reviews."""

    blind_all: bool = False
    calibration_months: int = MONTHS


_policy = ReviewPolicy.__table__.c
_POLICY = select(_policy.blind_all, _policy.calibration_months).order_by(_policy.set_at.desc()).limit(1)


def review_policy(session: Session) -> Policy:
    """The policy in force."""
    row = session.execute(_POLICY).first()
    return Policy(row.blind_all, row.calibration_months) if row else Policy()


# --- re-marks ---------------------------------------------------------------------------------------------------


def month_was_drawn(session: Session, month: str) -> bool:
    """True when the re-marks of a month were drawn."""
    return bool(session.scalar(select(exists().where(Remark.month == month))))


def decided_between(session: Session, start: datetime, end: datetime) -> dict[str, list[str]]:
    """Ids (hex) of the tries that were decided from `start` until before `end`, by outcome: approved and resubmit."""
    found: dict[str, list[str]] = {"approved": [], "resubmit": []}
    query = select(Submission.id, Submission.state).where(
        Submission.decided_at >= start, Submission.decided_at < end, Submission.state.in_(list(found))
    )
    for submission_id, state in session.execute(query):
        found[state].append(submission_id.hex)
    return found


def remark(session: Session, remark_id: UUID) -> Remark:
    """A drawn piece; raises NotFound."""
    found = session.get(Remark, remark_id)
    if found is None:
        raise NotFound
    return found


def remark_of(session: Session, submission_id: UUID) -> Remark | None:
    """The draw of a try, if it was drawn."""
    return session.scalar(select(Remark).where(Remark.submission_id == submission_id))


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A drawn piece that waits to be read again. Neither whose it is nor how it went."""

    id: UUID
    submission_id: UUID
    student_id: UUID
    exercise_title: str
    skin: str
    drawn_at: datetime
    review_id: UUID | None
    holder_id: UUID | None
    lease_until: datetime | None


_HOLDS = (Review.submission_id == Remark.submission_id) & (Review.state == "open") & (Review.kind == "remark")


def waiting_remarks(session: Session, reader_id: UUID, size: int = 50) -> list[RemarkLine]:
    """Drawn pieces that the person may read again: not their own, not one that they have marked; oldest first."""
    marked = select(Review.submission_id).where(Review.reviewer_id == reader_id, Review.state.in_(_CLOSED))
    query = (
        select(
            Remark.id,
            Remark.submission_id,
            Submission.user_id,
            Definition.title,
            Submission.skin,
            Remark.drawn_at,
            Review.id,
            Review.reviewer_id,
            Review.lease_until,
        )
        .join(Submission, Submission.id == Remark.submission_id)
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .outerjoin(Review, _HOLDS)
        .where(Remark.review_id.is_(None), Submission.user_id != reader_id, Remark.submission_id.not_in(marked))
        .order_by(Remark.drawn_at, Remark.id)
        .limit(size)
    )
    return [RemarkLine(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class RemarkReport:
    """A re-mark that says something else than the result, with both marks."""

    remark: Remark
    exercise_title: str
    result: Review
    again: Review


def open_reports(session: Session, size: int = 50) -> list[RemarkReport]:
    """Re-marks that differ and on which the academy has not said anything yet, oldest first."""
    result, again = (Review.__table__.alias(name) for name in ("result", "again"))
    query = (
        select(Remark, Definition.title, result.c.id, again.c.id)
        .join(Submission, Submission.id == Remark.submission_id)
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .join(again, again.c.id == Remark.review_id)
        .join(result, (result.c.submission_id == Remark.submission_id) & (result.c.state == "decided"))
        .where(Remark.differs.is_(True), Remark.closed_at.is_(None))
        .order_by(Remark.drawn_at, Remark.id)
        .limit(size)
    )
    rows = session.execute(query).all()
    ids = [row[2] for row in rows] + [row[3] for row in rows]
    marks = {mark.id: mark for mark in session.scalars(select(Review).where(Review.id.in_(ids)))} if ids else {}
    return [RemarkReport(row[0], row[1], marks[row[2]], marks[row[3]]) for row in rows]


# --- calibration ------------------------------------------------------------------------------------------------


# Built once and on tables: the queue asks for both.
_reference, _round = ReferencePiece.__table__.c, CalibrationRound.__table__.c
_REFERENCES = select(func.count(_reference.id)).where(_reference.retired_at.is_(None))
_VALID_UNTIL = select(func.max(_round.valid_until)).where(_round.reviewer_id == bindparam("reviewer"))


def reference_count(session: Session) -> int:
    """How many reference pieces there are."""
    return session.scalar(_REFERENCES) or 0


def valid_calibration(session: Session, reviewer_id: UUID, now: datetime) -> datetime | None:
    """Until when the reviewer's calibration holds; None when none does."""
    until: datetime | None = session.scalar(_VALID_UNTIL, {"reviewer": reviewer_id})
    return until if until is not None and until > now else None


def may_read_capstones(session: Session, reviewer_id: UUID, now: datetime) -> bool:
    """True when calibration is valid, or is not asked for because the academy has too few reference pieces."""
    return valid_calibration(session, reviewer_id, now) is not None or not is_asked(reference_count(session))


def rounds_of(session: Session, reviewer_id: UUID) -> list[CalibrationRound]:
    """A reviewer's rounds, newest first."""
    query = select(CalibrationRound).where(CalibrationRound.reviewer_id == reviewer_id)
    return list(session.scalars(query.order_by(CalibrationRound.number.desc())))


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """One piece of a round: the agreed levels and, once it is marked, those of the reviewer."""

    reference: ReferencePiece
    given: dict[str, int] | None


def calibration_lines(session: Session, found: CalibrationRound) -> list[CalibrationLine]:
    """The pieces of a round in their order."""
    ids = [UUID(hex=name) for name in found.pieces]
    pieces = {piece.id: piece for piece in session.scalars(select(ReferencePiece).where(ReferencePiece.id.in_(ids)))}
    query = select(CalibrationMark.reference_id, CalibrationMark.levels).where(CalibrationMark.round_id == found.id)
    given = {row.reference_id: row.levels for row in session.execute(query)}
    return [CalibrationLine(pieces[piece_id], given.get(piece_id)) for piece_id in ids]


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A decided piece that is, or could become, a reference piece."""

    submission_id: UUID
    exercise_title: str
    skin: str
    outcome: str | None
    score: Decimal | None
    decided_at: datetime | None
    reference_id: UUID | None


def reference_lines(session: Session, *, chosen: bool, size: int = 60) -> list[ReferenceLine]:
    """The reference pieces, or decided pieces that are none yet, newest first."""
    live = (ReferencePiece.submission_id == Submission.id) & ReferencePiece.retired_at.is_(None)
    query = (
        select(
            Submission.id,
            Definition.title,
            Submission.skin,
            Review.outcome,
            Review.score,
            Review.decided_at,
            ReferencePiece.id,
        )
        .join(Review, (Review.submission_id == Submission.id) & (Review.state == "decided"))
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .outerjoin(ReferencePiece, live)
        .where(ReferencePiece.id.is_not(None) if chosen else ReferencePiece.id.is_(None))
        .order_by(Submission.decided_at.desc(), Submission.id)
        .limit(size)
    )
    return [ReferenceLine(*row) for row in session.execute(query)]


def reviewer_names(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names by id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
