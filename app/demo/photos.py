"""What the demo must put right because its photos are a handful of drawings that many pieces share."""

from __future__ import annotations

from sqlalchemy import delete, select

from app.infra.runtime import Runtime
from app.practice.models import IntegrityFlag, Submission


def keep_honest_flags(runtime: Runtime) -> None:
    """Take back the flags that only the shared drawings raised; the newest piece in the queue keeps its own to show."""
    with runtime.transaction() as session:
        waiting = select(Submission.id).where(Submission.state.in_(("waiting", "in_review")))
        shown = session.scalar(waiting.order_by(Submission.sent_at.desc(), Submission.id).limit(1))
        flags = delete(IntegrityFlag)
        if shown is None:
            session.execute(flags)
            return
        session.execute(flags.where(IntegrityFlag.submission_id != shown))
        # One look-alike is a find; three and forty more are a drawer of the same drawings.
        alike = (
            IntegrityFlag.submission_id == shown,
            IntegrityFlag.finding.in_(("same_piece", "same_photo", "mirrored")),
        )
        found = session.scalars(select(IntegrityFlag).where(*alike).order_by(IntegrityFlag.found_at, IntegrityFlag.id))
        for place, flag in enumerate(found):
            if place:
                session.delete(flag)
            flag.facts = {name: fact for name, fact in flag.facts.items() if name != "more"}
