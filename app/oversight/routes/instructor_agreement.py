"""How well reviewers agree: for the head of the academy, and for each reviewer their own part of it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.access.policy import allows
from app.domain.agreement.alpha import Alpha
from app.domain.agreement.marks import ENOUGH
from app.domain.agreement.report import CriterionLine, Figures, PairLine, ReviewerLine, Share
from app.domain.assessment.statistics.intervals import Interval
from app.oversight import services
from app.oversight.queries import agreement as queries
from app.oversight.queries.agreement import AgreementPage
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.spreadsheets import Value, csv_response

bp = AudienceBlueprint("oversight_agreement", Audience.INSTRUCTOR)

COLUMNS = (
    "of",
    "name",
    "pieces",
    "exact",
    "exact_low",
    "exact_high",
    "adjacent",
    "adjacent_low",
    "adjacent_high",
    "kappa",
    "kappa_error",
    "kappa_low",
    "kappa_high",
    "alpha",
    "alpha_low",
    "alpha_high",
    "severity",
    "severity_low",
    "severity_high",
    "drift_per_month",
    "drift_low",
    "drift_high",
    "verdict",
)


@bp.get("/agreement")
@requires(Permission.REVIEW_MEASURE)
def agreement() -> ResponseReturnValue:
    """What the marks of the last year say, in words, charts and tables."""
    page = queries.agreement_page(current_session())
    return render_template(
        "oversight/instructor_agreement.html",
        page=page,
        reviewers=_reviewers(page),
        sees_all=_sees_all(),
        ENOUGH=ENOUGH,
    )


@bp.get("/agreement.csv")
@requires(Permission.REVIEW_MEASURE)
def export() -> ResponseReturnValue:
    """The figures that the page shows, for a spreadsheet."""
    page = queries.agreement_page(current_session())
    return csv_response("agreement.csv", COLUMNS, _rows(page) if page else ())


@bp.post("/agreement/calculate")
@requires(Permission.REVIEW_MEASURE)
def calculate() -> ResponseReturnValue:
    """Have the figures worked out anew."""
    services.ask_for_agreement(current_session(), now=request_now())
    flash(_("Agreement is being worked out. Reload the page in a moment."), "success")
    return redirect(url_for(".agreement"), 303)


def _sees_all() -> bool:
    return allows(current_actor(), Permission.REVIEW_MEASURE_ALL)


def _reviewers(page: AgreementPage | None) -> list[ReviewerLine]:
    """The lines of people that this person may see, the strictest first."""
    lines = [line for line in page.report.reviewers if _sees_all() or _is_own(line)] if page else []
    return sorted(lines, key=lambda line: (line.severity is None, -(line.severity.value if line.severity else 0)))


def _is_own(line: ReviewerLine) -> bool:
    return line.reviewer == current_actor().user_id.hex


def _rows(page: AgreementPage) -> Iterator[list[Value]]:
    whole = page.report.whole
    if whole is not None:
        shares = (*_share(whole.exact), *_share(whole.adjacent))
        yield ["academy", "", page.report.pieces, *shares, *[None] * 4, *_alpha(whole.alpha), *[None] * 7]
    for line in page.report.criteria:
        yield _criterion(line, page.titles.get(line.criterion, line.criterion))
    for pair in page.report.pairs if _sees_all() else ():
        yield _pair(pair, " / ".join(page.names.get(person, "") for person in pair.reviewers))
    for reviewer in _reviewers(page):
        yield _reviewer(reviewer, page.names.get(reviewer.reviewer, ""))


def _criterion(line: CriterionLine, title: str) -> list[Value]:
    return ["criterion", title, line.pieces, *_figures(line.figures), *_alpha(line.alpha), *[None] * 6, line.firmness]


def _pair(line: PairLine, names: str) -> list[Value]:
    return ["pair", names, line.pieces, *_figures(line.figures), *[None] * 9, line.firmness]


def _reviewer(line: ReviewerLine, name: str) -> list[Value]:
    severity, trend = line.severity, line.trend
    return [
        *("reviewer", name, line.pieces, *_figures(line.figures), *[None] * 3),
        *((severity.value, *_ends(severity.interval)) if severity else [None] * 3),
        *((trend.slope, *_ends(trend.interval)) if trend else [None] * 3),
        line.leaning,
    ]


def _figures(found: Figures | None) -> list[Value]:
    if found is None:
        return [None] * 10
    kappa = found.kappa
    last = [kappa.value, kappa.error, *_ends(kappa.interval)] if kappa else [None] * 4
    return [*_share(found.exact), *_share(found.adjacent), *last]


def _share(found: Share) -> tuple[float | None, ...]:
    return (found.value, *_ends(found.interval))


def _alpha(found: Alpha | None) -> tuple[float | None, ...]:
    return (found.value, *_ends(found.interval)) if found else (None, None, None)


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (interval.low, interval.high) if interval else (None, None)
