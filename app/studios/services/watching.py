"""Studios follow certificates and are told when one changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.credentials import queries as credentials
from app.domain.access.actor import Actor
from app.domain.credentials import number
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record
from app.studios import queries
from app.studios.models import Alert, Studio, Watch
from app.studios.services.people import note_deed, rank_in, require_manager


def create_studio(
    session: Session, actor: Actor, *, name: str, city: str, now: datetime, is_demo: bool = False
) -> Studio:
    """Make a studio. Raises Invalid when one has the name already."""
    if queries.studio_by_name(session, name) is not None:
        text = "There is already a studio with this name. Invite people to that one."
        raise Invalid(text, [FieldProblem("name", "name_taken", text)])
    studio = Studio(name=name.strip(), city=city.strip(), created_at=now, is_demo=is_demo)
    session.add(studio)
    session.flush()  # the log names its id
    record(session, actor, AuditTag.STUDIO_CREATED, now=now, target_kind="studio", target_id=studio.id)
    return studio


def add_watch(session: Session, actor: Actor, studio_id: UUID, typed: str, *, note: str = "", now: datetime) -> Watch:
    """Follow the certificate of a number; following it again changes nothing but the note.

    Raises NotFound for a studio that the actor does not belong to, NotAllowed for somebody who only looks, Invalid for
    a number that is mistyped or unknown.
    """
    require_manager(actor, studio_id)
    checked = number.check(typed)
    if not checked.ok:
        raise Invalid("Check the number.", [FieldProblem("number", "mistyped", checked.hint)])
    credential = credentials.credential_by_number(session, checked.number)
    if credential is None:
        text = f"No certificate has the number {checked.number}. Compare it with the certificate."
        raise Invalid("Not found.", [FieldProblem("number", "not_found", text)])
    existing = queries.open_watch(session, studio_id, credential.id)
    if existing is not None:
        existing.note = note.strip()[:200] or existing.note
        return existing
    watch = Watch(
        studio_id=studio_id,
        credential_id=credential.id,
        note=note.strip()[:200],
        added_by=actor.user_id,
        created_at=now,
    )
    session.add(watch)
    session.flush()  # the log names its id
    record(session, actor, AuditTag.WATCH_ADDED, now=now, target_kind="watch", target_id=watch.id)
    note_deed(session, actor, studio_id, "followed", now=now, number=credential.number)
    return watch


def end_watch(session: Session, actor: Actor, watch_id: UUID, *, now: datetime) -> None:
    """Stop following. Raises NotFound for another studio's watch."""
    watch = queries.watch_for(session, actor.studio_ids, watch_id)
    require_manager(actor, watch.studio_id)
    if watch.ended_at is None:
        watch.ended_at = now
        record(session, actor, AuditTag.WATCH_ENDED, now=now, target_kind="watch", target_id=watch.id)
        number_of = credentials.credential(session, watch.credential_id).number
        note_deed(session, actor, watch.studio_id, "unfollowed", now=now, number=number_of)


def raise_alerts(session: Session, credential_id: UUID, kind: str, *, once_key: str, now: datetime) -> list[UUID]:
    """Put an alert before every studio that follows the certificate; returns the studios that did not know yet."""
    told = []
    for studio_id in queries.followers(session, credential_id):
        if queries.has_alert(session, studio_id, once_key):
            continue
        session.add(
            Alert(studio_id=studio_id, credential_id=credential_id, kind=kind, once_key=once_key, created_at=now)
        )
        told.append(studio_id)
    return told


def mark_seen(session: Session, actor: Actor, studio_id: UUID, *, now: datetime) -> None:
    """Every alert of the studio counts as seen. Raises NotFound for somebody else's studio."""
    if studio_id not in actor.studio_ids:
        raise NotFound
    unseen = (Alert.studio_id == studio_id, Alert.seen_at.is_(None))
    session.execute(update(Alert).where(*unseen).values(seen_at=now))


def note_check(session: Session, actor: Actor, studio_id: UUID, typed: str, *, now: datetime) -> str:
    """Write into the studio's log that somebody checks a number, and what is found; returns the number as printed.

    An empty text comes back, and nothing is written, for what cannot be a number. Raises NotFound for a stranger.
    """
    rank_in(actor, studio_id)
    checked = number.check(typed)
    if not checked.ok:
        return ""
    found = queries.found_by_number(session, [checked.number], now).get(checked.number)
    result = found.status.value if found else "not found"
    note_deed(session, actor, studio_id, "checked", now=now, number=checked.number, result=result)
    return checked.number
