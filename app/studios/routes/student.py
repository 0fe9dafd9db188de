"""The artist's side: which studios asked for papers, what each may see, and every change of that."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.domain.studios.sharing import shares_of
from app.practice import queries as practice
from app.studios import queries, services
from app.studios.forms import SHARES, PortfolioForm, ShareForm
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("studios", Audience.STUDENT)


@bp.get("/studios")
@requires(Permission.CREDENTIAL_HOLD)
def studios() -> ResponseReturnValue:
    """Studios that asked, each with what it may see."""
    return _page()


@bp.post("/studios/<uuid:artist_link_id>")
@requires(Permission.CREDENTIAL_HOLD)
def choose(artist_link_id: UUID) -> ResponseReturnValue:
    """Let a studio see what is ticked and nothing else, from now on."""
    form = ShareForm()
    if not form.validate_on_submit():
        return _page(), 422
    chosen = shares_of(form.shares.data or [])
    services.choose_shares(current_session(), current_actor(), artist_link_id, chosen, now=request_now())
    text = _("The studio sees what you ticked.") if chosen else _("The studio sees nothing of you.")
    flash(text, "success")
    return redirect(url_for(".studios"), 303)


def _page() -> str:
    session, user_id = current_session(), current_actor().user_id
    return render_template(
        "studios/student_studios.html",
        studios=queries.asking_studios(session, user_id),
        history=queries.consent_history(session, user_id),
        words=SHARES,
    )


@bp.get("/portfolio")
@requires(Permission.CREDENTIAL_HOLD)
def portfolio() -> ResponseReturnValue:
    """What everybody may see of oneself, and the approved pieces to choose from."""
    found = queries.portfolio(current_session(), current_actor().user_id)
    return _portfolio(PortfolioForm(formdata=None, obj=found))


@bp.post("/portfolio")
@requires(Permission.CREDENTIAL_HOLD)
def save() -> ResponseReturnValue:
    """Keep what everybody may see."""
    form = PortfolioForm()
    if form.validate_on_submit():
        given = {name: bool(form[name].data) for name in ("is_open", "is_listed", "is_indexed")}
        place = form.place.data or ""
        try:
            services.save_portfolio(current_session(), current_actor(), place=place, now=request_now(), **given)
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("Your choice is saved."), "success")
            return redirect(url_for(".portfolio"), 303)
    return _portfolio(form), 422


@bp.post("/portfolio/pieces/<uuid:approved_id>")
@requires(Permission.CREDENTIAL_HOLD)
def show(approved_id: UUID) -> ResponseReturnValue:
    """Put an approved piece into the portfolio."""
    try:
        services.show_piece(current_session(), current_actor(), approved_id, now=request_now())
    except Invalid as full:
        flash(full.message, "error")
    else:
        flash(
            _("The piece is in your portfolio. Its picture is made in a moment, with your name and number."), "success"
        )
    return redirect(url_for(".portfolio"), 303)


@bp.post("/portfolio/shown/<uuid:piece_id>/remove")
@requires(Permission.CREDENTIAL_HOLD)
def hide(piece_id: UUID) -> ResponseReturnValue:
    """Take a piece out of the portfolio."""
    services.hide_piece(current_session(), runtime().storage, current_actor(), piece_id, now=request_now())
    flash(_("The piece is out of your portfolio, and its picture is gone."), "success")
    return redirect(url_for(".portfolio"), 303)


def _portfolio(form: PortfolioForm) -> str:
    session, user_id = current_session(), current_actor().user_id
    choices = queries.approved_pieces(session, user_id)
    return render_template(
        "studios/student_portfolio.html",
        form=form,
        found=queries.portfolio(session, user_id),
        pieces=queries.pieces_of(session, user_id),
        choices=choices,
        titles={each.submission_id: practice.exercise_at(session, each.exercise_version_id).title for each in choices},
        mark=queries.current_mark(session, user_id, request_now()),
    )
