"""A quiz as its builder sees it: what each draw finds, for how many attempts it does, and what it covers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.content.queries.program import item_pool
from app.content.queries.versions import currents
from app.domain.assessment.blueprint import Coverage, Supply, coverage, supplies
from app.domain.assessment.quiz import QuizKind, QuizSpec, quiz_from_dict
from app.domain.assessment.selection import ItemRef, matches
from app.domain.content.draws import shortfalls

MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class BlueprintRow:
    """One step beside the exam: items drawn and their share here, in the exam, and live items to draw from."""

    section: str
    here: Coverage | None
    in_exam: Coverage | None
    available: int


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a quiz draws. `attempts` is how many attempts all draws together serve without a common item."""

    spec: QuizSpec
    supplies: tuple[Supply, ...]
    attempts: int
    rows: tuple[BlueprintRow, ...]
    exam_key: str
    exam_title: str


def blueprint(session: Session, spec: QuizSpec) -> Blueprint:
    """The draws of a quiz, published or not, against the live items; three statements."""
    pool = item_pool(session, {draw.bank for draw in spec.draws})
    found = tuple(supplies(spec, pool))
    exam = _exam_beside(session, spec)
    return Blueprint(
        spec,
        found,
        _attempts(spec, found, pool),
        tuple(_rows(spec, exam, pool)),
        exam.id if exam is not None else "",
        exam.title if exam is not None else "",
    )


def _attempts(spec: QuizSpec, found: tuple[Supply, ...], pool: list[ItemRef]) -> int:
    matching = [[item for item in pool if matches(draw, item)] for draw in spec.draws]
    most = min(MOST_ATTEMPTS, *(supply.attempts for supply in found), MOST_ATTEMPTS)
    for times in range(1, most + 1):
        if any(shortfalls(matching, [times * draw.count for draw in spec.draws])):
            return times - 1
    return most


def _exam_beside(session: Session, spec: QuizSpec) -> QuizSpec | None:
    """The exam of the tier that the quiz leads to; none beside an exam itself, or without one."""
    if spec.kind is QuizKind.EXAM:
        return None
    exams = [quiz_from_dict(found.payload) for found in currents(session, Kind.QUIZ)]
    tier = spec.tier or session.scalar(
        select(Definition.subtype).where(
            Definition.kind == Kind.COURSE.value, Definition.key == spec.course, Definition.is_current
        )
    )
    return next((exam for exam in exams if exam.kind is QuizKind.EXAM and exam.tier == tier), None)


def _rows(spec: QuizSpec, exam: QuizSpec | None, pool: list[ItemRef]) -> list[BlueprintRow]:
    here = {row.section: row for row in coverage(spec)}
    there = {row.section: row for row in coverage(exam)} if exam is not None else {}
    items = Counter(item.step for item in pool)
    sections = [*here, *(section for section in there if section not in here)]
    return [BlueprintRow(one, here.get(one), there.get(one), items[one]) for one in sections]


def bank_keys(session: Session) -> list[str]:
    """The banks that have live items, for a choice."""
    query = select(Definition.parent).where(Definition.kind == Kind.ITEM.value, Definition.is_current)
    return list(session.scalars(query.group_by(Definition.parent).order_by(Definition.parent)))
