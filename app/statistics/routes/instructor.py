"""Statistics of quizzes and their questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.access.permissions import Permission
from app.domain.assessment.statistics.chosen import Chosen
from app.domain.assessment.statistics.intervals import Interval
from app.domain.assessment.statistics.verdicts import ENOUGH, Finding, worst
from app.infra.markdown import render_prompt
from app.statistics import services
from app.statistics.queries import pages
from app.statistics.queries.pages import ItemLine, QuizPage
from app.web.access import current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.spreadsheets import Value, csv_response

bp = AudienceBlueprint("statistics", Audience.INSTRUCTOR)

COLUMNS = (
    "item",
    "version",
    "bank",
    "step",
    "topic",
    "type",
    "safety",
    "drawn",
    "attempts",
    "facility",
    "facility_low",
    "facility_high",
    "sd",
    "guess",
    "discrimination",
    "discrimination_low",
    "discrimination_high",
    "efficiency",
    "intended_weight",
    "effective_weight",
    "bottom_third",
    "top_third",
    "thirds_difference",
    "median_seconds",
    "unanswered",
    "difficulty_logits",
    "difficulty_error",
    "slope",
    "scale_model",
    "findings",
    "prompt",
)


@bp.context_processor
def _names() -> dict[str, Any]:
    return {
        "CHOSEN": list(Chosen),
        "FINDINGS": list(Finding),
        "ENOUGH": ENOUGH,
        "worst": worst,
        "prompt": lambda text: Markup(render_prompt(text)),
    }


@bp.get("/statistics")
@requires(Permission.QUIZ_ANALYZE)
def index() -> ResponseReturnValue:
    """All quizzes with how they do."""
    chosen = _chosen()
    quizzes = pages.quizzes(current_session(), chosen)
    return render_template("statistics/instructor_index.html", quizzes=quizzes, chosen=chosen)


@bp.get("/statistics/<quiz_key>")
@requires(Permission.QUIZ_ANALYZE)
def quiz(quiz_key: str) -> ResponseReturnValue:
    """One quiz: its figures, a histogram, and its items with what to do about them."""
    chosen, page = _chosen(), _page(quiz_key)
    return render_template(
        "statistics/instructor_quiz.html",
        page=page,
        chosen=chosen,
        items=list(_filtered(page.items)),
        wanted={name: request.args.get(name, "") for name in ("step", "tag", "verdict")},
        version=request.args.get("version", type=int),
    )


@bp.get("/statistics/<quiz_key>/items/<item_key>")
@requires(Permission.QUIZ_ANALYZE)
def item(quiz_key: str, item_key: str) -> ResponseReturnValue:
    """One item in a quiz: its numbers with intervals, what was answered, and its versions side by side."""
    chosen = _chosen()
    page = pages.item_page(current_session(), quiz_key, item_key, chosen)
    return render_template("statistics/instructor_item.html", page=page, chosen=chosen)


@bp.get("/statistics/<quiz_key>/items.csv")
@requires(Permission.QUIZ_ANALYZE)
def export(quiz_key: str) -> ResponseReturnValue:
    """The items of a quiz, as they are filtered, for a spreadsheet."""
    page = _page(quiz_key)
    rows = (_row(line) for line in _filtered(page.items))
    return csv_response(f"{quiz_key}-v{page.face.version}-{_chosen()}.csv", COLUMNS, rows)


@bp.get("/statistics/<quiz_key>/progress")
@requires(Permission.QUIZ_ANALYZE)
def progress(quiz_key: str) -> ResponseReturnValue:
    """How far the calculation of a quiz is, for the script of its page."""
    running = pages.running_job(current_session(), quiz_key)
    if running is None:
        return jsonify(state="idle", done=0, total=0)
    return jsonify(state=running.state, done=running.done, total=running.total)


@bp.post("/statistics/<quiz_key>/calculate")
@requires(Permission.QUIZ_ANALYZE)
def calculate(quiz_key: str) -> ResponseReturnValue:
    """Have the statistics of a quiz worked out anew."""
    page = _page(quiz_key)
    services.ask_for(current_session(), page.face.key, now=request_now())
    flash(_("The statistics are being worked out. The page shows them as soon as they are there."), "success")
    return redirect(url_for(".quiz", quiz_key=quiz_key, chosen=_chosen()), 303)


def _chosen() -> Chosen:
    asked = request.args.get("chosen", "")
    return Chosen(asked) if asked in list(Chosen) else Chosen.FIRST


def _page(quiz_key: str) -> QuizPage:
    return pages.quiz_page(current_session(), quiz_key, _chosen(), request.args.get("version", type=int))


def _filtered(lines: Iterable[ItemLine]) -> Iterator[ItemLine]:
    """The items that the filters of the address ask for: a step, a tag (topic, type, safety), a verdict."""
    step, tag, verdict = (request.args.get(name, "") for name in ("step", "tag", "verdict"))
    for line in lines:
        tags = {line.topic, line.type, "safety" if line.is_safety else "", ""}
        findings = {found.finding.value for found in line.report.verdicts} | {""}
        if step in ("", line.step) and tag in tags and verdict in findings:
            yield line


def _row(line: ItemLine) -> list[Value]:
    report = line.report
    thirds, left, scale = report.thirds, report.answers.left.all, report.scale
    return [
        *(line.key, line.version, line.bank, line.step, line.topic, line.type),
        *("yes" if line.is_safety else "no", "yes" if report.is_drawn else "no", report.n, report.facility),
        *_ends(report.facility_interval),
        *(report.spread, report.guess, report.discrimination, *_ends(report.discrimination_interval)),
        *(report.efficiency, report.intended_weight, report.effective_weight),
        *((thirds.bottom, thirds.top, thirds.difference) if thirds else (None, None, None)),
        *(report.seconds, left),
        *((scale.difficulty, scale.error, scale.slope, scale.model) if scale else (None,) * 4),
        *(" ".join(found.finding for found in report.verdicts), line.title),
    ]


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (interval.low, interval.high) if interval else (None, None)
