"""When an item comes back: spaced repetition over days by FSRS, the open algorithm, with its published parameters.

The library (`fsrs`, MIT) does the arithmetic; here its cards become plain values and its instants become days. A day
is a day of UTC: an item is due on a day, not at a minute, so whoever practices in the morning finds what was answered
last evening. There are no steps of minutes within a day (`learning_steps` are empty) and no random spread
(`enable_fuzzing` is off): the same answers on the same days always lead to the same days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from fsrs import Card, Rating, Scheduler, State

RETENTION = 0.9
LONGEST = 365
"""Days; nobody should go longer than a year without an item that they once found hard."""
NEW_PER_DAY = 20
"""How many items that were never answered may join in a day, unless a person says otherwise."""
MOST_PER_DAY = 200

_SCHEDULER = Scheduler(
    desired_retention=RETENTION,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=LONGEST,
    enable_fuzzing=False,
)


class Recall(StrEnum):
    """How an item was remembered: not at all, with effort, well, at once."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


RIGHT: tuple[Recall, ...] = (Recall.HARD, Recall.GOOD, Recall.EASY)
"""What a person may say of an item that they got right."""

_RATINGS = {
    Recall.AGAIN: Rating.Again,
    Recall.HARD: Rating.Hard,
    Recall.GOOD: Rating.Good,
    Recall.EASY: Rating.Easy,
}


@dataclass(frozen=True, slots=True)
class Memory:
    """How well one person remembers one item, after at least one answer.

    `stability` is after how many days the chance of recall has fallen to 90 percent, `difficulty` goes from 1 to 10,
    `lapses` counts the times that it was forgotten after it had been known.
    """

    stability: float
    difficulty: float
    last_on: date
    due_on: date
    repetitions: int = 1
    lapses: int = 0

    def __post_init__(self) -> None:
        if self.stability <= 0 or not 1 <= self.difficulty <= 10:
            raise ValueError("A stability is above 0, a difficulty from 1 to 10.")
        if self.due_on <= self.last_on:
            raise ValueError("An item comes back on a later day.")

    @property
    def interval(self) -> int:
        """Days from the last answer to the next."""
        return (self.due_on - self.last_on).days

    def to_plain(self) -> dict[str, Any]:
        """Return the memory as JSON-able data; `from_plain` makes the same again."""
        return {**asdict(self), "last_on": self.last_on.isoformat(), "due_on": self.due_on.isoformat()}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Memory:
        """Rebuild a stored memory; raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            stability=float(data["stability"]),
            difficulty=float(data["difficulty"]),
            last_on=date.fromisoformat(data["last_on"]),
            due_on=date.fromisoformat(data["due_on"]),
            repetitions=int(data["repetitions"]),
            lapses=int(data["lapses"]),
        )


def day_of(now: datetime) -> date:
    """Return the day (UTC) of an instant; raises ValueError for one without a time zone."""
    if now.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return now.astimezone(UTC).date()


def repeat(memory: Memory | None, recall: Recall, now: datetime) -> Memory:
    """Return the memory after one more answer; None is an item that was never answered.

    The item comes back on a later day, at the latest after a year. An answer that seems to be older than the last
    (a clock that was set back) counts as one of the same day.
    """
    day = day_of(now) if memory is None else max(day_of(now), memory.last_on)
    card, _log = _SCHEDULER.review_card(_card(memory, day), _RATINGS[recall], _instant(day))
    if card.stability is None or card.difficulty is None:
        raise AssertionError("The library gives an answered card both.")
    forgot = recall is Recall.AGAIN and memory is not None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        last_on=day,
        due_on=card.due.date(),
        repetitions=(memory.repetitions if memory else 0) + 1,
        lapses=(memory.lapses if memory else 0) + forgot,
    )


def outlook(memory: Memory | None, now: datetime) -> dict[Recall, int]:
    """Return, for each way to have remembered an item, after how many days it would come back."""
    return {recall: repeat(memory, recall, now).interval for recall in Recall}


def _card(memory: Memory | None, day: date) -> Card:
    # Whatever is left out here, the library would fill in from the clock of the machine.
    if memory is None:
        return Card(card_id=0, due=_instant(day))
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_instant(memory.due_on),
        last_review=_instant(memory.last_on),
    )


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
