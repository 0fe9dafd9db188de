"""Times in credentials: UTC, whole seconds, a Z at the end. One spelling in, one spelling out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def iso(moment: datetime) -> str:
    """Return 2026-11-22T10:00:00Z for an aware time; fractions of a second are cut off."""
    if moment.tzinfo is None:
        raise ValueError("a time in a credential needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: object) -> datetime:
    """Return the aware UTC time of such text; raises ValueError for every other spelling."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError("not a time of the form 2026-11-22T10:00:00Z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
