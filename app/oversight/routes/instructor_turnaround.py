"""How long pieces wait, week by week and by reviewer, and when the queue will be cleared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.access.policy import allows
from app.domain.review import PROMISE
from app.domain.turnaround.figures import ENOUGH, Turnaround
from app.oversight.queries import load as queries
from app.oversight.queries.load import LoadPage, ReviewerLoad
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.spreadsheets import Value, csv_response

bp = AudienceBlueprint("oversight_turnaround", Audience.INSTRUCTOR)

COLUMNS = (
    "of",
    "name",
    "arrived",
    "results",
    "median_hours",
    "ninetieth_hours",
    "within_promise",
    "within_low",
    "within_high",
    "handling_hours",
    "held",
)


@bp.context_processor
def _names() -> dict[str, Any]:
    return {"PROMISE_HOURS": int(PROMISE / timedelta(hours=1)), "ENOUGH": ENOUGH, "hours_of": _hours}


@bp.get("/turnaround")
@requires(Permission.REVIEW_MEASURE)
def turnaround() -> ResponseReturnValue:
    """The figures of the last twelve weeks, the forecast, and who is away."""
    page = queries.load_page(current_session(), request_now())
    sees_all = allows(current_actor(), Permission.REVIEW_MEASURE_ALL)
    return render_template(
        "oversight/instructor_turnaround.html", page=page, reviewers=_reviewers(page), sees_all=sees_all
    )


@bp.get("/turnaround.csv")
@requires(Permission.REVIEW_MEASURE)
def export() -> ResponseReturnValue:
    """The figures that the page shows, for a spreadsheet."""
    page = queries.load_page(current_session(), request_now())
    return csv_response("turnaround.csv", COLUMNS, _rows(page))


def _reviewers(page: LoadPage) -> list[ReviewerLoad]:
    """The lines of people that this person may see."""
    if allows(current_actor(), Permission.REVIEW_MEASURE_ALL):
        return list(page.reviewers)
    return [line for line in page.reviewers if line.reviewer == current_actor().user_id.hex]


def _rows(page: LoadPage) -> Iterator[list[Value]]:
    yield ["academy", "", None, *_figures(page.whole), None]
    for week in page.weeks:
        yield ["week", week.monday.isoformat(), week.arrived, *_figures(week.turnaround), None]
    for line in _reviewers(page):
        yield ["reviewer", line.name, None, *_figures(line.turnaround), line.held]


def _figures(found: Turnaround | None) -> list[Value]:
    if found is None:
        return [0, *[None] * 6]
    interval = found.kept_interval
    ends = (interval.low, interval.high) if interval else (None, None)
    return [found.n, _hours(found.median), _hours(found.ninetieth), found.kept, *ends, _hours(found.handling)]


def _hours(length: timedelta | None) -> float | None:
    return None if length is None else round(length / timedelta(hours=1), 1)
