"""The healed result: some exercises ask for one more photo weeks after the session, when the color has settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SLOT = "healed"
"""The place of the follow-up photo; it is not among the slots that a piece is sent with."""
CLOSES_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HealedAsk:
    """What an exercise asks for: a photo from `first_week` to `last_week` after the session.

    `required` means that the piece cannot be sent before the photo is there; otherwise it never holds anything up.
    """

    first_week: int = 4
    last_week: int = 8
    required: bool = False


class Standing(StrEnum):
    """Where a day lies: before the window, in it, in its last days, or after it."""

    EARLY = "early"
    OPEN = "open"
    CLOSING = "closing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Window:
    """The days, both included, on which the follow-up photo is taken."""

    opens: date
    closes: date

    def standing(self, day: date) -> Standing:
        """Return where `day` lies."""
        if day < self.opens:
            return Standing.EARLY
        if day > self.closes:
            return Standing.OVER
        return Standing.CLOSING if day > self.closes - CLOSES_SOON else Standing.OPEN

    def takes(self, day: date) -> bool:
        """True while a photo is taken."""
        return self.opens <= day <= self.closes


def window_of(ask: HealedAsk, session_day: date) -> Window:
    """Return the window of a piece that was made on `session_day`."""
    return Window(session_day + timedelta(weeks=ask.first_week), session_day + timedelta(weeks=ask.last_week))
