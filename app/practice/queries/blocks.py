"""Reads of blocks: what keeps somebody from sending pieces, and which blocks wait for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.errors import NotFound
from app.domain.practice.blocks import BlockEnd, BlockKind
from app.practice.models import PracticeEntry, SendingBlock, Submission


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block with its student and the piece that brought it."""

    block: SendingBlock
    student_name: str
    piece_number: int
    entry_id: UUID


def open_blocks(session: Session, user_id: UUID) -> Sequence[SendingBlock]:
    """What keeps a student from sending pieces now, the oldest first; one statement."""
    query = select(SendingBlock).where(SendingBlock.user_id == user_id, SendingBlock.ended_at.is_(None))
    return session.scalars(query.order_by(SendingBlock.begun_at, SendingBlock.id)).all()


def blocks_to_end(
    session: Session, kinds: Sequence[BlockKind], *, after: tuple[datetime, str] | None = None, size: int = 30
) -> list[BlockLine]:
    """Blocks of these kinds that wait for a person, oldest first, one more than `size` when there are more."""
    query = (
        select(SendingBlock, User.name, PracticeEntry.number, PracticeEntry.id)
        .join(User, User.id == SendingBlock.user_id)
        .join(Submission, Submission.id == SendingBlock.submission_id)
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .where(SendingBlock.ended_at.is_(None), SendingBlock.kind.in_([kind.value for kind in kinds]))
        .order_by(SendingBlock.begun_at, SendingBlock.id)
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(SendingBlock.begun_at, SendingBlock.id) > tuple_(after[0], UUID(after[1])))
    return [BlockLine(*row) for row in session.execute(query)]


def block(session: Session, block_id: UUID) -> SendingBlock:
    """A block by its id; raises NotFound."""
    found = session.get(SendingBlock, block_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def safety_faults(session: Session, user_id: UUID, *, but: UUID) -> list[datetime]:
    """When earlier hygiene and sharps faults of other submissions were confirmed, without those taken back."""
    query = select(SendingBlock.begun_at).where(
        SendingBlock.user_id == user_id,
        SendingBlock.kind == BlockKind.REFRESHER.value,
        SendingBlock.submission_id != but,
        SendingBlock.ended_as.is_distinct_from(BlockEnd.OVERTURNED.value),
    )
    return list(session.scalars(query))
