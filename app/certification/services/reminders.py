"""Remind people before a certificate or a proof ends: 90, 30 and 7 days before, once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.queries import Face
from app.domain.certification.renewal import due_reminder
from app.notifications.services import notify


def remind(session: Session, faces: Sequence[Face], *, now: datetime) -> int:
    """Tell the holders of these certificates what ends soon; returns how many were told. Safe to repeat.

    A reminder is known by what ends, its last day and the number of days, so a job that was down for a week sends
    the most urgent one only, and a renewed certificate gets its own reminders again.
    """
    today, told = now.date(), 0
    standings = queries.proof_standings(session, [face.id for face in faces], today)
    for face in faces:
        days = due_reminder(face.valid_until.date(), today)
        if days is not None:
            last = face.valid_until.date().isoformat()
            renewed = face.rules.renewal is not None
            told += notify(
                session,
                face.user_id,
                "renewal_due",
                once_key=f"ends:{face.number}:{last}:{days}",
                url=f"/learn/path/renewal/{face.rules.id}" if renewed else "/learn/path",
                now=now,
                title=face.rules.title,
                date=last,
            )
        for proof in standings.get(face.id, ()):
            days = None if proof.until is None else due_reminder(proof.until, today)
            if days is None or proof.until is None:
                continue
            told += notify(
                session,
                face.user_id,
                "proof_ends",
                once_key=f"proof-ends:{proof.kind}:{proof.until}:{days}",
                url=f"/learn/path/proofs/new?kind={proof.kind}",
                now=now,
                title=proof.title,
                date=proof.until.isoformat(),
            )
    return told
