"""Messages below a released review: the student, who reviewed the piece, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.domain.errors import NotFound
from app.practice.models import PracticeEntry, Submission
from app.reviews.models import Review, ReviewMessage

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who reviewed a piece, as its student knows them: by name, or in a blind review by number only."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as one reader sees it: `author` is None for the student."""

    id: UUID
    is_own: bool
    author: Staff | None
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages about one try, oldest first, with what the try is called."""

    id: UUID
    entry_id: UUID
    student_id: UUID
    piece_number: int
    try_number: int
    messages: tuple[MessageLine, ...]


def thread_of_student(session: Session, user_id: UUID, submission_id: UUID) -> Thread:
    """The thread of one's own try; raises NotFound for another person's, and before its review is released."""
    row = _place(session, submission_id)
    if row is None or row[0].user_id != user_id:
        raise NotFound
    return _thread(session, row[0], row[1], user_id)


def thread_of_staff(session: Session, reader_id: UUID, submission_id: UUID) -> Thread:
    """The thread for who reviewed the piece; raises NotFound for anybody else, and before its review is released."""
    row = _place(session, submission_id)
    if row is None or not _has_part(session, reader_id, row[0].entry_id):
        raise NotFound
    return _thread(session, row[0], row[1], reader_id)


def _place(session: Session, submission_id: UUID) -> tuple[Submission, int] | None:
    query = (
        select(Submission, PracticeEntry.number)
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .join(Review, (Review.submission_id == Submission.id) & (Review.state == "decided"))
        .where(Submission.id == submission_id)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def _has_part(session: Session, reader_id: UUID, entry_id: UUID) -> bool:
    """True for who gave a mark that the student knows of, or reads a later try and may see its history.

    A re-mark is drawn without the student's knowledge and read blind, so it opens nothing.
    """
    query = (
        select(Review.id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(
            Submission.entry_id == entry_id,
            Review.reviewer_id == reader_id,
            Review.kind != "remark",
            or_(
                Review.state.in_(("marked", "decided", "superseded")),
                (Review.state == "open") & Review.blind.is_(False),
            ),
        )
    )
    return session.scalar(query.limit(1)) is not None


def _thread(session: Session, submission: Submission, piece_number: int, reader_id: UUID) -> Thread:
    query = (
        select(ReviewMessage)
        .where(ReviewMessage.submission_id == submission.id)
        .order_by(ReviewMessage.sent_at, ReviewMessage.id)
        .limit(MOST_SHOWN)
    )
    rows = list(session.scalars(query))
    staff = staff_of(session, [submission.id]).get(submission.id, {})
    return Thread(
        id=submission.id,
        entry_id=submission.entry_id,
        student_id=submission.user_id,
        piece_number=piece_number,
        try_number=submission.number,
        messages=tuple(
            MessageLine(
                id=row.id,
                is_own=row.author_id == reader_id,
                author=staff.get(row.author_id, Staff("", len(staff) + 1)) if row.by_staff else None,
                text=row.text,
                sent_at=row.sent_at,
            )
            for row in rows
        ),
    )


def staff_of(session: Session, submission_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Staff]]:
    """Who reviewed these tries, by submission and person; one statement.

    Where one of the marks was blind, no name is told: numbers follow the order in which people took the try. People
    who reviewed another try of the piece come after those of this one.
    """
    of_piece = aliased(Submission)
    query = (
        select(Submission.id, Review.submission_id, Review.reviewer_id, User.name, Review.blind)
        .join(of_piece, of_piece.entry_id == Submission.entry_id)
        .join(Review, Review.submission_id == of_piece.id)
        .join(User, User.id == Review.reviewer_id)
        .where(Submission.id.in_(submission_ids), Review.kind != "remark", Review.state != "released")
        .order_by((Review.submission_id == Submission.id).desc(), Review.claimed_at, Review.id)
    )
    found: dict[UUID, dict[UUID, Staff]] = {}
    blind: set[UUID] = set()
    for thread_id, submission_id, person_id, name, is_blind in session.execute(query) if submission_ids else ():
        people = found.setdefault(thread_id, {})
        people.setdefault(person_id, Staff(name, len(people) + 1))
        if is_blind and submission_id == thread_id:
            blind.add(thread_id)
    for thread_id in blind:
        found[thread_id] = {person: Staff("", who.number) for person, who in found[thread_id].items()}
    return found


def told_of(session: Session, submission_id: UUID) -> set[UUID]:
    """The staff who hear of a student's message: whose mark is known to the student, and who wrote before."""
    marked = select(Review.reviewer_id).where(
        Review.submission_id == submission_id,
        Review.kind.not_in(("remark", "confirm")),
        Review.state.in_(("marked", "decided", "superseded")),
    )
    wrote = select(ReviewMessage.author_id).where(
        ReviewMessage.submission_id == submission_id, ReviewMessage.by_staff.is_(True)
    )
    return {*session.scalars(marked), *session.scalars(wrote)}


def newest_message(session: Session, submission_id: UUID, author_id: UUID) -> ReviewMessage | None:
    """The last message of a person in a thread."""
    query = select(ReviewMessage).where(
        ReviewMessage.submission_id == submission_id, ReviewMessage.author_id == author_id
    )
    return session.scalar(query.order_by(ReviewMessage.sent_at.desc(), ReviewMessage.id.desc()).limit(1))
