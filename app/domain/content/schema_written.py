"""Specs of answers that are written: a word or a phrase, and an essay."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from app.domain.assessment.items.essay import MOST_WORDS
from app.domain.assessment.items.short_text import MAX_LENGTH
from app.domain.assessment.pattern import compile_pattern
from app.domain.assessment.wording import fits, tidy
from app.domain.content.schema import Flag, Positive, ShortId, Spec, Text
from app.domain.content.schema_answers import NumericFeedback, distinct


def _readable(source: str) -> str:
    compile_pattern(source)  # its refusal is a ValueError with a sentence
    return source


Wording = Annotated[Text, Field(max_length=MAX_LENGTH)]
PatternText = Annotated[str, Field(min_length=1), AfterValidator(_readable)]


class NamedError(Spec):
    """A wrong answer that many give, as a text or a pattern, and what to say about it."""

    text: Wording | None = None
    pattern: PatternText | None = None
    feedback: Text

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.pattern is None):
            raise ValueError("a common error has a text or a pattern, and not both")
        return self


class ShortTextBody(Spec):
    """A word or a phrase. `accepted` are whole answers (the first is printed), `patterns` shapes of whole answers."""

    type: Literal["short_text"]
    accepted: Annotated[tuple[Wording, ...], Field(min_length=1, max_length=30)]
    patterns: Annotated[tuple[PatternText, ...], Field(max_length=10)] = ()
    case_sensitive: Flag = False
    punctuation: Literal["ignore", "keep"] = "ignore"
    feedback: NumericFeedback
    common_errors: tuple[NamedError, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        tidied = [self._tidy(text) for text in self.accepted]
        if not all(tidied):
            raise ValueError("an accepted answer has nothing left without case, spaces and punctuation")
        distinct(tidied, "accepted answers (as they are compared)")
        for source in self.patterns:
            if self._fits(source, ""):
                raise ValueError(f"the pattern {source} takes an empty answer")
        for error in self.common_errors:
            if error.text is not None and self.accepts(error.text):
                raise ValueError(f"common error {error.text!r} would be accepted as right")
            if error.pattern is not None and any(self._fits(error.pattern, text) for text in tidied):
                raise ValueError(f"the common error {error.pattern} takes an accepted answer")
        return self

    def _tidy(self, text: str) -> str:
        return tidy(text, case_sensitive=self.case_sensitive, keep_punctuation=self.punctuation == "keep")

    def _fits(self, source: str, tidied: str) -> bool:
        return fits(compile_pattern(source, fold=not self.case_sensitive), tidied)

    def accepts(self, text: str) -> bool:
        """Whether `text` is right."""
        tidied = self._tidy(text)
        return tidied in map(self._tidy, self.accepted) or any(self._fits(source, tidied) for source in self.patterns)


class Words(Spec):
    """How long an essay is to be."""

    min: Annotated[Positive, Field(le=MOST_WORDS)]
    max: Annotated[Positive, Field(le=MOST_WORDS)]

    @model_validator(mode="after")
    def _upward(self) -> Self:
        if self.max < self.min:
            raise ValueError("max is below min")
        return self


class CriterionLevel(Spec):
    """What a text of this level is like, and what it is worth."""

    points: Annotated[int, Field(strict=True, ge=0, le=20)]
    text: Text


class EssayCriterion(Spec):
    """One line of the rubric; levels go from the most points down to 0."""

    id: ShortId
    title: Text
    levels: Annotated[tuple[CriterionLevel, ...], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _downward(self) -> Self:
        points = [level.points for level in self.levels]
        if points != sorted(set(points), reverse=True) or points[-1] != 0:
            raise ValueError("levels go from the most points down to 0, no two alike")
        return self


class EssayBody(Spec):
    """A text that an instructor marks by a rubric of one to five criteria; `model` would earn everything."""

    type: Literal["essay"]
    words: Words
    rubric: Annotated[tuple[EssayCriterion, ...], Field(min_length=1, max_length=5)]
    model: Text

    @model_validator(mode="after")
    def _criteria_differ(self) -> Self:
        distinct([criterion.id for criterion in self.rubric], "criteria")
        count = len(self.model.split())
        if not self.words.min <= count <= self.words.max:
            raise ValueError(f"the model has {count} words; {self.words.min} to {self.words.max} are asked")
        return self
