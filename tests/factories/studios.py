"""Studios with people who see for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access.actor import SYSTEM, Actor
from app.studios import services
from app.studios.models import Studio, Watch


def open_studio(session: Session, name: str = "Atelier Rue Nine", *, now: datetime, city: str = "Lyon") -> Studio:
    """A studio without people."""
    return services.create_studio(session, SYSTEM, name=name, city=city, now=now)


def follow(session: Session, member: Actor, number: str, *, now: datetime, note: str = "") -> Watch:
    """A person of a studio follows a certificate for it."""
    return services.add_watch(session, member, min(member.studio_ids), number, note=note, now=now)
