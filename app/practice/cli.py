"""flask storage sweep; `verify`, which looks at the files of every slice, is with the administration."""

from __future__ import annotations

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
