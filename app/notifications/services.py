"""Tell people what happened. Safe to repeat: `once_key` names the happening."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.infra.jobs.outbox import enqueue
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.notifications.models import Notice


def notify(session: Session, user_id: UUID, kind: str, *, once_key: str, url: str, now: datetime, **facts: Any) -> bool:
    """Put a notice into the inbox; False when this happening was told before. `kind` is worded by the page."""
    known = select(Notice.id).where(Notice.user_id == user_id, Notice.once_key == once_key)
    if session.scalar(known) is not None:
        return False
    session.add(Notice(user_id=user_id, kind=kind, facts=facts, url=url, once_key=once_key, created_at=now))
    return True


def mail_notice(
    session: Session, user_id: UUID, *, subject: str, text: str, link: str, url: str, now: datetime
) -> None:
    """Queue a short mail to a person. The subject never carries a result."""
    address = accounts.emails_of(session, [user_id]).get(user_id)
    if address is None:
        return
    name = accounts.names_of(session, [user_id]).get(user_id, "")
    payload = mail_payload(address, "notice", name=name, subject=subject, text=text, link=link, url=url)
    enqueue(session, MAIL_JOB, payload, now=now)


def mark_all_read(session: Session, user_id: UUID, *, now: datetime) -> None:
    """Everything in the inbox counts as read."""
    session.execute(update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=now))


def open_notice(session: Session, user_id: UUID, notice_id: UUID, *, now: datetime) -> str | None:
    """Mark one notice as read and return where it leads; None when it is not the person's."""
    found = session.get(Notice, notice_id)
    if found is None or found.user_id != user_id:
        return None
    found.read_at = found.read_at or now
    return found.url
