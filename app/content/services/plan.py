"""What a sync would do: files on one side, the newest rows on the other, edits on the web in between (ADR 0009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.content.models import Definition, Kind
from app.content.services.rows import subtype_of
from app.domain.content import schema
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_items import ItemBase
from app.domain.errors import Conflict

_KINDS = frozenset(kind.value for kind in Kind)


class Prefer(StrEnum):
    """Whose word counts where the files and the web both changed something; nobody's: the sync is refused."""

    NOBODY = ""
    FILES = "files"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that was edited on the web and changed in the files since: which file, which id, what happened."""

    file: str
    kind: str
    key: str
    sentence: str


class Drifted(Conflict):
    """The files and the web both changed the same things; `drifts` names each."""

    def __init__(self, drifts: tuple[Drift, ...]) -> None:
        count = "1 definition" if len(drifts) == 1 else f"{len(drifts)} definitions"
        super().__init__(
            f"{count} changed both on the web and in the files. Merge them in the files "
            "(flask content export shows the web edits), or sync with --prefer files or --prefer web.",
            code="drifted",
        )
        self.drifts = drifts


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or would do. Entries are (kind, id); `release` is None when nothing was released.

    `on_web` are edits on the web that the files do not contain and that stay live.
    """

    release: int | None
    new: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    retired: tuple[tuple[str, str], ...] = ()
    restored: tuple[tuple[str, str], ...] = ()
    unchanged: int = 0
    on_web: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when the live content already is what the files say."""
        return not (self.new or self.changed or self.retired or self.restored)

    @property
    def sentence(self) -> str:
        """The report in one line."""
        web = f", {len(self.on_web)} edited on the web" if self.on_web else ""
        if self.is_empty:
            return f"nothing changed, {self.unchanged} definitions{web}"
        head = f"release {self.release}" if self.release is not None else "a sync would make a release"
        parts = {"new": self.new, "changed": self.changed, "retired": self.retired, "restored": self.restored}
        counted = [f"{len(entries)} {name}" for name, entries in parts.items() if entries]
        return f"{head}: {', '.join(counted)}, {self.unchanged} unchanged{web}"


@dataclass(slots=True)
class Plan:
    """What becomes of every definition. `settled` are rows whose note of what the files say is out of date."""

    new: list[schema.Definition] = field(default_factory=list)
    changed: list[tuple[schema.Definition, Definition]] = field(default_factory=list)
    restored: list[Definition] = field(default_factory=list)
    retired: list[Definition] = field(default_factory=list)
    kept: list[Definition] = field(default_factory=list)
    on_web: list[Definition] = field(default_factory=list)
    settled: list[tuple[Definition, str]] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)

    def report(self, release: int | None) -> SyncReport:
        """The plan in words that the caller may keep."""
        return SyncReport(
            release=release,
            new=tuple((d.kind, d.id) for d in self.new),
            changed=tuple((d.kind, d.id) for d, _ in self.changed),
            retired=tuple((row.kind, row.key) for row in self.retired),
            restored=tuple((row.kind, row.key) for row in self.restored),
            unchanged=len(self.kept),
            on_web=tuple((row.kind, row.key) for row in self.on_web),
        )


def plan_of(content: ContentSet, rows: Mapping[tuple[str, str], Definition], prefer: Prefer) -> Plan:
    """Compare the files with the newest rows; raises Conflict for ids that change their kind, and Drifted."""
    plan = Plan()
    wanted = {(d.kind, d.id): d for d in content.definitions() if d.kind in _KINDS}
    _refuse_other_kinds(wanted, rows)
    for place, definition in wanted.items():
        row = rows.get(place)
        if row is None:
            plan.new.append(definition)
        elif row.digest == definition.digest:
            (plan.kept if row.is_current else plan.restored).append(row)
            if row.only_on_web:
                plan.settled.append((row, row.digest))
        elif row.is_current and row.only_on_web and not _files_win(plan, row, definition, prefer):
            plan.on_web.append(row)
        else:
            plan.changed.append((definition, row))
    for place, row in rows.items():
        if row.is_current and place not in wanted:
            stays = row.only_on_web and not _files_win(plan, row, None, prefer)
            (plan.on_web if stays else plan.retired).append(row)
    if plan.drifts:
        raise Drifted(tuple(sorted(plan.drifts, key=lambda drift: (drift.file, drift.key))))
    return plan


def _files_win(plan: Plan, row: Definition, definition: schema.Definition | None, prefer: Prefer) -> bool:
    """Whether the files replace an edit on the web. They never do while they say what they said when it was made."""
    said = definition.digest if definition is not None else ""
    if row.file_digest == said or prefer is Prefer.FILES:
        return row.file_digest != said
    if prefer is Prefer.WEB:
        plan.settled.append((row, said))
        return False
    what = "changed in the file" if definition is not None else "removed from the file"
    sentence = f"{row.key} was edited on the web (version {row.version}) and {what} since."
    plan.drifts.append(Drift(file_of(row.kind, row.key, row.parent), row.kind, row.key, sentence))
    return False


def file_of(kind: str, key: str, parent: str) -> str:
    """The file below quizzes/ in which an item or a quiz stands."""
    return f"banks/{parent}.yaml" if kind == Kind.ITEM else f"quizzes/{key}.yaml"


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
        elif row is not None and isinstance(definition, ItemBase) and row.subtype != subtype_of(definition):
            faults.append(f"{key} was a {row.subtype} item and cannot become {subtype_of(definition)}.")
    if faults:
        raise Conflict(" ".join(faults) + " Give the new thing a new id.", code="kind_changed")
