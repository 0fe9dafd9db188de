"""What statistics are made from: finished attempts with their grades, items and answers.

Marks are those of the grade that counts now, and the version of an item is the one that the answer is judged by: after
a regrade, the corrected one, whose key the marks follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

from sqlalchemy import String, Table, Text, bindparam, func, select, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.statistics.book import Cell
from app.domain.assessment.statistics.chosen import Sat
from app.domain.assessment.statistics.pace import seconds_per_item
from app.infra.types import epoch
from app.quizzes.models import Attempt, AttemptItem, Grade
from app.statistics.models import QuizStatistics

AT_ONCE = 500
"""Attempts that one pair of statements reads."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The finished and graded attempts of one version of a quiz: how many, and the number of the newest grade."""

    quiz_key: str
    version_id: UUID
    attempts: int
    newest_grade: int


_attempt, _item, _grade = (cast("Table", model.__table__) for model in (Attempt, AttemptItem, Grade))
_graded = _attempt.join(_grade, (_grade.c.attempt_id == _attempt.c.id) & _grade.c.is_current)
# Ids are only compared here, so they stay in the form that the driver gives.
_id, _person, _version = (
    type_coerce(column, String).label(name)
    for name, column in (("id", _attempt.c.id), ("person", _attempt.c.user_id), ("version", _item.c.graded_version_id))
)
_STOCKS = (
    select(_attempt.c.quiz_key, _attempt.c.quiz_version_id, func.count(), func.max(_grade.c.id))
    .select_from(_graded)
    .where(_attempt.c.state == "submitted")
    .group_by(_attempt.c.quiz_key, _attempt.c.quiz_version_id)
    .order_by(_attempt.c.quiz_key)
)
_IDS = (
    select(_attempt.c.id)
    .select_from(_graded)
    .where(_attempt.c.quiz_version_id == bindparam("version"), _attempt.c.state == "submitted")
    .order_by(_attempt.c.started_at, _attempt.c.id)
)
_ATTEMPTS = (
    select(
        _id, _person, _attempt.c.number, epoch(_attempt.c.started_at).label("started"), _grade.c.passed, _grade.c.report
    )
    .select_from(_graded)
    .where(_attempt.c.id.in_(bindparam("ids", expanding=True)))
)
_CELLS = (
    select(
        type_coerce(_item.c.attempt_id, String).label("attempt"),
        _item.c.item_key,
        _version,
        sql_cast(_item.c.response, Text).label("answer"),
        epoch(_item.c.saved_at),
    )
    .where(_item.c.attempt_id.in_(bindparam("ids", expanding=True)))
    .order_by(_item.c.attempt_id, _item.c.position)
)


def stocks(session: Session, quiz_key: str = "") -> list[Stock]:
    """What there is to work with, of all quizzes or of one; one statement."""
    query = _STOCKS.where(_attempt.c.quiz_key == quiz_key) if quiz_key else _STOCKS
    return [Stock(*row) for row in session.execute(query)]


def stale(session: Session, recipe: int, quiz_key: str = "") -> list[Stock]:
    """The stocks that what is kept was not made from; two statements."""
    query = select(QuizStatistics.quiz_version_id, QuizStatistics.newest_grade).where(QuizStatistics.recipe == recipe)
    kept = {(row.quiz_version_id, row.newest_grade) for row in session.execute(query.distinct())}
    return [stock for stock in stocks(session, quiz_key) if (stock.version_id, stock.newest_grade) not in kept]


def attempt_ids(session: Session, version_id: UUID) -> list[UUID]:
    """The finished and graded attempts of a version of a quiz, the oldest first; one statement."""
    return list(session.scalars(_IDS, {"version": version_id}))


def attempts(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[Sat, list[Cell]]]:
    """These attempts, each with its items in order; two statements."""
    faces = {row.id: row for row in session.execute(_ATTEMPTS, {"ids": ids})}
    # A row is read by the place of its columns: a million of them come by.
    for attempt_id, rows in groupby(_rows(session, ids), key=itemgetter(0)):
        face = faces.get(attempt_id)
        if face is not None:
            share = Fraction(face.report["percent"]) / 100
            yield Sat(face.person, face.number, share, face.passed), _cells(face, list(rows))


def _rows(session: Session, ids: Sequence[UUID]) -> list[Any]:
    """The drawn items as the driver hands them over: no column needs a change, and Row objects cost half the time."""
    result = session.execute(_CELLS, {"ids": ids})
    try:
        return list(result.cursor.fetchall())  # type: ignore[attr-defined]
    finally:
        result.close()


def _cells(face: Any, rows: Sequence[Any]) -> list[Cell]:
    graded = face.report["items"]
    times = seconds_per_item(face.started, [row[4] for row in rows])
    cells = []
    for (_attempt_id, key, version, answer, _saved), seconds in zip(rows, times, strict=True):
        grade = graded[key]
        cells.append(Cell(key, version, grade["fraction"], grade["points"], answer, seconds))
    return cells


def items(session: Session, versions: Sequence[Any]) -> dict[Any, tuple[UUID, Item[Any]]]:
    """The definitions of versions of items, by the ids that cells carry; one statement."""
    wanted = {(found if isinstance(found := version, UUID) else UUID(version)): version for version in versions}
    query = select(Definition.id, Definition.payload).where(Definition.id.in_(wanted))
    return {wanted[row.id]: (row.id, item_from_dict(row.payload)) for row in session.execute(query)}
