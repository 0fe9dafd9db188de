"""flask audit, backup, storage, doctor, maintenance and jobs: what an operator does by hand."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.admin import queries, services
from app.domain.access.actor import SYSTEM
from app.domain.errors import NotFound
from app.infra.audit import AuditTag, record
from app.infra.backup.check import check_set, open_set
from app.infra.backup.create import Progress as Tell
from app.infra.backup.create import create_backup
from app.infra.backup.depot import depot_at
from app.infra.backup.restore import restore
from app.infra.backup.vault import BackupProblem
from app.infra.db import Database
from app.infra.doctor import Level
from app.infra.jobs.models import JobState
from app.infra.jobs.worker import cause_in
from app.infra.maintenance import LOOK_SECONDS
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem
from app.infra.storage.local import LocalStorage

FOLDER = click.Path(file_okay=False, path_type=Path)

backup = AppGroup("backup", help="Database, files and keys in a folder, and back.")
storage = AppGroup("storage", help="The stored files: photos, their renditions, documents.")
maintenance = AppGroup("maintenance", help="Close the site for changes, and open it again.")
jobs = AppGroup("jobs", help="Background jobs: look, try again, give up.")
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


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects with name, level, says, todo.")
@click.option("--here", is_flag=True, help="Only read: leave the store of files, Redis and the mail server alone.")
@with_appcontext
def doctor(as_json: bool, here: bool) -> None:
    """Look at everything, and say what to do; exit 1 when something is out of order (a warning is no reason)."""
    found = queries.health(_runtime()) if here else queries.full_health(_runtime())
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
    else:
        for each in found:
            click.echo(f"{each.level.value:<4} {each.name}: {each.says}")
            if each.todo:
                click.echo(f"     -> {each.todo}")
        wrong = sum(each.level is Level.BAD for each in found)
        odd = sum(each.level is Level.WARN for each in found)
        click.echo(f"{len(found)} findings: {wrong} out of order, {odd} worth a look.", err=True)
    sys.exit(1 if any(each.level is Level.BAD for each in found) else 0)


@maintenance.command("on")
@click.option("--say", default="", help="A sentence for people, for example until when: 'Back at 14:00 UTC.'")
def maintenance_on(say: str) -> None:
    """Close the site for changes in every process; pages go on. Returns when every process has seen it."""
    runtime = _runtime()
    with runtime.transaction() as session:
        services.begin_maintenance(session, SYSTEM, say, now=runtime.now())
    time.sleep(LOOK_SECONDS)  # each process looks at least this often
    click.echo("Maintenance is on: nothing new is saved. Requests and jobs that had begun may take some seconds more.")


@maintenance.command("off")
def maintenance_off() -> None:
    """Open the site again."""
    runtime = _runtime()
    with runtime.transaction() as session:
        was_on = services.end_maintenance(session, SYSTEM, now=runtime.now())
    click.echo("Maintenance is off." if was_on else "Maintenance was not on.")


@maintenance.command("status")
def maintenance_status() -> None:
    """Say whether it is on; exit 1 when it is."""
    runtime = _runtime()
    closed = runtime.maintenance.look(runtime.db)
    click.echo(f"On since {closed.since:%Y-%m-%d %H:%M} UTC. {closed.sentence}".strip() if closed else "Off.")
    sys.exit(1 if closed else 0)


@jobs.command("list")
@click.argument("state", type=click.Choice([each.value for each in JobState]), default=JobState.DEAD.value)
def jobs_list(state: str) -> None:
    """Jobs in a state (dead: failed for good), newest first, at most fifty."""
    with _runtime().db.reading() as session:
        for job in queries.jobs(session, JobState(state))[:50]:
            due, why = f"{job.run_at:%Y-%m-%d %H:%M:%S}", cause_in(job.last_error)[:120]
            click.echo(f"{job.id}\t{job.handler}\ttries {job.tries}\t{due}\t{why}")


@jobs.command("retry")
@click.argument("job_id", type=int)
def jobs_retry(job_id: int) -> None:
    """Queue a failed job again, with all its tries."""
    _change_job(services.retry_job, job_id)
    click.echo("Queued again.")


@jobs.command("give-up")
@click.argument("job_id", type=int)
def jobs_give_up(job_id: int) -> None:
    """Stop trying a job that waits; a failed one is removed. The audit log keeps which it was."""
    _change_job(services.give_up_job, job_id)
    click.echo("Given up.")


def _change_job(change: Callable[..., None], job_id: int) -> None:
    runtime = _runtime()
    try:
        with runtime.transaction() as session:
            change(session, SYSTEM, job_id, now=runtime.now())
    except NotFound:
        raise click.ClickException(f"There is no such job {job_id} now; flask jobs list shows them.") from None


commands: list[click.Command] = [audit, backup, storage, doctor, maintenance, jobs]
