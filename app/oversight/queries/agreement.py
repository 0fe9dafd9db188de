"""The kept figures of agreement, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.domain.agreement.record import from_record
from app.domain.agreement.report import Report, Whole
from app.domain.errors import NotFound
from app.oversight.models import AgreementFigures
from app.reviews import queries as reviews


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """The figures with the names of people (by the ids that the report carries) and of criteria."""

    report: Report
    computed_at: datetime
    since: datetime
    names: Mapping[str, str]
    titles: Mapping[str, str]


def criteria_titles(session: Session) -> dict[str, str]:
    """The criteria of the live rubric in their order, by id; empty before the first content sync."""
    try:
        rubric = reviews.current_rubric(session).rubric
    except NotFound:
        return {}
    return {criterion.id: criterion.title for criterion in rubric.criteria}


def newest_figures(session: Session) -> AgreementFigures | None:
    """The figures that were worked out last; one statement."""
    return session.scalar(select(AgreementFigures).order_by(AgreementFigures.computed_at.desc()).limit(1))


def agreement_page(session: Session) -> AgreementPage | None:
    """Everything on the page of agreement, in three statements; None before the first calculation."""
    kept = newest_figures(session)
    if kept is None:
        return None
    report = from_record(kept.report)
    people = {line.reviewer for line in report.reviewers}
    names = accounts.names_of(session, [UUID(person) for person in people])
    return AgreementPage(
        report=report,
        computed_at=kept.computed_at,
        since=kept.since,
        names={person.hex: name for person, name in names.items()},
        titles=criteria_titles(session),
    )


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """What everybody may know: how well two reviewers agree, over how many pieces, and of which time."""

    whole: Whole
    pieces: int
    since: datetime
    until: datetime


def public_figure(session: Session) -> PublicFigure | None:
    """The figure for the public page, or None while too few pieces were marked twice; one statement."""
    kept = newest_figures(session)
    if kept is None:
        return None
    report = from_record(kept.report)
    if report.whole is None or report.since is None or report.until is None:
        return None
    return PublicFigure(report.whole, report.pieces, report.since, report.until)
