"""Keyset pages: a cursor names the last row seen, so that page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")
Key = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of one page and the cursor of the next (empty at the end)."""

    rows: Sequence[T]
    next_cursor: str = ""


def encode_cursor(key: Key) -> str:
    """Pack (instant, id) into a short opaque text."""
    raw = f"{key[0].astimezone(UTC).isoformat()}|{key[1]}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(text: str | None) -> Key | None:
    """Unpack a cursor; None for none or for one that is not ours (then the list starts at its beginning)."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        instant, _bar, key = raw.partition("|")
        moment = datetime.fromisoformat(instant)
        UUID(key)  # what is not an id must not reach a query
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    return (moment, key) if moment.tzinfo is not None else None


def page_of(rows: Sequence[T], size: int, key: Callable[[T], Key]) -> Page[T]:
    """Cut `size` rows from a query that asked for one more; the extra row only says that there is more."""
    kept = rows[:size]
    return Page(kept, encode_cursor(key(kept[-1])) if len(rows) > size and kept else "")
