"""A student's kit: machines, cartridges, pigments and products that the log offers as choices."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.domain.practice.kit import KitKind
from app.practice import queries, services
from app.practice.forms import KitForm
from app.web.access import current_actor, current_session, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("practice_kit", Audience.STUDENT)


@bp.route("/kit", methods=["GET", "POST"])
@requires(Permission.PRACTICE_LOG)
def index() -> ResponseReturnValue:
    """What is in the kit, and a form to add to it."""
    form = KitForm()
    if form.validate_on_submit():
        try:
            item = services.add_to_kit(current_session(), current_actor(), _facts(form), now=request_now())
        except Invalid as problem:
            form.add_problems(problem)
        else:
            flash(_("%(name)s is in your kit.", name=item.name), "success")
            return redirect(url_for(".index"), 303)
    items = queries.kit(current_session(), current_actor().user_id)
    today = request_now().date()
    shown = {kind.value: [item for item in items if item.kind == kind] for kind in KitKind}
    page = render_template("practice/student_kit.html", form=form, shown=shown, today=today, count=len(items))
    return page, 422 if request.method == "POST" else 200


def _facts(form: KitForm) -> services.KitFacts:
    texts = {name: form[name].data or "" for name in ("name", "code", "lot", "expires")}
    return services.KitFacts(KitKind(form.kind.data), **texts)


@bp.post("/kit/<uuid:kit_id>/retire")
@requires(Permission.PRACTICE_LOG)
def retire(kit_id: UUID) -> ResponseReturnValue:
    """Take a thing out of the kit; pieces that were made with it keep its name."""
    item = services.retire_from_kit(current_session(), current_actor(), kit_id, now=request_now())
    flash(_("%(name)s is out of your kit. Pieces that name it stay as they are.", name=item.name), "success")
    return redirect(url_for(".index"), 303)
