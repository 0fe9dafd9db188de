"""The builder of a quiz: what is drawn, from how many, for how many attempts, and how that covers the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.content import queries, services
from app.content.forms import SPARE_ROWS, DrawsForm, draw_rows
from app.content.queries import QuizSource
from app.domain.access.permissions import Permission
from app.domain.assessment.blueprint import ATTEMPTS
from app.domain.assessment.quiz import quiz_from_dict
from app.domain.content.editing import Checked
from app.domain.content.schema_items import ITEM_TYPES
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.writing import draw_data
from app.domain.errors import Invalid
from app.domain.procedure import SECTIONS, Topic
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = AudienceBlueprint("content_quizzes", Audience.INSTRUCTOR)


@bp.get("/quizzes/<quiz_key>/blueprint")
@requires(Permission.CONTENT_READ)
def blueprint(quiz_key: str) -> ResponseReturnValue:
    """The draws of a live quiz, and what they find and cover."""
    session = current_session()
    source = queries.quiz_source(session, quiz_key)
    rows = [draw_data(draw) for draw in source.quiz.payload["draws"]]
    return _page(session, source, DrawsForm(data={"base": source.quiz.version}), rows, Checked(None, ()))


@bp.post("/quizzes/<quiz_key>/blueprint/check")
@requires(Permission.CONTENT_PUBLISH)
def check(quiz_key: str) -> ResponseReturnValue:
    """What these draws would find. Nothing is saved."""
    form, rows = DrawsForm(), _rows()
    with runtime().db.reading() as session:
        source = queries.quiz_source(session, quiz_key)
        checked = services.check_draws(session, quiz_key, rows)
        facts = _facts(session, source, rows, checked, is_checked=True)
    return _render(form, facts)


@bp.post("/quizzes/<quiz_key>/blueprint")
@requires(Permission.CONTENT_PUBLISH)
def publish(quiz_key: str) -> ResponseReturnValue:
    """Make these the draws of the quiz, at once live."""
    form, rows, session = DrawsForm(), _rows(), current_session()
    source = queries.quiz_source(session, quiz_key)
    if not form.validate_on_submit():
        return _page(session, source, form, rows, Checked(None, ())), 422
    try:
        done = _publish(quiz_key, form, rows)
    except services.Overtaken as overtaken:
        return _overtaken(source, form, rows, overtaken), 409
    except services.Refused as refused:
        return _page(session, source, form, rows, refused.checked, is_checked=True), 422
    except Invalid as error:
        form.add_problems(error)
        return _page(session, source, form, rows, Checked(None, ())), 422
    flash(_("Version %(n)s is live. Attempts that run keep the draws they began with.", n=done.version), "success")
    return redirect(url_for(".blueprint", quiz_key=quiz_key), 303)


def _publish(quiz_key: str, form: DrawsForm, rows: Sequence[dict[str, Any]]) -> services.Published:
    return services.publish_draws(
        current_session(),
        current_actor(),
        quiz_key,
        rows,
        base=form.base.data or 0,
        note=form.note.data or "",
        now=request_now(),
    )


def _rows() -> list[dict[str, Any]]:
    return draw_rows(dict(request.form.lists()))


def _overtaken(
    source: QuizSource, form: DrawsForm, rows: Sequence[dict[str, Any]], overtaken: services.Overtaken
) -> str:
    """The draws that are live beside those that were sent."""
    session = current_session()
    checked = services.check_draws(session, source.quiz.key, rows)
    form.base.raw_data, form.base.data = None, overtaken.version
    theirs = [draw.sentence for draw in quiz_from_dict(overtaken.payload).draws]
    return _page(session, source, form, rows, checked, is_checked=True, overtaken=overtaken, theirs=theirs)


def _page(
    session: Session,
    source: QuizSource,
    form: DrawsForm,
    rows: Sequence[dict[str, Any]],
    checked: Checked[Quiz],
    *,
    is_checked: bool = False,
    **more: Any,
) -> str:
    return _render(form, _facts(session, source, rows, checked, is_checked=is_checked) | more)


def _facts(
    session: Session, source: QuizSource, rows: Sequence[dict[str, Any]], checked: Checked[Quiz], *, is_checked: bool
) -> dict[str, Any]:
    """What the rows find and cover when they can be read, else what is live does; everything that a page looks up."""
    payload = checked.definition.payload if checked.definition is not None else source.quiz.payload
    authors = [one.author_id for one in source.versions if one.author_id is not None]
    return {
        "source": source,
        "rows": [*rows, *({} for _spare in range(SPARE_ROWS))],
        "checked": checked,
        "is_checked": is_checked,
        "found": queries.blueprint(session, quiz_from_dict(payload)),
        "is_of_rows": checked.definition is not None or not is_checked,
        "banks": queries.bank_keys(session),
        "names": accounts.names_of(session, authors),
    }


def _render(form: DrawsForm, facts: dict[str, Any]) -> str:
    choices = {"sections": SECTIONS, "topics": list(Topic), "types": ITEM_TYPES, "needed": ATTEMPTS}
    return render_template("content/instructor_blueprint.html", form=form, **choices, **facts)
