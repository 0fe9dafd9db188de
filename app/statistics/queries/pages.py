"""What the pages on statistics show: what was kept, with the names of quizzes and items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.assessment.statistics.chosen import Chosen
from app.domain.assessment.statistics.intervals import Drift, Sample, drift, pooled
from app.domain.assessment.statistics.record import item_from_record, quiz_from_record
from app.domain.assessment.statistics.report import ItemReport, QuizReport
from app.domain.assessment.statistics.verdicts import Finding, Verdict, worst
from app.domain.errors import NotFound
from app.infra.jobs.models import Job, JobState
from app.statistics.models import ItemStatistics, QuizStatistics

JOB = "statistics.calculate"


@dataclass(frozen=True, slots=True)
class QuizFace:
    """One version of a quiz with what is kept about it; `attempts` is None when nothing is."""

    key: str
    version: int
    title: str
    kind: str
    is_current: bool
    pass_mark: float
    id: UUID | None
    attempts: int | None
    passed: int | None
    mean: float | None
    cic: float | None
    bad: int | None
    warned: int | None
    computed_at: datetime | None

    @property
    def pass_rate(self) -> float | None:
        """The percentage of the attempts that passed."""
        return 100 * (self.passed or 0) / self.attempts if self.attempts else None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One version of an item in the table of a quiz."""

    key: str
    version: int
    title: str
    bank: str
    step: str
    topic: str
    type: str
    difficulty: int | None
    is_safety: bool
    is_current: bool
    report: ItemReport


@dataclass(frozen=True, slots=True)
class Running:
    """A calculation that waits or runs."""

    state: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class QuizPage:
    """A quiz with all its versions (the newest first), the one that is shown, its report and items."""

    versions: tuple[QuizFace, ...]
    face: QuizFace
    report: QuizReport | None
    items: tuple[ItemLine, ...]
    running: Running | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item at one version within one version of the quiz."""

    quiz_version: int
    version: int
    computed_at: datetime
    report: ItemReport


@dataclass(frozen=True, slots=True)
class Step:
    """How the share of right answers moved from one version of an item to the next one that was answered."""

    older: int
    newer: int
    drift: Drift


@dataclass(frozen=True, slots=True)
class ItemPage:
    """An item in a quiz: its definition as it is now, its rows (the newest first), and how it moved."""

    quiz_key: str
    quiz_title: str
    key: str
    version: int
    is_current: bool
    payload: Mapping[str, Any]
    rows: tuple[ItemRow, ...]
    steps: tuple[Step, ...]

    @property
    def newest(self) -> ItemRow | None:
        """The row of the newest version that was answered."""
        return self.rows[0] if self.rows else None


def _faces(chosen: Chosen) -> Any:
    """Every version of every quiz, with what is kept about it by this choice of attempts."""
    mine = and_(QuizStatistics.quiz_version_id == Definition.id, QuizStatistics.chosen == chosen.value)
    return (
        select(
            Definition.key,
            Definition.version,
            Definition.title,
            Definition.subtype,
            Definition.is_current,
            Definition.payload["pass_mark"].as_float(),
            QuizStatistics.id,
            QuizStatistics.attempts,
            QuizStatistics.passed,
            QuizStatistics.mean,
            QuizStatistics.cic,
            QuizStatistics.bad,
            QuizStatistics.warned,
            QuizStatistics.computed_at,
        )
        .outerjoin(QuizStatistics, mine)
        .where(Definition.kind == Kind.QUIZ.value)
        .order_by(Definition.version.desc())
    )


def quizzes(session: Session, chosen: Chosen) -> list[QuizFace]:
    """Each quiz by the newest version that has statistics, else the live one; one statement.

    Those that somebody took come first, each part by kind and title.
    """
    best: dict[str, QuizFace] = {}
    for row in session.execute(_faces(chosen).where(Definition.is_current | QuizStatistics.id.is_not(None))):
        face = QuizFace(*row)
        held = best.get(face.key)
        if held is None or (held.id is None and face.id is not None):
            best[face.key] = face
    return sorted(best.values(), key=lambda face: (face.id is None, face.kind, face.title.casefold(), face.key))


def quiz_page(session: Session, quiz_key: str, chosen: Chosen, version: int | None = None) -> QuizPage:
    """A quiz at the version asked for, else at the newest one with statistics; four statements. Raises NotFound."""
    faces = [QuizFace(*row) for row in session.execute(_faces(chosen).where(Definition.key == quiz_key))]
    wanted = [face for face in faces if version in (None, face.version)]
    if not wanted:
        raise NotFound
    face = next((face for face in wanted if face.id is not None), wanted[0])
    running = running_job(session, quiz_key)
    if face.id is None:
        return QuizPage(tuple(faces), face, None, (), running)
    report = session.scalars(select(QuizStatistics.report).where(QuizStatistics.id == face.id)).one()
    return QuizPage(tuple(faces), face, quiz_from_record(report), tuple(_items(session, face.id)), running)


def _items(session: Session, statistics_id: UUID) -> list[ItemLine]:
    """The most urgent first, then in the order of the banks."""
    query = (
        select(
            Definition.key,
            Definition.version,
            Definition.title,
            Definition.parent,
            Definition.step,
            Definition.topic,
            Definition.subtype,
            Definition.difficulty,
            Definition.is_safety,
            Definition.is_current,
            ItemStatistics.report,
        )
        .join(Definition, Definition.id == ItemStatistics.item_version_id)
        .where(ItemStatistics.quiz_statistics_id == statistics_id)
        .order_by(Definition.parent, Definition.position, Definition.key, Definition.version.desc())
    )
    rows: Iterable[Any] = session.execute(query)
    lines = [ItemLine(*(*row[:-1], item_from_record(row[-1]))) for row in rows]
    return sorted(lines, key=lambda line: worst(line.report.verdicts).urgency)


@content.health_source
def health(session: Session, bank: str) -> dict[str, str]:
    """The most urgent finding on each live item of a bank, by the first attempts of all its quizzes; one statement."""
    query = (
        select(ItemStatistics.item_key, ItemStatistics.finding)
        .join(Definition, and_(Definition.key == ItemStatistics.item_key, Definition.kind == Kind.ITEM.value))
        .join(QuizStatistics, QuizStatistics.id == ItemStatistics.quiz_statistics_id)
        .where(Definition.is_current, Definition.parent == bank, ItemStatistics.item_version_id == Definition.id)
        .where(QuizStatistics.chosen == Chosen.FIRST.value)
    )
    found: dict[str, list[Finding]] = {}
    for key, finding in session.execute(query):
        found.setdefault(key, []).append(Finding(finding))
    return {key: worst([Verdict(one) for one in findings]).finding.value for key, findings in found.items()}


def running_job(session: Session, quiz_key: str) -> Running | None:
    """The calculation of a quiz that waits or runs, if there is one; one statement over the few active jobs."""
    query = (
        select(Job.state, Job.progress_done, Job.progress_total)
        .where(
            Job.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]),
            Job.handler == JOB,
            Job.payload["quiz"].as_string() == quiz_key,
        )
        .order_by(Job.state.desc(), Job.id)
    )
    row = session.execute(query.limit(1)).first()
    return None if row is None else Running(*row)


def item_page(session: Session, quiz_key: str, item_key: str, chosen: Chosen) -> ItemPage:
    """An item in a quiz; three statements. Raises NotFound for an unknown quiz or item."""
    title = session.scalar(
        select(Definition.title)
        .where(Definition.kind == Kind.QUIZ.value, Definition.key == quiz_key)
        .order_by(Definition.version.desc())
        .limit(1)
    )
    versions = content.versions_of(session, Kind.ITEM, item_key)
    if title is None or not versions:
        raise NotFound
    numbers = {version.id: version.version for version in versions}
    rows = _rows(session, quiz_key, item_key, chosen, numbers)
    shown = next((v for v in versions if rows and v.version == rows[0].version), versions[0])
    return ItemPage(
        quiz_key, title, item_key, shown.version, shown.is_current, shown.payload, tuple(rows), tuple(_steps(rows))
    )


def _rows(session: Session, quiz_key: str, item_key: str, chosen: Chosen, numbers: Mapping[UUID, int]) -> list[ItemRow]:
    query = (
        select(
            Definition.version,
            ItemStatistics.item_version_id,
            QuizStatistics.computed_at,
            ItemStatistics.report,
        )
        .join(QuizStatistics, QuizStatistics.id == ItemStatistics.quiz_statistics_id)
        .join(Definition, Definition.id == QuizStatistics.quiz_version_id)
        .where(
            ItemStatistics.item_key == item_key,
            QuizStatistics.quiz_key == quiz_key,
            QuizStatistics.chosen == chosen.value,
        )
    )
    rows = [
        ItemRow(row.version, numbers[row.item_version_id], row.computed_at, item_from_record(row.report))
        for row in session.execute(query)
    ]
    return sorted(rows, key=lambda row: (row.version, row.quiz_version), reverse=True)


def _steps(rows: list[ItemRow]) -> list[Step]:
    """From version to version, the oldest first; the attempts of all versions of the quiz together."""
    samples: list[tuple[int, Sample]] = []
    for version, same in groupby(reversed(rows), key=lambda row: row.version):
        known = [row.report.sample for row in same if row.report.sample is not None]
        if known:
            samples.append((version, pooled(known)))
    return [Step(older, newer, drift(before, after)) for (older, before), (newer, after) in pairwise(samples)]
