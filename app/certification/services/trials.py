"""Try a changed rule on every student. Nothing is written but the trial itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.certification import queries
from app.certification.models import RuleTrial
from app.certification.queries import Policy
from app.domain.access.actor import Actor
from app.domain.certification.decision import decide
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.certification.trial import Effect, effect, numbers_of, with_numbers
from app.domain.errors import Conflict, Invalid, NotFound
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue

TRY_JOB = "certification.try_rule"
PORTION = 50
SHOWN = 500
"""How many people a trial names; it counts them all."""

Unit = Callable[[], AbstractContextManager[Session]]


def policy_named(session: Session, certification_key: str) -> Policy:
    """The current version of a certification; raises NotFound."""
    found = next((p for p in queries.policies(session) if p.rules.id == certification_key), None)
    if found is None:
        raise NotFound
    return found


def ask_trial(
    session: Session, actor: Actor, certification_key: str, numbers: Mapping[str, int], *, now: datetime
) -> RuleTrial:
    """Ask for a trial of the current rule with other numbers.

    Raises NotFound, Invalid (numbers that make no rule, or no change) or Conflict (one of this rule is under way).
    """
    policy = policy_named(session, certification_key)
    before = {number.path: number.value for number in numbers_of(policy.payload)}
    changes = {path: value for path, value in numbers.items() if before.get(path, 0) != value}
    if not changes:
        raise Invalid("Change at least one number. Nothing was started.")
    try:
        policy_from_dict(with_numbers(policy.payload, changes), policy.rules.pieces.mark)
    except ValueError as problem:
        raise Invalid(str(problem)) from problem
    running = [line for line in queries.trials(session) if line.state in ("queued", "running")]
    if any(line.certification_key == certification_key for line in running):
        raise Conflict("A trial of this rule is under way. Wait for it, or stop it.")
    trial = RuleTrial(
        certification_key=certification_key,
        policy_version_id=policy.definition_id,
        changes={path: [before.get(path, 0), value] for path, value in changes.items()},
        asked_by=actor.user_id,
        asked_at=now,
        total=queries.activity_count(session),
        people=[],
    )
    session.add(trial)
    session.flush()  # the job names its id
    record(
        session, actor, AuditTag.RULE_TRIED, now=now, target_kind="rule_trial", target_id=trial.id,
        certification=certification_key, changes=trial.changes,
    )  # fmt: skip
    enqueue(session, TRY_JOB, {"trial_id": trial.id.hex}, now=now)
    return trial


def stop_trial(session: Session, trial_id: UUID, *, now: datetime) -> None:
    """Stop a trial that is under way; what it has found stays. Raises NotFound."""
    trial = queries.trial(session, trial_id, lock=True)
    if trial.state in ("queued", "running"):
        trial.state, trial.finished_at = "stopped", now


def try_some(reading: Unit, transaction: Unit, trial_id: UUID, *, now: datetime) -> bool:
    """Judge the next portion of people by both rules; True while there are more. Safe to repeat.

    People are read in a session of their own, so that a long trial never holds up those who write.
    """
    with reading() as session:
        trial = queries.trial(session, trial_id)
        if trial.state not in ("queued", "running"):
            return False
        after = trial.after
        people = queries.people_with_activity(session, after, PORTION)
        found = _judge(session, trial, people, now) if people else []
    with transaction() as session:
        trial = queries.trial(session, trial_id, lock=True)
        if trial.state not in ("queued", "running") or trial.after != after:
            return False  # stopped meanwhile, or a twin of this job was here first
        if not people:
            trial.state, trial.finished_at, trial.total = "done", now, trial.done
            return False
        trial.state, trial.after, trial.done = "running", people[-1], trial.done + len(people)
        trial.gained += sum(row["effect"] == Effect.GAINS for row in found)
        trial.lost += sum(row["effect"] == Effect.LOSES for row in found)
        trial.people = [*trial.people, *found][:SHOWN]
    return True


def _judge(session: Session, trial: RuleTrial, people: list[UUID], now: datetime) -> list[dict[str, Any]]:
    published = queries.standards(session)
    payload = queries.policy_payload(session, trial.policy_version_id)
    mark = published.rubric.marks.get(trial.certification_key)
    old = policy_from_dict(payload, mark)
    changed = with_numbers(payload, {path: pair[1] for path, pair in trial.changes.items()})
    new = policy_from_dict(changed, mark)
    held = queries.holders(session, people, trial.certification_key)
    rows = []
    for user_id in people:
        row = _compare(session, user_id, old, new, now)
        if row is not None:
            rows.append({**row, "number": held.get(user_id, "")})
    return rows


def _compare(
    session: Session, user_id: UUID, old: RequirementSet, new: RequirementSet, now: datetime
) -> dict[str, Any] | None:
    published = queries.standards(session)
    evidence = queries.gather(session, user_id, published.rubric).evidence
    before = decide(old, evidence, now, published.titles)
    after = decide(new, evidence, now, published.titles)
    turn = effect(before, after)
    if turn is Effect.STAYS:
        return None
    missing = (after if turn is Effect.LOSES else before).missing
    # Names are looked up when the page is drawn: a trial outlives the account of somebody who leaves.
    return {"id": user_id.hex, "effect": turn.value, "lines": [line.label for line in missing]}
