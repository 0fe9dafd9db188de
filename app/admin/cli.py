"""flask audit seal | verify, flask backup create | verify | restore, flask storage verify."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.admin import services
from app.domain.access.actor import SYSTEM
from app.infra.audit import AuditTag, record
from app.infra.backup.check import check_set, open_set
from app.infra.backup.create import Progress as Tell
from app.infra.backup.create import create_backup
from app.infra.backup.depot import depot_at
from app.infra.backup.restore import restore
from app.infra.backup.vault import BackupProblem
from app.infra.db import Database
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem
from app.infra.storage.local import LocalStorage

FOLDER = click.Path(file_okay=False, path_type=Path)

backup = AppGroup("backup", help="Database, files and keys in a folder, and back.")
storage = AppGroup("storage", help="The stored files: photos, their renditions, documents.")
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


passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase; without it, you are asked.",
)
set_option = click.option("--set", "name", default="", help="The name of one backup; otherwise the newest one.")


@backup.command("create")
@click.argument("where")
@passphrase_option
def backup_create(where: str, passphrase_file: Path | None) -> None:
    """Add a backup to WHERE (a folder, or s3://bucket/prefix) while the site runs; only new files are copied."""
    runtime = _runtime()
    try:
        with _bar() as bar:
            depot = depot_at(where, runtime.settings)
            made = create_backup(runtime, depot, _passphrase(passphrase_file, bar, confirm=True), _teller(bar))
    except (BackupProblem, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    name, manifest = made.manifest.name, made.manifest
    with runtime.transaction() as session:
        facts = {"files": manifest.file_count, "rows": sum(manifest.tables.values()), "damaged": len(manifest.damaged)}
        record(session, SYSTEM, AuditTag.BACKUP_MADE, now=runtime.now(), target_kind="backup", target_id=name, **facts)
    click.echo(f"Backup {name}: {sum(manifest.tables.values())} rows, {manifest.file_count} files, {made.copied} new.")
    if made.kept:
        click.echo(f"{made.kept} files are kept in the folder for older backups only.")
    for key in manifest.damaged:
        click.echo(f"damaged\t{key}")
    sys.exit(1 if manifest.damaged else 0)


@backup.command("verify")
@click.argument("where")
@passphrase_option
@set_option
@click.option("--without-passphrase", is_flag=True, help="Compare hashes only: finds damage, not a forged manifest.")
def backup_verify(where: str, passphrase_file: Path | None, name: str, without_passphrase: bool) -> None:
    """Read every byte of a backup and compare it with its manifest; exit 1 when something is wrong."""
    try:
        depot = depot_at(where, _runtime().settings)
        with _bar() as bar, depot.reading(name) as place:
            passphrase = None if without_passphrase else _passphrase(passphrase_file, bar)
            opened = open_set(place, passphrase, depot.pool)
            wrong = check_set(opened, _teller(bar))
    except (BackupProblem, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    for sentence in wrong:
        click.echo(sentence)
    what = "hashes only; the manifest and the keys were not proven" if without_passphrase else "manifest, keys, hashes"
    click.echo(f"Backup {opened.manifest.name}: {len(wrong)} problems ({what}).", err=True)
    sys.exit(1 if wrong else 0)


@backup.command("restore")
@click.argument("where")
@click.option("--into", required=True, type=FOLDER, help="The instance folder to make; it must be new or empty.")
@passphrase_option
@set_option
def backup_restore(where: str, into: Path, passphrase_file: Path | None, name: str) -> None:
    """Bring a backup back into a new instance; refuses one that holds anything."""
    runtime = _runtime()
    into = into.absolute()
    settings = replace(runtime.settings, instance=into)
    store = runtime.storage if settings.storage == "s3" else LocalStorage(into / "files")
    try:
        depot = depot_at(where, runtime.settings)
        with _bar() as bar, depot.reading(name) as place:
            opened = open_set(place, _passphrase(passphrase_file, bar), depot.pool)
            restored = restore(opened, into, store, settings.database_url, _teller(bar))
    except (BackupProblem, OSError) as problem:
        raise click.ClickException(str(problem)) from problem
    for sentence in restored.wrong:
        click.echo(sentence)
    database = Database(restored.database_url)
    with database.transaction() as session:
        facts = {"files": restored.files, "problems": len(restored.wrong)}
        tag, target = AuditTag.BACKUP_RESTORED, opened.manifest.name
        record(session, SYSTEM, tag, now=runtime.now(), target_kind="backup", target_id=target, **facts)
    database.dispose()
    click.echo(
        f"Backup {opened.manifest.name} is restored into {into}: {restored.files} files, "
        f"{sum(opened.manifest.tables.values())} rows, {restored.audit.sealed} sealed events.\n"
        f"Next: VERMILION_INSTANCE={into} flask --app wsgi storage verify, then up, then start."
    )
    sys.exit(1 if restored.wrong else 0)


def _passphrase(file: Path | None, bar: Progress, *, confirm: bool = False) -> str:
    """From the file, or asked for on the terminal."""
    if file is not None:
        lines = file.read_text("utf-8").splitlines()
        return lines[0] if lines else ""
    bar.stop()  # two writers on one terminal line
    asked: str = click.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=confirm, err=True)
    bar.start()
    return asked


def _teller(bar: Progress) -> Tell:
    """Progress of several stages, each with a bar of its own."""
    tasks: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=done, total=total)

    return tell


@storage.command("verify")
def storage_verify() -> None:
    """Compare rows and stored files both ways; exit 1 when a file is missing or damaged. Orphans are only listed."""
    runtime, broken, orphans = _runtime(), 0, 0
    with runtime.db.reading() as session, _bar() as bar:
        task = bar.add_task("checking files", total=services.count_kept(session))
        for fault in services.verify_storage(session, runtime.storage, lambda: bar.advance(task)):
            orphans, broken = orphans + (fault.what == "orphan"), broken + (fault.what != "orphan")
            click.echo("\t".join(part for part in (fault.what, fault.key, fault.owner) if part))
    click.echo(f"{broken} files are missing or damaged." if broken else "Every row has its bytes.", err=True)
    if orphans:
        click.echo(f"{orphans} files belong to no row; `storage sweep` removes those of photos after a day.", err=True)
    sys.exit(1 if broken else 0)


commands: list[click.Command] = [audit, backup, storage]
