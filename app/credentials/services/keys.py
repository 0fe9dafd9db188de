"""Changes of the issuer's keys, and signing anew what a lost key has signed.

The keys lie in files, so a change of them is no part of a transaction: the files change first, then the log says so.
Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.credentials import queries
from app.credentials.services.issuer import Issuer
from app.credentials.services.issuing import resign_status_list, sign_anew
from app.domain.access.actor import Actor
from app.domain.credentials.instants import iso, parse_iso
from app.domain.credentials.keys import Algorithm, KeyRecord
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.infra.signing import KeyStore

SIGN_ANEW = "credentials.sign_anew"
RESIGN_LISTS = "credentials.resign_lists"
CHUNK = 200

Units = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class LostKey:
    """A key that others may have. `before`: which files it may have signed is told by their age, not by its name."""

    kid: str
    before: datetime | None = None

    def payload(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {"kid": self.kid, "before": iso(self.before) if self.before else ""}

    @classmethod
    def of(cls, payload: dict[str, Any]) -> LostKey:
        """As a job reads it."""
        return cls(payload["kid"], parse_iso(payload["before"]) if payload.get("before") else None)


def make_keys(session: Session, actor: Actor, keys: KeyStore, *, now: datetime) -> list[KeyRecord]:
    """Make the first keys and return them; an empty list when there are some."""
    before = {key.kid for key in keys.public_keys()}
    keys.ensure(now)
    return _note_made(session, actor, keys, before, now)


def rotate_keys(session: Session, actor: Actor, keys: KeyStore, *, now: datetime) -> list[KeyRecord]:
    """Make new keys, published now and used from tomorrow, and return them; those that wait already, if any."""
    before = {key.kid for key in keys.public_keys()}
    waiting = keys.rotate(now)
    _note_made(session, actor, keys, before, now)
    return waiting


def withdraw_key(session: Session, actor: Actor, keys: KeyStore, kid: str, *, now: datetime) -> LostKey:
    """Withdraw a key that others may have: it leaves the DID document at once. Raises NotFound for an unknown name.

    What it signed has to be signed anew: see `ask_to_sign_anew` and `sign_anew_all`.
    """
    known = {key.kid: key for key in keys.public_keys()}
    if kid not in known:
        raise NotFound(f"There is no key named {kid}.")
    is_new = known[kid].compromised_at is None
    keys.compromise(kid, now)
    _note_made(session, actor, keys, set(known), now)
    if is_new:
        record(session, actor, AuditTag.KEY_WITHDRAWN, now=now, target_kind="key", target_id=kid)
    if known[kid].algorithm is Algorithm.ED25519:
        return LostKey(kid)
    at = next(key.compromised_at for key in keys.public_keys() if key.kid == kid) or now
    return LostKey(kid, at + timedelta(seconds=1))  # the store of keys keeps whole seconds


def ask_to_sign_anew(session: Session, lost: LostKey, *, now: datetime, run_at: datetime | None = None) -> None:
    """Have everything that a lost key signed signed anew in the background; asking twice is harmless."""
    key = f"{SIGN_ANEW}:{lost.kid}"
    enqueue(session, SIGN_ANEW, lost.payload(), now=now, run_at=run_at, dedupe_key=key)


def ask_to_sign_lists(session: Session, *, now: datetime) -> None:
    """Have every status list signed anew now, not only in the next round."""
    enqueue(session, RESIGN_LISTS, {}, now=now, dedupe_key=f"{RESIGN_LISTS}:asked")


def sign_lists_anew(reading: Units, writing: Units, issuer: Issuer, *, now: datetime) -> Iterator[tuple[int, int]]:
    """Sign every status list anew, each in a unit of work of its own; yields (done, all) after each."""
    with reading() as session:
        ids = queries.status_list_ids(session)
    for place, list_id in enumerate(ids, start=1):
        with writing() as session:
            resign_status_list(session, list_id, issuer=issuer, now=now)
        yield place, len(ids)


def sign_anew_all(
    reading: Units, writing: Units, issuer: Issuer, lost: LostKey, *, actor: Actor, now: datetime
) -> Iterator[tuple[int, int]]:
    """Sign anew every live file of a lost key; yields (done, all) after each.

    Each file is a unit of work of its own. Broken off and begun again, it goes on with those that are left.
    """
    with reading() as session:
        total = queries.count_signed_by_lost_key(session, lost.kid, lost.before)
    done, after = 0, None
    while chunk := _next(reading, lost, after):
        for credential_id in chunk:
            with writing() as session:
                sign_anew(session, credential_id, issuer=issuer, now=now)
            done, after = done + 1, credential_id
            yield done, max(total, done)
    if done:
        with writing() as session:
            tag = AuditTag.FILES_SIGNED_ANEW
            record(session, actor, tag, now=now, target_kind="key", target_id=lost.kid, files=done)


def _next(reading: Units, lost: LostKey, after: UUID | None) -> list[UUID]:
    with reading() as session:
        return queries.signed_by_lost_key(session, lost.kid, lost.before, after=after, size=CHUNK)


def _note_made(session: Session, actor: Actor, keys: KeyStore, before: set[str], now: datetime) -> list[KeyRecord]:
    made = [key for key in keys.public_keys() if key.kid not in before]
    for key in made:
        record(session, actor, AuditTag.KEY_MADE, now=now, target_kind="key", target_id=key.kid)
    return made
