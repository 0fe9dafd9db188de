"""Mark essays. Marks are only ever added, and the attempt gets its grade with the last of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor
from app.domain.assessment.items.essay import Essay
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.events import AttemptSubmitted
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.notifications.services import notify
from app.quizzes import queries
from app.quizzes.models import Attempt, Mark, Marking
from app.quizzes.services.attempts import REASON_LENGTH
from app.quizzes.services.grades import add_grade, grade_now

COMMENT_LENGTH = 2_000
MARKED = "Marked by an instructor."


class MarkedMeanwhile(Conflict):
    """Somebody gave a mark after the page was opened. Both marks are there to be looked at; nothing is replaced."""

    def __init__(self) -> None:
        super().__init__("Somebody marked this essay while you had it open.", code="marked_meanwhile")


@dataclass(frozen=True, slots=True)
class MarkDraft:
    """What an instructor chose: points by criterion, a comment, and why an earlier mark changes."""

    points: Mapping[str, object]
    comment: str = ""
    reason: str = ""


def mark_essay(
    session: Session, actor: Actor, marking_id: UUID, draft: MarkDraft, *, revision: int, now: datetime
) -> Mark:
    """Add a mark to an essay; with the last essay of an attempt the attempt is graded and the student told.

    `revision` is what the marker saw. Raises NotFound for an essay that this person may not mark, MarkedMeanwhile
    when there is a newer mark, Invalid for a criterion without a level, or a change without a reason.
    """
    row = queries.marking_row(session, actor, marking_id, lock=True)
    if row.revision != revision:
        raise MarkedMeanwhile
    item = cast("Essay", queries.pinned_item(session, row.item_version_id))
    points = _checked(item, draft, changes=row.revision > 0)
    row.revision, row.is_waiting = row.revision + 1, False
    mark = Mark(
        marking_id=row.id,
        revision=row.revision,
        marker_id=actor.user_id,
        marker_name=actor.name,
        points=points,
        fraction=str(item.fraction_of(points)),
        comment=draft.comment.strip(),
        reason=draft.reason.strip(),
        marked_at=now,
    )
    session.add(mark)
    session.flush()  # what follows reads the marks
    facts = {"item": row.item_key, "revision": row.revision, "fraction": mark.fraction}
    record(session, actor, AuditTag.ESSAY_MARKED, now=now, target_kind="marking", target_id=row.id, **facts)
    if not queries.waits_for_marks(session, row.attempt_id):
        _settle(session, row, reason=draft.reason.strip() or MARKED, now=now)
    return mark


def _checked(item: Essay, draft: MarkDraft, *, changes: bool) -> dict[str, int]:
    """The points of the draft; raises Invalid with everything that is wrong with it."""
    problems: list[FieldProblem] = []
    points: dict[str, int] = {}
    try:
        points = item.check_mark(draft.points)
    except Invalid as error:
        problems += error.problems
    if len(draft.comment.strip()) > COMMENT_LENGTH:
        problems.append(FieldProblem("comment", "too_long", f"Use at most {COMMENT_LENGTH} characters."))
    reason = draft.reason.strip()
    if (changes and not reason) or len(reason) > REASON_LENGTH:
        sentence = f"Say in 1 to {REASON_LENGTH} characters why the mark changes; the student reads it."
        problems.append(FieldProblem("reason", "reason", sentence))
    if problems:
        raise Invalid(problems[0].sentence, problems)
    return points


def _settle(session: Session, row: Marking, *, reason: str, now: datetime) -> None:
    """Grade the attempt by what is known now, and let everybody know who waits for it."""
    attempt = session.get_one(Attempt, row.attempt_id)
    grade = add_grade(
        session, attempt, grade_now(session, attempt, queries.items_of(session, attempt.id)), now=now, reason=reason
    )
    quiz = content.pinned(session, attempt.quiz_version_id)
    notify(
        session,
        attempt.user_id,
        "attempt_marked",
        once_key=f"marked:{attempt.id}:{grade.sequence}",
        url=f"/learn/attempts/{attempt.id}/result",
        now=now,
        title=quiz.title if quiz else attempt.quiz_key,
        again=grade.sequence > 1,
    )
    publish(session, AttemptSubmitted(attempt.user_id.hex, attempt.id.hex), now=now)
