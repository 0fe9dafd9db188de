"""How people show who they are: which factors there are, how long a proof counts, who needs two."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.access.actor import Role

RECENT = timedelta(minutes=10)
"""For so long after showing a factor a person may do dangerous things without being asked again."""
IDLE = timedelta(days=14)
"""A session that nobody used for so long is over, whatever is left of its time."""
SEEN_EVERY = timedelta(hours=1)
"""Sessions remember when they were last used, to the hour: nobody's comings and goings are written down."""
STAFF = frozenset({Role.INSTRUCTOR, Role.ADMIN})


class Factor(StrEnum):
    """What a person has shown in a session. Everything but the password alone is, with it or by itself, two factors."""

    PASSWORD = "password"
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


def stronger(one: Factor, other: Factor) -> Factor:
    """The stronger of two; among strong ones the later."""
    return one if other is Factor.PASSWORD else other


def is_recent(proved_at: datetime | None, now: datetime) -> bool:
    """True while a proof is young enough for dangerous things. One from the future (a clock was set) is not."""
    return proved_at is not None and timedelta(0) <= now - proved_at <= RECENT


def needs_second_factor(roles: Collection[Role], factor: Factor, *, required: bool, is_demo: bool) -> bool:
    """True when a session is too weak for its person's roles. People of the demo are nobody, so they need none."""
    return required and not is_demo and factor is Factor.PASSWORD and not STAFF.isdisjoint(roles)
