"""flask quiz import | export."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from app.domain.assessment.interchange import completing, formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome, Report
from app.domain.errors import Invalid
from app.infra.runtime import Runtime
from app.quizzes.queries import banks as queries
from app.quizzes.services import banks

FORMATS = click.Choice([form.value for form in Format])
quiz = AppGroup("quiz", help="Banks of questions.")
WORDS = {Outcome.IMPORTED: "imported", Outcome.CHANGED: "changed", Outcome.REFUSED: "refused"}
COLORS = {Outcome.IMPORTED: "green", Outcome.CHANGED: "yellow", Outcome.REFUSED: "red"}
SOME_REFUSED, NOTHING_DONE = 1, 2


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


@quiz.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=FORMATS, help="Guessed from the content when not given.")
@click.option("--into", required=True, type=click.Path(dir_okay=False, path_type=Path), help="quizzes/banks/NAME.yaml")
@click.option("--append", is_flag=True, help="Put the items at the end of a bank that exists.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each question.")
@click.option("--objective", required=True, help="For questions whose tags name none; lesson, step, topic follow.")
@click.option("--source", required=True, help="Where the questions come from.")
@click.option("--title", default="", help="Title of the bank; its name when not given.")
@click.option("--lesson", default="", help="Instead of the objective's own lesson.")
@click.option("--step", default="", help="Instead of the lesson's step.")
@click.option("--topic", default="", help="Instead of the lesson's topic.")
@click.option("--difficulty", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--points", type=click.IntRange(1, 100), default=1, show_default=True, help="Where the file says none.")
@click.option("--safety", is_flag=True, help="All items are safety items.")
@click.option("--prefix", default="", help="New ids are PREFIX-001 and on; from the bank's name when not given.")
@click.option("--explanation", default=completing.EXPLANATION, show_default=True, help="Where a question has none.")
@click.option("--map", "rules", multiple=True, metavar="'TAG = key:value'", help="A tag or category that says a field.")
def import_file(file: Path, form: str | None, into: Path, append: bool, dry_run: bool, **asked: Any) -> None:
    """Make a bank of a file of questions.

    Exit codes: 0 all became items, 1 some did not, 2 nothing was written.
    """
    data = _read(file)
    guessed = Format(form) if form else formats.guess(data)
    if guessed is None:
        _stop("The format of the file is not known. Name it with --format.")
    if into.exists() and not (append or dry_run):
        _stop(f"{into} exists. Choose another name, or use --append.")
    settings = _runtime().settings
    choices = banks.Choices(bank=into.stem, **asked)
    with _watched(f"Reading {file.name}") as watch:
        try:
            done = banks.import_bank(
                data,
                guessed,
                choices,
                courses=settings.courses,
                quizzes=settings.quizzes,
                before=into.read_text(encoding="utf-8") if append and into.exists() else "",
                watch=watch,
            )
        except Invalid as error:
            _stop(*(f"{problem.field}: {problem.sentence}" for problem in error.problems))
    _print(done.report, file.name, guessed)
    for problem in done.problems:
        click.echo(str(problem), err=True)
    if done.errors or not done.text:
        _stop("The content check refuses the bank; nothing was written." if done.text else "Nothing was imported.")
    if not dry_run:
        _save(done, into)
    sys.exit(0 if done.report.whole else SOME_REFUSED)


def _read(file: Path) -> bytes:
    if file.stat().st_size > formats.MOST_BYTES:
        _stop(f"{file} has more than {formats.MOST_BYTES // (1024 * 1024)} MB.")
    return file.read_bytes()


def _stop(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(NOTHING_DONE)


@contextmanager
def _watched(label: str) -> Iterator[Any]:
    """A line that counts; it goes away when the work is done, and is silent where nobody looks."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda count: progress.update(task, completed=count, description=f"{label}: {count} questions")


def _print(report: Report, name: str, form: Format) -> None:
    table = Table(title=escape(f"{name} ({formats.TITLES[form]})"), show_lines=True)
    for heading in ("line", "question", "outcome", "id", "what"):
        table.add_column(heading, overflow="fold")
    for entry in report.entries:
        what = entry.reason or "\n".join(entry.changes)
        label = f"{entry.number}. {entry.name or entry.kind or 'question'}"
        outcome = f"[{COLORS[entry.outcome]}]{WORDS[entry.outcome]}[/]"
        table.add_row(str(entry.line or "-"), escape(label), outcome, entry.item_id, escape(what))
    console = Console(soft_wrap=False, width=None if sys.stdout.isatty() else 160)
    if report.entries:
        console.print(table)
    for fault in report.faults:
        click.echo(f"{name}:{fault.line}: {fault.sentence}", err=True)
    for remark in report.remarks:
        click.echo(remark)
    counts = ", ".join(f"{report.count(outcome)} {WORDS[outcome]}" for outcome in Outcome)
    click.echo(f"{len(report.entries)} questions: {counts}")


def _save(done: banks.ImportedBank, into: Path) -> None:
    """Write the figures, then the bank; no figure that exists is replaced by another."""
    folder = into.absolute().parent.parent
    for path, drawing in done.figures.items():
        target = folder / path
        if target.exists() and target.read_text(encoding="utf-8") != drawing:
            _stop(f"{target} exists and is another drawing; nothing was written. Choose another --prefix.")
    for path, drawing in done.figures.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(drawing, encoding="utf-8")
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(done.text, encoding="utf-8")
    click.echo(f"Wrote {into}. Next: flask content check, commit the file, flask content sync.")


@quiz.command("export")
@click.argument("bank")
@click.option("--format", "form", type=FORMATS, required=True)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_file(bank: str, form: str, output: Path) -> None:
    """Write a published bank, by its id, in another format.

    Exit codes: 0 every item is in the file, 1 some are not, 2 nothing was written.
    """
    with _runtime().db.reading() as session:
        items = queries.bank_items(session, bank)
    if not items:
        _stop(f"There is no published bank {bank}.")
    written = banks.export_bank(items, Format(form), queries.bank_title(bank))
    for item_id, gone in written.lost.items():
        click.echo(f"{item_id}: not in the file: {'; '.join(gone)}")
    for item_id, reason in written.left_out.items():
        click.echo(f"{item_id}: left out: {reason}", err=True)
    if not written.exported:
        _stop("Nothing was written.")
    output.write_bytes(written.data)
    click.echo(f"Wrote {written.exported} of {len(items)} items to {output}.")
    sys.exit(SOME_REFUSED if written.left_out else 0)


commands = [quiz]
