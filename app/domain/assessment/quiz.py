"""What a quiz asks for: its draws, limits, marks and release rule, as an immutable specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import to_fraction
from app.domain.procedure import SECTIONS, section_title


class QuizKind(StrEnum):
    """What a quiz is for: to learn (formative), to pass a course (graded), to certify (exam)."""

    FORMATIVE = "formative"
    GRADED = "graded"
    EXAM = "exam"


class When(StrEnum):
    """From when on a part of the outcome is shown. Closed: after `closes_at`, when nobody's attempt runs any more."""

    NEVER = "never"
    AFTER_SUBMIT = "after_submit"
    AFTER_CLOSE = "after_close"
    AFTER_PASS_OR_LAST_ATTEMPT = "after_pass_or_last_attempt"


@dataclass(frozen=True, slots=True)
class Release:
    """When each part of the outcome is shown: the score, what was right, the keys, the feedback."""

    score: When = When.AFTER_SUBMIT
    correctness: When = When.AFTER_SUBMIT
    key: When = When.AFTER_SUBMIT
    feedback: When = When.AFTER_SUBMIT

    @property
    def asks_for_close(self) -> bool:
        """True when some part waits for the quiz to close."""
        return When.AFTER_CLOSE in (self.score, self.correctness, self.key, self.feedback)

    @classmethod
    def all_but_score(cls, when: When) -> Release:
        """The score after the hand-in, everything else then."""
        return cls(When.AFTER_SUBMIT, when, when, when)


class AttemptPolicy(StrEnum):
    """Which of several attempts is the mark."""

    BEST = "best"
    LAST = "last"
    FIRST = "first"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Draw:
    """So many items, at random, out of those that match. Empty filters match everything."""

    bank: str
    count: int
    step: str = ""
    difficulty: tuple[int, ...] = ()
    topic: str = ""
    safety: bool = False
    objective: str = ""
    lessons: tuple[str, ...] = ()
    type: str = ""

    @property
    def sentence(self) -> str:
        """What the draw asks for, in words."""
        filters = []
        if self.step:
            filters.append(section_title(self.step))
        if self.topic:
            filters.append(f"topic {self.topic}")
        if self.difficulty:
            filters.append(f"difficulty {', '.join(str(d) for d in self.difficulty)}")
        if self.objective:
            filters.append(f"objective {self.objective}")
        if self.lessons:
            filters.append(f"lessons {', '.join(self.lessons)}")
        if self.type:
            filters.append(f"type {self.type}")
        if self.safety:
            filters.append("safety only")
        detail = f" ({'; '.join(filters)})" if filters else ""
        return f"{self.count} from bank {self.bank}{detail}"


@dataclass(frozen=True, slots=True)
class QuizSpec:
    """A quiz at one version. Percentages are exact; None means no limit or no floor.

    `certainty` asks with each answer how sure the person is; it changes no mark.
    """

    id: str
    title: str
    kind: QuizKind
    draws: tuple[Draw, ...]
    pass_mark: Fraction
    course: str = ""
    tier: str = ""
    time_limit: timedelta | None = None
    attempts: int | None = None
    cooldown: timedelta = timedelta(0)
    safety_must_pass: bool = False
    section_floor: Fraction | None = None
    release: Release = Release()
    policy: AttemptPolicy = AttemptPolicy.BEST
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    certainty: bool = False

    @property
    def item_count(self) -> int:
        """How many items one attempt has."""
        return sum(draw.count for draw in self.draws)


def quiz_from_dict(data: Mapping[str, Any]) -> QuizSpec:
    """Build the specification from the canonical dict; raises ValueError with a sentence on nonsense."""
    quiz_id = str(data.get("id") or "")
    if not quiz_id or not data.get("title"):
        raise ValueError("A quiz needs an id and a title.")
    draws = tuple(_draw(quiz_id, row) for row in data.get("draws") or ())
    if not draws:
        raise ValueError(f"Quiz {quiz_id} draws no items.")
    floor = data.get("section_floor")
    minutes = data.get("time_limit_minutes")
    attempts = data.get("attempts")
    return QuizSpec(
        id=quiz_id,
        title=str(data["title"]),
        kind=QuizKind(data.get("kind") or "graded"),
        draws=draws,
        pass_mark=_percent(data.get("pass_mark") or 0, f"The pass mark of quiz {quiz_id}"),
        course=data.get("course") or "",
        tier=data.get("tier") or "",
        time_limit=None if minutes is None else timedelta(minutes=_count(minutes, f"The time limit of {quiz_id}")),
        attempts=None if attempts is None else _count(attempts, f"The attempts of {quiz_id}"),
        cooldown=_hours(data.get("cooldown_hours") or 0, quiz_id),
        safety_must_pass=bool(data.get("safety_must_pass", False)),
        section_floor=None if floor is None else _percent(floor, f"The section floor of quiz {quiz_id}"),
        release=_release(data.get("release") or "after_submit"),
        policy=AttemptPolicy(data.get("policy") or "best"),
        certainty=bool(data.get("certainty", False)),
        opens_at=_instant(data.get("opens_at"), quiz_id),
        closes_at=_instant(data.get("closes_at"), quiz_id),
    )


def _release(data: object) -> Release:
    """One word is about everything but the score, which is shown at once; a mapping says it for each part."""
    if not isinstance(data, Mapping):
        return Release.all_but_score(When(str(data)))
    unknown = set(data) - {field.name for field in fields(Release)}
    if unknown:
        raise ValueError(f"There is no release of {', '.join(sorted(unknown))}.")
    return Release(**{part: When(str(when)) for part, when in data.items() if when})


def _instant(value: object, quiz_id: str) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"The window of quiz {quiz_id} needs a time zone.")
    return moment.astimezone(UTC)


def _draw(quiz_id: str, row: Mapping[str, Any]) -> Draw:
    bank = row.get("bank")
    if not bank:
        raise ValueError(f"A draw of quiz {quiz_id} names no bank.")
    step = row.get("step") or ""
    if step and step not in SECTIONS:
        raise ValueError(f"A draw of quiz {quiz_id} names the step {step!r}, which does not exist.")
    difficulty = row.get("difficulty") or ()
    levels: Sequence[int] = difficulty if isinstance(difficulty, (list, tuple)) else (difficulty,)
    return Draw(
        bank=str(bank),
        count=_count(row.get("count"), f"The count of a draw of quiz {quiz_id}"),
        step=step,
        difficulty=tuple(sorted(_count(level, f"A difficulty in quiz {quiz_id}") for level in levels)),
        topic=row.get("topic") or "",
        safety=bool(row.get("safety", False)),
        objective=row.get("objective") or "",
        lessons=tuple(str(lesson) for lesson in row.get("lessons") or ()),
        type=row.get("type") or "",
    )


def _count(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{what} must be a whole number of at least 1.")
    return value


def _percent(value: object, what: str) -> Fraction:
    percent = to_fraction(value)
    if not 0 <= percent <= 100:
        raise ValueError(f"{what} must be from 0 to 100 percent.")
    return percent


def _hours(value: object, quiz_id: str) -> timedelta:
    hours = to_fraction(value)
    if hours < 0:
        raise ValueError(f"The cool-down of quiz {quiz_id} cannot be negative.")
    return timedelta(seconds=int(hours * 3600))
