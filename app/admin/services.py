"""Changes that cut across the slices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.jobs.models import Job, JobState
from app.infra.runtime import WROTE_JOBS


def retry_job(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Queue a dead job again, with all its tries. Raises NotFound when it is not dead (any more)."""
    revived = {"state": JobState.QUEUED.value, "tries": 0, "run_at": now, "finished_at": None, "dedupe_key": None}
    where = (Job.id == job_id, Job.state == JobState.DEAD.value)
    if session.execute(update(Job).where(*where).values(**revived)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound
    session.info[WROTE_JOBS] = True
    record(session, actor, AuditTag.JOB_RETRIED, now=now, target_kind="job", target_id=job_id)
