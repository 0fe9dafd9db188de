"""flask storage sweep, flask practice export; `storage verify` looks at every slice and is with the administration."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.accounts import queries as accounts
from app.infra.documents import DocumentProblem
from app.infra.runtime import Runtime
from app.practice import services

storage = AppGroup("storage", help="The stored files of practice photos.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


def _progress(things: str = "files") -> Progress:
    # On the error stream: what is found goes to the output and can be piped.
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TextColumn(things), TimeElapsedColumn())
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


practice = AppGroup("practice", help="Practice logs.")


@practice.command("export")
@click.argument("email")
@click.option("--kind", type=click.Choice(["pdf", "zip"]), default="zip", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write into.")
def export(email: str, kind: str, out: Path) -> None:
    """Write the log of the person with this e-mail as a portfolio (pdf), or with all data and photos (zip)."""
    runtime = _runtime()
    out.mkdir(parents=True, exist_ok=True)
    with runtime.db.reading() as session, _progress("pieces") as progress:
        user = accounts.user_by_email(session, email)
        if user is None:
            raise click.ClickException(f"Nobody has the e-mail address {email}.")
        bar = progress.add_task("Writing", total=None)

        def tick(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        try:
            path = services.write_export(session, runtime.storage, user.id, kind, out, now=runtime.now(), tick=tick)
        except DocumentProblem as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(path)


commands: list[click.Command] = [storage, practice]
