"""flask storage verify | sweep."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.infra.runtime import Runtime
from app.practice import services

storage = AppGroup("storage", help="The stored files of practice photos.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


def _progress() -> Progress:
    # On the error stream: what is found goes to the output and can be piped.
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TextColumn("files"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


@storage.command("verify")
def verify() -> None:
    """Read every photo file and compare it with its hash; exit 1 when one is missing or damaged."""
    runtime, found = _runtime(), 0
    with runtime.db.reading() as session, _progress() as progress:
        bar = progress.add_task("Reading", total=services.count_files(session))
        for damage in services.verify_files(session, runtime.storage, lambda: progress.advance(bar)):
            found += 1
            click.echo(f"{damage.what}\t{damage.key}\tphoto {damage.photo_id}")
    click.echo(f"{found} files are missing or damaged." if found else "Every photo has its bytes.", err=True)
    sys.exit(1 if found else 0)


@storage.command("sweep")
def sweep() -> None:
    """Remove files that no photo needs and that are older than a day."""
    runtime = _runtime()
    with runtime.db.reading() as session, _progress() as progress:
        bar = progress.add_task("Looking", total=None)
        removed = services.sweep_orphans(
            session, runtime.storage, now=runtime.now(), tick=lambda: progress.advance(bar)
        )
    click.echo(f"{removed} files removed.")


commands: list[click.Command] = [storage]
