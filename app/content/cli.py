"""flask content check | sync | summary."""

from __future__ import annotations

import sys

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
def sync(dry_run: bool, note: str) -> None:
    """Publish the files as one release; a second sync of the same files changes nothing."""
    runtime = _runtime()
    settings = runtime.settings
    try:
        found = services.read_files(settings.courses, settings.quizzes)
        files = services.fingerprint(settings.courses, settings.quizzes)
        with runtime.transaction() as session:
            report = services.sync_content(
                session, found, actor=SYSTEM, now=runtime.now(), note=note, fingerprint=files, dry_run=dry_run
            )
    except DomainError as error:
        for problem in error.problems if isinstance(error, Invalid) else ():
            click.echo(f"{problem.field}: {problem.code}: {problem.sentence}", err=True)
        raise click.ClickException(error.message) from error
    for name in ("new", "changed", "retired", "restored"):
        for kind, key in getattr(report, name):
            click.echo(f"  {name:<9} {kind} {key}")
    click.echo(report.sentence)


@content.command("summary")
def print_summary() -> None:
    """Print the coverage matrix and the counts of the files."""
    settings = _runtime().settings
    click.echo(summary(load(settings.courses, settings.quizzes).content))


commands = [content]
