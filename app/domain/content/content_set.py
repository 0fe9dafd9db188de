"""All content of one release in memory: definitions by kind and id, and where each stands in the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.content.problems import Place, Problem, Severity
from app.domain.content.schema import Definition
from app.domain.content.schema_certification import Certification
from app.domain.content.schema_clients import ClientBank
from app.domain.content.schema_items import Bank, ItemBase
from app.domain.content.schema_lessons import Course, Glossary, Lesson
from app.domain.content.schema_practice import Defects, Exercise, Rubric
from app.domain.content.schema_quizzes import Quiz


@dataclass
class ContentSet:
    """Definitions by id. Courses, lessons and items stand in the order of the files."""

    courses: dict[str, Course] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    banks: dict[str, Bank] = field(default_factory=dict)
    items: dict[str, ItemBase] = field(default_factory=dict)
    quizzes: dict[str, Quiz] = field(default_factory=dict)
    exercises: dict[str, Exercise] = field(default_factory=dict)
    certifications: dict[str, Certification] = field(default_factory=dict)
    rubric: Rubric | None = None
    defects: Defects | None = None
    glossary: Glossary | None = None
    clients: ClientBank | None = None

    def definitions(self) -> Iterator[Definition]:
        """Yield every definition, courses first, each exactly once."""
        yield from self.courses.values()
        yield from self.lessons.values()
        yield from self.banks.values()
        yield from self.items.values()
        yield from self.quizzes.values()
        yield from self.exercises.values()
        yield from self.certifications.values()
        yield from (one for one in (self.rubric, self.defects, self.glossary, self.clients) if one is not None)

    def objectives(self) -> dict[str, str]:
        """Return the lesson id of every objective id."""
        return {o.id: lesson.id for lesson in self.lessons.values() for o in lesson.objectives}


@dataclass
class Register:
    """What the loader knows beside the content itself: places of ids, and ids whose definition is broken.

    A reference to a broken definition is not reported again: its own problem says enough.
    """

    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)

    def place(self, kind: str, id: str) -> Place:
        """Return where the definition begins; raises KeyError for one that was never loaded."""
        return self.places[kind, id]

    def known(self, kind: str, id: str) -> bool:
        """Whether a definition of that kind and id was seen, whole or broken."""
        return (kind, id) in self.places or (kind, id) in self.broken


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of loading: what could be read, and every problem in order of file and line."""

    content: ContentSet
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop a release."""
        return [p for p in self.problems if p.severity is Severity.ERROR]

    @property
    def ok(self) -> bool:
        """Whether the content may be released."""
        return not self.errors
