"""Mail leaves only from here: about one happening, as a digest, or for signing in.

Each mail has a key and a row by which it is claimed before it is sent, so jobs that come twice or run at once send
it once. Only a worker that dies between the server's "250 OK" and our commit sends again; the second mail then has
the first one's Message-ID, by which receivers know it for the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.domain.notices import Frequency, topic_of
from app.infra.jobs.registry import every, task
from app.infra.jobs.worker import JobContext
from app.infra.links import sign_link
from app.infra.mail.base import MailRefused, Message
from app.infra.mail.messages import MAIL_JOB, has_message, mail_payload, notice_words, render_message
from app.notifications import queries, services
from app.notifications.models import Notice
from app.notifications.queries import Addressee

log = structlog.get_logger("mail")


@task(MAIL_JOB, forget_payload=True)
def send_mail(context: JobContext, payload: dict[str, Any]) -> None:
    """Send a mail for signing in (a new password, an invitation); nobody can unsubscribe from these."""
    if not payload:
        return
    key = f"mail:{payload.get('key') or context.job_id}"
    with context.reading() as session:
        language = queries.language_of_address(session, str(payload.get("to", "")))
    academy = context.runtime.settings.academy_name
    _deliver(context, render_message(payload, academy=academy, key=key, language=language))


@task(services.NOTICE_JOB)
def mail_notice(context: JobContext, payload: dict[str, Any]) -> None:
    """Send the mail about one notice, unless it was read or the person changed their mind meanwhile."""
    with context.reading() as session:
        notice = session.get(Notice, UUID(payload["notice_id"]))
        if notice is None or notice.mailed_at is not None or notice.read_at is not None:
            return
        topic = topic_of(notice.kind)
        person = queries.addressee(session, notice.user_id)
        if person is None or queries.frequency_of(session, notice.user_id, topic) is Frequency.NEVER:
            return
    message = (has_message(notice.kind) and notice.kind) or "notice"
    facts = {"f": notice.facts, **_line(context, notice, person.language)}
    # The person is part of the key: two people may be told of one happening.
    key = f"notice:{notice.user_id.hex}:{notice.once_key}"
    mail = _compose(context, person, message, facts, what=topic.value, key=key)
    _deliver(context, mail, person.user_id, [notice.id])


@task(services.DIGEST_JOB)
def mail_digest(context: JobContext, payload: dict[str, Any]) -> None:
    """Send one mail with all the news of a digest that are still unread."""
    with context.reading() as session:
        found = queries.digest(session, UUID(payload["digest_id"]))
        person = queries.addressee(session, found[0].user_id) if found else None
    news = [notice for notice in found[1] if notice.read_at is None and notice.mailed_at is None] if found else []
    if found is None or person is None or not news:
        return
    lines = [_line(context, each, person.language) for each in news]
    facts = {"lines": lines, "url": _address(context, "/account/notifications")}
    key = f"digest:{found[0].user_id.hex}:{found[0].day.isoformat()}"
    mail = _compose(context, person, "digest", facts, what=services.EVERY_DIGEST, key=key)
    _deliver(context, mail, person.user_id, [notice.id for notice in news])


@every(timedelta(minutes=10), "notifications.make_digests")
def make_digests(context: JobContext, _payload: dict[str, Any]) -> None:
    """Batch what waits, for everybody whose clock has passed their hour; each person in a transaction of their own."""
    after: UUID | None = None
    while True:
        with context.reading() as session:
            people = queries.waiting_for_digest(session, after=after)
        for person in people:
            with context.transaction() as session:
                services.make_digest(session, person, now=context.now)
        if not people:
            return
        after = people[-1].user_id


def _address(context: JobContext, path: str) -> str:
    return context.runtime.settings.public_url + (path or "/account/notifications")


def _line(context: JobContext, notice: Notice, language: str) -> dict[str, str]:
    """A notice in the words of its reader, and where it leads."""
    return {"text": notice_words(notice.kind, notice.facts, language), "url": _address(context, notice.url)}


def _compose(
    context: JobContext, person: Addressee, message: str, facts: dict[str, Any], *, what: str, key: str
) -> Message:
    """The mail, with the link that ends this kind of mail without signing in."""
    settings = context.runtime.settings
    token = sign_link(settings.secret_key, services.UNSUBSCRIBE, person.user_id.hex, what)
    facts |= {"name": person.name, "site": settings.public_url}
    facts["settings_url"] = _address(context, "/account/notifications/mail")
    payload = mail_payload(person.email, message, **facts)
    link = _address(context, f"/unsubscribe/{token}")
    return render_message(payload, academy=settings.academy_name, key=key, unsubscribe=link, language=person.language)


def _deliver(
    context: JobContext, mail: Message, user_id: UUID | None = None, notice_ids: Collection[UUID] = ()
) -> None:
    """Claim, send, write down how it went. Raises what the mailer raises for now, so that the job comes again."""
    now = context.runtime.now
    with context.transaction() as session:
        if not services.claim_delivery(session, mail.key, now=now()):
            return
    try:
        context.runtime.mailer.send(mail)
    except MailRefused as refusal:
        log.warning("mail refused", key=mail.key, reason=str(refusal))
        with context.transaction() as session:
            services.end_delivery(session, mail.key, "refused", now=now(), error=str(refusal))
            if user_id is not None:
                services.stop_mail(session, user_id, str(refusal), now=now())
        return
    except Exception as error:
        with context.transaction() as session:
            services.end_delivery(session, mail.key, "waiting", now=now(), error=str(error))
        raise
    with context.transaction() as session:
        services.end_delivery(session, mail.key, "sent", now=now())
        services.note_mailed(session, notice_ids, now=now())
