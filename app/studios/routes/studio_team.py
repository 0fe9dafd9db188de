"""The artists of a studio, what they share with it, and the pack of their papers for an inspection."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid, NotFound
from app.domain.studios.sharing import PROOFS, Share
from app.studios import queries, services
from app.studios.forms import SHARES, AskForm
from app.studios.routes.studio import chosen, studio_facts, studio_id_now
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("studios_team", Audience.STUDIO)
ASKS_A_DAY = 100


@bp.get("/team")
@requires(Permission.STUDIO_USE)
def index() -> ResponseReturnValue:
    """The artists with their papers, and the packs of the last week."""
    return _index(AskForm(data={"number": request.args.get("number", "")[:60]}))


@bp.post("/team")
@requires(Permission.STUDIO_USE)
def ask() -> ResponseReturnValue:
    """Ask an artist for their papers."""
    form, studio_id = AskForm(), studio_id_now()
    if form.validate_on_submit():
        allowed = runtime().limiter.hit(f"ask-artist:{studio_id}", ASKS_A_DAY, 86400, request_now())
        try:
            if not allowed.ok:
                raise Invalid(_("Your studio asked a hundred artists today. Go on tomorrow."))
            typed = form.number.data or ""
            services.ask_artist(current_session(), current_actor(), studio_id, typed, now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("The artist is asked. You see here what they share as soon as they answer."), "success")
            return redirect(url_for(".index", **chosen()), 303)
    return _index(form), 422


@bp.post("/packs")
@requires(Permission.STUDIO_USE)
def make() -> ResponseReturnValue:
    """Have the pack made."""
    try:
        services.ask_pack(current_session(), current_actor(), studio_id_now(), now=request_now())
    except Invalid as empty:
        flash(empty.message, "error")
    return redirect(url_for(".index", **chosen()), 303)


@bp.get("/packs/<uuid:pack_id>")
@requires(Permission.STUDIO_USE)
def progress(pack_id: UUID) -> ResponseReturnValue:
    """How far a pack is, for the script of the page."""
    found = queries.pack_for(current_session(), current_actor().studio_ids, pack_id)
    return jsonify({"state": found.state, "done": found.done, "total": found.total})


@bp.get("/packs/<uuid:pack_id>/file")
@requires(Permission.STUDIO_USE)
def file(pack_id: UUID) -> ResponseReturnValue:
    """A finished pack."""
    found = queries.pack_for(current_session(), current_actor().studio_ids, pack_id)
    if found.file_key is None:
        raise NotFound(_("This pack is not finished."))
    try:
        stream = runtime().storage.open(found.file_key)
    except FileNotFoundError as error:
        raise NotFound from error
    name = f"inspection-pack-{found.asked_at:%Y-%m-%d}.zip"
    response = send_file(stream, mimetype=services.MIME, as_attachment=True, download_name=name)
    response.content_length = found.size
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _index(form: AskForm) -> str:
    session, studio_id, now = current_session(), studio_id_now(), request_now()
    return render_template(
        "studios/studio_team.html",
        artists=queries.team(session, studio_id, now),
        packs=queries.packs(session, studio_id),
        form=form,
        proofs=list(PROOFS),
        words=SHARES,
        certificates=Share.CERTIFICATES,
        today=now.date(),
        proof_words=services.proof_words,
        **studio_facts(studio_id),
    )
