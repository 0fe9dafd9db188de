"""Which certificates rest on marks that a regrade would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Decision
from app.certification.queries.standards import titles
from app.content.models import Definition
from app.domain.assessment.grading import AttemptMark, final_mark
from app.quizzes import queries as quizzes
from app.quizzes.models import Attempt, Grade

_user, _definition, _decision = User.__table__.c, Definition.__table__.c, Decision.__table__.c
_attempt, _grade = Attempt.__table__.c, Grade.__table__.c


@dataclass(frozen=True, slots=True)
class Resting:
    """A certificate that asked for a mark in a quiz which its holder would not have any more."""

    user_id: UUID
    name: str
    quiz_key: str
    quiz_title: str
    certification_key: str
    title: str
    number: str
    in_force: bool
    mark: Fraction
    after: Fraction


def resting_on(session: Session, changed: Mapping[UUID, tuple[UUID, str, AttemptMark]]) -> list[Resting]:
    """The decisions that rest on marks which would change: `changed` is (person, quiz, new mark) by attempt.

    Judged by the attempt policy of each quiz and by the version of the rules that each decision was made under.
    Four statements, however many there are; none for no change.
    """
    if not changed:
        return []
    people = {person for person, _quiz, _mark in changed.values()}
    quizzes_changed = {quiz for _person, quiz, _mark in changed.values()}
    counted = _counted_marks(session, people, quizzes_changed, changed)
    query = (
        select(
            _decision.user_id,
            _decision.certification_key,
            _decision.number,
            _decision.in_force,
            _user.name,
            _definition.payload,
        )
        .join_from(Decision.__table__, User.__table__, _user.id == _decision.user_id)
        .join(Definition.__table__, _definition.id == _decision.policy_version_id)
        .where(_decision.user_id.in_(people))
        .order_by(_user.name, _decision.decided_at)
    )
    rows = session.execute(query).all()
    names = titles(session) if rows else {}
    found = []
    for row in rows:
        for asked in row.payload.get("quizzes") or ():
            key, needed = asked["quiz"], Fraction(str(asked["mark"]))
            before, after = counted.get((row.user_id, key), (None, None))
            if _meets(before, needed) and not _meets(after, needed):
                mark = after.percent if after is not None else Fraction(0)
                tier = row.certification_key
                facts = (names.get(key, key), tier, names.get(tier, tier), row.number, row.in_force)
                found.append(Resting(row.user_id, row.name, key, *facts, needed, mark))
    return found


def _meets(mark: AttemptMark | None, needed: Fraction) -> bool:
    return mark is not None and mark.passed and mark.percent >= needed


def _counted_marks(
    session: Session, people: Iterable[UUID], keys: Iterable[str], changed: Mapping[UUID, tuple[UUID, str, AttemptMark]]
) -> dict[tuple[UUID, str], tuple[AttemptMark | None, AttemptMark | None]]:
    """The mark that counts for each person and quiz, as it is and as it would be."""
    query = (
        select(
            _grade.user_id,
            _grade.quiz_key,
            _grade.attempt_id,
            _grade.report["percent"].as_string().label("share"),
            _grade.passed,
            _attempt.quiz_version_id,
        )
        .join_from(Grade.__table__, Attempt.__table__, _attempt.id == _grade.attempt_id)
        .where(_grade.user_id.in_(people), _grade.quiz_key.in_(keys), _grade.is_current)
        .order_by(_attempt.number)
    )
    rows: dict[tuple[UUID, str], list[Any]] = {}
    for row in session.execute(query):
        rows.setdefault((row.user_id, row.quiz_key), []).append(row)
    counted = {}
    for key, own in rows.items():
        spec = quizzes.pinned_spec(session, own[-1].quiz_version_id)
        before = [AttemptMark(Fraction(row.share), row.passed) for row in own]
        after = [
            changed[row.attempt_id][2] if row.attempt_id in changed else mark
            for row, mark in zip(own, before, strict=True)
        ]
        counted[key] = (
            final_mark(spec.policy, before, spec.pass_mark),
            final_mark(spec.policy, after, spec.pass_mark),
        )
    return counted
