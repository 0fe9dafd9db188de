"""Edits on the web: one item, or the draws of one quiz, checked like the files and published as a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.content import queries
from app.content.models import Definition, Kind, Origin
from app.content.services.releasing import lock_releases, release
from app.content.services.rows import Spot, row_of
from app.domain.access.actor import Actor
from app.domain.content import editing, schema
from app.domain.content.editing import Checked
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_quizzes import Quiz
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.infra.audit import AuditTag, record

LONGEST_SOURCE = 60_000
SHORTEST_NOTE = 5


class Overtaken(Conflict):
    """Somebody published another version since this one was opened; nothing of either is lost."""

    def __init__(self, version: int, payload: Mapping[str, Any]) -> None:
        super().__init__(
            f"Version {version} was published while you edited. Your text is kept here; nothing was published.",
            code="overtaken",
        )
        self.version = version
        self.payload = payload


class Refused(Invalid):
    """The checks found errors; `checked` has them all."""

    def __init__(self, checked: Checked[Any]) -> None:
        problems = [FieldProblem("source", finding.code, finding.sentence) for finding in checked.errors]
        super().__init__("This cannot be published yet: see the problems.", problems, code="content")
        self.checked = checked


@dataclass(frozen=True, slots=True)
class Published:
    """The new live version and the number of the release that brought it."""

    id: UUID
    version: int
    release: int


def check_item(session: Session, key: str, source: str, *, quizzes: Path) -> Checked[ItemBase]:
    """Check the YAML of a live item as the files are checked, without saving anything; raises NotFound, Invalid."""
    if len(source) > LONGEST_SOURCE:
        raise Invalid(f"The text of an item has at most {LONGEST_SOURCE} characters.", code="too_long")
    live = queries.live_content(session)
    before = live.items.get(key)
    if before is None:
        raise NotFound
    return editing.check_item(source, before, live, quizzes)


def check_draws(session: Session, key: str, rows: Sequence[Mapping[str, Any]]) -> Checked[Quiz]:
    """Check draws for a live quiz, without saving anything; raises NotFound."""
    live = queries.live_content(session)
    before = live.quizzes.get(key)
    if before is None:
        raise NotFound
    return editing.check_draws(rows, before, live)


def publish_item(
    session: Session, actor: Actor, key: str, source: str, *, base: int, note: str, quizzes: Path, now: datetime
) -> Published:
    """Make the text the next version of the item, at once live.

    `base` is the version that was edited: raises Overtaken when another one is live by now. Raises Refused when the
    checks find an error, Invalid when nothing was changed or the note says nothing.
    """
    lock_releases(session)
    row = _row_to_replace(session, Kind.ITEM, key, base)
    checked = check_item(session, key, source, quizzes=quizzes)
    return _publish(session, actor, row, _allowed(checked), note, now)


def publish_draws(
    session: Session,
    actor: Actor,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    base: int,
    note: str,
    now: datetime,
) -> Published:
    """Make the rows the draws of the quiz, at once live; raises what `publish_item` raises."""
    lock_releases(session)
    row = _row_to_replace(session, Kind.QUIZ, key, base)
    return _publish(session, actor, row, _allowed(check_draws(session, key, rows)), note, now)


def _allowed(checked: Checked[Any]) -> schema.Definition:
    if checked.definition is None or checked.errors:
        raise Refused(checked)
    found: schema.Definition = checked.definition
    return found


def _row_to_replace(session: Session, kind: Kind, key: str, base: int) -> Definition:
    """The live row, kept from others until the end; raises NotFound, and Overtaken when it is not the edited one."""
    query = select(Definition).where(Definition.kind == kind.value, Definition.key == key, Definition.is_current)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    if row.version != base:
        raise Overtaken(row.version, queries.payloads_at(session, kind, key, [row.version])[row.version])
    return row


def _publish(
    session: Session, actor: Actor, row: Definition, definition: schema.Definition, note: str, now: datetime
) -> Published:
    if definition.digest == row.digest:
        raise Invalid("Nothing was changed, so there is nothing to publish.", code="unchanged")
    note = " ".join(note.split())
    if len(note) < SHORTEST_NOTE:
        sentence = "Say in a few words what you changed and why."
        raise Invalid(sentence, [FieldProblem("note", "missing", sentence)], code="note")
    last = queries.live_release(session)
    # The files are what they were: the next start has nothing to read again.
    kept = {**last.counts, "new": 0, "changed": 1, "retired": 0, "restored": 0} if last is not None else {}
    made = release(session, actor, now=now, note=f"{row.key}: {note}", counts=kept)
    session.execute(update(Definition).where(Definition.id == row.id).values(is_current=False))
    said = row.file_digest if row.origin == Origin.WEB and row.file_digest is not None else row.digest
    spot = Spot(row.parent, row.position)
    values = row_of(definition, row.version + 1, spot, made.id, now, file_digest=said)
    session.execute(insert(Definition), [values])
    record(
        session,
        actor,
        AuditTag.DEFINITION_PUBLISHED,
        now=now,
        target_kind=row.kind,
        target_id=row.key,
        version=row.version + 1,
        before=row.digest,
        after=definition.digest,
        release=made.number,
        note=note[:300],
    )
    return Published(values["id"], row.version + 1, made.number)
