"""The clock of one running attempt that may stand still for a while: what a pause does to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.assessment.timing import AttemptClock
from app.domain.errors import Conflict

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class RunningClock:
    """`base` knows of no pause; `used` are the pauses that ended; `paused_at` to `until` is the one that goes on.

    While the clock stands still, all of the pause that is left is in the deadline, and a pause that nobody ends is
    over by itself at `until`. So the deadline is never too early, whoever reads it.
    """

    base: AttemptClock
    used: timedelta = NONE
    paused_at: datetime | None = None
    until: datetime | None = None

    @classmethod
    def read(
        cls, base: AttemptClock, deadline: datetime | None, paused_at: datetime | None, until: datetime | None
    ) -> RunningClock:
        """Rebuild from what is stored: pauses move every end of the clock alike, so the difference tells them."""
        clock = cls(base, NONE, paused_at, until)
        if base.deadline is None or deadline is None:
            return clock
        return replace(clock, used=deadline - base.deadline - clock.held)

    @property
    def held(self) -> timedelta:
        """What the pause that goes on may still come to, from its beginning."""
        return NONE if self.paused_at is None or self.until is None else self.until - self.paused_at

    @property
    def deadline(self) -> datetime | None:
        """The latest end of the attempt; None without a limit."""
        return None if self.base.deadline is None else self.base.deadline + self.used + self.held

    def is_paused(self, now: datetime) -> bool:
        """True while the clock stands still."""
        return self.until is not None and now < self.until

    def left(self, minutes: int) -> timedelta:
        """How much of a person's pause is left, the one that goes on not counted; never negative."""
        return max(timedelta(minutes=minutes) - self.used, NONE)

    def pause(self, minutes: int, now: datetime) -> RunningClock:
        """Stop the clock; one that stands still already is left alone.

        Raises Conflict when there is no clock (no_clock), or the person has no pause (no_pause) or none left.
        """
        if self.is_paused(now):
            return self
        clock = self.resume(now)
        if clock.deadline is None:
            raise Conflict("This quiz has no time limit, so there is no clock to stop.", code="no_clock")
        if not minutes:
            raise Conflict("Pauses are arranged with the academy before; yours does not include any.", code="no_pause")
        if not clock.left(minutes):
            raise Conflict("You have used all of your pause in this attempt.", code="no_pause_left")
        return replace(clock, paused_at=now, until=now + clock.left(minutes))

    def resume(self, now: datetime) -> RunningClock:
        """Let the clock go on: the pause ends now, or ended by itself before."""
        if self.paused_at is None or self.until is None:
            return self
        return RunningClock(self.base, self.used + min(now, self.until) - self.paused_at)

    def grant(self, base: AttemptClock, minutes: int, now: datetime) -> RunningClock:
        """Go by another base and another pause. A pause that goes on may become longer, never shorter."""
        until = self.until
        if self.paused_at is not None and until is not None and self.is_paused(now):
            until = max(until, self.paused_at + self.left(minutes))
        return replace(self, base=base, until=until)
