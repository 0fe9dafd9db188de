"""The issuing log, one certificate with its private history, and the changes that an administrator makes."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.credentials import queries, services
from app.credentials.forms import FORMS, REASONS, SupersedeForm
from app.domain.access.permissions import Permission
from app.domain.credentials import number as numbers
from app.domain.credentials.lifecycle import Change, allowed_changes, status
from app.domain.errors import Conflict, Invalid
from app.web.access import current_actor, current_session, recent_proof, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.errors import status_of
from app.web.forms import Form
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("credentials", Audience.ADMIN)
PAGE = 50


@bp.get("/credentials")
@requires(Permission.CREDENTIAL_MANAGE)
def index() -> ResponseReturnValue:
    """Every certificate ever issued, newest first."""
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    checked = numbers.check(search)
    after = decode_cursor(request.args.get("after"))
    wanted = checked.number if checked.ok else search
    rows = queries.issued(current_session(), search=wanted, after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.issued_at, str(line.id)))
    asked = queries.revocations_waiting(current_session(), request_now())
    return render_template("credentials/admin_index.html", page=page, search=search, revocations=asked)


@bp.get("/credentials/<uuid:credential_id>")
@requires(Permission.CREDENTIAL_MANAGE)
def detail(credential_id: UUID) -> ResponseReturnValue:
    """One certificate with its whole history."""
    return _page(credential_id)


@bp.post("/credentials/<uuid:credential_id>/suspend")
@requires(Permission.CREDENTIAL_MANAGE)
def suspend(credential_id: UUID) -> ResponseReturnValue:
    """It does not count until it is reinstated."""
    return _change(credential_id, Change.SUSPEND, _("The certificate is suspended. Its page and its list say so now."))


@bp.post("/credentials/<uuid:credential_id>/reinstate")
@requires(Permission.CREDENTIAL_MANAGE)
def reinstate(credential_id: UUID) -> ResponseReturnValue:
    """It counts again, with a new signed file."""
    return _change(credential_id, Change.REINSTATE, _("The certificate is in force again. It has a new signed file."))


@bp.post("/credentials/<uuid:credential_id>/revoke")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def revoke(credential_id: UUID) -> ResponseReturnValue:
    """Ask that it never counts again; the number is typed, and another administrator confirms it."""
    session = current_session()
    form = FORMS[Change.REVOKE](Change.REVOKE, number=queries.credential(session, credential_id).number)
    if not form.validate_on_submit():
        return _page(credential_id, Change.REVOKE, form), 422
    services.ask_revocation(
        session,
        current_actor(),
        credential_id,
        reason=form.reason_given,
        note=form.note.data or "",
        now=request_now(),
    )
    flash(_("Asked. Nothing has changed yet: another administrator has to confirm it within 72 hours."), "success")
    return redirect(url_for(".detail", credential_id=credential_id), 303)


@bp.post("/credentials/<uuid:credential_id>/revoke/confirm")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def confirm_revocation(credential_id: UUID) -> ResponseReturnValue:
    """Revoke for good what another administrator asked to revoke."""
    try:
        services.confirm_revocation(
            current_session(), current_actor(), credential_id, issuer=_issuer(), now=request_now()
        )
    except Conflict as refusal:
        flash(refusal.message, "warn")
        return _page(credential_id), status_of(refusal)
    flash(_("The certificate is revoked. Its page and its list say so now."), "success")
    return redirect(url_for(".detail", credential_id=credential_id), 303)


@bp.post("/credentials/<uuid:credential_id>/revoke/withdraw")
@requires(Permission.CREDENTIAL_MANAGE)
def withdraw_revocation(credential_id: UUID) -> ResponseReturnValue:
    """Take a request to revoke back."""
    services.withdraw_revocation(current_session(), current_actor(), credential_id, now=request_now())
    flash(_("The request is taken back. The certificate stays as it is."), "success")
    return redirect(url_for(".detail", credential_id=credential_id), 303)


@bp.post("/credentials/<uuid:credential_id>/withdraw")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def withdraw(credential_id: UUID) -> ResponseReturnValue:
    """The holder gave it up in writing; who can sign in does it themselves."""
    return _change(credential_id, Change.WITHDRAW, _("The certificate is withdrawn. Its page stays and says so."))


@bp.post("/credentials/<uuid:credential_id>/supersede")
@requires(Permission.CREDENTIAL_MANAGE)
@recent_proof
def supersede(credential_id: UUID) -> ResponseReturnValue:
    """Replace it by one with the right name."""
    form = SupersedeForm()
    if form.validate_on_submit():
        name, note = form.holder_name.data or "", form.note.data or ""
        session, actor, now = current_session(), current_actor(), request_now()
        try:
            made = services.supersede_credential(
                session, actor, credential_id, holder_name=name, note=note, issuer=_issuer(), now=now
            )
        except Invalid as error:
            form.holder_name.errors = [*form.holder_name.errors, error.message]
        else:
            flash(_("The certificate is replaced. This is the new one."), "success")
            return redirect(url_for(".detail", credential_id=made.id), 303)
    return _page(credential_id, Change.SUPERSEDE, form), 422


def _change(credential_id: UUID, change: Change, done: str) -> ResponseReturnValue:
    session = current_session()
    form = FORMS[change](change, number=queries.credential(session, credential_id).number)
    if not form.validate_on_submit():
        return _page(credential_id, change, form), 422
    services.change_credential(
        session,
        current_actor(),
        credential_id,
        change,
        reason=form.reason_given,
        note=form.note.data or "",
        issuer=_issuer(),
        now=request_now(),
    )
    flash(done, "success")
    return redirect(url_for(".detail", credential_id=credential_id), 303)


def _page(credential_id: UUID, answered: Change | None = None, form: Form | None = None) -> str:
    session = current_session()
    found = queries.credential(session, credential_id)
    allowed = allowed_changes(found.state)
    forms: dict[Change, Form] = {c: FORMS[c](c, number=found.number) for c in allowed if c in FORMS}
    if Change.SUPERSEDE in allowed:
        forms[Change.SUPERSEDE] = SupersedeForm()
    if answered in forms and form is not None:
        forms[answered] = form
    return render_template(
        "credentials/admin_detail.html",
        c=found,
        status=status(found, request_now()),
        events=queries.events(session, credential_id),
        files=queries.files_of(session, credential_id),
        forms=forms,
        answered=answered,
        reasons=REASONS,
        revocation=next(iter(queries.revocations_waiting(session, request_now(), credential_id=credential_id)), None),
    )


def _issuer() -> services.Issuer:
    settings = runtime().settings
    return services.issuer_of(runtime().keys, name=settings.academy_name, url=settings.public_url, now=request_now())
