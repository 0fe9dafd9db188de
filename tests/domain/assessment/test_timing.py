"""Deadlines, accommodations, grace, and who may start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.quiz import QuizSpec, quiz_from_dict
from app.domain.assessment.timing import AttemptClock, PastAttempt, attempts_left, clock_of, may_start

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)


def spec(**changes: object) -> QuizSpec:
    return quiz_from_dict({"id": "q", "title": "Q", "draws": [{"bank": "b", "count": 1}], **changes})


def test_the_clock_runs_to_the_deadline_and_the_server_waits_30_seconds_more() -> None:
    clock = AttemptClock(START, 20 * MINUTE)
    end = START + 20 * MINUTE
    assert clock.deadline == end
    assert clock.is_open(end)
    assert not clock.is_open(end + SECOND)
    assert clock.accepts(end + 30 * SECOND)
    assert not clock.accepts(end + 31 * SECOND)
    assert clock.remaining(START + 15 * MINUTE) == 5 * MINUTE
    assert clock.remaining(end + MINUTE) == timedelta(0)


def test_without_a_limit_time_never_ends() -> None:
    clock = AttemptClock(START, None, factor=Fraction(3, 2))
    late = START + timedelta(days=900)
    assert (clock.deadline, clock.allowed, clock.remaining(late)) == (None, None, None)
    assert clock.is_open(late)
    assert clock.accepts(late)


def test_accommodations_stretch_the_duration_and_add_pauses() -> None:
    clock = AttemptClock(START, 20 * MINUTE, factor=Fraction(5, 4), paused=3 * MINUTE, extra=5 * MINUTE)
    assert clock.allowed == 33 * MINUTE
    third = AttemptClock(START, SECOND, factor=Fraction(4, 3))
    assert third.allowed == timedelta(microseconds=1333334)  # rounded up, in the student's favor


@given(st.integers(1, 7200), st.fractions(1, 4), st.integers(0, 999))
def test_more_time_is_never_less(seconds: int, factor: Fraction, extra: int) -> None:
    plain = AttemptClock(START, seconds * SECOND).allowed
    stretched = AttemptClock(START, seconds * SECOND, factor, extra=extra * SECOND).allowed
    assert plain is not None
    assert stretched is not None
    assert stretched >= plain + extra * SECOND


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"started_at": datetime(2026, 11, 22)}, "time zone"),  # noqa: DTZ001
        ({"factor": Fraction(1, 2)}, "from 1 to 4"),
        ({"factor": Fraction(9, 2)}, "from 1 to 4"),
        ({"paused": -SECOND}, "only be added"),
        ({"extra": -SECOND}, "only be added"),
    ],
)
def test_impossible_clocks_are_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        AttemptClock(**{"started_at": START, "limit": MINUTE, **change})  # type: ignore[arg-type]


def finished(hours_ago: float, now: datetime = START) -> PastAttempt:
    end = now - timedelta(hours=hours_ago)
    return PastAttempt(end - MINUTE, end)


def test_the_first_attempt_may_start() -> None:
    verdict = may_start([], spec(attempts=3), START)
    assert (verdict.allowed, verdict.attempts_left, verdict.code) == (True, 3, "")


def test_a_running_attempt_is_resumed_even_when_it_is_the_last() -> None:
    verdict = may_start([finished(5), PastAttempt(START)], spec(attempts=2), START)
    assert (verdict.allowed, verdict.code, verdict.attempts_left) == (False, "open_attempt", 0)


def test_the_limit_counts_every_attempt_that_was_started() -> None:
    verdict = may_start([finished(5), finished(3)], spec(attempts=2), START)
    assert (verdict.allowed, verdict.code) == (False, "no_attempts_left")
    assert may_start([finished(5)] * 50, spec(attempts=None), START).allowed
    assert attempts_left(spec(attempts=2), 5) == 0
    assert attempts_left(spec(), 5) is None


def test_the_cool_down_runs_from_the_last_finish() -> None:
    quiz = spec(attempts=3, cooldown_hours=24)
    verdict = may_start([finished(30), finished(23)], quiz, START)
    assert (verdict.allowed, verdict.code, verdict.attempts_left) == (False, "cooling_down", 1)
    assert verdict.not_before == START + timedelta(hours=1)
    assert may_start([finished(30), finished(24)], quiz, START).allowed


def test_own_time_moves_the_window_as_much_as_the_duration() -> None:
    closes = START + 15 * MINUTE
    assert AttemptClock(START, 20 * MINUTE, closes_at=closes).deadline == closes, "the window ends first"
    assert AttemptClock(START, 10 * MINUTE, closes_at=closes).deadline == START + 10 * MINUTE
    granted = AttemptClock(
        START, 20 * MINUTE, factor=Fraction(3, 2), paused=3 * MINUTE, extra=2 * MINUTE, closes_at=closes
    )
    assert granted.granted == 15 * MINUTE
    assert granted.deadline == closes + 15 * MINUTE
    assert AttemptClock(START, None, extra=2 * MINUTE, closes_at=closes).deadline == closes + 2 * MINUTE


@given(
    st.integers(1, 7200), st.fractions(1, 4), st.integers(0, 999), st.integers(0, 999), st.integers(0, 9000) | st.none()
)
def test_whatever_is_granted_arrives_in_full(
    seconds: int, factor: Fraction, paused: int, extra: int, window: int | None
) -> None:
    """Nobody with own time, pauses or extra time loses any of it to the window."""
    closes = None if window is None else START + window * SECOND
    plain = AttemptClock(START, seconds * SECOND, closes_at=closes).deadline
    own = AttemptClock(START, seconds * SECOND, factor, paused * SECOND, extra * SECOND, closes)
    assert plain is not None
    assert own.deadline is not None
    assert own.deadline - plain == own.granted
    assert own.granted // MICRO >= (factor - 1) * seconds * 1_000_000 + (paused + extra) * 1_000_000


def test_a_window_opens_and_closes() -> None:
    quiz = spec(opens_at="2026-11-22T13:00:00Z", closes_at="2026-11-22T15:00:00Z")
    early, late = may_start([], quiz, START), may_start([], quiz, START + timedelta(hours=3))
    assert (early.code, early.not_before) == ("not_open_yet", START + timedelta(hours=1))
    assert (late.code, late.not_before) == ("closed", None)
    assert may_start([], quiz, START + timedelta(hours=1)).allowed


def test_the_clock_of_an_attempt_follows_its_quiz() -> None:
    quiz = spec(time_limit_minutes=20, closes_at="2026-11-22T12:25:00Z")
    clock = clock_of(quiz, START, factor_percent=150, extra_seconds=120)
    assert clock.allowed == 32 * MINUTE
    assert clock.deadline == START + 32 * MINUTE
    assert clock_of(spec(), START).deadline is None
