"""flask audit seal | verify."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.admin import services
from app.domain.access.actor import SYSTEM
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem

audit = AppGroup("audit", help="The append-only log of who did what.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


def _bar() -> Progress:
    # On the error stream: what is found goes to the output and can be piped.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@audit.command("seal")
def seal() -> None:
    """Seal and sign what was written since the last time, as the job of every minute does."""
    try:
        sealed = services.seal_audit(_runtime())
    except KeyProblem as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{sealed} events sealed.")


@audit.command("verify")
def verify() -> None:
    """Walk along the whole log; exit 1 when an event was changed, removed, inserted or moved."""
    with _bar() as bar:
        task = bar.add_task("checking events", total=None)
        report = services.verify_audit(
            _runtime(), SYSTEM, lambda done, total: bar.update(task, completed=done, total=total)
        )
    for finding in report.findings:
        click.echo(f"{finding.fault}\t{finding.event_id}\t{finding.sentence}")
    if report.more:
        click.echo("There are more; these are the first ones.")
    click.echo(
        f"{report.sealed} events are sealed, the first {report.signed} of them signed; "
        f"{report.waiting} younger ones wait for their seal.",
        err=True,
    )
    if report.findings:
        click.echo(f"The log is broken, first at event {report.findings[0].event_id}.", err=True)
    sys.exit(1 if report.findings else 0)


commands: list[click.Command] = [audit]
