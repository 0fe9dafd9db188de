"""What pages are told of quizzes and attempts: plain values, with the words that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.content.queries import LessonFace
from app.domain.assessment.grading import AttemptMark, SectionScore
from app.domain.assessment.items.base import Item
from app.domain.assessment.pauses import RunningClock
from app.domain.assessment.quiz import QuizKind, QuizSpec
from app.domain.assessment.release import Shown
from app.domain.assessment.timing import NETWORK_GRACE, AttemptClock, StartVerdict, clock_of
from app.quizzes.models import Attempt, Grade


@dataclass(frozen=True, slots=True)
class Sitting:
    """An attempt as its pages see it."""

    id: UUID
    spec: QuizSpec
    number: int
    state: str
    seed: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    closed_by_time: bool
    time_factor_percent: int = 100
    extra_seconds: int = 0
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_minutes: int = 0

    @property
    def clock(self) -> RunningClock:
        """The clock with its pauses."""
        return running_clock(self.spec, self)

    def is_paused(self, now: datetime) -> bool:
        """True while the clock stands still and the items are hidden."""
        return self.is_open and self.clock.is_paused(now)

    def pause_left(self, now: datetime) -> timedelta:
        """For how long the person may still stop the clock; nothing without a clock."""
        settled = self.clock.resume(now)
        return timedelta(0) if settled.deadline is None else settled.left(self.pause_minutes)

    @property
    def is_open(self) -> bool:
        """True until it is handed in, whatever the clock says."""
        return self.state == "open"

    def is_over(self, now: datetime) -> bool:
        """True when the time that the student sees is over."""
        return self.deadline_at is not None and now > self.deadline_at

    def accepts(self, now: datetime) -> bool:
        """True while an answer may still arrive: the deadline and a little for the network."""
        return self.deadline_at is None or now <= self.deadline_at + NETWORK_GRACE

    def seconds_left(self, now: datetime) -> int | None:
        """What the clock shows, in whole seconds; None without a limit."""
        return None if self.deadline_at is None else max(0, int((self.deadline_at - now).total_seconds()))

    @property
    def allowed(self) -> timedelta | None:
        """The time of this attempt, the person's own factor included."""
        return None if self.deadline_at is None else self.deadline_at - self.started_at

    @property
    def used(self) -> timedelta | None:
        """How long it took; None while it runs."""
        return None if self.submitted_at is None else self.submitted_at - self.started_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of an attempt with what is saved; `revision` counts the saves."""

    id: UUID
    position: int
    item: Item[Any]
    response: Mapping[str, Any] | None
    revision: int
    is_flagged: bool
    saved_at: datetime | None
    certainty: int | None = None

    def form(self) -> dict[str, list[str]]:
        """The saved answer as form fields."""
        return self.item.to_form(self.item.response_from_json(self.response or {}))


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in the question navigator."""

    position: int
    section: str
    answered: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class AttemptFace:
    """One attempt in a list; `percent`, `passed` and the exact `share` (of 100) once it is graded."""

    id: UUID
    quiz_key: str
    number: int
    state: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    percent: Decimal | None
    passed: bool | None
    share: Fraction | None
    paused_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """True until it is handed in."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with a quiz: the attempts (newest first), the mark that counts, what may come next.

    While the score is not released (`shows_score`), neither the attempts nor the mark tell it.
    """

    attempts: tuple[AttemptFace, ...]
    mark: AttemptMark | None
    next: StartVerdict
    passed: bool = False
    shows_score: bool = True

    @property
    def running(self) -> AttemptFace | None:
        """The attempt that is not handed in."""
        return next((face for face in self.attempts if face.is_open), None)

    @property
    def waits_for_marks(self) -> bool:
        """True when an attempt is handed in and an essay of it is not marked yet."""
        return self.shows_score and any(not face.is_open and face.share is None for face in self.attempts)

    @property
    def still_to_come(self) -> int | None:
        """Attempts that may still change something: those left and the running one; None without a limit."""
        left = self.next.attempts_left
        return None if left is None else left + (self.running is not None)


@dataclass(frozen=True, slots=True)
class QuizLine:
    """A quiz in the student's list."""

    spec: QuizSpec
    course_title: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Overview:
    """What a student is told before the start; `allowed` includes the own time factor (percent).

    `pause_minutes` is for how long the person may stop the clock in each attempt; `closes_at` is their own end of
    the window.
    """

    spec: QuizSpec
    course_title: str
    is_enrolled: bool
    standing: Standing
    allowed: timedelta | None
    time_factor: int
    resume_at: int
    pause_minutes: int = 0
    closes_at: datetime | None = None

    @property
    def is_locked(self) -> bool:
        """True when the course of the quiz has to be joined first."""
        return not (self.is_enrolled or is_free(self.spec))


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a graded attempt, with nothing in it that may not be shown yet."""

    sitting: Sitting
    grade: Grade
    standing: Standing
    shown: Shown
    is_live: bool
    views: tuple[dict[str, Any], ...]
    lessons: Mapping[str, LessonFace]

    @property
    def certainty_sum(self) -> Fraction | None:
        """The certainty points of all answers together, as shown; None where the quiz does not ask, or not yet."""
        marks = [view["certainty_mark"] for view in self.views if "certainty_mark" in view]
        return sum(marks, Fraction(0)) if marks else None

    @property
    def share(self) -> Fraction:
        """The exact percentage."""
        return Fraction(self.grade.report["percent"])

    @property
    def sections(self) -> list[SectionScore]:
        """The sub-scores in the order of the attempt."""
        return [SectionScore(**{**row, "earned": Fraction(row["earned"])}) for row in self.grade.report["sections"]]


def base_clock(spec: QuizSpec, attempt: Attempt | Sitting) -> AttemptClock:
    """The clock of an attempt without its pauses."""
    factor, extra = attempt.time_factor_percent, attempt.extra_seconds
    return clock_of(spec, attempt.started_at, factor_percent=factor, extra_seconds=extra)


def running_clock(spec: QuizSpec, attempt: Attempt | Sitting) -> RunningClock:
    """The clock of an attempt as its row keeps it."""
    base = base_clock(spec, attempt)
    return RunningClock.read(base, attempt.deadline_at, attempt.paused_at, attempt.paused_until)


def is_over(attempt: Attempt, now: datetime) -> bool:
    """True when no answer may arrive any more: the deadline and a little for the network have passed."""
    return attempt.deadline_at is not None and now > attempt.deadline_at + NETWORK_GRACE


def is_free(spec: QuizSpec) -> bool:
    """True for a quiz that needs no enrollment: one without a course, and exams (certification weighs those)."""
    return spec.kind is QuizKind.EXAM or not spec.course
