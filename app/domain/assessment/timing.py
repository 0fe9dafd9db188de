"""Time and tries: deadlines with accommodations and a small network grace, and who may start when.

All instants are timezone-aware UTC and come from the server; a browser's clock decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from app.domain.assessment.quiz import QuizSpec

NETWORK_GRACE = timedelta(seconds=30)
MOST_TIME = Fraction(4)


@dataclass(frozen=True, slots=True)
class AttemptClock:
    """The time of one attempt: `limit` None is unlimited; `factor` stretches it; pauses and `extra` are added.

    `closes_at` is when the quiz closes for everybody. Whatever a person is granted moves it as well: time that the
    window would cut off again is no time.
    """

    started_at: datetime
    limit: timedelta | None = None
    factor: Fraction = Fraction(1)
    paused: timedelta = timedelta(0)
    extra: timedelta = timedelta(0)
    closes_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.started_at.tzinfo is None:
            raise ValueError("A start needs a time zone.")
        if not 1 <= self.factor <= MOST_TIME:
            raise ValueError("A time factor is from 1 to 4.")
        if min(self.paused, self.extra) < timedelta(0):
            raise ValueError("Time can only be added.")

    @property
    def allowed(self) -> timedelta | None:
        """How long the person may take, accommodations included; None when unlimited."""
        return None if self.limit is None else self.limit + self.granted

    @property
    def granted(self) -> timedelta:
        """What the person gets on top of everybody's time."""
        if self.limit is None:
            return self.paused + self.extra
        microseconds = self.limit // timedelta(microseconds=1)
        stretched = -(-microseconds * self.factor.numerator // self.factor.denominator)  # rounded up, in their favor
        return timedelta(microseconds=stretched - microseconds) + self.paused + self.extra

    @property
    def deadline(self) -> datetime | None:
        """When the time ends on the student's clock: their duration, or the window if it ends first."""
        ends = [] if self.allowed is None else [self.started_at + self.allowed]
        if self.closes_at is not None:
            ends.append(self.closes_at + self.granted)
        return min(ends, default=None)

    def is_open(self, now: datetime) -> bool:
        """True until the deadline that the student sees."""
        return self.deadline is None or now <= self.deadline

    def accepts(self, now: datetime) -> bool:
        """True while the server still takes answers: the deadline plus 30 seconds for the network."""
        return self.deadline is None or now <= self.deadline + NETWORK_GRACE

    def remaining(self, now: datetime) -> timedelta | None:
        """What is left on the student's clock, never negative; None when unlimited."""
        return None if self.deadline is None else max(self.deadline - now, timedelta(0))


def clock_of(
    spec: QuizSpec, started_at: datetime, *, factor_percent: int = 100, extra_seconds: int = 0
) -> AttemptClock:
    """Return the clock of an attempt under the rules of its quiz, without pauses."""
    factor, extra = Fraction(factor_percent, 100), timedelta(seconds=extra_seconds)
    return AttemptClock(started_at, spec.time_limit, factor, extra=extra, closes_at=spec.closes_at)


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An earlier attempt at the same quiz; `finished_at` None means that it is still running."""

    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartVerdict:
    """Whether a new attempt may start; if not, the reason as code and sentence, and from when it may."""

    allowed: bool
    code: str = ""
    sentence: str = ""
    attempts_left: int | None = None
    not_before: datetime | None = None


def attempts_left(spec: QuizSpec, started: int) -> int | None:
    """Return how many more attempts may start; None when unlimited. Running and abandoned attempts count."""
    return None if spec.attempts is None else max(spec.attempts - started, 0)


def may_start(previous: Sequence[PastAttempt], spec: QuizSpec, now: datetime) -> StartVerdict:
    """Return whether a new attempt may start now.

    A running attempt must be resumed instead (code open_attempt); then the window (not_open_yet, closed), the limit
    (no_attempts_left) and the cool-down since the last finish (cooling_down). `not_before` says from when it may.
    """
    left = attempts_left(spec, len(previous))
    finished = [attempt.finished_at for attempt in previous if attempt.finished_at is not None]
    if len(finished) < len(previous):
        return StartVerdict(False, "open_attempt", "You have an attempt that is not finished. Continue it.", left)
    if spec.opens_at is not None and now < spec.opens_at:
        return StartVerdict(False, "not_open_yet", "This quiz is not open yet.", left, spec.opens_at)
    if spec.closes_at is not None and now >= spec.closes_at:
        return StartVerdict(False, "closed", "This quiz is closed. Your results stay here.", left)
    if left == 0:
        return StartVerdict(False, "no_attempts_left", "You have used all attempts for this quiz.", left)
    if finished and now < (ready := max(finished) + spec.cooldown):
        sentence = "A new attempt opens after the waiting time. Use it to reread the lessons."
        return StartVerdict(False, "cooling_down", sentence, left, ready)
    return StartVerdict(True, attempts_left=left)
