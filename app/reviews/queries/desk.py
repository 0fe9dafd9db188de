"""Reads of a reviewer's desk: kept versions, held decisions, saved comments and views, assignments, spoken notes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import RoleGrant, User
from app.domain.errors import NotFound
from app.practice.models import PracticeEntry, Submission
from app.reviews.models import (
    Assignment,
    AudioNote,
    DraftVersion,
    HeldDecision,
    Review,
    ReviewComment,
    ReviewerSetting,
    SavedView,
)
from app.reviews.queries.held import IS_OPEN
from app.reviews.queries.queue import WAITS

MOST_VERSIONS = 50


def held_decision(session: Session, review_id: UUID) -> HeldDecision | None:
    """The decision on a review that can still be taken back, or waits for the job that makes it take effect."""
    query = select(HeldDecision).where(HeldDecision.review_id == review_id)
    return session.scalar(query.execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A held decision as the next page offers to take it back."""

    review_id: UUID
    result: str
    student_name: str
    piece_number: int
    blind: bool
    effective_at: datetime


def held_decisions(session: Session, reviewer_id: UUID, now: datetime) -> list[HeldLine]:
    """The decisions that a reviewer can take back now, the newest first."""
    query = (
        select(
            HeldDecision.review_id,
            HeldDecision.result,
            User.name,
            PracticeEntry.number,
            Review.blind,
            HeldDecision.effective_at,
        )
        .join(Review, Review.id == HeldDecision.review_id)
        .join(Submission, Submission.id == Review.submission_id)
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .join(User, User.id == Submission.user_id)
        .where(HeldDecision.reviewer_id == reviewer_id, HeldDecision.effective_at > now)
        .order_by(HeldDecision.effective_at.desc())
    )
    return [HeldLine(*row) for row in session.execute(query)]


def newest_version(session: Session, review_id: UUID) -> DraftVersion | None:
    """The version of a review that was saved last, whether it became the draft or was put beside."""
    query = select(DraftVersion).where(DraftVersion.review_id == review_id)
    return session.scalars(query.order_by(DraftVersion.saved_at.desc(), DraftVersion.revision.desc()).limit(1)).first()


def version_beside(session: Session, review_id: UUID, tab: str, revision: int) -> DraftVersion | None:
    """What a window put beside that began with this revision."""
    query = select(DraftVersion).where(
        DraftVersion.review_id == review_id,
        DraftVersion.kind == "beside",
        DraftVersion.tab == tab,
        DraftVersion.revision == revision,
    )
    return session.scalars(query.limit(1)).first()


def versions_of(session: Session, review_id: UUID) -> Sequence[DraftVersion]:
    """The versions of a review, the newest first and 50 at most."""
    query = select(DraftVersion).where(DraftVersion.review_id == review_id)
    return session.scalars(query.order_by(DraftVersion.saved_at.desc(), DraftVersion.id).limit(MOST_VERSIONS)).all()


@dataclass(frozen=True, slots=True)
class CommentLine:
    """A saved comment: whose it is, for which step (empty: any), and whether everybody may use it."""

    id: UUID
    text: str
    step: str
    shared: bool
    owner_id: UUID
    owner_name: str


def comments_for(session: Session, user_id: UUID, limit: int = 600) -> list[CommentLine]:
    """One's own comments, then those that others share, each group by step and the newest first."""
    mine = ReviewComment.owner_id == user_id
    query = (
        select(
            ReviewComment.id,
            ReviewComment.text,
            ReviewComment.step,
            ReviewComment.shared,
            ReviewComment.owner_id,
            User.name,
        )
        .join(User, User.id == ReviewComment.owner_id)
        .where(ReviewComment.removed_at.is_(None), or_(mine, ReviewComment.shared))
        .order_by(mine.desc(), ReviewComment.step, ReviewComment.created_at.desc(), ReviewComment.id)
        .limit(limit)
    )
    return [CommentLine(*row) for row in session.execute(query)]


def own_comments(session: Session, user_id: UUID) -> Sequence[ReviewComment]:
    """The comments that a person keeps."""
    query = select(ReviewComment).where(ReviewComment.owner_id == user_id, ReviewComment.removed_at.is_(None))
    return session.scalars(query.order_by(ReviewComment.created_at)).all()


def own_comment(session: Session, user_id: UUID, comment_id: UUID) -> ReviewComment:
    """One's own comment; raises NotFound for anybody else's."""
    query = select(ReviewComment).where(
        ReviewComment.id == comment_id, ReviewComment.owner_id == user_id, ReviewComment.removed_at.is_(None)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def saved_views(session: Session, user_id: UUID) -> Sequence[SavedView]:
    """A person's views of the queue by name."""
    return session.scalars(select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.name)).all()


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """How a person reviews: with single keys or without, going on to the next piece or back to the queue."""

    single_keys: bool = True
    goes_on: bool = True


def desk_setting(session: Session, user_id: UUID) -> DeskSetting:
    """A person's setting, or what holds for everybody who chose nothing."""
    query = select(ReviewerSetting.single_keys, ReviewerSetting.goes_on).where(ReviewerSetting.user_id == user_id)
    row = session.execute(query).first()
    return DeskSetting(*row) if row else DeskSetting()


@dataclass(frozen=True, slots=True)
class UnassignedPiece:
    """A piece that waits for nobody in particular."""

    submission_id: UUID
    student_id: UUID
    sent_at: datetime


def unassigned(session: Session, limit: int) -> list[UnassignedPiece]:
    """Pieces that nobody is meant to review and nobody holds, the oldest first."""
    held = select(Review.submission_id).where(IS_OPEN)
    query = (
        select(Submission.id, Submission.user_id, Submission.sent_at)
        .where(WAITS, Submission.id.not_in(held), Submission.id.not_in(select(Assignment.submission_id)))
        .order_by(Submission.sent_at, Submission.id)
        .limit(limit)
    )
    return [UnassignedPiece(*row) for row in session.execute(query)]


def loads(session: Session) -> dict[UUID, int]:
    """How many pieces that wait each reviewer is assigned or holds, by reviewer."""
    assigned = (
        select(Assignment.reviewer_id, Assignment.submission_id)
        .join(Submission, Submission.id == Assignment.submission_id)
        .where(WAITS)
    )
    both = assigned.union(select(Review.reviewer_id, Review.submission_id).where(IS_OPEN)).subquery()
    query = select(both.c.reviewer_id, func.count()).group_by(both.c.reviewer_id)
    return {row[0]: row[1] for row in session.execute(query)}


def studios_of(session: Session, user_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The studios that each of these people belongs to now; who belongs to none is left out."""
    query = select(RoleGrant.user_id, RoleGrant.studio_id).where(
        RoleGrant.user_id.in_(user_ids), RoleGrant.ended_at.is_(None)
    )
    found: dict[UUID, set[UUID]] = {}
    for user_id, studio_id in session.execute(query) if user_ids else ():
        if studio_id is not None:
            found.setdefault(user_id, set()).add(studio_id)
    return {user_id: frozenset(studios) for user_id, studios in found.items()}


def audio_of(session: Session, review_id: UUID) -> Sequence[AudioNote]:
    """The spoken notes of a review, in the order in which they were recorded."""
    query = select(AudioNote).where(AudioNote.review_id == review_id, AudioNote.removed_at.is_(None))
    return session.scalars(query.order_by(AudioNote.created_at, AudioNote.id)).all()


def audio_for_student(session: Session, student_id: UUID, note_id: UUID) -> AudioNote:
    """A spoken note of a result that its student may hear; raises NotFound for everything else."""
    query = (
        select(AudioNote)
        .join(Review, Review.id == AudioNote.review_id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(
            AudioNote.id == note_id,
            AudioNote.removed_at.is_(None),
            Submission.user_id == student_id,
            Review.state.in_(("decided", "superseded")),
        )
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def audio_in(session: Session, reviewer_id: UUID, note_id: UUID) -> AudioNote:
    """A spoken note of a review that is the reviewer's own; raises NotFound for anybody else's."""
    query = (
        select(AudioNote)
        .join(Review, Review.id == AudioNote.review_id)
        .where(AudioNote.id == note_id, AudioNote.removed_at.is_(None), Review.reviewer_id == reviewer_id)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def kept_audio(session: Session) -> Iterator[tuple[UUID, str]]:
    """Every recording that a row needs, as (note id, storage key)."""
    return ((row.id, row.key) for row in session.execute(select(AudioNote.id, AudioNote.key)))
