"""Check a whole list: paste it or send a file, see each row's outcome, follow the good ones in one step."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.domain.access.permissions import Permission
from app.domain.errors import FieldProblem, Invalid, TooMany
from app.domain.studios.outcome import GOOD, Outcome
from app.domain.studios.table import MOST_CELLS, MOST_ROWS, Line, cells_of_text, lines_of
from app.infra.workbooks import MAGIC, MIME, WorkbookRefused, rows_of_workbook, workbook
from app.studios import queries, services
from app.studios.forms import ListForm
from app.studios.routes.studio import chosen, studio_facts, studio_id_now
from app.web.access import current_actor, current_session, request_now, requires, runtime
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import decode_cursor, page_of
from app.web.spreadsheets import Value, csv_response
from app.web.text_uploads import ReceivedFile, file_in
from app.web.uploads import MEGABYTE, takes_files

bp = AudienceBlueprint("studios_rosters", Audience.STUDIO)
MOST_BYTES = 2 * MEGABYTE
LISTS_AN_HOUR = 30
ROWS, LISTS = 100, 20
HEADS = (
    *("Row", "Name", "Number as typed", "Outcome", "Number", "Holder", "Certificate", "Valid until"),
    *("Did you mean", "Remark"),
)


@bp.get("/lists")
@requires(Permission.STUDIO_USE)
def index() -> ResponseReturnValue:
    """Check a list, and the lists of the last 90 days."""
    return _index(ListForm(formdata=None))


@bp.post("/lists")
@requires(Permission.STUDIO_USE)
@takes_files(1)
def check() -> ResponseReturnValue:
    """Check a list. Nothing is followed by this."""
    form, studio_id = ListForm(), studio_id_now()
    if form.validate_on_submit():
        try:
            name, lines = _list_in(form)
            _count_list(studio_id)
            made = services.check_list(
                current_session(), current_actor(), studio_id, lines, name=name, now=request_now()
            )
        except Invalid as error:
            form.add_problems(error)
        else:
            return redirect(url_for(".result", check_id=made.id, **chosen()), 303)
    return _index(form), 422


@bp.get("/lists/<uuid:check_id>")
@requires(Permission.STUDIO_USE)
def result(check_id: UUID) -> ResponseReturnValue:
    """What the check said, what needs a look first; `?only=` narrows it to one outcome."""
    session = current_session()
    found = queries.check_for(session, current_actor().studio_ids, check_id)
    only = request.args.get("only", "")
    outcomes = [only] if only in set(Outcome) else []
    rows = queries.rows_of(session, check_id, outcomes=outcomes, after=_after(), size=ROWS)
    return render_template(
        "studios/studio_list.html",
        check=found,
        rows=rows[:ROWS],
        more=f"{rows[ROWS - 1].urgency}.{rows[ROWS - 1].position}" if len(rows) > ROWS else "",
        only=only if outcomes else "",
        outcomes=list(Outcome),
        good=sum(found.counts.get(each.value, 0) for each in GOOD),
        **studio_facts(found.studio_id),
    )


@bp.get("/lists/<uuid:check_id>/progress")
@requires(Permission.STUDIO_USE)
def progress(check_id: UUID) -> ResponseReturnValue:
    """How far a long list is, for the script of the page."""
    found = queries.check_for(current_session(), current_actor().studio_ids, check_id)
    return jsonify({"state": found.state, "done": found.done, "total": found.total})


@bp.post("/lists/<uuid:check_id>/again")
@requires(Permission.STUDIO_USE)
def again(check_id: UUID) -> ResponseReturnValue:
    """Check the same rows as the certificates stand now."""
    found = queries.check_for(current_session(), current_actor().studio_ids, check_id)
    _count_list(found.studio_id)
    made = services.check_again(current_session(), current_actor(), found, now=request_now())
    return redirect(url_for(".result", check_id=made.id, **chosen()), 303)


@bp.post("/lists/<uuid:check_id>/follow")
@requires(Permission.STUDIO_USE)
def follow(check_id: UUID) -> ResponseReturnValue:
    """Follow every certificate of the good rows, in one step."""
    found = queries.check_for(current_session(), current_actor().studio_ids, check_id)
    count = services.follow_good(current_session(), current_actor(), found, now=request_now())
    if count:
        flash(
            ngettext("You follow %(num)d more certificate.", "You follow %(num)d more certificates.", count), "success"
        )
    else:
        flash(_("You follow all of them already."), "info")
    return redirect(url_for(".result", check_id=check_id, **chosen()), 303)


@bp.get("/lists/<uuid:check_id>/file.<any(csv, xlsx):table>")
@requires(Permission.STUDIO_USE)
def download(check_id: UUID, table: str) -> ResponseReturnValue:
    """The result as a file, in the order of the list."""
    session = current_session()
    found = queries.check_for(session, current_actor().studio_ids, check_id)
    rows = _table(queries.rows_of(session, check_id, size=None))
    name = f"list-check-{found.asked_at:%Y-%m-%d}.{table}"
    if table == "csv":
        return csv_response(name, HEADS, rows)
    response = Response(workbook("List check", HEADS, rows), mimetype=MIME)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _index(form: ListForm) -> str:
    studio_id = studio_id_now()
    after = decode_cursor(request.args.get("after"))
    found = queries.checks(current_session(), studio_id, after=after, size=LISTS)
    return render_template(
        "studios/studio_lists.html",
        page=page_of(found, LISTS, lambda each: (each.asked_at, str(each.id))),
        form=form,
        **studio_facts(studio_id),
    )


def _list_in(form: ListForm) -> tuple[str, list[Line]]:
    """Name and rows of what was sent. Raises Invalid with a sentence at the field."""
    sent = file_in("file", MOST_BYTES)
    if sent is not None:
        return sent.name, lines_of(_cells(sent))
    if not (form.text.data or "").strip():
        text = _("Paste a list, or choose a file.")
        raise Invalid(text, [FieldProblem("text", "empty", text)])
    try:
        return _("Pasted list"), lines_of(cells_of_text(form.text.data or ""))
    except Invalid as error:
        raise Invalid(error.message, [FieldProblem("text", "list", error.message)]) from error


def _cells(sent: ReceivedFile) -> Sequence[Sequence[str]]:
    if sent.data.startswith(MAGIC):
        try:
            return rows_of_workbook(sent.data, most_rows=MOST_ROWS, most_cells=MOST_CELLS)
        except WorkbookRefused as refusal:
            raise Invalid(refusal.sentence, [FieldProblem("file", "workbook", refusal.sentence)]) from refusal
    if sent.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return cells_of_text(sent.data.decode("utf-16", "replace"))
    if b"\x00" in sent.data:
        text = _("%(name)s is no table. Save the list as .xlsx or .csv and send that.", name=sent.name)
        raise Invalid(text, [FieldProblem("file", "binary", text)])
    try:
        return cells_of_text(sent.data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return cells_of_text(sent.data.decode("cp1252", "replace"))


def _count_list(studio_id: UUID) -> None:
    """A studio checks its team; it does not try numbers by the thousand. Raises TooMany."""
    allowed = runtime().limiter.hit(f"roster:{studio_id}", LISTS_AN_HOUR, 3600, request_now())
    if not allowed.ok:
        text = _("Your studio checked %(n)s lists within an hour. Try again later.", n=LISTS_AN_HOUR)
        raise TooMany(text, retry_after=allowed.retry_after)


def _after() -> tuple[int, int] | None:
    """The last row of the page before, from the address; the beginning when it is not one of ours."""
    urgency, _dot, position = request.args.get("from", "").partition(".")
    if not (urgency.isdecimal() and position.isdecimal()) or len(urgency) + len(position) > 8:
        return None
    return int(urgency), int(position)


def _table(rows: Sequence[queries.RowFacts]) -> list[tuple[Value, ...]]:
    return [
        (
            row.row,
            row.name,
            row.typed,
            row.outcome,
            row.number,
            row.holder_name,
            row.title,
            row.valid_until.date().isoformat() if row.valid_until else "",
            " ".join(part for part in (row.meant_number, row.meant_name) if part),
            row.hint,
        )
        for row in rows
    ]
