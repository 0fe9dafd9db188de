"""Publishing the files: one sync is one release in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Definition, Kind, Release
from app.domain.access.actor import Actor
from app.domain.content import schema
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_certification import Certification
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_lessons import Course, Lesson
from app.domain.content.schema_practice import Exercise
from app.domain.content.schema_quizzes import Quiz
from app.domain.errors import Conflict
from app.domain.events import ContentReleased
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish

_KINDS = frozenset(kind.value for kind in Kind)
_TITLES = {
    Kind.GLOSSARY.value: "Glossary",
    Kind.DEFECTS.value: "Defect codes",
    Kind.CLIENTS.value: "Fictional clients",
}


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or would do. Entries are (kind, id); `release` is None when nothing was released."""

    release: int | None
    new: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    retired: tuple[tuple[str, str], ...] = ()
    restored: tuple[tuple[str, str], ...] = ()
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """True when the live content already is what the files say."""
        return not (self.new or self.changed or self.retired or self.restored)

    @property
    def sentence(self) -> str:
        """The report in one line."""
        if self.is_empty:
            return f"nothing changed, {self.unchanged} definitions"
        head = f"release {self.release}" if self.release is not None else "a sync would make a release"
        parts = {"new": self.new, "changed": self.changed, "retired": self.retired, "restored": self.restored}
        counted = [f"{len(entries)} {name}" for name, entries in parts.items() if entries]
        return f"{head}: {', '.join(counted)}, {self.unchanged} unchanged"


@dataclass(slots=True)
class _Plan:
    new: list[schema.Definition] = field(default_factory=list)
    changed: list[tuple[schema.Definition, Definition]] = field(default_factory=list)
    restored: list[Definition] = field(default_factory=list)
    retired: list[Definition] = field(default_factory=list)
    kept: list[Definition] = field(default_factory=list)

    def report(self, release: int | None) -> SyncReport:
        return SyncReport(
            release=release,
            new=tuple((d.kind, d.id) for d in self.new),
            changed=tuple((d.kind, d.id) for d, _ in self.changed),
            retired=tuple((row.kind, row.key) for row in self.retired),
            restored=tuple((row.kind, row.key) for row in self.restored),
            unchanged=len(self.kept),
        )


def plan_sync(session: Session, content: ContentSet) -> SyncReport:
    """Say what `sync_content` would do, without doing it; raises Conflict as it would."""
    return _plan(content, queries.newest_rows(session)).report(None)


def sync_content(
    session: Session,
    content: ContentSet,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    fingerprint: str = "",
    dry_run: bool = False,
) -> SyncReport:
    """Publish the content: a new version for each new digest, retirement for each id that is gone.

    Nothing is deleted, and nothing happens when the content is what is live. Raises Conflict when an id
    has become another kind of thing. `fingerprint` (of the files) lets the next start skip the work.
    """
    rows = queries.newest_rows(session)
    plan = _plan(content, rows)
    if dry_run:
        return plan.report(None)
    places = _places(content)
    _move(plan.kept, places)
    report = plan.report(None)
    if report.is_empty:
        return report
    last = queries.live_release(session)
    release = Release(
        id=uuid4(),
        number=last.number + 1 if last else 1,
        created_at=now,
        actor_id=actor.id,
        note=note[:500],
        counts={**_counts(content, report), "files": fingerprint},
    )
    session.add(release)
    _write(session, plan, places, release.id, now)
    record(
        session,
        actor,
        AuditTag.CONTENT_RELEASED,
        now=now,
        target_kind="release",
        target_id=release.id,
        number=release.number,
        new=len(report.new),
        changed=len(report.changed),
        retired=len(report.retired),
    )
    publish(session, ContentReleased(release_id=release.id.hex), now=now)
    return plan.report(release.number)


def _plan(content: ContentSet, rows: Mapping[tuple[str, str], Definition]) -> _Plan:
    plan = _Plan()
    wanted = {(d.kind, d.id): d for d in content.definitions() if d.kind in _KINDS}
    _refuse_other_kinds(wanted, rows)
    for place, definition in wanted.items():
        row = rows.get(place)
        if row is None:
            plan.new.append(definition)
        elif row.digest != definition.digest:
            plan.changed.append((definition, row))
        elif row.is_current:
            plan.kept.append(row)
        else:
            plan.restored.append(row)
    plan.retired = [row for place, row in rows.items() if row.is_current and place not in wanted]
    return plan


def _refuse_other_kinds(
    wanted: Mapping[tuple[str, str], schema.Definition], rows: Mapping[tuple[str, str], Definition]
) -> None:
    """An id stays what it was: records point at it, and a regrade compares its versions."""
    kinds: dict[str, set[str]] = {}
    for kind, key in rows:
        kinds.setdefault(key, set()).add(kind)
    faults = []
    for (kind, key), definition in wanted.items():
        row = rows.get((kind, key))
        if row is None and key in kinds:
            faults.append(f"{key} was a {' and a '.join(sorted(kinds[key]))} and cannot become a {kind}.")
        elif row is not None and isinstance(definition, ItemBase) and row.subtype != _subtype(definition):
            faults.append(f"{key} was a {row.subtype} item and cannot become {_subtype(definition)}.")
    if faults:
        raise Conflict(" ".join(faults) + " Give the new thing a new id.", code="kind_changed")


@dataclass(frozen=True, slots=True)
class _Spot:
    parent: str = ""
    position: int = 0


def _places(content: ContentSet) -> dict[tuple[str, str], _Spot]:
    """Parent and position of everything that stands in an order. They are not part of the digest."""
    spots: dict[tuple[str, str], _Spot] = {}
    for course in content.courses.values():
        spots["course", course.id] = _Spot("", course.position)
        for number, lesson_id in enumerate(course.lessons, start=1):
            spots["lesson", lesson_id] = _Spot(course.id, number)
    counted: Counter[str] = Counter()
    for item in content.items.values():
        counted[item.bank] += 1
        spots["item", item.id] = _Spot(item.bank, counted[item.bank])
    for number, quiz in enumerate(content.quizzes.values(), start=1):
        spots["quiz", quiz.id] = _Spot(quiz.course or "", number)
    for number, exercise in enumerate(content.exercises.values(), start=1):
        spots["exercise", exercise.id] = _Spot("", number)
    for certification in content.certifications.values():
        spots["certification", certification.id] = _Spot("", schema.TIERS.index(certification.id))
    return spots


def _move(kept: Iterable[Definition], places: Mapping[tuple[str, str], _Spot]) -> None:
    for row in kept:
        spot = places.get((row.kind, row.key), _Spot())
        if (row.parent, row.position) != (spot.parent, spot.position):
            row.parent, row.position = spot.parent, spot.position


def _write(
    session: Session, plan: _Plan, places: Mapping[tuple[str, str], _Spot], release: UUID, now: datetime
) -> None:
    # The old rows step back first: at most one row of an id may be current at any moment.
    retired = [row.id for row in plan.retired]
    replaced = [row.id for _, row in plan.changed if row.is_current]
    _set(session, retired, is_current=False, retired_at=now)
    _set(session, replaced, is_current=False)
    _set(session, [row.id for row in plan.restored], is_current=True, retired_at=None)
    _move(plan.restored, places)
    fresh = [(d, 1) for d in plan.new] + [(d, row.version + 1) for d, row in plan.changed]
    session.flush()  # The release must exist before rows point at it.
    if fresh:
        session.execute(insert(Definition), [_row(d, version, places, release, now) for d, version in fresh])


def _set(session: Session, ids: list[UUID], **values: Any) -> None:
    for start in range(0, len(ids), 500):
        session.execute(update(Definition).where(Definition.id.in_(ids[start : start + 500])).values(**values))


def _row(
    definition: schema.Definition,
    version: int,
    places: Mapping[tuple[str, str], _Spot],
    release: UUID,
    now: datetime,
) -> dict[str, Any]:
    payload = definition.payload
    spot = places.get((definition.kind, definition.id), _Spot())
    title = payload.get("title") or payload.get("prompt") or _TITLES.get(definition.kind, definition.id)
    return {
        "id": uuid4(),
        "kind": definition.kind,
        "key": definition.id,
        "version": version,
        "digest": definition.digest,
        "title": " ".join(title.split())[:300],
        "parent": spot.parent,
        "position": spot.position,
        "step": payload.get("step") or "",
        "topic": payload.get("topic") or "",
        "subtype": _subtype(definition),
        "difficulty": payload.get("difficulty"),
        "is_safety": bool(payload.get("safety", False)),
        "minutes": _minutes(definition),
        "payload": payload,
        "is_current": True,
        "release_id": release,
        "retired_at": None,
        "created_at": now,
    }


def _subtype(definition: schema.Definition) -> str:
    """The type of an item, the kind of a quiz, the tier of a course, the code of an exercise."""
    if isinstance(definition, ItemBase):
        return str(definition.payload["type"])
    if isinstance(definition, Quiz):
        return definition.quiz_kind
    if isinstance(definition, Course):
        return definition.tier
    if isinstance(definition, Exercise):
        return definition.code
    return str(definition.id) if isinstance(definition, Certification) else ""


def _minutes(definition: schema.Definition) -> int:
    if isinstance(definition, Lesson | Exercise):
        return definition.minutes
    if isinstance(definition, Quiz):
        return definition.time_limit_minutes or 0
    return round(definition.hours * 60) if isinstance(definition, Course) else 0


def _counts(content: ContentSet, report: SyncReport) -> dict[str, Any]:
    kinds = Counter(d.kind for d in content.definitions() if d.kind in _KINDS)
    return {
        **dict(sorted(kinds.items())),
        "new": len(report.new),
        "changed": len(report.changed),
        "retired": len(report.retired),
        "restored": len(report.restored),
    }
