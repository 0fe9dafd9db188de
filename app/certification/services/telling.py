"""Tell staff that an application waits for one of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.certification import queries
from app.certification.models import Application
from app.domain.access.actor import Role
from app.notifications.services import notify


def tell_answerers(session: Session, application: Application, *, now: datetime) -> None:
    """Notify every instructor who may answer an application, and administrators when there is none; each once.

    Whoever marked pieces of the artist may not answer, and so is left in peace. Safe to repeat.
    """
    tier = application.certification_key
    biased = {application.user_id, *queries.reviewers_of(session, application.user_id)}
    people: set[UUID] = set()
    for role in (Role.INSTRUCTOR, Role.ADMIN):
        people = set(accounts.user_ids_with_role(session, role)) - biased
        if people:
            break
    once, title = f"application_waits:{application.id.hex}", queries.titles(session).get(tier, tier)
    for user_id in sorted(people):
        notify(session, user_id, "application_waits", once_key=once, url="/teach/applications", now=now, title=title)
