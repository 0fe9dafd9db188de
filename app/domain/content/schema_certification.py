"""Spec of a certification: what is asked, how long it holds, how it is renewed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from app.domain.content.schema import (
    Count,
    Definition,
    Flag,
    Percent,
    Positive,
    ShortId,
    Slug,
    Spec,
    Text,
    Tier,
)
from app.domain.practice.fields import SKIN_TYPES

# Hours logged in all, and how many of them at least of a kind.
HourKind = Literal["total", "structured", "hygiene", "color", "technique", "practice"]

Waivable = Literal["course", "quiz", "hours", "pieces"]


class Prerequisite(Spec):
    """A certification that must be held, and for how many months already."""

    certification: Tier
    months: Count = 0


class QuizMark(Spec):
    """A quiz and the mark in percent that it must be passed with.

    `area_min` is asked in each of its topic areas; with `safety` no safety item may be wrong.
    """

    quiz: Slug
    mark: Percent
    area_min: Percent | None = None
    safety: Flag = False


class PieceGroup(Spec):
    """So many pieces of any of these exercises; `double_marked`: marked by two people."""

    id: Slug
    title: Text
    exercises: Annotated[tuple[Slug, ...], Field(min_length=1)]
    count: Positive
    double_marked: Flag = False


class PiecesRule(Spec):
    """Approved practice pieces: the total, how many of each exercise, how many on which skins."""

    total: Count
    exercises: dict[Slug, Positive] = Field(default_factory=dict)
    min_3d: Count = 0
    min_skins: Count = 0
    skins: dict[ShortId, Positive] = Field(default_factory=dict)
    groups: tuple[PieceGroup, ...] = ()

    @model_validator(mode="after")
    def _total_suffices(self) -> Self:
        needed = sum(self.exercises.values())
        if needed > self.total:
            raise ValueError(f"the exercises ask for {needed} pieces, more than the total of {self.total}")
        unknown = self.skins.keys() - dict(SKIN_TYPES).keys()
        if unknown:
            raise ValueError(f"there is no practice skin {', '.join(sorted(unknown))}")
        return self


class ProofRule(Spec):
    """A document from elsewhere; with an age limit when it has a clock of its own.

    `answers` are the statuses that count where a status is asked; `suspends`: a certificate is suspended while the
    proof has lapsed.
    """

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
    title: Text
    max_age_months: Positive | None = None
    answers: tuple[ShortId, ...] = ()
    suspends: Flag = True


class RenewalRule(Spec):
    """What renewal asks: hours of continuing education, refresher pieces, and when it may begin.

    `most`: how often it may be renewed (0: always). `late_quiz` and `late_exercise` are asked again after the grace.
    `approval`: a second person agrees.
    """

    ce_hours: Count
    ce_hygiene: Count = 0
    ce_teaching: Count = 0
    pieces: Count = 0
    window_days: Count = 90
    most: Count = 0
    late_quiz: Slug | None = None
    late_exercise: Slug | None = None
    approval: Flag = False


class Certification(Definition):
    """The requirements of one tier.

    `since_prerequisite`: hours and pieces count only from the first issue of the prerequisite on. `approval`: a
    second person agrees before it is issued. `no_open_complaint`: none that staff recorded is open. `waivable`: what
    staff may let a student off, with a reason.
    """

    kind: ClassVar[str] = "certification"
    id: Tier
    title: Text
    scope: Text
    not_a_licence: Text
    validity_months: Positive
    prerequisite: Prerequisite | None = None
    courses: tuple[Slug, ...] = ()
    quizzes: tuple[QuizMark, ...] = ()
    hours: dict[HourKind, Count] = Field(default_factory=dict)
    pieces: PiecesRule | None = None
    proofs: tuple[ProofRule, ...] = ()
    no_critical_in_last: Count = 0
    grace_days: Count = 30
    adult: Flag = True
    since_prerequisite: Flag = False
    no_open_complaint: Flag = False
    renewal: RenewalRule | None = None
    approval: Flag = False
    waivable: tuple[Waivable, ...] = ()
