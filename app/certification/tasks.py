"""Whenever something that counts has happened, look whether a certification is met now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.certification import queries, services
from app.domain.access.actor import SYSTEM
from app.domain.events import (
    AttemptSubmitted,
    CredentialIssued,
    GradeChanged,
    LessonCompleted,
    ProofChecked,
    ReviewCompleted,
)
from app.domain.practice.blocks import REFRESHER
from app.infra.jobs.registry import every, handles, task
from app.infra.jobs.worker import JobContext
from app.notifications.services import notify
from app.practice import services as practice
from app.quizzes import queries as quizzes


def _evaluate(context: JobContext, user_id: UUID) -> None:
    with context.transaction() as session:
        services.record_decisions(session, SYSTEM, user_id, now=context.now)


@handles(LessonCompleted, "certification.after_lesson")
def after_lesson(context: JobContext, payload: dict[str, Any]) -> None:
    """A lesson adds hours and may finish a course."""
    _evaluate(context, UUID(payload["user_id"]))


@handles(AttemptSubmitted, "certification.after_attempt")
def after_attempt(context: JobContext, payload: dict[str, Any]) -> None:
    """A quiz may be passed now; the hygiene refresher lets its student send pieces again."""
    user_id = UUID(payload["user_id"])
    with context.transaction() as session:
        if quizzes.is_passed(session, UUID(payload["attempt_id"]), REFRESHER):
            practice.refresher_passed(session, user_id, now=context.runtime.now())
    _evaluate(context, user_id)


@handles(GradeChanged, "certification.after_regrade")
def after_regrade(context: JobContext, payload: dict[str, Any]) -> None:
    """A corrected question may have made a pass. What was decided before stands; people look at that."""
    _evaluate(context, UUID(payload["user_id"]))


@handles(ReviewCompleted, "certification.after_review")
def after_review(context: JobContext, payload: dict[str, Any]) -> None:
    """A piece may be approved now."""
    _evaluate(context, UUID(payload["user_id"]))


@handles(CredentialIssued, "certification.after_credential")
def after_credential(context: JobContext, payload: dict[str, Any]) -> None:
    """A higher tier may have waited for this one."""
    _evaluate(context, UUID(payload["user_id"]))


@handles(ProofChecked, "certification.after_proof")
def after_proof(context: JobContext, payload: dict[str, Any]) -> None:
    """A proof counts from its check on; the student is told."""
    user_id = UUID(payload["user_id"])
    with context.transaction() as session:
        once = f"proof:{payload['proof_id']}"
        notify(session, user_id, "proof_checked", once_key=once, url="/learn/path", now=context.now)
    _evaluate(context, user_id)


@task(services.TRY_JOB)
def try_rule(context: JobContext, payload: dict[str, Any]) -> None:
    """Judge everybody by a changed rule; the trial says how far it is and goes on there when it is run again."""
    trial_id = UUID(payload["trial_id"])
    while services.try_some(context.reading, context.transaction, trial_id, now=context.now):
        with context.reading() as session:
            trial = queries.trial(session, trial_id)
        context.progress(trial.done, trial.total)


@every(timedelta(days=1), "certification.remind")
def remind(context: JobContext, _payload: dict[str, Any]) -> None:
    """Once a day: tell people of certificates and proofs that end in 90, 30 or 7 days."""
    after: UUID | None = None
    while True:
        with context.reading() as session:
            faces = queries.faces_in_force(session, context.now, after)
        if not faces:
            return
        with context.transaction() as session:
            services.remind(session, faces, now=context.now)
        after = faces[-1].id


@task("certification.evaluate")
def evaluate(context: JobContext, payload: dict[str, Any]) -> None:
    """Evaluate one person on request."""
    _evaluate(context, UUID(payload["user_id"]))


@every(timedelta(days=1), "certification.sweep")
def sweep(context: JobContext, _payload: dict[str, Any]) -> None:
    """Once a day for everybody: time alone can complete a requirement (months since a lower tier)."""
    after: UUID | None = None
    while True:
        with context.reading() as session:
            people = queries.people_with_activity(session, after)
        if not people:
            return
        for user_id in people:
            _evaluate(context, user_id)
        after = people[-1]
