"""Correct the hours ledger: by further lines, never by changing one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.practice.hours import CorrectionRefused, Source, correction_minutes
from app.infra.audit import AuditTag, record
from app.practice import queries
from app.practice.models import HoursLine


def correct_hours(
    session: Session, actor: Actor, key: str, *, true_minutes: int | None, reason: str, now: datetime
) -> HoursLine:
    """Add a correction after which the line `key` of one's own ledger counts `true_minutes`.

    Raises NotFound for a line that is not the person's, Invalid with a sentence at the field otherwise.
    """
    session.get_one(User, actor.user_id, with_for_update=True)  # two corrections at once must see each other
    ledger = queries.ledger(session, actor.user_id)
    found = ledger.row(key)
    if found is None:
        raise NotFound
    reason = " ".join(reason.replace("\0", "").split())
    if true_minutes is None:
        raise _refused("minutes", "Write the right time in minutes, a whole number.")
    try:
        minutes = correction_minutes(found.line, ledger.lines, true_minutes, reason)
    except CorrectionRefused as refusal:
        raise _refused(refusal.field, refusal.sentence) from refusal
    line = HoursLine(
        user_id=actor.user_id,
        source=Source.CORRECTION.value,
        minutes=minutes,
        on_day=found.line.day,
        corrects=key,
        reason=reason,
        created_at=now,
    )
    session.add(line)
    session.flush()
    record(
        session,
        actor,
        AuditTag.HOURS_CORRECTED,
        now=now,
        target_kind="hours_line",
        target_id=line.id,
        corrects=key,
        minutes=minutes,
    )
    return line


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(field, "correction", sentence)])
