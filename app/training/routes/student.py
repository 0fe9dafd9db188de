"""Train: what is due, one item at a time, how it was remembered, what a lesson adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.access.permissions import Permission
from app.domain.assessment.spacing import Recall, day_of
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.training import queries, services
from app.training.forms import PlanForm
from app.training.queries import Sheet
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.item_text import item_words

bp = AudienceBlueprint("training", Audience.STUDENT)
bp.context_processor(item_words)

# What a page sends beside the answer. Ids of options begin with "o" and a digest, so none can be meant.
CONTROLS = frozenset({"csrf_token", "go", "revision"})


@bp.get("/training")
@requires(Permission.TRAIN)
def index() -> ResponseReturnValue:
    """What is due today, tomorrow and this week."""
    return _index_page()


@bp.post("/training/plan")
@requires(Permission.TRAIN)
def plan() -> ResponseReturnValue:
    """How many new questions a day."""
    form = PlanForm()
    if not form.validate_on_submit():
        return _index_page(form), 422
    services.set_plan(current_session(), current_actor(), form.new_per_day.data or 0, now=request_now())
    flash(_("Saved."), "success")
    return redirect(url_for(".index"), 303)


@bp.post("/training/lessons/<lesson_key>")
@requires(Permission.TRAIN)
def add_lesson(lesson_key: str) -> ResponseReturnValue:
    """Practice this lesson: its questions join, as far as their answers are out."""
    added = services.add_lesson(current_session(), current_actor(), lesson_key, now=request_now())
    flash(*_added_words(added))
    return redirect(url_for(".index"), 303)


@bp.get("/training/next")
@requires(Permission.TRAIN)
def following() -> ResponseReturnValue:
    """On to the next question, or back to the overview when everything is done for today."""
    session, user_id, now = current_session(), current_actor().user_id, request_now()
    silent = queries.silent_items(session, user_id, now)
    found = queries.next_item(session, user_id, day_of(now), silent, new=_tally(silent).room > 0)
    return redirect(url_for(".item", training_id=found) if found else url_for(".index"), 303)


@bp.get("/training/<uuid:training_id>")
@requires(Permission.TRAIN)
def item(training_id: UUID) -> ResponseReturnValue:
    """One question, when it is due; else its last answer."""
    found = _sheet(training_id)
    if not found.is_silent and found.is_due(day_of(request_now())):
        return _item_page(found, {})
    away = ".result" if found.is_answered and not found.is_silent else ".index"
    return redirect(url_for(away, training_id=training_id) if away == ".result" else url_for(away), 303)


@bp.post("/training/<uuid:training_id>")
@requires(Permission.TRAIN)
def answer(training_id: UUID) -> ResponseReturnValue:
    """Take an answer, and show at once what was right."""
    raw, session, now = _answer(), current_session(), request_now()
    revision, unknown = request.form.get("revision", -1, type=int), request.form.get("go") == "show"
    try:
        facts: dict[str, Any] = {"revision": revision, "now": now, "unknown": unknown}
        services.answer(session, current_actor(), training_id, raw, **facts)
    except Invalid as refusal:
        return _item_page(_sheet(training_id), raw, refusal.problems), 422
    except Conflict as refusal:
        flash(refusal.message, "info")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".result", training_id=training_id), 303)


@bp.get("/training/<uuid:training_id>/result")
@requires(Permission.TRAIN)
def result(training_id: UUID) -> ResponseReturnValue:
    """What the last answer was worth, why, and when the question comes back."""
    found = _sheet(training_id)
    if found.is_silent:
        return redirect(url_for(".index"), 303)
    if not found.is_answered:
        return redirect(url_for(".item", training_id=training_id), 303)
    return _result_page(found)


@bp.post("/training/<uuid:training_id>/result")
@requires(Permission.TRAIN)
def rate(training_id: UUID) -> ResponseReturnValue:
    """Say how it was remembered, and go on."""
    revision, recall = request.form.get("revision", -1, type=int), request.form.get("recall", "")
    try:
        services.rate(current_session(), current_actor(), training_id, recall, revision=revision, now=request_now())
    except Invalid as refusal:
        found = _sheet(training_id)
        if found.is_silent:
            return redirect(url_for(".index"), 303)
        return _result_page(found, refusal.problems), 422
    return redirect(url_for(".following"), 303)


def _sheet(training_id: UUID) -> Sheet:
    return queries.sheet(current_session(), current_actor().user_id, training_id, request_now())


def _tally(silent: frozenset[str] | None = None) -> queries.Tally:
    session, user_id, now = current_session(), current_actor().user_id, request_now()
    if silent is None:
        silent = queries.silent_items(session, user_id, now)
    return queries.tally(session, user_id, day_of(now), silent)


def _index_page(refused: PlanForm | None = None) -> str:
    tally = _tally()
    form = refused or PlanForm(new_per_day=tally.new_per_day)
    return render_template("training/student_index.html", tally=tally, form=form)


def _item_page(found: Sheet, form: Mapping[str, Sequence[str]], problems: Sequence[FieldProblem] = ()) -> str:
    row = found.row
    version_id = found.version_id or row.item_version_id
    assert version_id is not None, "an item that may be asked is live"
    item = queries.asked(current_session(), row, version_id, row.answers)
    view = item.public_view(queries.order_seed(row, row.answers))
    facts = {"row": row, "item": view, "form": form, "problems": problems, "tally": _tally(found.silent)}
    return render_template("training/student_item.html", **facts)


def _result_page(found: Sheet, problems: Sequence[FieldProblem] = ()) -> str:
    outcome = queries.outcome(current_session(), found, request_now())
    facts = {"row": found.row, "pending": found.is_pending, "outcome": outcome, "problems": problems}
    facts |= {"today": day_of(request_now()), "usual": Recall.GOOD}
    return render_template("training/student_result.html", tally=_tally(found.silent), **facts)


def _answer() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name not in CONTROLS}


def _added_words(added: services.Added) -> tuple[str, str]:
    if added.joined:
        words = ngettext(
            "%(num)d question of “%(title)s” is now in your training.",
            "%(num)d questions of “%(title)s” are now in your training.",
            added.joined,
            title=added.title,
        )
        return words, "success"
    if added.known:
        return _("The questions of “%(title)s” are in your training already.", title=added.title), "info"
    if added.silent:
        return _("The questions of “%(title)s” join when the answers of your quiz are out.", title=added.title), "info"
    sentence = _(
        "Meet the questions of “%(title)s” in a quiz first. When their answers are out, you can repeat them here.",
        title=added.title,
    )
    return sentence, "info"
