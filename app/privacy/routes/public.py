"""The privacy notice, made from the data map, and the terms."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.privacy.consent import ASKED, ConsentKind
from app.domain.privacy.data_map import PARTS
from app.domain.privacy.kinds import Erasure
from app.web.access import public, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("privacy", Audience.PUBLIC)
BEFORE = "It has to be read before there is an account."


@bp.get("/privacy")
@public(BEFORE)
def notice() -> ResponseReturnValue:
    """Which data is kept, why, how long, and what erasing does."""
    shown = {part: [table for table in tables if table.is_personal] for part, tables in PARTS.items()}
    return render_template(
        "privacy/public_notice.html",
        parts={part: tables for part, tables in shown.items() if tables},
        academy=runtime().settings.academy_name,
        version=ASKED[ConsentKind.NOTICE].version,
        erasures=Erasure,
    )


@bp.get("/terms")
@public(BEFORE)
def terms() -> ResponseReturnValue:
    """What the academy and its students promise each other."""
    academy = runtime().settings.academy_name
    return render_template("privacy/public_terms.html", academy=academy, version=ASKED[ConsentKind.TERMS].version)
