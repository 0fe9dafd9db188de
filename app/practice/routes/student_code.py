"""The code card of a piece: on the screen of another device, or on paper."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.access.permissions import Permission
from app.domain.practice.code_card import card_text
from app.infra.documents import qr_svg
from app.practice import queries
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("practice_code", Audience.STUDENT)


@bp.get("/practice/<uuid:entry_id>/code")
@requires(Permission.PRACTICE_LOG)
def card(entry_id: UUID) -> ResponseReturnValue:
    """A card issued now: its QR says which piece, and that the photo was taken after this minute."""
    page, now = queries.entry_page(current_session(), current_actor().user_id, entry_id), request_now()
    text = card_text(page.piece_code, now, runtime().settings.secret_key.encode())
    # The drawing is made here from squares; nothing of it comes from outside.
    code = Markup(qr_svg(text, _("QR code of piece %(code)s", code=page.piece_code)))
    return render_template("practice/student_code.html", page=page, issued_at=now, code=code)
