"""Studios learn at once when a followed certificate changes."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.credentials import queries as credentials
from app.domain.access.actor import Role
from app.domain.credentials.lifecycle import EXPIRING_WINDOW, Change, status
from app.domain.events import CredentialChanged
from app.domain.studios import webhook as rules
from app.infra import watermark, webhooks
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.practice import queries as practice
from app.studios import queries, services

# How long the daily job may have been off without an ending being missed.
MISSED_DAYS = timedelta(days=14)


@handles(CredentialChanged, "studios.alert")
def alert(context: JobContext, payload: dict[str, Any]) -> None:
    """An alert in the product and a mail to each person of each studio that follows the certificate."""
    if payload["change"] == Change.ISSUE:
        return
    with context.transaction() as session:
        credential = credentials.credential(session, UUID(payload["credential_id"]))
        once = f"{payload['change']}:{credential.state_at.isoformat()}:{credential.id.hex}"
        _tell(context, session, credential.id, payload["change"], once)


@every(timedelta(days=1), "studios.endings")
def endings(context: JobContext, _payload: dict[str, Any]) -> None:
    """Time changes a certificate as well: tell when a followed one runs out soon, and when it has."""
    with context.reading() as session:
        ending = queries.ending_soon(session, context.now, window=EXPIRING_WINDOW, past=MISSED_DAYS)
    for credential_id, end in ending:
        kind = "expired" if end < context.now else "expiring"
        with context.transaction() as session:
            _tell(context, session, credential_id, kind, f"{kind}:{end.date()}:{credential_id.hex}")


def _tell(context: JobContext, session: Session, credential_id: UUID, kind: str, once: str) -> None:
    credential = credentials.credential(session, credential_id)
    number = credential.number
    data = {
        "number": number,
        "status": status(credential, context.now).value,
        "holder_name": credential.shown_name or credential.holder_name,
        "title": credential.title,
        "valid_until": credential.valid_until.isoformat(),
        "url": f"{context.runtime.settings.public_url}/credentials/{number}",
    }
    for studio_id in services.raise_alerts(session, credential_id, kind, once_key=once, now=context.now):
        services.queue_messages(session, studio_id, kind, data, once_key=once, now=context.now)
        for user_id in accounts.user_ids_with_role(session, Role.STUDIO, studio_id):
            notify(
                session,
                user_id,
                "watched_changed",
                once_key=f"watched:{studio_id.hex}:{once}",
                url=f"/credentials/{number}",
                now=context.now,
                number=number,
            )


@task(services.WEBHOOK_JOB)
def send_webhook(context: JobContext, payload: dict[str, Any]) -> None:
    """Send one message once. What the other side does is written down, never raised; a later try is a job of its own.

    When this process dies between sending and writing down, the message goes out twice under the same id.
    """
    delivery_id, tries, settings = UUID(payload["delivery_id"]), int(payload["tries"]), context.runtime.settings
    with context.reading() as session:
        due = queries.outgoing(session, delivery_id, tries)
    if due is None:
        return
    if due.is_off:
        with context.transaction() as session:
            services.note_not_sent(session, delivery_id)
        return
    now, body = context.runtime.now(), due.body.encode()
    keys = services.keys_now(settings.secret_key, due.webhook_id, due.serial, due.rotated_at, now)
    headers = rules.headers(keys, f"msg_{delivery_id.hex}", now, body)
    reply = webhooks.send(due.url, body, headers, allow_private=settings.webhook_private == "allow")
    with context.transaction() as session:
        services.note_sent(session, delivery_id, tries, reply, now=context.runtime.now())


@task(services.ROSTER_JOB)
def check_roster(context: JobContext, payload: dict[str, Any]) -> None:
    """Check a long list, a few hundred rows in each transaction, so that its bar moves; a second run goes on."""
    check_id = UUID(payload["check_id"])
    more = True
    while more:
        with context.transaction() as session:
            more = services.check_next(session, check_id, now=context.runtime.now())


@every(timedelta(days=1), "studios.clear_rosters")
def clear_rosters(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove checked lists after 90 days: they hold names of people who may never have been ours."""
    with context.transaction() as session:
        services.clear_rosters(session, now=context.now)


@task(services.PACK_JOB)
def make_pack(context: JobContext, payload: dict[str, Any]) -> None:
    """Make the papers of a team. Done twice, the second run finds the pack that is there."""
    pack_id, storage, settings = UUID(payload["pack_id"]), context.runtime.storage, context.runtime.settings
    with context.reading() as session:
        found = queries.pack(session, pack_id)
        if found is None or found.state != "waiting":
            return
        studio_id = found.studio_id

    def tick(done: int, total: int) -> None:
        with context.transaction() as writing:
            services.pack_progress(writing, pack_id, done, total)

    with tempfile.TemporaryDirectory(prefix="vermilion-pack-") as name:
        with context.reading() as session:
            path = services.write_pack(
                session,
                studio_id,
                Path(name),
                academy=settings.academy_name,
                url=settings.public_url,
                now=context.runtime.now(),
                tick=tick,
            )
        stored = storage.put_file(services.PACK, path, "zip")
    with context.transaction() as session:
        services.pack_done(session, pack_id, stored.key, stored.size, now=context.runtime.now())


@every(timedelta(days=1), "studios.clear_packs")
def clear_packs(context: JobContext, _payload: dict[str, Any]) -> None:
    """Remove packs after a week: they can be made again, and consents change."""
    with context.transaction() as session:
        services.clear_packs(session, context.runtime.storage, now=context.now)


@task(services.MARK_JOB)
def mark_picture(context: JobContext, payload: dict[str, Any]) -> None:
    """Draw the public picture of a piece: our own rendition with name and number across it."""
    piece_id, storage = UUID(payload["piece_id"]), context.runtime.storage
    with context.reading() as session:
        piece = queries.piece(session, piece_id)
        if piece is None or piece.state != "waiting":
            return
        mark = queries.current_mark(session, piece.user_id, context.runtime.now())
        shot = practice.sent_photo(session, piece.photo_id)
        rendition = shot.renditions.get("large") if shot is not None else None
    if rendition is None or not mark:
        with context.transaction() as session:
            services.picture_failed(session, piece_id)
        return
    with storage.local_copy(rendition["key"]) as path:
        drawn, width, height = watermark.marked(path, mark)
    stored = storage.put_bytes(services.PICTURE, drawn, "jpg")
    with context.transaction() as session:
        services.picture_ready(session, piece_id, key=stored.key, mark=mark, width=width, height=height)


@handles(CredentialChanged, "studios.draw_again")
def draw_again(context: JobContext, payload: dict[str, Any]) -> None:
    """Name or number of a certificate may have changed: so may the words on the holder's pictures."""
    with context.transaction() as session:
        holder = credentials.credential(session, UUID(payload["credential_id"])).user_id
        services.draw_again(session, holder, now=context.runtime.now())
