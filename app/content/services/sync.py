"""Publishing the files: one sync is one release in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Definition, Kind
from app.content.services.plan import Plan, Prefer, SyncReport, plan_of
from app.content.services.releasing import lock_releases, release
from app.content.services.rows import Spot, places_of, row_of
from app.domain.access.actor import Actor
from app.domain.content.content_set import ContentSet
from app.infra.audit import AuditTag, record

RULES = frozenset({Kind.QUIZ, Kind.EXERCISE, Kind.RUBRIC, Kind.CERTIFICATION})


def plan_sync(session: Session, content: ContentSet, *, prefer: Prefer = Prefer.NOBODY) -> SyncReport:
    """Say what `sync_content` would do, without doing it; raises Conflict as it would."""
    return plan_of(content, queries.newest_rows(session), prefer).report(None)


def sync_content(
    session: Session,
    content: ContentSet,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    fingerprint: str = "",
    dry_run: bool = False,
    prefer: Prefer = Prefer.NOBODY,
) -> SyncReport:
    """Publish the content: a new version for each new digest, retirement for each id that is gone.

    Nothing is deleted, and nothing happens when the content is what is live. Raises Conflict when an id
    has become another kind of thing, and Drifted when the files changed what was edited on the web, unless
    `prefer` says whose word counts. `fingerprint` (of the files) lets the next start skip the work.
    """
    if dry_run:
        return plan_sync(session, content, prefer=prefer)
    lock_releases(session)
    plan = plan_of(content, queries.newest_rows(session), prefer)
    places = places_of(content)
    _move(plan.kept, places)
    _move([row for row in plan.on_web if (row.kind, row.key) in places], places)
    for row, said in plan.settled:
        row.file_digest = said
    report = plan.report(None)
    if report.is_empty:
        return report
    counts = {**_counts(content, report), "files": fingerprint}
    made = release(session, actor, now=now, note=note, counts=counts)
    _note_rules(session, actor, plan, made.number, now)
    _write(session, plan, places, made.id, now)
    return plan.report(made.number)


def _note_rules(session: Session, actor: Actor, plan: Plan, release: int, now: datetime) -> None:
    """A line in the log for each rule of assessment that is other from now on: what a mark or certificate rests on."""
    turns = [
        *((new.kind, new.id, None, new.digest) for new in plan.new),
        *((new.kind, new.id, old.digest, new.digest) for new, old in plan.changed),
        *((old.kind, old.key, old.digest, None) for old in plan.retired),
        *((old.kind, old.key, None, old.digest) for old in plan.restored),
    ]
    for kind, key, before, after in turns:
        # A question is a rule for what it was answered by; hundreds of new ones are told by the release itself.
        if kind in RULES or (kind == Kind.ITEM and before is not None):
            facts = {"before": before, "after": after, "release": release}
            record(session, actor, AuditTag.RULE_CHANGED, now=now, target_kind=kind, target_id=key, **facts)


def _move(kept: Iterable[Definition], places: Mapping[tuple[str, str], Spot]) -> None:
    for row in kept:
        spot = places.get((row.kind, row.key), Spot())
        if (row.parent, row.position) != (spot.parent, spot.position):
            row.parent, row.position = spot.parent, spot.position


def _write(session: Session, plan: Plan, places: Mapping[tuple[str, str], Spot], release: UUID, now: datetime) -> None:
    # The old rows step back first: at most one row of an id may be current at any moment.
    retired = [row.id for row in plan.retired]
    replaced = [row.id for _, row in plan.changed if row.is_current]
    _set(session, retired, is_current=False, retired_at=now)
    _set(session, replaced, is_current=False)
    _set(session, [row.id for row in plan.restored], is_current=True, retired_at=None)
    _move(plan.restored, places)
    fresh = [(d, 1) for d in plan.new] + [(d, row.version + 1) for d, row in plan.changed]
    if fresh:
        session.execute(
            insert(Definition),
            [row_of(d, version, places.get((d.kind, d.id), Spot()), release, now) for d, version in fresh],
        )


def _set(session: Session, ids: list[UUID], **values: Any) -> None:
    for start in range(0, len(ids), 500):
        session.execute(update(Definition).where(Definition.id.in_(ids[start : start + 500])).values(**values))


def _counts(content: ContentSet, report: SyncReport) -> dict[str, Any]:
    kinds = Counter(d.kind for d in content.definitions() if d.kind in set(Kind))
    return {
        **dict(sorted(kinds.items())),
        "new": len(report.new),
        "changed": len(report.changed),
        "retired": len(report.retired),
        "restored": len(report.restored),
    }
