"""Reads of a reviewer's desk: kept versions, held decisions, saved comments and views, assignments, spoken notes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
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


# Built once and on tables: the queue and every workspace ask for these.
_held, _review, _submission = HeldDecision.__table__.c, Review.__table__.c, Submission.__table__.c
_entry, _user, _comment = PracticeEntry.__table__.c, User.__table__.c, ReviewComment.__table__.c
_setting = ReviewerSetting.__table__.c
_IS_HELD = select(_held.review_id).where(_held.review_id == bindparam("review"))
_HELD = (
    select(_held.review_id, _held.result, _user.name, _entry.number, _review.blind, _held.effective_at)
    .join_from(HeldDecision.__table__, Review.__table__, _review.id == _held.review_id)
    .join(Submission.__table__, _submission.id == _review.submission_id)
    .join(PracticeEntry.__table__, _entry.id == _submission.entry_id)
    .join(User.__table__, _user.id == _submission.user_id)
    .where(_held.reviewer_id == bindparam("reviewer"), _held.effective_at > bindparam("now"))
    .order_by(_held.effective_at.desc())
)


def held_decisions(session: Session, reviewer_id: UUID, now: datetime) -> list[HeldLine]:
    """The decisions that a reviewer can take back now, the newest first."""
    return [HeldLine(*row) for row in session.execute(_HELD, {"reviewer": reviewer_id, "now": now})]


def is_held(session: Session, review_id: UUID) -> bool:
    """True while a decision on a review can still be taken back, or waits for the job that makes it take effect."""
    return session.scalar(_IS_HELD, {"review": review_id}) is not None


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


_is_mine = _comment.owner_id == bindparam("owner")
_COMMENTS = (
    select(_comment.id, _comment.text, _comment.step, _comment.shared, _comment.owner_id, _user.name)
    .join_from(ReviewComment.__table__, User.__table__, _user.id == _comment.owner_id)
    .where(_comment.removed_at.is_(None), or_(_is_mine, _comment.shared))
    .order_by(_is_mine.desc(), _comment.step, _comment.created_at.desc(), _comment.id)
    .limit(bindparam("size"))
)


def comments_for(session: Session, user_id: UUID, limit: int = 600) -> list[CommentLine]:
    """One's own comments, then those that others share, each group by step and the newest first."""
    return [CommentLine(*row) for row in session.execute(_COMMENTS, {"owner": user_id, "size": limit})]


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


_VIEWS = select(SavedView).where(SavedView.user_id == bindparam("user")).order_by(SavedView.name)


def saved_views(session: Session, user_id: UUID) -> Sequence[SavedView]:
    """A person's views of the queue by name."""
    return session.scalars(_VIEWS, {"user": user_id}).all()


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """How a person reviews: with single keys or without, going on to the next piece or back to the queue."""

    single_keys: bool = True
    goes_on: bool = True


_SETTING = select(_setting.single_keys, _setting.goes_on).where(_setting.user_id == bindparam("user"))


def desk_setting(session: Session, user_id: UUID) -> DeskSetting:
    """A person's setting, or what holds for everybody who chose nothing."""
    row = session.execute(_SETTING, {"user": user_id}).first()
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


_AUDIO = (
    select(AudioNote)
    .where(AudioNote.review_id == bindparam("review"), AudioNote.removed_at.is_(None))
    .order_by(AudioNote.created_at, AudioNote.id)
)


def audio_of(session: Session, review_id: UUID) -> Sequence[AudioNote]:
    """The spoken notes of a review, in the order in which they were recorded."""
    return session.scalars(_AUDIO, {"review": review_id}).all()


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
