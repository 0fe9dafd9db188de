"""Banks in formats of other programs: a file becomes a bank to download, a bank a file. Nothing is published here."""

from __future__ import annotations

import re

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from app.domain.access.permissions import Permission
from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.completing import EXPLANATION
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.packages import make_package
from app.domain.assessment.interchange.report import Outcome
from app.domain.assessment.interchange.tags import SLUG
from app.domain.content.bank_file import check_figure
from app.domain.errors import FieldProblem, Invalid
from app.infra.runtime import Runtime
from app.quizzes.forms import BankImportForm
from app.quizzes.queries import banks as queries
from app.quizzes.services import banks
from app.web.access import current_session, requires
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.text_uploads import ReceivedFile, file_in
from app.web.uploads import takes_files

bp = AudienceBlueprint("quizzes_banks", Audience.INSTRUCTOR)
# The download sends the bank back as a field of a form, and a form may have so much text in all.
MOST_TEXT = 700_000
_FIGURE = re.compile(r"figures/[a-z0-9][a-z0-9-]*\.svg")


@bp.get("/banks/import")
@requires(Permission.BANK_EXCHANGE)
def choose() -> ResponseReturnValue:
    """Choose a file and say what its questions lack."""
    return _form_page(_form())


@bp.post("/banks/import")
@requires(Permission.BANK_EXCHANGE)
@takes_files(1)
def report() -> ResponseReturnValue:
    """Read the file and show what becomes of each question; a second form on the page downloads the bank."""
    form = _form()
    try:
        if not form.validate():
            return _form_page(form), 422
        file = file_in("file", formats.MOST_BYTES)
        if file is None:
            raise _refusal("file", _("Choose a file."))
        done = _imported(form, file)
    except Invalid as error:
        form.add_problems(error)
        return _form_page(form), 422
    size = len(done.text.encode()) + sum(len(drawing.encode()) for drawing in done.figures.values())
    return render_template(
        "quizzes/instructor_bank_report.html",
        done=done,
        name=file.name,
        counts={outcome: done.report.count(outcome) for outcome in Outcome},
        title=formats.TITLES[done.format],
        fits=size <= MOST_TEXT,
    )


@bp.post("/banks/import/file")
@requires(Permission.BANK_EXCHANGE)
def download() -> ResponseReturnValue:
    """Send the bank that the report showed back as a file; with drawings as a zip of the folders of quizzes/."""
    bank, text = request.form.get("bank", ""), request.form.get("text", "").replace("\r\n", "\n")
    if not SLUG.fullmatch(bank) or not text.strip():
        raise Invalid(_("There is nothing to download. Import the file again."))
    figures = dict(_figure(field) for field in request.form.getlist("figure"))
    if not figures:
        return _attachment(text.encode(), f"{bank}.yaml", "application/yaml; charset=utf-8")
    files = {f"quizzes/banks/{bank}.yaml": text.encode()}
    files |= {f"quizzes/{path}": drawing.encode() for path, drawing in figures.items()}
    return _attachment(make_package(files), f"{bank}.zip", "application/zip")


@bp.get("/banks/export")
@requires(Permission.BANK_EXCHANGE)
def export() -> ResponseReturnValue:
    """Choose a bank and a format; then what the format cannot hold, and the file."""
    faces = queries.bank_faces(current_session())
    bank, form = request.args.get("bank", ""), _format(request.args.get("format", ""))
    known = next((face for face in faces if face.id == bank), None)
    written = None
    if known is not None and form is not None:
        written = banks.export_bank(queries.bank_items(current_session(), bank), form, known.title)
    return render_template(
        "quizzes/instructor_bank_export.html",
        faces=faces,
        chosen=known,
        form=form,
        titles=formats.TITLES,
        written=written,
        name=banks.file_name(bank, form) if form else "",
    )


@bp.get("/banks/export/file")
@requires(Permission.BANK_EXCHANGE)
def export_file() -> ResponseReturnValue:
    """The bank as a file."""
    bank, form = request.args.get("bank", ""), _format(request.args.get("format", ""))
    items = queries.bank_items(current_session(), bank) if form else []
    if form is None or not items:
        raise Invalid(_("Choose a bank and a format."))
    written = banks.export_bank(items, form, queries.bank_title(bank))
    return _attachment(written.data, banks.file_name(bank, form), formats.MIME[form])


def _form() -> BankImportForm:
    form = BankImportForm()
    titles = {**formats.TITLES, Format.QTI: "QTI 2.1, 2.2, 3.0"}
    form.format.choices = [*form.format.choices, *(SelectChoice(one.value, titles[one]) for one in Format)]
    form.objective.choices = [
        SelectChoice(key, text, optgroup=lesson.title)
        for lesson in queries.lesson_objectives(current_session())
        for key, text in lesson.objectives
    ]
    if not form.is_submitted():
        form.explanation.data = EXPLANATION
    return form


def _form_page(form: BankImportForm) -> str:
    return render_template("quizzes/instructor_bank_import.html", form=form)


def _imported(form: BankImportForm, file: ReceivedFile) -> banks.ImportedBank:
    guessed = _format(form.format.data) or formats.guess(file.data)
    if guessed is None:
        raise _refusal("format", _("The format of the file cannot be told from its content. Choose it."))
    choices = banks.Choices(
        bank=form.bank.data.strip(),
        objective=form.objective.data,
        source=form.source.data,
        difficulty=int(form.difficulty.data),
        explanation=(form.explanation.data or "").strip(),
        rules=tuple((form.rules.data or "").splitlines()),
    )
    runtime: Runtime = current_app.extensions["vermilion"]
    settings = runtime.settings
    return banks.import_bank(file.data, guessed, choices, courses=settings.courses, quizzes=settings.quizzes)


def _format(name: str | None) -> Format | None:
    return Format(name) if name in list(Format) else None


def _refusal(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(field, "missing", sentence)])


def _figure(field: str) -> tuple[str, str]:
    """One drawing as the report sent it: its path, a line break, its text. It is checked again."""
    path, _break, drawing = field.replace("\r\n", "\n").partition("\n")
    if not _FIGURE.fullmatch(path) or check_figure(drawing):
        raise Invalid(_("A drawing of this bank cannot be used. Import the file again."))
    return path, drawing


def _attachment(data: bytes, name: str, kind: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
