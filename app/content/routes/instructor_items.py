"""One question: as the student sees it, its history, and its editor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.content import queries, services
from app.content.forms import ItemForm
from app.domain.access.permissions import Permission
from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.preview import Preview, State, preview
from app.domain.assessment.scoring import POLICY_NAMES
from app.domain.assessment.statistics.verdicts import Finding, Verdict
from app.domain.content.difference import differences
from app.domain.content.editing import Checked
from app.domain.content.writing import item_source
from app.domain.errors import Invalid, NotFound
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.item_text import item_words

bp = AudienceBlueprint("content_items", Audience.INSTRUCTOR)
bp.context_processor(item_words)


@bp.get("/items/<item_key>")
@requires(Permission.CONTENT_READ)
def item(item_key: str) -> ResponseReturnValue:
    """A question as the student sees it, in any state, with its facts and the quizzes that may draw it."""
    session = current_session()
    page = queries.item_page(session, item_key, request.args.get("version", type=int))
    found = item_from_dict(page.payload)
    health = queries.health_of(session, page.bank).get(item_key, "")
    return render_template(
        "content/instructor_item.html",
        page=page,
        shown=preview(found, _state(request.args.get("state"))),
        names=_names(page.versions),
        states=list(State),
        scoring=POLICY_NAMES[found.scoring],
        finding=Verdict(Finding(health)) if health else None,
    )


@bp.get("/items/<item_key>/versions")
@requires(Permission.CONTENT_READ)
def versions(item_key: str) -> ResponseReturnValue:
    """What changed between two versions, field by field; without a choice, in the newest one."""
    session = current_session()
    page = queries.item_page(session, item_key)
    newest = page.versions[0].version
    new = request.args.get("new", newest, type=int)
    old = request.args.get("old", max(1, new - 1), type=int)
    before, after = queries.item_versions(session, item_key, old, new)
    facts = {"page": page, "names": _names(page.versions), "old": old, "new": new}
    return render_template("content/instructor_versions.html", **facts, changes=differences(before, after))


@bp.get("/items/<item_key>/edit")
@requires(Permission.CONTENT_PUBLISH)
def edit(item_key: str) -> ResponseReturnValue:
    """The editor, with the source of the live version or, to go back, of an earlier one."""
    session = current_session()
    page = queries.item_page(session, item_key)
    if page.live is None:
        raise NotFound
    wanted = request.args.get("version", type=int)
    payload = queries.item_page(session, item_key, wanted).payload if wanted else page.payload
    form = ItemForm(data={"source": item_source(payload), "base": page.version.version})
    return _editor(page, form, Checked(None, ()), item_from_dict(payload))


@bp.post("/items/<item_key>/check")
@requires(Permission.CONTENT_PUBLISH)
def check(item_key: str) -> ResponseReturnValue:
    """Check the text and show it in the wanted state. Nothing is saved, so nothing waits for a lock."""
    form = ItemForm()
    is_filled = form.validate_on_submit()
    checked: Checked[Any] = Checked(None, ())
    with runtime().db.reading() as session:
        page = queries.item_page(session, item_key)
        if is_filled:
            checked = services.check_item(session, item_key, form.text, quizzes=runtime().settings.quizzes)
    return _editor(page, form, checked, is_checked=is_filled), 200 if is_filled else 422


@bp.post("/items/<item_key>/edit")
@requires(Permission.CONTENT_PUBLISH)
def publish(item_key: str) -> ResponseReturnValue:
    """Make the text the next version of the question, at once live."""
    form, session = ItemForm(), current_session()
    page = queries.item_page(session, item_key)
    if not form.validate_on_submit():
        return _editor(page, form, Checked(None, ())), 422
    try:
        done = _publish(item_key, form)
    except services.Overtaken as overtaken:
        return _overtaken(page, form, overtaken), 409
    except services.Refused as refused:
        return _editor(page, form, refused.checked, is_checked=True), 422
    except Invalid as error:
        form.add_problems(error)
        return _editor(page, form, Checked(None, ())), 422
    words = _("Version %(n)s is live. Attempts from now on draw it; attempts before keep theirs.", n=done.version)
    flash(words, "success")
    return redirect(url_for(".item", item_key=item_key, published=done.version), 303)


def _publish(item_key: str, form: ItemForm) -> services.Published:
    return services.publish_item(
        current_session(),
        current_actor(),
        item_key,
        form.text,
        base=form.base.data or 0,
        note=form.note.data or "",
        quizzes=runtime().settings.quizzes,
        now=request_now(),
    )


def _overtaken(page: queries.ItemPage, form: ItemForm, overtaken: services.Overtaken) -> str:
    """Both texts, and what lies between them; publishing once more is then a decision with open eyes."""
    checked = services.check_item(current_session(), page.key, form.text, quizzes=runtime().settings.quizzes)
    mine = checked.definition.payload if checked.definition is not None else None
    form.base.raw_data, form.base.data = None, overtaken.version
    theirs: dict[str, Any] = {
        "overtaken": overtaken,
        "their_text": item_source(overtaken.payload),
        "between": differences(overtaken.payload, mine) if mine is not None else None,
    }
    return _editor(page, form, checked, is_checked=True, **theirs)


def _editor(
    page: queries.ItemPage,
    form: ItemForm,
    checked: Checked[Any],
    last: Item[Any] | None = None,
    *,
    is_checked: bool = False,
    **facts: Any,
) -> str:
    """The editor; the preview is of the text when it can be read, else of what is live."""
    readable = item_from_dict(checked.definition.payload) if checked.definition is not None else last
    state = _state(form.state.data)
    return render_template(
        "content/instructor_item_edit.html",
        page=page,
        form=form,
        checked=checked,
        is_checked=is_checked,
        shown=_shown(readable, state),
        states=list(State),
        state=state,
        **facts,
    )


def _shown(found: Item[Any] | None, state: State) -> Preview | None:
    return preview(found, state) if found is not None else None


def _state(text: str | None) -> State:
    """The state that was asked for; unanswered for anything else."""
    return State(text) if text in list(State) else State.UNANSWERED


def _names(versions: tuple[queries.VersionFace, ...]) -> dict[UUID, str]:
    return accounts.names_of(current_session(), [one.author_id for one in versions if one.author_id is not None])
