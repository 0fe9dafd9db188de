"""Definitions: what the academy teaches and asks. Immutable and versioned; records point at exact versions.

One table holds every kind (course, lesson, item, quiz, exercise, rubric, defects, certification, glossary,
clients): they share the whole life cycle (synced from files, versioned by digest, retired, never deleted), and the
few columns that queries filter by are lifted out of the payload.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.infra.db import Base, HasId
from app.infra.types import UTCDateTime

CURRENT = text("is_current")


class Kind(StrEnum):
    """The kinds of definition."""

    COURSE = "course"
    LESSON = "lesson"
    ITEM = "item"
    QUIZ = "quiz"
    EXERCISE = "exercise"
    RUBRIC = "rubric"
    DEFECTS = "defects"
    CERTIFICATION = "certification"
    GLOSSARY = "glossary"
    CLIENTS = "clients"


class Origin(StrEnum):
    """Where a version was published from."""

    FILES = "files"
    WEB = "web"


class Release(HasId, Base):
    """One sync, or one edit on the web, that changed something; the newest is live."""

    __tablename__ = "release"

    number: Mapped[int] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Definition(HasId, Base):
    """One version of one definition. `key` is the stable id of the files; `payload` its canonical form.

    `parent` is the course of a lesson, the bank of an item, the course of a quiz; `position` the place in it.
    A version published on the web keeps in `file_digest` what the files said then: "" when they had no such id,
    its own digest as soon as they say the same. Rows from files have none.
    """

    __tablename__ = "definition"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(origin = 'web') = (file_digest IS NOT NULL)", name="origin"),
        Index("uq_definition_version", "kind", "key", "version", unique=True),
        Index(
            "uq_definition_current",
            "kind",
            "key",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
        Index(
            "ix_definition_parent",
            "kind",
            "parent",
            "position",
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(10), default=Origin.FILES.value)
    file_digest: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300), default="")
    parent: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(String(30), default="")
    topic: Mapped[str] = mapped_column(String(20), default="")
    subtype: Mapped[str] = mapped_column(String(30), default="")
    difficulty: Mapped[int | None]
    is_safety: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int] = mapped_column(default=0)
    payload: Mapped[dict[str, Any]] = deferred(mapped_column(JSON), raiseload=True)
    is_current: Mapped[bool] = mapped_column(default=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def only_on_web(self) -> bool:
        """True for an edit on the web that the files do not contain."""
        return self.file_digest is not None and self.file_digest != self.digest
