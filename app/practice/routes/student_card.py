"""A student's color reference cards: made, printed, measured; and the figures of one's own photos."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.color.card import PATCHES
from app.domain.errors import Invalid
from app.infra.color_card import CardWords, Paper, card_pdf, card_svg
from app.practice import queries, services
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of, wants_problem

bp = AudienceBlueprint("practice_card", Audience.STUDENT)
PAPERS: dict[str, Paper] = {"a4": "a4", "letter": "us-letter"}


@bp.get("/practice/card")
@requires(Permission.PRACTICE_LOG)
def index() -> ResponseReturnValue:
    """The newest card, or how to get one."""
    return _page(None)


@bp.post("/practice/card")
@requires(Permission.PRACTICE_LOG)
def create() -> ResponseReturnValue:
    """Make a card: one for each print."""
    made = services.make_card(current_session(), current_actor(), now=request_now())
    return redirect(url_for(".card", card_id=made.id), 303)


@bp.get("/practice/card/<uuid:card_id>")
@requires(Permission.PRACTICE_LOG)
def card(card_id: UUID) -> ResponseReturnValue:
    """One card: print it, say how the print came out."""
    return _page(card_id)


@bp.post("/practice/card/<uuid:card_id>")
@requires(Permission.PRACTICE_LOG)
def save(card_id: UUID) -> ResponseReturnValue:
    """Keep the check line and the measured patches; what cannot be used stays in the form with the reason."""
    typed = services.CardInput(*(request.form.get(name, "") for name in ("check_line", "white", "device", "text")))
    try:
        services.save_card(current_session(), current_actor(), card_id, typed, now=request_now())
    except Invalid as problem:
        if wants_problem():
            raise
        return _page(card_id, typed, problem)
    flash(_("Saved. Photos with this card use it from now on, those that you sent before too."), "success")
    return redirect(url_for(".card", card_id=card_id), 303)


@bp.get("/practice/card/<uuid:card_id>/card.svg")
@requires(Permission.PRACTICE_LOG)
def drawing(card_id: UUID) -> ResponseReturnValue:
    """The card as a picture."""
    found = queries.card_for(current_session(), current_actor().user_id, card_id)
    return _file(card_svg(found.code, _words(found.code)), "image/svg+xml")


@bp.get("/practice/card/<uuid:card_id>/card.pdf")
@requires(Permission.PRACTICE_LOG)
def sheet(card_id: UUID) -> ResponseReturnValue:
    """The card on a sheet, in its true size."""
    found = queries.card_for(current_session(), current_actor().user_id, card_id)
    paper = PAPERS.get(request.args.get("paper", ""), "a4")
    response = _file(card_pdf(found.code, _words(found.code), paper, found.created_at.date()), "application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="color-card-{found.code}.pdf"'
    return response


@bp.get("/practice/color/<uuid:photo_id>")
@requires(Permission.PRACTICE_LOG)
def photo(photo_id: UUID) -> ResponseReturnValue:
    """Figures of a photo of one's own; the address holds what is measured."""
    found = queries.color_of_own(current_session(), current_actor().user_id, photo_id)
    asked = services.ask(runtime().storage, found, request.args)
    if wants_problem():
        return jsonify(asked.as_json(found))
    page = render_template(
        "practice/student_color.html",
        photo=found,
        typed=request.args,
        question=asked.question,
        answer=asked.answer,
        problem=asked.problem,
    )
    return make_response(page, status_of(asked.problem) if asked.problem else 200)


def _page(card_id: UUID | None, typed: services.CardInput | None = None, problem: Invalid | None = None) -> Response:
    session, user_id = current_session(), current_actor().user_id
    cards = queries.cards_of(session, user_id)
    shown = queries.card_for(session, user_id, card_id) if card_id else next(iter(cards), None)
    if shown is not None and typed is None:
        line = f"{shown.check_line:g}" if shown.check_line else ""
        typed = services.CardInput(line, shown.white, shown.device, shown.measured_text)
    page = render_template(
        "practice/student_card.html",
        card=shown,
        others=[other for other in cards if shown is None or other.id != shown.id],
        typed=typed,
        problem=problem,
        measured=len(shown.measured) if shown else 0,
        patches=PATCHES,
    )
    return make_response(page, status_of(problem) if problem else 200)


def _file(data: bytes, mimetype: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    return response


def _words(code: str) -> CardWords:
    locale = get_locale()
    return CardWords(
        name=_("Color reference card"),
        card_line=_("Card %(code)s. Lay it flat beside the work, in the same light.", code=code),
        line=_("This line is 50 mm long"),
        title=_("Color reference card %(code)s", code=code),
        author="Vermilion",
        lead=_(
            "Print this page at 100 % (“actual size”, not “fit to page”) on matte, bright white, heavy paper. "
            "Glossy paper shines back into the camera."
        ),
        steps=_steps(),
        honest=_(
            "Every printer prints these colors differently. So photos with this card show millimeters and how even an "
            "area is, but no color figures, until somebody has measured the patches of your print with a "
            "spectrophotometer and the values stand on the page of your card."
        ),
        language=locale.language if locale else "en",
    )


def _steps() -> tuple[str, ...]:
    return (
        _("Lay a ruler on the 50 mm line. If it is not 50 mm long, write its length on the page of your card."),
        _("Cut along the corner marks. Do not cut off the squares and dots."),
        _(
            "Lay the card flat beside the work, at the same height, and take both into the photo. The card may "
            "lie turned. It should fill a third of the width of the photo or more."
        ),
        _(
            "Let the same light fall on card and work: one soft light from the side or an overcast window, no flash, "
            "no shadow and no shine across the card."
        ),
        _("Keep it dry, flat and in the dark. Print a new one when it is stained, bent or a year old."),
    )
