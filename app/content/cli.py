"""flask content check | sync | export | summary."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.content import services
from app.domain.access.actor import SYSTEM
from app.domain.content.coverage import summary
from app.domain.content.loader import load
from app.domain.errors import DomainError, Invalid
from app.infra.runtime import Runtime

content = AppGroup("content", help="The files in courses/ and quizzes/.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


@content.command("check")
@click.option("--part", is_flag=True, help="The program is not complete: do not ask for coverage.")
@click.option("--summary", "with_summary", is_flag=True, help="Print the coverage matrix and the counts too.")
def check(part: bool, with_summary: bool) -> None:
    """Read all files and print every problem; exit 1 when one of them is an error."""
    settings = _runtime().settings
    loaded = load(settings.courses, settings.quizzes, complete=not part)
    for problem in loaded.problems:
        click.echo(str(problem))
    if with_summary:
        click.echo(summary(loaded.content))
    warnings = len(loaded.problems) - len(loaded.errors)
    click.echo(f"{len(loaded.errors)} errors, {warnings} warnings", err=True)
    sys.exit(0 if loaded.ok else 1)


@content.command("sync")
@click.option("--dry-run", is_flag=True, help="Only say what would be released.")
@click.option("--note", default="", help="A sentence for the list of releases.")
@click.option(
    "--prefer",
    type=click.Choice(["files", "web"]),
    help="Whose word counts where a definition changed both in the files and on the web.",
)
def sync(dry_run: bool, note: str, prefer: str | None) -> None:
    """Publish the files as one release; a second sync of the same files changes nothing.

    An edit on the web stays live while the files say what they said when it was made.
    """
    runtime = _runtime()
    settings = runtime.settings
    try:
        found = services.read_files(settings.courses, settings.quizzes)
        files = services.fingerprint(settings.courses, settings.quizzes)
        with runtime.transaction() as session:
            report = services.sync_content(
                session,
                found,
                actor=SYSTEM,
                now=runtime.now(),
                note=note,
                fingerprint=files,
                dry_run=dry_run,
                prefer=services.Prefer(prefer or ""),
            )
    except DomainError as error:
        for problem in error.problems if isinstance(error, Invalid) else ():
            click.echo(f"{problem.field}: {problem.code}: {problem.sentence}", err=True)
        for drift in error.drifts if isinstance(error, services.Drifted) else ():
            click.echo(f"{settings.quizzes / drift.file}: {drift.key}: {drift.sentence}", err=True)
        raise click.ClickException(error.message) from error
    for name in ("new", "changed", "retired", "restored", "on_web"):
        for kind, key in getattr(report, name):
            click.echo(f"  {name.replace('_', ' '):<9} {kind} {key}")
    click.echo(report.sentence)


@content.command("export")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The quizzes/ folder to write to; that of the settings when not given.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
def export(into: Path | None, dry_run: bool) -> None:
    """Write what was edited on the web back into the YAML files; exit 1 when something could not be.

    Only the edited blocks change. Look at the difference in git, commit it, and sync: nothing is left to do.
    """
    runtime = _runtime()
    folder = into or runtime.settings.quizzes
    try:
        files = services.read_files(runtime.settings.courses, folder)
    except Invalid as error:
        raise click.ClickException(f"{error.message} See flask content check.") from error
    with runtime.db.reading() as session:
        done = services.export_edits(session, files, folder, dry_run=dry_run)
    for one in done:
        words = "would be written" if dry_run and one.outcome is services.Outcome.WRITTEN else str(one.outcome)
        click.echo(f"{folder / one.file}: {one.kind} {one.key} version {one.version}: {words}. {one.sentence}".rstrip())
    if not done:
        click.echo("Nothing was edited on the web that the files do not contain.")
    sys.exit(1 if any(one.outcome is services.Outcome.CONFLICT for one in done) else 0)


@content.command("summary")
def print_summary() -> None:
    """Print the coverage matrix and the counts of the files."""
    settings = _runtime().settings
    click.echo(summary(load(settings.courses, settings.quizzes).content))


commands = [content]
