"""Work out statistics and keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.assessment.statistics.book import Book
from app.domain.assessment.statistics.chosen import Chosen, choose
from app.domain.assessment.statistics.record import RECIPE, item_record, quiz_record
from app.domain.assessment.statistics.report import QuizReport, quiz_report
from app.domain.assessment.statistics.scale import Fitter
from app.domain.assessment.statistics.verdicts import Level, worst
from app.infra.jobs.outbox import enqueue
from app.statistics.models import ItemStatistics, QuizStatistics
from app.statistics.queries import source
from app.statistics.queries.pages import JOB
from app.statistics.queries.source import Stock


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one version of a quiz: a report for each choice of attempts."""

    stock: Stock
    reports: tuple[QuizReport, ...]


def ask_for(session: Session, quiz_key: str, *, now: datetime) -> None:
    """Have the statistics of a quiz worked out anew; asking again while that waits changes nothing."""
    enqueue(session, JOB, {"quiz": quiz_key}, now=now, dedupe_key=f"{JOB}:{quiz_key}")


def work_out(session: Session, stock: Stock, tell: Callable[[int], None], fitter: Fitter | None = None) -> Outcome:
    """Read the attempts of a version of a quiz and report on them; `tell` hears how many were read so far.

    A choice that comes to the same attempts as an earlier one shares its report. Only first attempts are fitted to
    a scale: a model of what people know must not see the same person twice, or one who has met the items.
    """
    book, ids = Book(), source.attempt_ids(session, stock.version_id)
    for start in range(0, len(ids), source.AT_ONCE):
        for sat, cells in source.attempts(session, ids[start : start + source.AT_ONCE]):
            book.add(sat, cells)
        tell(min(start + source.AT_ONCE, len(ids)))
    found = source.items(session, book.versions)
    definitions = {version: item for version, (_id, item) in found.items()}
    reports: dict[tuple[int, ...], QuizReport] = {}
    for chosen in Chosen:
        these = tuple(choose(book.attempts, chosen))
        if these not in reports:
            report = quiz_report(book, chosen, definitions, fitter if chosen is Chosen.FIRST else None)
            named = tuple(replace(item, version=found[item.version][0]) for item in report.items)
            reports[these] = replace(report, items=named)
    by_choice = (replace(reports[tuple(choose(book.attempts, chosen))], chosen=chosen) for chosen in Chosen)
    return Outcome(stock, tuple(by_choice))


def keep(session: Session, outcome: Outcome, *, now: datetime) -> None:
    """Put the reports in the place of those that were kept for this version of the quiz."""
    version_id = outcome.stock.version_id
    # Two jobs for one quiz stand in line here, so that the second one finds the rows of the first.
    session.execute(select(Definition.id).where(Definition.id == version_id).with_for_update())
    old = select(QuizStatistics.id).where(QuizStatistics.quiz_version_id == version_id)
    session.execute(delete(ItemStatistics).where(ItemStatistics.quiz_statistics_id.in_(old)))
    session.execute(delete(QuizStatistics).where(QuizStatistics.quiz_version_id == version_id))
    for report in outcome.reports:
        row = _row(outcome.stock, report, now)
        session.add(row)
        session.flush()  # the items point at it
        session.add_all(_item_row(row.id, item) for item in report.items)


def _row(stock: Stock, report: QuizReport, now: datetime) -> QuizStatistics:
    levels = [worst(item.verdicts).level for item in report.items]
    return QuizStatistics(
        quiz_key=stock.quiz_key,
        quiz_version_id=stock.version_id,
        chosen=report.chosen.value,
        computed_at=now,
        newest_grade=stock.newest_grade,
        recipe=RECIPE,
        attempts=report.figures.n,
        passed=report.passed,
        mean=report.figures.mean,
        cic=report.figures.cic,
        bad=levels.count(Level.BAD),
        warned=levels.count(Level.WARN),
        report=quiz_record(report),
    )


def _item_row(statistics_id: UUID, item: Any) -> ItemStatistics:
    return ItemStatistics(
        quiz_statistics_id=statistics_id,
        item_key=item.key,
        item_version_id=item.version,
        attempts=item.n,
        finding=worst(item.verdicts).finding.value,
        report=item_record(item),
    )
