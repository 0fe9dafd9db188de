"""Reads of consents, copies and requests to be erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.errors import NotFound
from app.domain.privacy.consent import ConsentKind
from app.privacy.models import Consent, DataCopy, ErasureRequest

MOST_SHOWN = 20
ERASED = "@erased.invalid"


def consents_of(session: Session, user_id: UUID) -> Sequence[Consent]:
    """What a person agreed to and took back, newest first."""
    query = select(Consent).where(Consent.user_id == user_id).order_by(Consent.given_at.desc(), Consent.id)
    return list(session.scalars(query.limit(200)))


def standing_consents(session: Session, user_id: UUID) -> dict[ConsentKind, Consent]:
    """What a person agrees to now, by kind."""
    query = select(Consent).where(Consent.user_id == user_id, Consent.withdrawn_at.is_(None))
    return {ConsentKind(row.kind): row for row in session.scalars(query)}


def last_consent(session: Session, user_id: UUID, kind: ConsentKind) -> Consent | None:
    """The consent of a kind that stands, or None."""
    return standing_consents(session, user_id).get(kind)


def copies_of(session: Session, user_id: UUID) -> Sequence[DataCopy]:
    """The person's copies, newest first."""
    query = select(DataCopy).where(DataCopy.user_id == user_id).order_by(DataCopy.asked_at.desc(), DataCopy.id)
    return list(session.scalars(query.limit(MOST_SHOWN)))


def copy_for(session: Session, user_id: UUID, copy_id: UUID) -> DataCopy:
    """A copy of one's own; raises NotFound for anybody else's."""
    found = session.scalar(select(DataCopy).where(DataCopy.id == copy_id, DataCopy.user_id == user_id))
    if found is None:
        raise NotFound
    return found


def copy(session: Session, copy_id: UUID) -> DataCopy | None:
    """A copy by id, for jobs; None when it has been cleared away."""
    return session.get(DataCopy, copy_id)


def copy_waiting(session: Session, user_id: UUID) -> DataCopy | None:
    """The person's copy that is being made, if there is one."""
    query = select(DataCopy).where(DataCopy.user_id == user_id, DataCopy.state == "waiting")
    return session.scalar(query)


def copies_over(session: Session, now: datetime) -> Sequence[DataCopy]:
    """Copies whose time is over."""
    return list(session.scalars(select(DataCopy).where(DataCopy.expires_at <= now).limit(500)))


def kept_copies(session: Session) -> Iterator[tuple[UUID, str]]:
    """The key of every file of a copy, with the copy."""
    query = select(DataCopy.id, DataCopy.file_key).where(DataCopy.file_key.is_not(None)).order_by(DataCopy.id)
    for copy_id, key in session.execute(query):
        if key is not None:
            yield copy_id, key


def open_request(session: Session, user_id: UUID, *, lock: bool = False) -> ErasureRequest | None:
    """The request to erase this person that waits, or None."""
    query = select(ErasureRequest).where(
        ErasureRequest.user_id == user_id, ErasureRequest.withdrawn_at.is_(None), ErasureRequest.done_at.is_(None)
    )
    return session.scalar(query.with_for_update() if lock else query)


def newest_request(session: Session, user_id: UUID) -> ErasureRequest | None:
    """The last request to erase this person, whatever became of it."""
    query = select(ErasureRequest).where(ErasureRequest.user_id == user_id)
    return session.scalar(query.order_by(ErasureRequest.asked_at.desc(), ErasureRequest.id).limit(1))


def due_requests(session: Session, now: datetime) -> list[UUID]:
    """The people to erase now, the longest due first."""
    query = select(ErasureRequest.user_id).where(
        ErasureRequest.due_at <= now, ErasureRequest.withdrawn_at.is_(None), ErasureRequest.done_at.is_(None)
    )
    return list(session.scalars(query.order_by(ErasureRequest.due_at, ErasureRequest.id).limit(100)))


def requests_waiting(session: Session) -> Sequence[tuple[ErasureRequest, str]]:
    """Requests that wait, with the name, the next due first."""
    query = (
        select(ErasureRequest, User.name)
        .join(User, User.id == ErasureRequest.user_id)
        .where(ErasureRequest.withdrawn_at.is_(None), ErasureRequest.done_at.is_(None))
        .order_by(ErasureRequest.due_at, ErasureRequest.id)
        .limit(200)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def recently_erased(session: Session, since: datetime) -> list[UUID]:
    """People who were erased from an instant on."""
    return list(session.scalars(select(ErasureRequest.user_id).where(ErasureRequest.done_at >= since)))


def is_erased(user: User) -> bool:
    """True for an account that was emptied."""
    return user.email.endswith(ERASED)
