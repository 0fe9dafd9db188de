"""Answers that are kept for a day, so that a program which repeats a request gets the same answer, not a second effect.

The row is written in the unit of work of the change: either both are there, or neither is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.errors import Conflict
from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

KEPT = timedelta(hours=24)


class ApiReply(HasId, Base):
    """What one request of a key was answered with. `token` is the digest of its Idempotency-Key."""

    __tablename__ = "api_reply"
    __table_args__ = (
        Index("uq_api_reply_token", "key_id", "token", unique=True),
        Index("ix_api_reply_created", "created_at"),
    )

    key_id: Mapped[UUID]
    token: Mapped[str] = mapped_column(String(64))
    asked: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Reply:
    """A kept answer."""

    status: int
    body: bytes


def digest(*parts: bytes) -> str:
    """A digest of what was asked: two requests are the same when it is."""
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def kept_reply(session: Session, key_id: UUID, token: str, asked: str, now: datetime) -> Reply | None:
    """The answer that this request had before, within a day. Raises Conflict when another request had the token."""
    query = select(ApiReply).where(ApiReply.key_id == key_id, ApiReply.token == digest(token.encode()))
    found = session.scalar(query)
    if found is None:
        return None
    if found.created_at <= now - KEPT:
        session.delete(found)
        session.flush()  # its place is taken anew in this unit of work
        return None
    if found.asked != asked:
        text = "This Idempotency-Key came with another request before. Use a new one for each request."
        raise Conflict(text, code="idempotency_key_reused")
    return Reply(found.status, found.body)


def keep_reply(session: Session, key_id: UUID, token: str, asked: str, reply: Reply, now: datetime) -> None:
    """Keep an answer for a day."""
    hashed = digest(token.encode())
    session.add(
        ApiReply(key_id=key_id, token=hashed, asked=asked, status=reply.status, body=reply.body, created_at=now)
    )
    session.flush()  # a twin that runs at the same time must fail here, before this one is answered


def forget_replies(session: Session, now: datetime) -> None:
    """Remove answers that are older than a day."""
    session.execute(delete(ApiReply).where(ApiReply.created_at <= now - KEPT))
