"""Whose keys are out: what a person has been told in attempts, and which items must stay silent for now.

Whoever shows the answer to an item outside of an attempt (training does) asks here first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from app.content.models import Definition, Kind
from app.domain.assessment.quiz import QuizSpec
from app.domain.assessment.release import Shown, shown
from app.quizzes.models import Attempt, AttemptItem, Grade
from app.quizzes.queries.attempts import closed_among
from app.quizzes.queries.definitions import pinned_specs
from app.quizzes.queries.faces import AttemptFace, Standing
from app.quizzes.queries.standing import attempts_of, standing_of


@dataclass(frozen=True, slots=True)
class Keys:
    """The attempts whose keys a person was shown, and the items whose keys some attempt of theirs holds back.

    An item may be in both: released by one quiz, drawn again by an exam. Then it is silent.
    """

    released: frozenset[UUID]
    withheld: frozenset[str]


def allowed_of(
    spec: QuizSpec,
    live: QuizSpec | None,
    attempts: Sequence[AttemptFace],
    now: datetime,
    *,
    submitted: bool,
    closed: bool,
) -> tuple[Standing, Shown]:
    """What may be shown of an attempt under `spec`, and where its person stands with the quiz.

    `live` is the quiz as it is now, None when it was retired; `attempts` are all of theirs at it, newest first;
    `closed` says that the quiz is closed for everybody.
    """
    standing = standing_of(live or spec, attempts, now, closed=closed)
    # A retired quiz cannot be started again, so only a running attempt is left to protect.
    left = standing.still_to_come if live is not None else int(standing.running is not None)
    return standing, shown(spec, submitted=submitted, passed=standing.passed, attempts_left=left, closed=closed)


def keys_of(session: Session, user_id: UUID, now: datetime) -> Keys:
    """Which keys are out for a person; three or four statements, however many attempts there are."""
    faces = attempts_of(session, user_id)
    versions = _versions(session, user_id)
    specs = pinned_specs(session, {version for pair in versions.values() for version in pair if version is not None})
    closed = closed_among(session, (specs[version] for version, _live in versions.values()), now)
    by_quiz: dict[str, list[AttemptFace]] = {}
    for face in faces:
        by_quiz.setdefault(face.quiz_key, []).append(face)
    released = set()
    for face in faces:
        version, live = versions[face.id]
        spec = specs[version]
        over = spec.id in closed and spec.closes_at is not None and now >= spec.closes_at
        # Without a grade, a person has yet to mark an answer: nothing of the attempt is shown.
        done = not face.is_open and face.passed is not None
        own = by_quiz[face.quiz_key]
        _standing, allowed = allowed_of(spec, specs[live] if live else None, own, now, submitted=done, closed=over)
        if allowed.key:
            released.add(face.id)
    silent = [face.id for face in faces if face.id not in released]
    return Keys(frozenset(released), frozenset(_items_in(session, silent)))


def _versions(session: Session, user_id: UUID) -> dict[UUID, tuple[UUID, UUID | None]]:
    """For each attempt of a person, the version of its quiz and the one that is live, if any."""
    live = aliased(Definition)
    same = and_(live.kind == Kind.QUIZ.value, live.key == Attempt.quiz_key, live.is_current)
    query = (
        select(Attempt.id, Attempt.quiz_version_id, live.id.label("live_id"))
        .outerjoin(live, same)
        .where(Attempt.user_id == user_id)
    )
    return {row.id: (row.quiz_version_id, row.live_id) for row in session.execute(query)}


def _items_in(session: Session, attempt_ids: Collection[UUID]) -> Iterable[str]:
    if not attempt_ids:
        return ()
    return session.scalars(select(AttemptItem.item_key).where(AttemptItem.attempt_id.in_(attempt_ids)).distinct())


def missed_items(session: Session, user_id: UUID, attempt_ids: Collection[UUID]) -> set[str]:
    """Items that were not wholly right in some of a person's attempts, by the grades that count now."""
    if not attempt_ids:
        return set()
    own = (Grade.user_id == user_id, Grade.attempt_id.in_(attempt_ids), Grade.is_current)
    reports = session.scalars(select(Grade.report).where(*own))
    return {key for report in reports for key, share in report["items"].items() if Fraction(share["fraction"]) < 1}


def met_items(session: Session, user_id: UUID, lesson_key: str) -> list[tuple[str, UUID]]:
    """The live items about a lesson that a person met in quizzes: each with the attempt."""
    live = and_(Definition.kind == Kind.ITEM.value, Definition.key == AttemptItem.item_key, Definition.is_current)
    query = (
        select(AttemptItem.item_key, AttemptItem.attempt_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Definition, live)
        .where(Attempt.user_id == user_id, Definition.payload["lesson"].as_string() == lesson_key)
    )
    return [(row.item_key, row.attempt_id) for row in session.execute(query)]
