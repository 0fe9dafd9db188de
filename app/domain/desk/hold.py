"""A decision takes effect a moment after it was made, so that it can be taken back before anybody hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

HOLD = timedelta(seconds=10)
KEPT = timedelta(days=7)
"""How long a decided piece stays its reviewer's while the job that makes it take effect cannot run."""


def can_be_taken_back(effective_at: datetime, now: datetime) -> bool:
    """True until the decision takes effect, whether or not the job that does it has run by then."""
    return now < effective_at
