"""What everybody sees: artists who want to be found, their pages, and the guide for studios' programmers."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from app.certification import queries as certification
from app.domain.errors import NotFound
from app.domain.studios.showing import place_key
from app.domain.studios.webhook import TYPES
from app.studios import queries
from app.web.access import current_session, public, request_now, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("studios", Audience.PUBLIC)
ARTISTS = 24


@bp.get("/artists")
@public("Artists who are here want to be found.")
def artists() -> ResponseReturnValue:
    """The directory: artists with a certificate in force who chose to be listed, by place and tier."""
    session, place = current_session(), request.args.get("place", "")[:80]
    tiers = {policy.rules.id: policy.rules.title for policy in certification.policies(session)}
    tier = request.args.get("tier", "") if request.args.get("tier", "") in tiers else ""
    after = decode_cursor(request.args.get("after"))
    rows = queries.directory(session, request_now(), place=place_key(place), tier=tier, after=after, size=ARTISTS)
    return render_template(
        "studios/public_artists.html",
        page=page_of(rows, ARTISTS, lambda each: (each.listed_at or request_now(), str(each.user_id))),
        place=place,
        tier=tier,
        tiers=tiers,
    )


@bp.get("/artists/<handle>")
@public("The artist opened this page to everybody.")
def artist(handle: str) -> ResponseReturnValue:
    """An artist's own page."""
    return render_template(
        "studios/public_artist.html", artist=queries.artist_page(current_session(), handle, request_now())
    )


@bp.get("/artists/<handle>/<uuid:piece_id>.jpg")
@public("The artist opened this page to everybody; name and number stand across the picture.")
def picture(handle: str, piece_id: UUID) -> ResponseReturnValue:
    """The marked picture of a piece."""
    key = queries.picture_key(current_session(), handle, piece_id, request_now())
    try:
        with runtime().storage.open(key) as stream:
            response = Response(stream.read(), mimetype="image/jpeg")
    except FileNotFoundError as error:
        raise NotFound from error
    # Short: what an artist takes out must be gone soon.
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/webhooks")
@public("How to check a message is no secret; programmers have no account here.")
def webhook_guide() -> ResponseReturnValue:
    """How messages to a studio's program look and are checked."""
    return render_template("studios/public_webhook_guide.html", types=list(TYPES.values()))
