"""Specs of courses, lessons and the glossary."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from app.domain.content.schema import (
    Count,
    Definition,
    Number,
    Positive,
    Section,
    Slug,
    Spec,
    Text,
    Tier,
    Url,
)
from app.domain.procedure import Topic


class Objective(Spec):
    """What a reader can do after the lesson; quiz items name it."""

    id: Slug
    text: Text


class Source(Spec):
    """Where a fact of the lesson comes from."""

    ref: Text | None = None
    title: Text
    url: Url | None = None
    note: Text | None = None
    as_read: dt.date | None = None


class LessonFront(Spec):
    """The front matter of a lesson file."""

    id: Slug
    title: Text
    step: Section
    topic: Topic
    minutes: Positive
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1, max_length=6)]
    requires: tuple[Slug, ...] = ()
    summary: Annotated[tuple[Text, ...], Field(min_length=3, max_length=3)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


class Lesson(LessonFront, Definition):
    """A lesson: its front matter, the raw Markdown and the checked figures that the Markdown shows.

    `figures` maps the path used in the Markdown to SVG text that is safe to inline.
    """

    kind: ClassVar[str] = "lesson"
    course: Slug
    body: str
    figures: dict[str, str] = Field(default_factory=dict)


class CourseFront(Spec):
    """The file course.yaml."""

    id: Slug
    code: Annotated[str, StringConstraints(pattern=r"^C[0-9]{1,2}$")]
    title: Text
    topic: Topic
    tier: Tier
    hours: Annotated[Number, Field(gt=0, le=200)]
    summary: Text
    requires: tuple[Slug, ...] = ()
    objectives: Annotated[tuple[Text, ...], Field(min_length=3, max_length=6)]
    quiz: Slug | None = None


class Course(CourseFront, Definition):
    """A course: course.yaml, its place in the catalog and its lessons in order."""

    kind: ClassVar[str] = "course"
    position: Count
    lessons: tuple[Slug, ...]


class Term(Spec):
    """One word of the trade in our own words."""

    term: Text
    aliases: tuple[Text, ...] = ()
    meaning: Text
    see: tuple[Text, ...] = ()

    @property
    def slug(self) -> str:
        """The fragment by which the glossary page is linked, for example "wet-dry-line"."""
        return term_slug(self.term)


class Glossary(Definition):
    """All terms; published as one definition."""

    kind: ClassVar[str] = "glossary"
    id: Slug = "glossary"
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]


def term_slug(term: str) -> str:
    """Return the URL fragment of a term: lower-case letters and digits joined by hyphens."""
    kept = "".join(c if c.isalnum() else " " for c in term.casefold())
    return "-".join(kept.split())
