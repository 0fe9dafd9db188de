"""A clock that stands still for a while: its end moves by exactly the pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.pauses import RunningClock
from app.domain.assessment.timing import AttemptClock
from app.domain.errors import Conflict

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BASE = AttemptClock(START, 20 * MINUTE)
END = START + 20 * MINUTE


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def test_the_end_moves_by_the_pause_that_was_taken() -> None:
    paused = RunningClock(BASE).pause(10, at(5))
    assert (paused.until, paused.deadline) == (at(15), END + 10 * MINUTE)
    assert paused.is_paused(at(14)) and not paused.is_paused(at(15))
    resumed = paused.resume(at(8))
    assert (resumed.deadline, resumed.paused_at, resumed.left(10)) == (END + 3 * MINUTE, None, 7 * MINUTE)


def test_a_pause_that_nobody_ends_is_over_by_itself() -> None:
    paused = RunningClock(BASE).pause(10, at(5))
    late = paused.resume(at(90))
    assert (late.deadline, late.left(10)) == (paused.deadline, timedelta(0))


def test_pausing_and_resuming_twice_is_once() -> None:
    paused = RunningClock(BASE).pause(10, at(5))
    assert paused.pause(10, at(6)) == paused
    resumed = paused.resume(at(8))
    assert resumed.resume(at(9)) == resumed


@pytest.mark.parametrize(
    ("clock", "minutes", "code"),
    [
        (RunningClock(BASE), 0, "no_pause"),
        (RunningClock(BASE, used=10 * MINUTE), 10, "no_pause_left"),
        (RunningClock(AttemptClock(START, None)), 10, "no_clock"),
    ],
)
def test_refused_pauses(clock: RunningClock, minutes: int, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        clock.pause(minutes, at(1))
    assert refused.value.code == code


def test_what_is_granted_during_a_pause_counts_at_once() -> None:
    paused = RunningClock(BASE).pause(10, at(5))
    base = AttemptClock(START, 20 * MINUTE, Fraction(3, 2))
    more = paused.grant(base, 15, at(6))
    assert (more.until, more.deadline) == (at(20), at(30) + 15 * MINUTE)
    assert paused.grant(base, 2, at(6)).until == at(15), "the pause that goes on is never cut"
    assert RunningClock(BASE).grant(base, 10, at(1)).deadline == at(30)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 600)), max_size=6), st.integers(1, 30), st.booleans())
def test_what_is_stored_is_what_is_read(steps: list[tuple[int, int]], minutes: int, window: bool) -> None:
    """Deadline and pause are all that a row keeps; the clock comes back from them, and no pause is ever lost or won."""
    base = AttemptClock(START, 20 * MINUTE, closes_at=at(12) if window else None)
    clock, now, stood = RunningClock(base), START, timedelta(0)
    for running, standing in steps:
        now += timedelta(seconds=running)
        if not clock.left(minutes):
            break
        clock = clock.pause(minutes, now)
        assert RunningClock.read(base, clock.deadline, clock.paused_at, clock.until) == clock
        began, now = now, now + timedelta(seconds=standing)
        stood += min(now - began, clock.left(minutes))
        clock = clock.resume(now)
        assert RunningClock.read(base, clock.deadline, clock.paused_at, clock.until) == clock
    assert clock.deadline is not None
    assert base.deadline is not None
    assert clock.deadline - base.deadline == stood == clock.used <= minutes * MINUTE
