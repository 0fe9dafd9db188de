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
    Slug,
    Spec,
    Text,
    Tier,
)

# Hours logged in all, and how many of them at least of a kind.
HourKind = Literal["total", "structured", "hygiene", "color", "technique", "practice"]


class Prerequisite(Spec):
    """A certification that must be held, and for how many months already."""

    certification: Tier
    months: Count = 0


class QuizMark(Spec):
    """A quiz and the mark in percent that it must be passed with."""

    quiz: Slug
    mark: Percent


class PiecesRule(Spec):
    """Approved practice pieces: the total, how many of each exercise, how many on which skins."""

    total: Count
    exercises: dict[Slug, Positive] = Field(default_factory=dict)
    min_3d: Count = 0
    min_skins: Count = 0

    @model_validator(mode="after")
    def _total_suffices(self) -> Self:
        needed = sum(self.exercises.values())
        if needed > self.total:
            raise ValueError(f"the exercises ask for {needed} pieces, more than the total of {self.total}")
        return self


class ProofRule(Spec):
    """A document from elsewhere; with an age limit when it has a clock of its own."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
    title: Text
    max_age_months: Positive | None = None


class RenewalRule(Spec):
    """What renewal asks: hours of continuing education, refresher pieces, and when it may begin."""

    ce_hours: Count
    ce_hygiene: Count = 0
    pieces: Count = 0
    window_days: Count = 90


class Certification(Definition):
    """The requirements of one tier.

    `since_prerequisite`: hours and pieces count only from the first issue of the prerequisite on.
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
    renewal: RenewalRule | None = None
