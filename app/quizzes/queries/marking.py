"""Essays to be marked, and what was given for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.accounts.models import RoleGrant
from app.content.models import Definition
from app.domain.access.actor import Actor
from app.domain.assessment.items.essay import Essay, EssayResponse, HandMark
from app.domain.errors import NotFound
from app.quizzes.models import Attempt, AttemptItem, Grade, Mark, Marking
from app.quizzes.queries.definitions import pinned_item

PROMPT_SHOWN = 160


@dataclass(frozen=True, slots=True)
class MarkingLine:
    """An essay in the queue. Whose it is is not told: marks are given without knowing the name."""

    id: UUID
    quiz_title: str
    section: str
    prompt: str
    sent_at: datetime
    is_waiting: bool
    revision: int


@dataclass(frozen=True, slots=True)
class MarkingSheet:
    """One essay with its rubric, its text and every mark that it was given, newest first."""

    id: UUID
    attempt_id: UUID
    quiz_title: str
    item: Essay
    response: EssayResponse
    sent_at: datetime
    is_waiting: bool
    revision: int
    marks: Sequence[Mark]

    @property
    def newest(self) -> Mark | None:
        """The mark that counts."""
        return self.marks[0] if self.marks else None


def _may_mark(actor: Actor) -> list[Any]:
    """Nobody marks their own essay or that of somebody of their studio."""
    rules: list[Any] = [Marking.user_id != actor.user_id]
    if actor.studio_ids:
        colleagues = select(RoleGrant.user_id).where(
            RoleGrant.studio_id.in_(actor.studio_ids), RoleGrant.ended_at.is_(None)
        )
        rules.append(Marking.user_id.not_in(colleagues))
    return rules


def marking_queue(
    session: Session, actor: Actor, *, waiting: bool, after: tuple[datetime, str] | None = None, size: int = 30
) -> list[MarkingLine]:
    """Essays that wait, or those that are marked, in the order in which they came; one row more if there are more."""
    item, quiz = aliased(Definition), aliased(Definition)
    query = (
        select(
            Marking.id,
            quiz.title.label("quiz_title"),
            item.step.label("section"),
            item.payload["prompt"].as_string().label("prompt"),
            Marking.sent_at,
            Marking.is_waiting,
            Marking.revision,
        )
        .join(Attempt, Attempt.id == Marking.attempt_id)
        .join(quiz, quiz.id == Attempt.quiz_version_id)
        .join(item, item.id == Marking.item_version_id)
        .where(Marking.is_waiting.is_(waiting), *_may_mark(actor))
        .order_by(Marking.sent_at, Marking.id)
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Marking.sent_at, Marking.id) > (after[0], UUID(after[1])))
    return [MarkingLine(**{**row._asdict(), "prompt": first_line(row.prompt)}) for row in session.execute(query)]


def first_line(prompt: str) -> str:
    """A prompt on one line, cut where it gets long."""
    line = " ".join(prompt.split())
    return line if len(line) <= PROMPT_SHOWN else line[: PROMPT_SHOWN - 1].rstrip() + "\u2026"


def markings_waiting(session: Session, actor: Actor) -> int:
    """How many essays wait that this person may mark."""
    query = select(func.count()).select_from(Marking).where(Marking.is_waiting, *_may_mark(actor))
    return session.scalar(query) or 0


def marking_row(session: Session, actor: Actor, marking_id: UUID, *, lock: bool = False) -> Marking:
    """The row of an essay that this person may mark; raises NotFound for any other.

    `lock` locks the attempt too: of two essays of one attempt, marked at once, the second has to see the first.
    """
    query = select(Marking).where(Marking.id == marking_id, *_may_mark(actor))
    found = session.scalar(query)
    if found is None:
        raise NotFound
    if lock:
        session.scalar(select(Attempt.id).where(Attempt.id == found.attempt_id).with_for_update())
        session.refresh(found)
    return found


def marking_sheet(session: Session, actor: Actor, marking_id: UUID) -> MarkingSheet:
    """Everything that marking an essay needs; raises NotFound where the person may not mark it."""
    row = marking_row(session, actor, marking_id)
    item = cast("Essay", pinned_item(session, row.item_version_id))
    answer = session.scalars(select(AttemptItem.response).where(AttemptItem.id == row.attempt_item_id)).one()
    title = select(Definition.title).join(Attempt, Attempt.quiz_version_id == Definition.id)
    marks = session.scalars(select(Mark).where(Mark.marking_id == row.id).order_by(Mark.revision.desc())).all()
    return MarkingSheet(
        id=row.id,
        attempt_id=row.attempt_id,
        quiz_title=session.scalars(title.where(Attempt.id == row.attempt_id)).one(),
        item=item,
        response=item.response_from_json(answer or {}),
        sent_at=row.sent_at,
        is_waiting=row.is_waiting,
        revision=row.revision,
        marks=marks,
    )


def marks_of(session: Session, attempt_id: UUID) -> dict[str, HandMark]:
    """The marks that count for the essays of an attempt, by item key; one statement."""
    query = (
        select(Marking.item_key, Mark.points, Mark.comment, Mark.fraction)
        .join(Mark, (Mark.marking_id == Marking.id) & (Mark.revision == Marking.revision))
        .where(Marking.attempt_id == attempt_id)
    )
    return {
        row.item_key: HandMark(dict(row.points), row.comment, Fraction(row.fraction)) for row in session.execute(query)
    }


def waits_for_marks(session: Session, attempt_id: UUID) -> int:
    """How many essays of an attempt wait to be marked."""
    query = select(func.count()).select_from(Marking).where(Marking.attempt_id == attempt_id, Marking.is_waiting)
    return session.scalar(query) or 0


def waits_for_first_grade(session: Session, attempt_id: UUID) -> bool:
    """True when an attempt is handed in and has no grade yet, because an essay waits."""
    graded = select(Grade.id).where(Grade.attempt_id == attempt_id).exists()
    query = select(Marking.id).where(Marking.attempt_id == attempt_id, Marking.is_waiting, ~graded).limit(1)
    return session.scalar(query) is not None
