"""Days between answers: the library's own behavior, kept to days, deterministic, and never unkind."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from fsrs import Card, Rating, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.spacing import LONGEST, RIGHT, Memory, Recall, day_of, outlook, repeat

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RATINGS = {r: Rating[r.value.capitalize()] for r in Recall}

# A history: each answer with the days since the one before.
histories = st.lists(st.tuples(st.integers(0, 500), st.sampled_from(Recall)), min_size=1, max_size=12)


def lived(history: list[tuple[int, Recall]]) -> tuple[Memory, datetime]:
    memory, now = None, START
    for gap, recall in history:
        now += timedelta(days=gap)
        memory = repeat(memory, recall, now)
    assert memory is not None
    return memory, now


def by_the_library(history: list[tuple[int, Recall]]) -> Card:
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST, enable_fuzzing=False)
    card, now = Card(card_id=1, due=START), datetime.combine(START.date(), time(), UTC)
    for gap, recall in history:
        now += timedelta(days=gap)
        card, _log = scheduler.review_card(card, RATINGS[recall], now)
    return card


@pytest.mark.parametrize(
    ("recall", "days", "stability"),
    [(Recall.AGAIN, 1, 0.212), (Recall.HARD, 1, 1.2931), (Recall.GOOD, 2, 2.3065), (Recall.EASY, 8, 8.2956)],
)
def test_the_first_answer_follows_the_published_parameters(recall: Recall, days: int, stability: float) -> None:
    memory = repeat(None, recall, START)
    assert (memory.interval, memory.stability) == (days, stability)
    assert (memory.last_on, memory.due_on) == (date(2026, 11, 22), date(2026, 11, 22) + timedelta(days=days))
    assert (memory.repetitions, memory.lapses) == (1, 0)


def test_an_item_that_is_known_goes_away_for_longer_and_longer() -> None:
    memory, now, gaps = None, START, []
    for _ in range(6):
        memory = repeat(memory, Recall.GOOD, now)
        gaps.append(memory.interval)
        now += timedelta(days=memory.interval)
    assert gaps == sorted(gaps)
    assert gaps[0] == 2
    assert gaps[-1] == LONGEST


@given(histories)
def test_it_is_the_library_that_decides(history: list[tuple[int, Recall]]) -> None:
    memory, card = lived(history)[0], by_the_library(history)
    assert card.state is State.Review
    assert (memory.stability, memory.difficulty) == (card.stability, card.difficulty)
    assert (memory.last_on, memory.due_on) == (card.last_review and card.last_review.date(), card.due.date())


@given(histories, st.integers(0, 400))
def test_an_item_comes_back_on_a_later_day_within_a_year(history: list[tuple[int, Recall]], gap: int) -> None:
    memory, now = lived(history)
    assert 1 <= memory.interval <= LONGEST
    assert all(1 <= days <= LONGEST for days in outlook(memory, now + timedelta(days=gap)).values())


@given(histories, st.integers(0, 400))
def test_a_lapse_never_lengthens(history: list[tuple[int, Recall]], gap: int) -> None:
    memory, now = lived(history)
    after = repeat(memory, Recall.AGAIN, now + timedelta(days=gap))
    assert after.interval <= memory.interval
    assert after.stability <= memory.stability
    assert after.lapses == memory.lapses + 1


@given(histories, st.integers(0, 400))
def test_better_recall_never_comes_back_sooner(history: list[tuple[int, Recall]], gap: int) -> None:
    memory, now = lived(history)
    days = outlook(memory, now + timedelta(days=gap))
    assert [days[recall] for recall in Recall] == sorted(days.values())
    assert set(RIGHT) == set(Recall) - {Recall.AGAIN}


@given(histories, st.integers(0, 86_399), st.integers(0, 86_399))
def test_only_the_day_counts_and_no_chance(history: list[tuple[int, Recall]], one: int, other: int) -> None:
    memory, now = lived(history)
    midnight = datetime.combine(now.date() + timedelta(days=3), time(), UTC)
    random.seed(one)
    first = repeat(memory, Recall.GOOD, midnight + timedelta(seconds=one))
    random.seed(other)
    assert repeat(memory, Recall.GOOD, midnight + timedelta(seconds=other)) == first


@given(st.lists(histories, min_size=2, max_size=6))
def test_the_order_of_what_is_due_is_stable(all_histories: list[list[tuple[int, Recall]]]) -> None:
    """Sorting by day is the same before and after storing, and the items do not influence each other."""
    memories = [lived(history)[0] for history in all_histories]
    stored = [Memory.from_plain(json.loads(json.dumps(m.to_plain()))) for m in memories]
    again = [lived(history)[0] for history in reversed(all_histories)][::-1]
    assert sorted(range(len(memories)), key=lambda n: memories[n].due_on) == sorted(
        range(len(memories)), key=lambda n: stored[n].due_on
    )
    assert memories == again


@given(histories)
def test_plain_data_makes_the_same_memory(history: list[tuple[int, Recall]]) -> None:
    memory, _now = lived(history)
    assert Memory.from_plain(json.loads(json.dumps(memory.to_plain()))) == memory


def test_a_day_is_a_day_of_utc() -> None:
    late = datetime(2026, 11, 22, 20, 0, tzinfo=timezone(timedelta(hours=-8)))
    assert day_of(late) == date(2026, 11, 23)
    assert repeat(None, Recall.GOOD, late).last_on == date(2026, 11, 23)
    with pytest.raises(ValueError, match="time zone"):
        repeat(None, Recall.GOOD, datetime(2026, 11, 22))  # noqa: DTZ001


def test_a_clock_that_was_set_back_moves_nothing_back() -> None:
    memory = repeat(None, Recall.GOOD, START)
    after = repeat(memory, Recall.GOOD, START - timedelta(days=5))
    assert after == repeat(memory, Recall.GOOD, START)
    assert after.last_on == memory.last_on


def test_nonsense_is_refused() -> None:
    memory = repeat(None, Recall.GOOD, START)
    for wrong in ({"stability": 0.0}, {"difficulty": 11.0}, {"due_on": memory.last_on}):
        with pytest.raises(ValueError, match=r"stability|later day"):
            replace(memory, **wrong)
    with pytest.raises(KeyError):
        Memory.from_plain({"stability": 1.0, "difficulty": 5.0})


def test_the_optional_optimizer_and_its_heavy_friends_stay_out() -> None:
    heavy = "{'torch', 'pandas', 'numpy', 'fsrs.optimizer'}"
    code = f"import sys, app.domain.assessment.spacing; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
