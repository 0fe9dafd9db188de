"""The practice log: the pieces, a new one, its page with cards and photos, sending it to review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from flask import flash, get_template_attribute, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.practice import photo_help
from app.domain.practice.blocks import REFRESHER
from app.domain.practice.fields import SKIN_TONES, SKIN_TYPES
from app.domain.procedure import Step
from app.infra.images import ACCEPTED
from app.infra.markdown import render_prompt
from app.practice import queries, services
from app.practice.forms import LogForm, log_form, slot_of
from app.practice.queries import EntryPage, LogFilter
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of, wants_problem
from app.web.files import rendition_response
from app.web.uploads import ReceivedPhoto, photo_in, photos_in, takes_files

bp = AudienceBlueprint("practice", Audience.STUDENT)
PAGE = 24
STATES = ("draft", "submitted", "returned", "approved", "failed")
log_lines = structlog.get_logger("practice")


@bp.get("/practice")
@requires(Permission.PRACTICE_LOG)
def log() -> ResponseReturnValue:
    """One's pieces, newest first, and what the next certification asks for."""
    session, user_id = current_session(), current_actor().user_id
    only = _log_filter()
    rows = queries.log(session, user_id, only=only, after=request.args.get("before", type=int), size=PAGE)
    return render_template(
        "practice/student_log.html",
        rows=rows[:PAGE],
        more=rows[PAGE - 1].number if len(rows) > PAGE else None,
        only=only,
        states=STATES,
        facets=queries.log_facets(session, user_id),
        figures=queries.log_figures(session, user_id),
        goal=queries.goal(session, user_id),
        last=queries.last_piece(session, user_id),
        blocks=queries.open_blocks(session, user_id),
        REFRESHER=REFRESHER,
    )


def _log_filter() -> LogFilter:
    """What the address narrows the log by; values that mean nothing are as if they were not there."""
    known = {"state": STATES, "step": tuple(Step), "skin": tuple(dict(SKIN_TYPES)), "tone": tuple(dict(SKIN_TONES))}
    values = {name: request.args.get(name, "") for name in known}
    kept = {name: value for name, value in values.items() if value in known[name]}
    return LogFilter(exercise=request.args.get("exercise", "").replace("\0", "")[:120], **kept)


@bp.get("/practice/new")
@requires(Permission.PRACTICE_LOG)
def new() -> ResponseReturnValue:
    """Choose the exercise; the one of the last piece, or the one that the address names, comes first."""
    choices = queries.exercise_choices(current_session(), current_actor().user_id)
    wanted = request.args.get("exercise", "")
    first = next((choice for choice in choices.rows if choice.exercise.id == wanted), choices.last)
    return render_template("practice/student_new.html", choices=choices, first=first, skins=dict(SKIN_TYPES))


@bp.post("/practice/new")
@requires(Permission.PRACTICE_LOG)
def create() -> ResponseReturnValue:
    """Start a draft: the same as the piece before, filled in from it, or blank."""
    key = request.form.get("exercise", "").replace("\0", "")
    how = {"blank": bool(request.form.get("blank")), "same": bool(request.form.get("same"))}
    entry = services.start_entry(current_session(), current_actor(), key, now=request_now(), **how)
    return redirect(url_for(".edit", entry_id=entry.id), 303)


@bp.get("/practice/<uuid:entry_id>/edit")
@requires(Permission.PRACTICE_LOG)
def edit(entry_id: UUID) -> ResponseReturnValue:
    """The draft: photos, cards, what is missing."""
    page = queries.entry_page(current_session(), current_actor().user_id, entry_id)
    if not page.is_open:
        return redirect(url_for("reviews_student.piece", entry_id=entry_id), 303)
    return _edit_page(page)


@bp.post("/practice/<uuid:entry_id>/edit")
@requires(Permission.PRACTICE_LOG)
@takes_files()
def save(entry_id: UUID) -> ResponseReturnValue:
    """Save the text, then take the photos that came with it. A refused photo takes nothing else with it."""
    try:
        refusals = _keep(entry_id)
    except Conflict as conflict:
        return _conflict_page(entry_id, conflict)
    if refusals:
        return _refused(entry_id, refusals)
    if wants_problem():
        return jsonify(_state(entry_id))
    flash(_("Your draft is saved."), "success")
    anchor = "photos" if request.form.get("do") == "upload" else None
    return redirect(url_for(".edit", entry_id=entry_id, _anchor=anchor), 303)


@bp.post("/practice/<uuid:entry_id>/clear")
@requires(Permission.PRACTICE_LOG)
def clear(entry_id: UUID) -> ResponseReturnValue:
    """Empty a draft that was filled in from an earlier piece."""
    services.clear_entry(current_session(), current_actor(), entry_id, now=request_now())
    return redirect(url_for(".edit", entry_id=entry_id), 303)


@bp.post("/practice/<uuid:entry_id>/timer")
@requires(Permission.PRACTICE_LOG)
@takes_files()
def timer(entry_id: UUID) -> ResponseReturnValue:
    """Start or stop the clock of a draft; what came with the form is saved first."""
    try:
        refusals = _keep(entry_id)
        switch = services.stop_timer if request.form.get("do") == "stop" else services.start_timer
        switch(current_session(), current_actor(), entry_id, now=request_now())
    except Conflict as conflict:
        return _conflict_page(entry_id, conflict)
    if refusals:
        return _refused(entry_id, refusals)
    return redirect(url_for(".edit", entry_id=entry_id, _anchor="clock"), 303)


@bp.post("/practice/<uuid:entry_id>/photos")
@requires(Permission.PRACTICE_LOG)
@takes_files(1)
def add_photo(entry_id: UUID) -> ResponseReturnValue:
    """Take one photo for one slot; sending the same file again changes nothing."""
    _require_own(entry_id)
    photo = photo_in("photo")
    if photo is None:
        text = _("No photo was chosen.")
        raise Invalid(text, [FieldProblem("photo", "missing", text)])
    slot = request.form.get("slot", "")
    _attach(entry_id, photo, slot, request.form.get("replaces", type=UUID))
    if wants_problem():
        return jsonify(_state(entry_id)), 201
    return redirect(url_for(".edit", entry_id=entry_id, _anchor=f"photo-{slot}"), 303)


@bp.post("/practice/<uuid:entry_id>/photos/<uuid:photo_id>/remove")
@requires(Permission.PRACTICE_LOG)
@takes_files()
def remove_photo(entry_id: UUID, photo_id: UUID) -> ResponseReturnValue:
    """Take a photo out. Without script the whole form comes along, and its text is saved first."""
    try:
        refusals = _keep(entry_id)
    except Conflict as conflict:
        return _conflict_page(entry_id, conflict)
    with runtime().transaction() as session:
        services.remove_photo(session, current_actor(), entry_id, photo_id, now=request_now())
    if refusals:
        return _refused(entry_id, refusals)
    if wants_problem():
        return jsonify(_state(entry_id))
    return redirect(url_for(".edit", entry_id=entry_id, _anchor="photos"), 303)


@bp.get("/practice/<uuid:entry_id>/status")
@requires(Permission.PRACTICE_LOG)
def status(entry_id: UUID) -> ResponseReturnValue:
    """Where the photos stand and what is missing, for the script of the page."""
    return jsonify(_state(entry_id))


@bp.post("/practice/<uuid:entry_id>/submit")
@requires(Permission.PRACTICE_LOG)
@takes_files()
def submit(entry_id: UUID) -> ResponseReturnValue:
    """Send a complete piece to review; what came with the form is saved in any case."""
    try:
        refusals = _keep(entry_id)
        if refusals:
            return _refused(entry_id, refusals)
        services.submit_entry(current_session(), current_actor(), entry_id, now=request_now())
    except Conflict as conflict:
        return _conflict_page(entry_id, conflict)
    except Invalid as problem:
        if wants_problem():
            raise
        return _edit_page(_page(entry_id), status=422, problem=problem, show_all=True)
    flash(_("Piece %(n)s is in the review queue.", n=_page(entry_id).number), "success")
    return redirect(url_for("reviews_student.piece", entry_id=entry_id), 303)


@bp.get("/photos/<uuid:photo_id>/<name>")
@requires(Permission.PRACTICE_LOG)
def photo(photo_id: UUID, name: str) -> ResponseReturnValue:
    """A rendition of a photo of one's own."""
    renditions = queries.renditions_for(current_session(), current_actor().user_id, photo_id)
    return rendition_response(runtime().storage, renditions, name)


# ---------------------------------------------------------------- what came with the form


def _keep(entry_id: UUID) -> dict[str, Invalid]:
    """Save what was typed, then each photo, every one in a unit of work of its own; returns refusals by slot.

    Nothing here uses the session of the request: a refusal that ends in an error page must not undo the text.
    """
    _require_own(entry_id)
    actor, now = current_actor(), request_now()
    if "revision" in request.form:
        revision = request.form.get("revision", type=int)
        with runtime().transaction() as session:
            services.save_entry(session, actor, entry_id, _typed(), now=now, revision=revision)
    refusals: dict[str, Invalid] = {}
    for field, found in photos_in("photo."):
        slot, replaced = slot_of(field)
        try:
            if isinstance(found, Invalid):
                raise found
            _attach(entry_id, found, slot, replaced)
        except Invalid as refusal:
            refusals[slot] = refusal
    return refusals


def _typed() -> dict[str, list[str]]:
    return dict(request.form.lists())


def _require_own(entry_id: UUID) -> None:
    with runtime().db.reading() as session:
        queries.entry_for(session, current_actor().user_id, entry_id)


def _attach(entry_id: UUID, photo: ReceivedPhoto, slot: str, replaces: UUID | None) -> None:
    """Store the bytes, then write the row: a crash between the two leaves a file to sweep, never a row without one."""
    try:
        stored = runtime().storage.put_file(services.ORIGINAL, photo.path, photo.extension)
    except OSError as error:
        log_lines.error("a photo could not be stored", error=str(error), entry=str(entry_id))
        text = _("The server could not store %(name)s just now. Try again in a minute.", name=photo.name)
        raise Invalid(text, [FieldProblem("photo", "storage", text)], code="storage") from error
    upload = services.Upload(stored, photo.name, slot, replaces, most=runtime().settings.max_photos)
    with runtime().transaction() as session:
        services.attach_photo(session, current_actor(), entry_id, upload, now=request_now())


# ---------------------------------------------------------------- what is shown


def _page(entry_id: UUID) -> EntryPage:
    return queries.entry_page(current_session(), current_actor().user_id, entry_id)


def _edit_page(
    page: EntryPage, *, status: int = 200, problem: Invalid | Conflict | None = None, **options: Any
) -> ResponseReturnValue:
    session, exercise = current_session(), page.exercise
    clients = queries.briefs_for(session, exercise)
    kit = queries.kit_choices(session, current_actor().user_id, request_now().date())
    form = log_form(page, queries.live_rubric(session), now=request_now(), clients=clients, kit=kit, **options)
    previous = None
    if page.revision == 0 and not page.photos and not page.copied_from:
        previous = queries.previous_number(session, current_actor().user_id, exercise.id, page.number)
    # The instructions went through the sanitizer in app/infra/markdown.py and are safe as they are.
    facts: dict[str, Any] = {"form": form, "problem": problem, "previous": previous, "accepted": ACCEPTED}
    settings = runtime().settings
    facts |= {"help": photo_help.as_data(), "video_mb": settings.max_video_mb, "video_min": settings.max_video_minutes}
    facts |= {"instructions": Markup(render_prompt(exercise.instructions)), "max_mb": runtime().settings.max_photo_mb}
    facts["long_edge"] = runtime().settings.photo_long_edge
    facts |= {"blocks": queries.open_blocks(session, current_actor().user_id), "REFRESHER": REFRESHER}
    return make_response(render_template("practice/student_edit.html", **facts), status)


def _refused(entry_id: UUID, refusals: Mapping[str, Invalid]) -> ResponseReturnValue:
    """The draft again, with the reason at each photo that was refused. The text is saved by now."""
    codes = [507 if refusal.code == "storage" else status_of(refusal) for refusal in refusals.values()]
    if wants_problem():
        raise next(iter(refusals.values()))
    words = {slot: refusal.message for slot, refusal in refusals.items()}
    return _edit_page(_page(entry_id), status=max(codes, key=(422, 413, 507).index), refusals=words)


def _conflict_page(entry_id: UUID, conflict: Conflict) -> ResponseReturnValue:
    """The draft as it was typed, beside the news that another window was faster; saving again keeps this version."""
    if wants_problem() or conflict.code != "stale":
        raise conflict
    page = _page(entry_id)
    typed = services.typed_records(page.exercise, page.records, _typed())
    return _edit_page(page, status=409, problem=conflict, typed=typed)


def _state(entry_id: UUID) -> dict[str, Any]:
    page = _page(entry_id)
    clients = queries.briefs_for(current_session(), page.exercise)
    form = log_form(page, None, now=request_now(), clients=clients)
    return {
        "number": page.number,
        "state": page.state,
        "revision": page.revision,
        "complete": not form.gaps,
        "busy": form.is_busy,
        "photos": [{"id": p.id, "slot": p.slot, "state": p.state, "reason": p.reason} for p in page.photos],
        "missing": [{"sentence": g.sentence, "anchor": g.anchor, "waiting": g.waiting} for g in form.gaps],
        "problems": dict(form.problems),
        "html": _parts(form),
    }


def _parts(form: LogForm) -> dict[str, str]:
    """The parts of the page that change by themselves, drawn by the macros that drew the page."""

    def draw(macro: str, *values: Any) -> str:
        return str(get_template_attribute("practice/_draft.html", macro)(*values))

    parts = {f"photo-{slot.id}": draw("slot_inside", slot, form.page.id) for slot in form.slots}
    parts |= {f"card-{card.key}": draw("card_state", card) for card in form.cards}
    return parts | {
        "missing": draw("missing_list", form),
        "left": draw("left", form),
        "steps": draw("steps", form),
        "ceiling": draw("ceiling", form),
        "brief": draw("brief", form),
    }
