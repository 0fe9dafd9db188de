"""Stop mail by the link in it: without signing in, by a click of the mail program (RFC 8058) or on a page."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from app.domain.notices import Topic
from app.infra.links import read_link
from app.notifications import services
from app.notifications.forms import mail_words
from app.web.access import current_session, public, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("notifications", Audience.PUBLIC)
WHY = "Whoever gets a mail may stop it; the signed link is the permission."


@bp.get("/unsubscribe/<link>")
@public(WHY)
def unsubscribe(link: str) -> ResponseReturnValue:
    """Ask whether this mail shall stop: programs that look into links before people do must not stop anything."""
    found = _read(link)
    return _page("ask", found[1], link=link) if found else _broken()


@bp.post("/unsubscribe/<link>")
@public(WHY, by_link=True)
def stop_mail(link: str) -> ResponseReturnValue:
    """Stop this mail. The mail program of the person sends this by itself when they click "Unsubscribe" there."""
    found = _read(link)
    if found is None:
        return _broken()
    user_id, topics = found
    for what in [topic.value for topic in topics] or [services.EVERY_DIGEST]:
        services.unsubscribe(current_session(), user_id, what)
    return _page("done", topics)


def _page(state: str, topics: list[Topic], *, link: str = "", status: int = 200) -> ResponseReturnValue:
    template = "notifications/public_unsubscribe.html"
    return make_response(render_template(template, state=state, topics=mail_words(topics), link=link), status)


def _broken() -> ResponseReturnValue:
    return _page("broken", [], status=404)


def _read(link: str) -> tuple[UUID, list[Topic]] | None:
    """Whose mail it is and of which topics; an empty list stands for all summaries. None for what nobody signed."""
    parts = read_link(runtime().settings.secret_key, services.UNSUBSCRIBE, link)
    if parts is None or len(parts) != 2:
        return None
    user_id, what = (str(part) for part in parts)
    try:
        return UUID(user_id), [] if what == services.EVERY_DIGEST else [Topic(what)]
    except ValueError:  # signed by an older version, for a topic that is no more
        return None
