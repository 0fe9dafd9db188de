"""Look numbers up, as anybody may: counted against guessing, and equally costly whatever comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.credentials import queries
from app.credentials.queries import Standing, StoredFile
from app.domain.credentials import answer, number
from app.domain.credentials.answer import Judgment
from app.domain.credentials.number import NumberResult
from app.domain.errors import NotFound, TooMany
from app.infra.ratelimit import Limiter
from app.infra.signing import KeyStore

# A studio can check its whole team in a minute; whoever guesses numbers would need millions of years.
LOOKUPS, LOOKUP_SECONDS = 60, 60

GIVEN_BY_HOLDER = "The holder shows initials only, and this file has the whole name. Ask the holder for it."

Glance = Callable[[], AbstractContextManager[Connection]]
Reading = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a number led to. `found` is None when it is mistyped or was never issued."""

    number: NumberResult
    judgment: Judgment
    found: Standing | None = None


def look_up(
    glance: Glance,
    limiter: Limiter,
    keys: KeyStore,
    typed: str,
    *,
    caller: str,
    now: datetime,
) -> LookUp:
    """Answer for typed text, as anybody may ask. Raises TooMany for a caller who asks too often.

    Mistyped text costs neither a statement nor a try: whoever mistypes is no guesser, and the check symbol is no
    secret. A number that was never issued costs the same statement as one that was.
    """
    checked = number.check(typed)
    if not checked.ok:
        return LookUp(checked, answer.mistyped(checked, now))
    count_look_up(limiter, caller, now)
    with glance() as connection:
        found = queries.public_view(connection, checked.number, now)
    if found is None:
        return LookUp(checked, answer.not_found(now))
    published = {key.kid for key in keys.public_keys() if key.is_published}
    stands = found.kid in published if found.kid else None
    return LookUp(checked, answer.judge(found, now, key_is_published=stands), found)


def signed_file(reading: Reading, limiter: Limiter, typed: str, *, caller: str, now: datetime) -> StoredFile:
    """The newest signed file of a number, of a revoked one too: its bit says so. Raises NotFound or TooMany."""
    checked = number.check(typed)
    if not checked.ok:
        raise NotFound(checked.hint)
    count_look_up(limiter, caller, now)
    with reading() as session:
        if queries.is_name_hidden(session, checked.number):
            raise NotFound(GIVEN_BY_HOLDER)
        return queries.stored_file(session, checked.number)


def count_look_up(limiter: Limiter, caller: str, now: datetime) -> None:
    """Count one look-up of a caller. Raises TooMany beyond sixty in a minute."""
    allowed = limiter.hit(f"look-up:{caller}", LOOKUPS, LOOKUP_SECONDS, now)
    if not allowed.ok:
        text = f"More than {LOOKUPS} numbers were looked up from here within a minute."
        raise TooMany(text, retry_after=allowed.retry_after)
