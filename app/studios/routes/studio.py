"""The watchlist of a studio and what changed on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials.services import count_look_up
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid, NotFound
from app.studios import queries, services
from app.studios.forms import FollowForm
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("studios", Audience.STUDIO)
PAGE = 50


@bp.get("/watchlist")
@requires(Permission.STUDIO_USE)
def watchlist() -> ResponseReturnValue:
    """Whom the studio follows, each as the certificate stands now; `?number=` comes from the page of a certificate."""
    return _watchlist(FollowForm(data={"number": request.args.get("number", "")[:60]}))


@bp.post("/watchlist")
@requires(Permission.STUDIO_USE)
def follow() -> ResponseReturnValue:
    """Follow the certificate of a number."""
    form, studio_id = FollowForm(), studio_id_now()
    if form.validate_on_submit():
        # The watchlist must not be a side door for guessing numbers.
        count_look_up(runtime().limiter, f"studio:{studio_id}", request_now())
        typed, note = form.number.data or "", form.note.data or ""
        try:
            services.add_watch(current_session(), current_actor(), studio_id, typed, note=note, now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("You follow this certificate. We tell you when it changes."), "success")
            return redirect(url_for(".watchlist", **chosen()), 303)
    return _watchlist(form), 422


@bp.post("/watchlist/<uuid:watch_id>/end")
@requires(Permission.STUDIO_USE)
def unfollow(watch_id: UUID) -> ResponseReturnValue:
    """Stop following."""
    services.end_watch(current_session(), current_actor(), watch_id, now=request_now())
    flash(_("You do not follow this certificate any more."), "success")
    return redirect(url_for(".watchlist", **chosen()), 303)


@bp.post("/check")
@requires(Permission.STUDIO_USE)
def check() -> ResponseReturnValue:
    """Check one number: the team's log has it, the public page answers."""
    studio_id, typed = studio_id_now(), request.form.get("number", "")[:2048]
    count_look_up(runtime().limiter, f"studio:{studio_id}", request_now())
    number = services.note_check(current_session(), current_actor(), studio_id, typed, now=request_now())
    if number:
        return redirect(url_for("credentials_public.page", number=number), 303)
    return redirect(url_for("credentials_public.verify", number=typed), 303)


@bp.get("/alerts")
@requires(Permission.STUDIO_USE)
def alerts() -> ResponseReturnValue:
    """What changed on followed certificates, newest first."""
    session, studio_id = current_session(), studio_id_now()
    rows = queries.alerts(session, studio_id, after=decode_cursor(request.args.get("after")), size=PAGE)
    return render_template(
        "studios/studio_alerts.html",
        page=page_of(rows, PAGE, lambda line: (line.created_at, str(line.id))),
        unseen=queries.unseen_count(session, studio_id),
        **studio_facts(studio_id),
    )


@bp.post("/alerts/seen")
@requires(Permission.STUDIO_USE)
def seen() -> ResponseReturnValue:
    """Every alert counts as seen, for the whole studio."""
    services.mark_seen(current_session(), current_actor(), studio_id_now(), now=request_now())
    return redirect(url_for(".alerts", **chosen()), 303)


def _watchlist(form: FollowForm) -> str:
    session, studio_id = current_session(), studio_id_now()
    after = decode_cursor(request.args.get("after"))
    rows = queries.watchlist(session, studio_id, now=request_now(), after=after, size=PAGE)
    return render_template(
        "studios/studio_watchlist.html",
        page=page_of(rows, PAGE, lambda line: (line.since, str(line.id))),
        form=form,
        **studio_facts(studio_id),
    )


def studio_id_now() -> UUID:
    """The studio that the person works for now: the one named by `?studio=`, else the first of theirs."""
    own = current_actor().studio_ids
    wanted = request.args.get("studio")
    if wanted is None:
        return min(own)
    found = next((studio_id for studio_id in own if str(studio_id) == wanted), None)
    if found is None:
        raise NotFound
    return found


def chosen() -> dict[str, Any]:
    """The choice of the studio, to be kept in the next address; empty for people of one studio."""
    return {"studio": str(studio_id_now())} if len(current_actor().studio_ids) > 1 else {}


def studio_facts(studio_id: UUID) -> dict[str, Any]:
    """What every page of the area shows about the studio, and the rank of who looks."""
    named = queries.names_of(current_session(), current_actor().studio_ids)
    rank = services.rank_in(current_actor(), studio_id)
    facts = {"studio_id": studio_id, "studios": named, "studio_name": dict(named)[studio_id], "chosen": chosen()}
    return {**facts, "rank": rank, "manages": rank.manages}
