"""Reads of the hours ledger: lessons, approved pieces, signed sessions and corrections as lines of one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.practice.hours import SELF_REPORTED, Line, Source, Totals, left_of, totals
from app.learning.models import LessonProgress
from app.practice.models import HoursLine, PracticeEntry, SessionSignoff, Submission


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line with what it counts for now and the corrections of it, oldest first."""

    line: Line
    left: int
    corrections: tuple[Line, ...]
    entry_id: UUID | None = None

    @property
    def is_correctable(self) -> bool:
        """True while the person may lower it: they said how long it took, and something is left."""
        return self.line.source in SELF_REPORTED and self.left > 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole ledger, newest first, with its sums."""

    rows: tuple[LedgerRow, ...]
    totals: Totals

    @property
    def lines(self) -> list[Line]:
        """Every line, corrections too."""
        return [line for row in self.rows for line in (row.line, *row.corrections)]

    def row(self, key: str) -> LedgerRow | None:
        """The row of a key, or None."""
        return next((row for row in self.rows if row.line.key == key), None)


def ledger(session: Session, user_id: UUID) -> Ledger:
    """The person's ledger, in three statements. A correction stands with the line that it is about."""
    pieces = _pieces(session, user_id)
    own = _own_lines(session, user_id)
    earned = [
        *_lessons(session, user_id),
        *(line for line, _entry in pieces),
        *(line for line in own if line.source is Source.SUPERVISED),
    ]
    corrections = [line for line in own if line.source is Source.CORRECTION]
    found: Mapping[str, Sequence[Line]] = {
        key: list(lines) for key, lines in groupby(sorted(corrections, key=_corrected), key=_corrected)
    }
    entries = {line.key: entry_id for line, entry_id in pieces}
    rows = [
        LedgerRow(line, left_of(line, found.get(line.key, ())), tuple(found.get(line.key, ())), entries.get(line.key))
        for line in sorted(earned, key=lambda each: (each.day, each.key), reverse=True)
    ]
    return Ledger(tuple(rows), totals([*earned, *corrections]))


def _corrected(line: Line) -> str:
    return line.corrects


def _lessons(session: Session, user_id: UUID) -> list[Line]:
    query = (
        select(LessonProgress.id, LessonProgress.minutes, LessonProgress.done_at, Definition.title)
        .join(Definition, Definition.id == LessonProgress.lesson_version_id)
        .where(LessonProgress.user_id == user_id, LessonProgress.done_at.is_not(None), LessonProgress.minutes > 0)
    )
    return [
        Line(f"lesson:{row.id}", Source.LESSON, row.minutes, row.done_at.date(), row.title)
        for row in session.execute(query)
    ]


def _pieces(session: Session, user_id: UUID) -> list[tuple[Line, UUID]]:
    """Approved pieces; each counts the time that was logged for it on the day that it was sent."""
    query = (
        select(Submission.id, Submission.minutes, Submission.sent_at, PracticeEntry.number, Definition.title)
        .add_columns(PracticeEntry.id.label("entry_id"))
        .join(PracticeEntry, PracticeEntry.id == Submission.entry_id)
        .join(Definition, Definition.id == Submission.exercise_version_id)
        .where(Submission.user_id == user_id, Submission.state == "approved", Submission.minutes > 0)
    )
    return [
        (
            Line(f"practice:{row.id}", Source.PRACTICE, row.minutes, row.sent_at.date(), f"{row.number}. {row.title}"),
            row.entry_id,
        )
        for row in session.execute(query)
    ]


def _own_lines(session: Session, user_id: UUID) -> list[Line]:
    query = (
        select(HoursLine, SessionSignoff.guest_name)
        .outerjoin(SessionSignoff, SessionSignoff.id == HoursLine.signoff_id)
        .where(HoursLine.user_id == user_id)
        .order_by(HoursLine.created_at, HoursLine.id)
    )
    return [_own(line, guest or "") for line, guest in session.execute(query)]


def _own(line: HoursLine, guest: str) -> Line:
    return Line(
        key=f"{line.source}:{line.id}",
        source=Source(line.source),
        minutes=line.minutes,
        day=line.on_day,
        title=guest,
        corrects=line.corrects,
        reason=line.reason,
    )


_line = HoursLine.__table__.c
_OF_PIECE = f"{Source.PRACTICE.value}:"
_SUPERVISED = Source.SUPERVISED.value
_OF_SUPERVISED = f"{_SUPERVISED}:"
_SIGNED_FOR = select(_line.source, _line.corrects, _line.minutes, _line.on_day).where(
    _line.user_id == bindparam("person"),
    or_(
        _line.source == _SUPERVISED,
        _line.corrects.startswith(_OF_SUPERVISED),
        _line.corrects.startswith(_OF_PIECE),
    ),
)


@dataclass(frozen=True, slots=True)
class SignedTime:
    """Practice that somebody signed for: `corrections` in minutes (below zero) by the submission that they take from,
    and `sessions` with a supervisor, with the corrections of them, as (day, minutes)."""

    corrections: Mapping[UUID, int]
    sessions: Sequence[tuple[date, int]]

    def supervised(self, since: date | None = None) -> int:
        """Minutes with a supervisor, all or from a day on. A correction counts on its own day."""
        return sum(minutes for day, minutes in self.sessions if since is None or day >= since)


def signed_time(session: Session, user_id: UUID) -> SignedTime:
    """What people signed for in a person's account of hours; one statement."""
    corrections: dict[UUID, int] = {}
    sessions = []
    for source, corrects, minutes, day in session.execute(_SIGNED_FOR, {"person": user_id}):
        if corrects is not None and corrects.startswith(_OF_PIECE):
            submission_id = UUID(corrects.removeprefix(_OF_PIECE))
            corrections[submission_id] = corrections.get(submission_id, 0) + minutes
        if source == _SUPERVISED or (corrects is not None and corrects.startswith(_OF_SUPERVISED)):
            sessions.append((day, minutes))
    return SignedTime(corrections, sessions)
