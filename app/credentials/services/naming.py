"""What the holder lets others see of the name, and whether what somebody knows of a person fits the holder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.credentials import queries
from app.credentials.services.looking_up import Glance
from app.domain.credentials.naming import fits, initials
from app.domain.errors import TooMany
from app.infra.ratelimit import Limiter

HOUR = 3600
# For one caller and one certificate; for one certificate whoever asks; for one caller whatever they ask about.
TRIES, TRIES_OF_ALL, TRIES_ANYWHERE = 5, 50, 30


def choose_name(session: Session, user_id: UUID, number: str, *, only_initials: bool) -> str:
    """Show the name or only initials on the page of one's own certificate; return what is shown. Raises NotFound."""
    credential = queries.own(session, user_id, number)
    credential.shown_name = initials(credential.holder_name) if only_initials else ""
    return credential.shown_name or credential.holder_name


def confirm_identity(glance: Glance, limiter: Limiter, number: str, claim: str, *, caller: str, now: datetime) -> bool:
    """Whether an e-mail address or a surname fits the holder of a number in printed form.

    A number that was never issued costs the same and fits nothing. Raises TooMany beyond five tries in an hour.
    """
    for key, limit in (
        (f"confirm:{number}:{caller}", TRIES),
        (f"confirm:{number}", TRIES_OF_ALL),
        (f"confirm-from:{caller}", TRIES_ANYWHERE),
    ):
        allowed = limiter.hit(key, limit, HOUR, now)
        if not allowed.ok:
            text = "That was tried too often. Wait an hour, or ask the artist for an ID."
            raise TooMany(text, retry_after=allowed.retry_after)
    with glance() as connection:
        email, name = queries.identity_of(connection, number)
    return fits(claim, email=email, name=name)
