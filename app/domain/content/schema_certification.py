"""Spec of a certification: what is asked, how long it holds, how it is renewed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from app.domain.content.schema import (
    Count,
    Definition,
    Flag,
    Number,
    Percent,
    Positive,
    Slug,
    Spec,
    Text,
    Tier,
)

Hours = Annotated[Number, Field(ge=0)]


class Prerequisite(Spec):
    """A certification that must be held, and for how many months already."""

    certification: Tier
    months: Count = 0


class QuizMark(Spec):
    """A quiz and the mark in percent that it must be passed with."""

    quiz: Slug
    mark: Percent


class HoursRule(Spec):
    """Learning hours: the total, and how many of them at least on a topic or in a structured course."""

    total: Hours
    structured: Hours | None = None
    hygiene: Hours | None = None
    color: Hours | None = None
    technique: Hours | None = None


class PiecesRule(Spec):
    """Approved practice pieces: the total, how many of each exercise, how many on which skins."""

    total: Count
    exercises: dict[Slug, Positive] = Field(default_factory=dict)
    min_3d: Count = 0
    min_skin_kinds: Count = 0

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

    ce_hours: Hours
    ce_hygiene: Hours = 0.0
    ce_color: Hours = 0.0
    refresher_pieces: Count = 0
    attestation: Flag = False
    max_renewals: Count | None = None
    window_days: Count = 90


class Certification(Definition):
    """The requirements of one tier."""

    kind: ClassVar[str] = "certification"
    id: Tier
    title: Text
    scope: Text
    not_a_licence: Text
    validity_months: Positive
    prerequisite: Prerequisite | None = None
    courses: tuple[Slug, ...] = ()
    quizzes: tuple[QuizMark, ...] = ()
    hours: HoursRule | None = None
    pieces: PiecesRule | None = None
    proofs: tuple[ProofRule, ...] = ()
    no_critical_in_last: Count = 0
    grace_days: Count = 30
    renewal: RenewalRule | None = None
