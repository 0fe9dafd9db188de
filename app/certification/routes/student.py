"""My path: what is met, what is missing, what to do next; and proofs from elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app.certification import queries, services
from app.certification.forms import ANSWERS, PROOF_KINDS, EducationForm, ProofForm
from app.domain.access.permissions import Permission
from app.domain.certification.decision import NextStep
from app.domain.errors import FieldProblem, Invalid
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.downloads import stored_download

bp = AudienceBlueprint("certification", Audience.STUDENT)


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
        "education": lambda: url_for("certification_student.add_education", topic=step.ref),
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
        answers=ANSWERS,
        waiting=services.tiers_waiting(current_session(), user_id),
        renewals=services.renewals(current_session(), user_id, now=request_now()),
        next_step_url=next_step_url,
    )


@bp.get("/path/<certification_key>/what-if")
@requires(Permission.PATH_READ)
def what_if(certification_key: str) -> ResponseReturnValue:
    """What would be enough, and what the chosen things would change. Nothing is kept."""
    found = services.suppose(
        current_session(),
        current_actor().user_id,
        certification_key,
        request.args.getlist("done"),
        now=request_now(),
    )
    return render_template("certification/student_what_if.html", found=found, next_step_url=next_step_url)


@bp.route("/path/proofs/new", methods=["GET", "POST"])
@requires(Permission.PATH_READ)
def add_proof() -> ResponseReturnValue:
    """Hand in a certificate from elsewhere."""
    form = ProofForm(data={"kind": request.args.get("kind", "bbp")} if request.method == "GET" else None)
    if form.validate_on_submit():
        facts = {name: form[name].data for name in ("kind", "issuer", "issued_on", "expires_on")}
        facts |= {name: form[name].data or "" for name in ("number", "answer", "place")}
        if _send(form, facts):
            flash(_("Your proof is sent. It counts as soon as an instructor has checked it."), "success")
            return redirect(url_for(".path", _anchor="proofs"), 303)
    return render_template("certification/student_proof.html", form=form), 422 if form.errors else 200


@bp.route("/path/education/new", methods=["GET", "POST"])
@requires(Permission.PATH_READ)
def add_education() -> ResponseReturnValue:
    """Hand in hours of continuing education."""
    form = EducationForm(data={"topic": request.args.get("topic", "")} if request.method == "GET" else None)
    if form.validate_on_submit():
        facts = {name: form[name].data for name in ("course", "issuer", "issued_on", "topic")}
        minutes = round(form.hours.data * 60)
        if _send(form, {**facts, "kind": queries.EDUCATION, "number": "", "expires_on": None, "minutes": minutes}):
            flash(_("Your hours are sent. They count as soon as an instructor has checked them."), "success")
            return redirect(url_for(".path", _anchor="proofs"), 303)
    return render_template("certification/student_education.html", form=form), 422 if form.errors else 200


@bp.get("/path/proofs/<uuid:proof_id>/document")
@requires(Permission.PATH_READ)
def own_document(proof_id: UUID) -> Response:
    """One's own document, as it is kept."""
    proof = queries.own_proof(current_session(), current_actor().user_id, proof_id)
    return stored_download(runtime().storage, proof.document_key, proof.document_kind, f"proof-{proof.id.hex[:8]}")


def _send(form: ProofForm | EducationForm, facts: dict[str, Any]) -> bool:
    """Keep the document and hand the proof in; False when something is wrong, which the form then says."""
    try:
        key, kind = _store(form.document.data, facts["kind"])
        sent = services.ProofFacts(**facts, document_key=key, document_kind=kind)
        services.send_proof(current_session(), current_actor(), sent, now=request_now())
    except Invalid as error:
        form.add_problems(error)
        return False
    return True


def _store(document: FileStorage | None, proof_kind: str) -> tuple[str, str]:
    """Keep the sent document and return its key and type; ("", "") when none was sent and none is needed."""
    if document is None or not document.filename:
        if proof_kind in services.NEEDS_DOCUMENT:
            text = _("Choose a photo or PDF of it. Nothing was sent yet; what you typed is kept.")
            raise Invalid(text, [FieldProblem("document", "document", text)])
        return "", ""
    data = document.stream.read(services.MAX_DOCUMENT + 1)
    return services.store_document(runtime().storage, data, document.filename)
