"""My path: what is met, what is missing, what to do next; and proofs from elsewhere."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.certification import queries, services
from app.certification.forms import PROOF_KINDS, ProofForm
from app.domain.access.permissions import Permission
from app.domain.certification.decision import NextStep
from app.domain.errors import FieldProblem, Invalid
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("certification", Audience.STUDENT)
MAX_DOCUMENT = 10 * 1024 * 1024
DOCUMENTS = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG", "png", "image/png"),
)


def next_step_url(step: NextStep | None) -> str | None:
    """The page where a missing requirement is worked on."""
    if step is None:
        return None
    pages = {
        "account": lambda: url_for("accounts_account.profile"),
        "certification": lambda: url_for("certification_student.path", _anchor=step.ref),
        "course": lambda: url_for("learning_student.course", course_key=step.ref),
        "quiz": lambda: url_for("quizzes_student.overview", quiz_key=step.ref),
        "practice": lambda: url_for("practice_student.log"),
        "exercise": lambda: url_for("practice_student.new", exercise=step.ref),
        "proof": lambda: url_for("certification_student.add_proof", kind=step.ref),
        "hours": lambda: url_for("learning_student.catalog"),
    }
    return pages[step.kind]() if step.kind in pages else url_for("learning_student.catalog")


@bp.get("/path")
@requires(Permission.PATH_READ)
def path() -> ResponseReturnValue:
    """Every certification with every requirement, judged by the one function that decides."""
    user_id = current_actor().user_id
    evaluations, gathered = services.evaluate_requirements(current_session(), user_id, now=request_now())
    proofs = queries.proofs_of(current_session(), user_id)
    return render_template(
        "certification/student_path.html",
        evaluations=evaluations,
        evidence=gathered.evidence,
        proofs=proofs,
        kinds=PROOF_KINDS,
        next_step_url=next_step_url,
    )


@bp.route("/path/proofs/new", methods=["GET", "POST"])
@requires(Permission.PATH_READ)
def add_proof() -> ResponseReturnValue:
    """Hand in a certificate from elsewhere."""
    form = ProofForm(data={"kind": request.args.get("kind", "bbp")} if request.method == "GET" else None)
    if form.validate_on_submit():
        try:
            services.send_proof(current_session(), current_actor(), _facts(form), now=request_now())
        except Invalid as error:
            form.add_problems(error)
        else:
            flash(_("Your proof is sent. It counts as soon as an instructor has checked it."), "success")
            return redirect(url_for(".path", _anchor="proofs"), 303)
    return render_template("certification/student_proof.html", form=form), 422 if form.errors else 200


def _facts(form: ProofForm) -> services.ProofFacts:
    key, kind = _store(form.document.data)
    values: dict[str, Any] = {name: form[name].data for name in ("kind", "issuer", "issued_on", "expires_on")}
    return services.ProofFacts(number=form.number.data or "", document_key=key, document_kind=kind, **values)


def _store(document: FileStorage | None) -> tuple[str, str]:
    """Store the sent document and return its key and type; ("", "") when none was sent."""
    if document is None or not document.filename:
        return "", ""
    data = document.stream.read(MAX_DOCUMENT + 1)
    found = next(((ext, mime) for mark, ext, mime in DOCUMENTS if data.startswith(mark)), None)
    if len(data) > MAX_DOCUMENT or found is None:
        text = _("%(name)s is not a PDF, JPEG or PNG of at most 10 MB. Choose another file.", name=document.filename)
        raise Invalid(text, [FieldProblem("document", "document", text)])
    return runtime().storage.put_bytes("proof", data, found[0]).key, found[1]
