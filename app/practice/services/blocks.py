"""Blocks on sending: a confirmed critical fault brings them, what they ask for ends them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import FieldProblem, Invalid
from app.domain.practice.blocks import END_OF, BlockEnd, BlockKind, blocks_after
from app.infra.audit import AuditTag, record
from app.notifications.services import notify
from app.practice import queries
from app.practice.models import SendingBlock, Submission

SENTENCES = {
    BlockKind.REFRESHER: "Pass the hygiene refresher first. After that you can send this piece; your draft is saved.",
    BlockKind.MEETING: "Talk with an instructor first: this was the second hygiene fault within six months. Your draft "
    "is saved.",
    BlockKind.COMMITTEE: "The certification committee is looking at a photo of yours. Until it has decided, no piece "
    "can be sent. Your draft is saved.",
}


ANSWERED_BY = {BlockKind.MEETING: Role.INSTRUCTOR, BlockKind.COMMITTEE: Role.ADMIN}
"""Who ends these blocks, and so hears of them."""


def require_may_send(session: Session, user_id: UUID) -> None:
    """Raise Invalid that names every block and what ends it."""
    found = queries.open_blocks(session, user_id)
    if found:
        kinds = dict.fromkeys(BlockKind(each.kind) for each in found)
        problems = [FieldProblem("", f"block_{kind}", SENTENCES[kind]) for kind in kinds]
        raise Invalid("You cannot send pieces at the moment.", problems, code="blocked")


def block_after(session: Session, submission: Submission, codes: Collection[str], *, now: datetime) -> None:
    """Bring the blocks of a result, and end those that an earlier result of the same try brought without need."""
    earlier = queries.safety_faults(session, submission.user_id, but=submission.id)
    due = blocks_after(codes, now, earlier)
    of_this = select(SendingBlock).where(SendingBlock.submission_id == submission.id)
    there = {BlockKind(each.kind): each for each in session.scalars(of_this)}
    for kind in due:
        if kind not in there:
            _begin(session, submission, kind, now)
    for kind, standing in there.items():
        if kind not in due and standing.ended_as != BlockEnd.OVERTURNED.value:
            _end(session, SYSTEM, standing, BlockEnd.OVERTURNED, "", now)


def _begin(session: Session, submission: Submission, kind: BlockKind, now: datetime) -> None:
    made = SendingBlock(user_id=submission.user_id, submission_id=submission.id, kind=kind.value, begun_at=now)
    session.add(made)
    session.flush()
    if kind is BlockKind.COMMITTEE:
        _stop_waiting_pieces(session, submission.user_id, now)
    record(
        session, SYSTEM, AuditTag.SENDING_BLOCKED, now=now, target_kind="user", target_id=made.user_id, kind=kind.value
    )
    notify(session, made.user_id, "sending_blocked", once_key=f"block:{submission.id}", url="/learn/practice", now=now)
    if kind in ANSWERED_BY:
        for user_id in accounts.user_ids_with_role(session, ANSWERED_BY[kind]):
            notify(session, user_id, "block_waits", once_key=f"block:{made.id}", url="/teach/blocks", now=now)


def _stop_waiting_pieces(session: Session, user_id: UUID, now: datetime | None) -> None:
    """Take what waits out of the queue, or with None put it back where it was."""
    query = update(Submission).where(Submission.user_id == user_id, Submission.state.in_(("waiting", "in_review")))
    session.execute(query.values(stopped_at=now).execution_options(synchronize_session="fetch"))


def end_block(session: Session, actor: Actor, block_id: UUID, note: str, *, now: datetime) -> SendingBlock:
    """End a block because what it asked for is done; again changes nothing. Raises Invalid without a note."""
    found = queries.block(session, block_id)
    if found.ended_at is None:
        if not note.strip():
            text = "Write what was agreed. The student and the academy can read it later."
            raise Invalid(text, [FieldProblem("note", "missing", text)])
        _end(session, actor, found, END_OF[BlockKind(found.kind)], note.strip(), now)
    return found


def refresher_passed(session: Session, user_id: UUID, *, now: datetime) -> list[SendingBlock]:
    """End the blocks that asked for the refresher; returns them, none when it was passed without need."""
    found = [each for each in queries.open_blocks(session, user_id) if each.kind == BlockKind.REFRESHER.value]
    for each in found:
        _end(session, SYSTEM, each, BlockEnd.PASSED, "", now)
    return found


def _end(session: Session, actor: Actor, found: SendingBlock, how: BlockEnd, note: str, now: datetime) -> None:
    found.ended_at, found.ended_as, found.note = found.ended_at or now, how.value, note or found.note
    found.ended_by_id = actor.id
    session.flush()
    everything = queries.open_blocks(session, found.user_id)
    if not everything:
        once = f"unblock:{found.id}:{found.ended_as}"
        notify(session, found.user_id, "sending_unblocked", once_key=once, url="/learn/practice", now=now)
    still = {each.kind for each in everything}
    if found.kind == BlockKind.COMMITTEE.value and BlockKind.COMMITTEE.value not in still:
        _stop_waiting_pieces(session, found.user_id, None)
    facts = {"kind": found.kind, "how": how.value}
    record(session, actor, AuditTag.SENDING_UNBLOCKED, now=now, target_kind="user", target_id=found.user_id, **facts)
