"""Proofs of students that wait for a check."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.certification import queries, services
from app.certification.forms import ANSWERS, PROOF_KINDS, TOPICS, CheckProofForm
from app.domain.access.permissions import Permission
from app.domain.errors import Invalid
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.downloads import stored_download
from app.web.pagination import decode_cursor, page_of

bp = AudienceBlueprint("certification", Audience.INSTRUCTOR)
PAGE = 30


@bp.get("/proofs")
@requires(Permission.PROOF_CHECK)
def proofs() -> ResponseReturnValue:
    """Proofs to check, oldest first."""
    return _page(CheckProofForm(), None)


@bp.post("/proofs/<uuid:proof_id>")
@requires(Permission.PROOF_CHECK)
def check(proof_id: UUID) -> ResponseReturnValue:
    """Accept or refuse one."""
    form = CheckProofForm()
    if form.validate_on_submit():
        accept, note = form.answer.data == "accept", form.note.data or ""
        try:
            services.check_proof(
                current_session(), current_actor(), proof_id, accept=accept, note=note, now=request_now()
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("The proof is accepted.") if accept else _("The proof is refused; the student is told."), "success")
            return redirect(url_for(".proofs"), 303)
    return _page(form, proof_id), 422


@bp.get("/proofs/<uuid:proof_id>/document")
@requires(Permission.PROOF_CHECK)
def document(proof_id: UUID) -> Response:
    """The document of a proof, as a download: it came from outside and is never shown as a page."""
    proof = queries.proof(current_session(), proof_id)
    return stored_download(runtime().storage, proof.document_key, proof.document_kind, f"proof-{proof.id.hex[:8]}")


def _page(form: CheckProofForm, answered: UUID | None) -> str:
    after = decode_cursor(request.args.get("after"))
    rows = queries.waiting_proofs(current_session(), after=after, size=PAGE)
    page = page_of(rows, PAGE, lambda line: (line.proof.sent_at, str(line.proof.id)))
    return render_template(
        "certification/instructor_proofs.html",
        page=page,
        form=form,
        answered=answered,
        kinds=PROOF_KINDS,
        answers=ANSWERS,
        topics=TOPICS,
        applications=queries.waiting_application_count(current_session()),
    )
