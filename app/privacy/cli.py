"""flask privacy copy | erase | retain | map."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.credentials.services import issuer_of
from app.domain.access.actor import SYSTEM
from app.domain.errors import DomainError, NotFound
from app.domain.privacy.document import document
from app.infra.audit import AuditTag, record
from app.infra.runtime import Runtime
from app.privacy import services

privacy = AppGroup("privacy", help="Copies of people's data, erasure, retention.")
commands: list[click.Command] = [privacy]


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


def _progress(things: str) -> Progress:
    # On the error stream: what is found goes to the output and can be piped.
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TextColumn(things), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _person(session: Session, given: str) -> UUID:
    """Somebody by e-mail, or by the id that the log names after a restored backup brought them back."""
    try:
        return accounts.user(session, UUID(given)).id
    except ValueError:
        user = accounts.user_by_email(session, given)
    except NotFound as error:
        raise click.ClickException(f"Nobody has the id {given}.") from error
    if user is None:
        raise click.ClickException(f"Nobody has the e-mail address {given}.")
    return user.id


@privacy.command("copy")
@click.argument("email")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write into.")
def copy(email: str, out: Path) -> None:
    """Write everything about the person with this e-mail into a zip, for somebody who cannot sign in."""
    runtime = _runtime()
    out.mkdir(parents=True, exist_ok=True)
    with runtime.db.reading() as session, _progress("parts") as progress:
        user_id, now = _person(session, email), runtime.now()
        bar, path = progress.add_task("Writing", total=None), out / f"data-{now:%Y-%m-%d-%H%M%S}.zip"
        services.write_copy(
            session,
            runtime.storage,
            user_id,
            path,
            academy=runtime.settings.academy_name,
            now=now,
            tick=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    with runtime.transaction() as session:
        record(session, SYSTEM, AuditTag.DATA_FETCHED, now=now, target_kind="user", target_id=user_id)
    click.echo(path)


@privacy.command("erase")
@click.argument("email")
@click.option("--reason", required=True, help="How and when the person asked, and how you made sure that it was them.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase(email: str, reason: str, yes: bool) -> None:
    """Erase the person with this e-mail (or id) at once. It cannot be undone."""
    runtime = _runtime()
    if not yes:
        click.confirm(f"Erase {email} for good?", abort=True)
    now, settings = runtime.now(), runtime.settings
    try:
        with runtime.transaction() as session:
            user_id = _person(session, email)
            services.erase_for(session, SYSTEM, user_id, reason=reason, now=now)
            services.erase_person(
                session,
                user_id,
                issuer=lambda: issuer_of(runtime.keys, name=settings.academy_name, url=settings.public_url, now=now),
                now=now,
            )
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"{user_id} is erased. Files are removed within two days; older backups still hold the data.")


@privacy.command("retain")
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
def retain(dry_run: bool) -> None:
    """Remove what is over by the rules of the data map, as the job of every day does."""
    runtime = _runtime()
    with runtime.db.reading() as session:
        due = services.due(session, now=runtime.now())
    for each in due:
        click.echo(f"{each.table}\t{each.days} days\t{each.count}")
    if dry_run:
        return
    with _progress("rows") as progress:
        bar = progress.add_task("Removing", total=sum(each.count for each in due))
        while True:
            with runtime.transaction() as session:
                removed = services.remove_due(session, now=runtime.now())
            progress.advance(bar, sum(each.count for each in removed))
            if all(each.count < services.PORTION for each in removed):
                break


@privacy.command("map")
def data_map() -> None:
    """Print docs/privacy.md as the data map says it."""
    click.echo(document(), nl=False)
