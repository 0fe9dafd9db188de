"""A student's appeal: the form of one try, and what the page of the piece says about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, DomainError, Invalid, NotFound
from app.domain.review.appeal import Subject, closes_at, why_not
from app.practice import queries as practice
from app.reviews import queries, services
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of

bp = AudienceBlueprint("reviews_appeals", Audience.STUDENT)


@dataclass(frozen=True, slots=True)
class AppealPart:
    """What the page of a piece says about appeals: the newest try can be appealed until then, or what came of one."""

    submission_id: UUID
    closes_at: datetime
    appeal: Any
    titles: dict[str, str]


@bp.app_context_processor
def appeal_of_piece() -> dict[str, Any]:
    """`appeal_part(entry_id)` for the page of a piece."""
    return {"appeal_part": _appeal_part}


def _appeal_part(entry_id: UUID) -> AppealPart | None:
    """None while there is nothing to say: no result yet, or its time is over without an appeal."""
    session, now = current_session(), request_now()
    tries = practice.submissions_of(session, practice.entry_for(session, current_actor().user_id, entry_id).id)
    if not tries:
        return None
    last = tries[-1]
    filed, result = queries.appeal_of(session, last.id), queries.result_of(session, last.id)
    if result is None or result.decided_at is None:
        return None
    if filed is None:
        late = why_not(result.decided_at, now, appealed=False, newest=True)
        return None if late else AppealPart(last.id, closes_at(result.decided_at), None, {})
    sheet = queries.sheet_of(session, result, last)
    titles = {criterion.id: criterion.title for criterion in sheet.criteria}
    titles |= {code: str(defect["title"]) for code, defect in sheet.defects.items()}
    return AppealPart(last.id, closes_at(result.decided_at), filed, titles)


@bp.get("/practice/tries/<uuid:try_id>/appeal")
@requires(Permission.APPEAL_FILE)
def form(try_id: UUID) -> ResponseReturnValue:
    """The points of a result to choose from, and room to say why; an appeal that was filed is shown with its piece."""
    submission = practice.submission(current_session(), try_id)
    if submission.user_id == current_actor().id and queries.appeal_of(current_session(), try_id) is not None:
        return redirect(url_for("reviews_student.piece", entry_id=submission.entry_id), 303)
    return _form(try_id, Subject(), None)


@bp.post("/practice/tries/<uuid:try_id>/appeal")
@requires(Permission.APPEAL_FILE)
def file(try_id: UUID) -> ResponseReturnValue:
    """File the appeal."""
    values = request.form
    subject = Subject(
        tuple(values.getlist("criterion"))[:40],
        tuple(values.getlist("flag"))[:40],
        values.get("why", "").replace("\r\n", "\n").strip(),
    )
    try:
        filed = services.file_appeal(current_session(), current_actor(), try_id, subject, now=request_now())
    except (Conflict, Invalid) as refusal:
        return _form(try_id, subject, refusal), status_of(refusal)
    submission = practice.submission(current_session(), filed.submission_id)
    flash(_("Your appeal is filed. Somebody who has not marked this piece will read it."), "success")
    return redirect(url_for("reviews_student.piece", entry_id=submission.entry_id), 303)


def _form(submission_id: UUID, subject: Subject, refusal: DomainError | None) -> str:
    session = current_session()
    submission = practice.submission(session, submission_id)
    result = queries.result_of(session, submission.id)
    if submission.user_id != current_actor().id or result is None:
        raise NotFound
    sheet = queries.sheet_of(session, result, submission)
    return render_template(
        "reviews/student_appeal.html",
        submission=submission,
        exercise=sheet.exercise,
        result=result,
        closes_at=closes_at(result.decided_at) if result.decided_at else None,
        why_not=services.why_no_appeal(session, submission, request_now()),
        criteria=sheet.criteria,
        levels={rating.criterion: rating.level for rating in queries.ratings_of(session, [result.id])[result.id]},
        flags=result.critical,
        defects=sheet.defects,
        subject=subject,
        refusal=refusal,
    )
