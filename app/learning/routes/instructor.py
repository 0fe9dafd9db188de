"""How the students progress."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.learning import queries
from app.web.access import current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("learning", Audience.INSTRUCTOR)
PAGE = 30


@bp.get("/students")
@requires(Permission.COHORT_READ)
def cohort() -> ResponseReturnValue:
    """Students by their newest enrollment, with what they have done."""
    after = decode_cursor(request.args.get("after"))
    rows = queries.cohort(current_session(), after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda student: (student.enrolled_at, str(student.enrollment_id)))
    return render_template("learning/instructor_cohort.html", page=page, is_first=after is None)
