"""Removes what is over: every rule of the data map that counts days, and files that no row needs any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from app.certification import queries as certification
from app.domain.access.actor import SYSTEM
from app.domain.privacy.retention import Rule, rules
from app.infra.audit import AuditTag, record
from app.infra.storage.base import Storage
from app.practice import queries as practice
from app.practice import services as practice_services
from app.privacy import queries
from app.privacy.services.copies import COPY
from app.reviews import queries as reviews

ORPHAN_AGE: Final = timedelta(days=1)
PORTION: Final = 1000


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of a table a rule removed, or would remove."""

    table: str
    days: int
    count: int


def due(session: Session, *, now: datetime) -> list[Removed]:
    """What the rules would remove now; nothing is changed."""
    found = []
    for rule in rules(queries.order_of_tables()):
        query = select(func.count()).select_from(queries.whole_table(rule.table)).where(_is_over(rule, now))
        found.append(Removed(rule.table, rule.expiry.days, session.scalar(query) or 0))
    return found


def remove_due(session: Session, *, now: datetime) -> list[Removed]:
    """Remove a portion of what is over, of every rule, and write the counts into the audit log.

    Returns how many rows went by rule; the caller comes again while any count is a whole portion.
    """
    found = []
    for rule in rules(queries.order_of_tables()):
        table = queries.whole_table(rule.table)
        key = next(iter(table.primary_key.columns))
        ids = list(session.scalars(select(key).where(_is_over(rule, now)).limit(PORTION)))
        if ids:
            session.execute(delete(table).where(key.in_(ids)))
        found.append(Removed(rule.table, rule.expiry.days, len(ids)))
        if len(ids) == PORTION:
            break  # what further rules remove may still be pointed at by the rest of these
    counts = {each.table: each.count for each in found if each.count}
    if counts:
        record(session, SYSTEM, AuditTag.RETENTION_DONE, now=now, target_kind="academy", **counts)
    return found


def _is_over(rule: Rule, now: datetime) -> ColumnElement[bool]:
    table = queries.whole_table(rule.table)
    over = table.c[rule.expiry.clock] < rule.before(now)
    for name, values in rule.expiry.only.items():
        over &= table.c[name].in_(values)
    return over


def sweep_files(session: Session, storage: Storage, *, now: datetime) -> int:
    """Remove documents, recordings and copies that no row needs and that are older than a day; returns how many.

    Photos have a sweeper of their own (practice). Keys are read before the files are looked at, as there.
    """
    kinds: tuple[tuple[str, Callable[[], Iterable[tuple[object, str]]]], ...] = (
        ("proof", lambda: certification.kept_documents(session)),
        ("audio", lambda: reviews.kept_audio(session)),
        (practice_services.EXPORT, lambda: practice.kept_exports(session)),
        (COPY, lambda: queries.kept_copies(session)),
    )
    removed = 0
    for kind, kept_of in kinds:
        kept = {key for _row, key in kept_of()}
        for key in storage.keys(f"{kind}/"):
            if key not in kept and _is_old(storage, key, now - ORPHAN_AGE):
                storage.delete(key)
                removed += 1
    return removed


def _is_old(storage: Storage, key: str, before: datetime) -> bool:
    try:
        return storage.stat(key).stored_at < before
    except FileNotFoundError:
        return False
