"""Grades of attempts: worked out from what is saved and from marks that people gave, and only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.domain.access.actor import SYSTEM
from app.domain.assessment.exact import hundredths
from app.domain.assessment.grading import AttemptGrade, grade_attempt
from app.domain.assessment.scoring import SURE
from app.infra.audit import AuditTag, record
from app.quizzes import queries
from app.quizzes.models import Attempt, AttemptItem, Grade, Marking, SafetyRisk


def grade_now(session: Session, attempt: Attempt, rows: Sequence[AttemptItem]) -> AttemptGrade:
    """Grade the saved answers by the versions that judge them; essays by the marks that people gave."""
    versions = queries.definitions_of(session, [row.graded_version_id for row in rows])
    items = {version_id: item.for_seed(attempt.seed) for version_id, item in versions.items()}
    by_hand = any(item.by_hand for item in items.values())
    return grade_attempt(
        queries.pinned_spec(session, attempt.quiz_version_id),
        [items[row.graded_version_id] for row in rows],
        {
            row.item_key: items[row.graded_version_id].response_from_json(row.response)
            for row in rows
            if row.response is not None
        },
        queries.marks_of(session, attempt.id) if by_hand else None,
    )


def ask_for_marks(session: Session, attempt: Attempt, essays: Sequence[AttemptItem]) -> None:
    """Put the essays of an attempt into the marking queue; the attempt has no grade until all are marked."""
    session.add_all(
        Marking(
            attempt_item_id=slot.id,
            attempt_id=attempt.id,
            user_id=attempt.user_id,
            item_key=slot.item_key,
            item_version_id=slot.item_version_id,
            sent_at=attempt.submitted_at,
        )
        for slot in essays
    )


def note_risks(session: Session, attempt: Attempt, missed: Sequence[str], *, anew: bool) -> None:
    """Write down on which safety items the person was sure and wrong, by the grade that counts now."""
    if anew:
        session.execute(delete(SafetyRisk).where(SafetyRisk.attempt_id == attempt.id))
    if not missed or not queries.pinned_spec(session, attempt.quiz_version_id).certainty:
        return
    session.add_all(
        SafetyRisk(
            attempt_item_id=slot.id,
            attempt_id=attempt.id,
            user_id=attempt.user_id,
            item_key=slot.item_key,
            item_version_id=slot.graded_version_id,
            answered_at=attempt.submitted_at,
        )
        for slot in queries.items_of(session, attempt.id)
        if slot.certainty == SURE and slot.response is not None and slot.item_key in missed
    )


def add_grade(session: Session, attempt: Attempt, grade: AttemptGrade, *, now: datetime, reason: str = "") -> Grade:
    """Append a grade; the newest counts, older ones stay as they were.

    Raises ValueError for a grade in which an essay still waits for its mark: there is no such thing yet.
    """
    if grade.waiting:
        raise ValueError("An attempt is graded when its last essay is marked.")
    previous = queries.current_grade(session, attempt.id)
    if previous is not None:
        session.execute(update(Grade).where(Grade.attempt_id == attempt.id).values(is_current=False))
    row = Grade(
        attempt_id=attempt.id,
        user_id=attempt.user_id,
        quiz_key=attempt.quiz_key,
        sequence=previous.sequence + 1 if previous else 1,
        percent=Decimal(hundredths(grade.percent)) / 100,
        passed=grade.passed,
        safety_missed=len(grade.safety_missed),
        report=grade.summary(),
        reason=reason,
        graded_at=now,
    )
    session.add(row)
    note_risks(session, attempt, grade.safety_missed, anew=previous is not None)
    session.flush()  # the caller shows it
    if previous is not None:
        facts = {"before": _stands(previous), "after": _stands(row), "reason": reason}
        record(session, SYSTEM, AuditTag.GRADE_CHANGED, now=now, target_kind="attempt", target_id=attempt.id, **facts)
    return row


def _stands(grade: Grade) -> dict[str, Any]:
    return {"sequence": grade.sequence, "percent": str(grade.percent), "passed": grade.passed}
