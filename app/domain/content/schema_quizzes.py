"""Specs of quizzes: what is drawn, how long, how often, and what counts as passed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Discriminator, Field, Tag, model_validator

from app.domain.content.schema import (
    Count,
    Definition,
    Flag,
    Number,
    Percent,
    Positive,
    Section,
    Slug,
    Spec,
    Text,
    Tier,
)
from app.domain.content.schema_answers import optional
from app.domain.content.schema_items import TypeName
from app.domain.procedure import Topic

Level = Annotated[int, Field(strict=True, ge=1, le=3)]


def _as_list(value: Any) -> Any:
    """Let `difficulty: 2` stand for `difficulty: [2]`."""
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


class Draw(Spec):
    """Take `count` items at random among those of the bank that match every filter given.

    `lessons` takes the items about any of these lessons, `objective` those that test it. `safety: true` takes
    safety items only; without it safety items may come as well. Essays come only where a draw says `type: essay`:
    such an attempt waits for its marks.
    """

    bank: Slug
    step: Section | None = None
    topic: Topic | None = None
    difficulty: Annotated[tuple[Level, ...], BeforeValidator(_as_list)] | None = None
    objective: Slug | None = None
    lessons: Annotated[tuple[Slug, ...], Field(min_length=1)] | None = None
    safety: Flag = False
    type: TypeName | None = Field(default=None, exclude_if=lambda value: value is None)
    count: Positive


When = Literal["never", "after_submit", "after_close", "after_pass_or_last_attempt"]


class Release(Spec):
    """When each part of the outcome is shown. A part that gives another away waits for it by itself."""

    score: When = "after_submit"
    correctness: When = "after_submit"
    key: When = "after_submit"
    feedback: When = "after_submit"


def _form_of_release(value: Any) -> str:
    return "=parts" if isinstance(value, dict | Release) else "=word"


class Quiz(Definition):
    """A quiz or an exam. `release` is one word for everything but the score, or one for each part.

    `opens_at` and `closes_at` (with a time zone) are the window for everybody; own time stretches its end.
    """

    kind: ClassVar[str] = "quiz"
    title: Text
    course: Slug | None = None
    quiz_kind: Annotated[Literal["formative", "graded", "exam"], Field(alias="kind")]
    tier: Tier | None = None
    draws: Annotated[tuple[Draw, ...], Field(min_length=1)]
    time_limit_minutes: Positive | None = None
    attempts: Positive | None = None
    cooldown_hours: Annotated[Number, Field(ge=0)] = 0.0
    pass_mark: Percent
    safety_must_pass: Flag = False
    section_floor: Percent | None = None
    opens_at: AwareDatetime | None = optional()
    closes_at: AwareDatetime | None = optional()
    release: Annotated[
        Annotated[When, Tag("=word")] | Annotated[Release, Tag("=parts")], Discriminator(_form_of_release)
    ] = "after_submit"
    policy: Literal["best", "last", "first", "mean"] = "best"
    certainty: Flag = Field(default=False, exclude_if=lambda value: value is False)

    @model_validator(mode="after")
    def _has_a_home(self) -> Self:
        if self.quiz_kind == "exam" and self.tier is None:
            raise ValueError("an exam names its tier")
        if self.quiz_kind != "exam" and self.course is None:
            raise ValueError("a quiz that is not an exam names its course")
        return self

    @model_validator(mode="after")
    def _window_is_whole(self) -> Self:
        if self.opens_at is not None and self.closes_at is not None and self.opens_at >= self.closes_at:
            raise ValueError("the quiz would close before it opens")
        parts = set(self.release.model_dump().values()) if isinstance(self.release, Release) else {self.release}
        if "after_close" in parts and self.closes_at is None:
            raise ValueError("what is shown after_close needs closes_at")
        return self

    @property
    def shows_score(self) -> bool:
        """True when everybody sees their score as soon as they hand in."""
        return not isinstance(self.release, Release) or self.release.score == "after_submit"

    @property
    def size(self) -> Count:
        """How many items one attempt holds."""
        return sum(draw.count for draw in self.draws)
