"""What is published now: the rubric, the certifications, and the printed names of what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind, Release
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.errors import NotFound
from app.domain.rubric.rubric import Rubric, rubric_from_dict
from app.infra.cache import Lru


@dataclass(frozen=True, slots=True)
class Policy:
    """A certification in its current version, with what it is called."""

    definition_id: UUID
    version: int
    rules: RequirementSet
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standards:
    """What is published now: the rubric, every certification (lowest tier first), and printed names by id."""

    rubric: Rubric
    policies: tuple[Policy, ...]
    titles: Mapping[str, str]


_release, _definition = Release.__table__.c, Definition.__table__.c

_LIVE_RELEASE = select(_release.id).order_by(_release.number.desc()).limit(1)
_standards: Lru[UUID, Standards] = Lru(4)


def standards(session: Session) -> Standards:
    """What is published now; one statement, and four more once for each release. Raises NotFound before the first."""
    release_id: UUID | None = session.scalar(_LIVE_RELEASE)
    if release_id is None:
        raise NotFound("No rubric is published yet.")
    return _standards.get(release_id, lambda: _read_standards(session))


def _read_standards(session: Session) -> Standards:
    rubric = rubric_from_dict(rubric_payload(session))
    kinds = (Kind.COURSE, Kind.QUIZ, Kind.EXERCISE, Kind.CERTIFICATION)
    named = select(_definition.key, _definition.title).where(
        _definition.kind.in_([kind.value for kind in kinds]), _definition.is_current
    )
    names = {row.key: row.title for row in session.execute(named)}
    return Standards(rubric, tuple(_read_policies(session, rubric)), MappingProxyType(names))


def policies(session: Session) -> Sequence[Policy]:
    """All certifications in their current versions, lowest tier first; raises NotFound before the first sync."""
    return standards(session).policies


def titles(session: Session) -> Mapping[str, str]:
    """Printed names of everything that a requirement can refer to, by id; raises NotFound before the first sync."""
    return standards(session).titles


def _read_policies(session: Session, rubric: Rubric) -> list[Policy]:
    query = (
        select(_definition.id, _definition.version, _definition.payload)
        .where(_definition.kind == Kind.CERTIFICATION.value, _definition.is_current)
        .order_by(_definition.position, _definition.key)
    )
    found = [
        Policy(row.id, row.version, policy_from_dict(row.payload, rubric.marks.get(row.payload["id"])), row.payload)
        for row in session.execute(query)
    ]
    return sorted(found, key=lambda p: len(p.rules.courses) if not p.rules.prerequisite else 1000 + _depth(p, found))


def _depth(policy: Policy, found: Sequence[Policy]) -> int:
    """How many tiers lie below; a circle of prerequisites is refused by the content check."""
    depth, by_id = 0, {p.rules.id: p for p in found}
    current: Policy | None = policy
    while current is not None and current.rules.prerequisite is not None and depth < len(found):
        depth += 1
        current = by_id.get(current.rules.prerequisite.certification)
    return depth


def rubric_payload(session: Session) -> dict[str, Any]:
    """The current rubric in its canonical form; raises NotFound before the first content sync."""
    query = select(Definition.payload).where(Definition.kind == Kind.RUBRIC.value, Definition.is_current)
    payload = session.scalar(query)
    if payload is None:
        raise NotFound("No rubric is published yet.")
    return dict(payload)


def policy_payload(session: Session, definition_id: UUID) -> dict[str, Any]:
    """A pinned version of a certification."""
    return dict(session.scalars(select(Definition.payload).where(Definition.id == definition_id)).one())


def policy_version(session: Session, definition_id: UUID) -> int:
    """Its version number."""
    return session.scalars(select(Definition.version).where(Definition.id == definition_id)).one()
