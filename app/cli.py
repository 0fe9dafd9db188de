"""Commands of the operator: the all-in-one start, and the slices' own commands."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from rich.progress import Progress
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import Invitation
from app.config import Settings
from app.content import services as content
from app.domain.access.actor import SYSTEM, Role
from app.factory import create_app, make_runtime, slice_modules
from app.infra import memory, migrate
from app.infra.audit import AuditEvent, AuditTag, record
from app.infra.jobs.worker import Worker
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem
from app.web import server as web

Say = Callable[[str], None]


def _say(line: str) -> None:
    print(line, flush=True)


def prepare(runtime: Runtime, say: Say = _say) -> None:
    """Bring an instance up to date: schema, issuer keys, content. Doing it again changes nothing.

    Raises KeyProblem where the academy's newest key lies on another host only: each would issue by its own.
    """
    if migrate.upgrade(runtime.db):
        say("  database migrated")
    known = {key.kid for key in runtime.keys.public_keys()}
    _require_newest_key(runtime, known)
    if runtime.keys.ensure(runtime.now()):
        _note_keys(runtime, known)
        say("  issuer keys made (instance/keys, readable by you only: back them up)")
    report = content.sync_if_changed(runtime)
    if report:
        say(f"  content: {report}")


def _require_newest_key(runtime: Runtime, known: set[str]) -> None:
    with runtime.db.reading() as session:
        is_made = (AuditEvent.target_kind == "key", AuditEvent.tag == AuditTag.KEY_MADE)  # the kind has an index
        newest = session.scalar(select(AuditEvent.target_id).where(*is_made).order_by(AuditEvent.id.desc()).limit(1))
    if newest is not None and newest not in known:
        raise KeyProblem(
            f"This academy's newest issuer key, {newest}, is not in {runtime.keys.folder}. Copy that folder from the "
            "host that has it, or from a backup. If it is lost for good, `flask keys init` makes new keys."
        )


def _note_keys(runtime: Runtime, known: set[str]) -> None:
    with runtime.transaction() as session:
        for key in runtime.keys.public_keys():
            if key.kid not in known:
                record(session, SYSTEM, AuditTag.KEY_MADE, now=runtime.now(), target_kind="key", target_id=key.kid)


def setup_link(runtime: Runtime) -> str | None:
    """The one-time link of the first administrator; None when there is an administrator already."""
    with runtime.transaction() as session:
        if accounts.user_ids_with_role(session, Role.ADMIN):
            return None
        path = runtime.settings.instance / "setup-token"
        token = path.read_text().strip() if path.exists() else ""
        if not token or accounts.open_invitation(session, token, runtime.now()) is None:
            session.query(Invitation).filter(Invitation.email == "", Invitation.accepted_at.is_(None)).delete()
            token = account_services.invite(session, SYSTEM, email="", role=Role.ADMIN, now=runtime.now())
            path.touch(mode=0o600)
            path.write_text(token)
    return f"{runtime.settings.public_url}/invitation/{token}"


def serve(settings: Settings) -> int:
    """Run everything in one process: prepare, serve pages by waitress, work jobs in threads."""
    started = time.perf_counter()
    if not _port_is_free(settings.host, settings.port):
        print(
            f"Port {settings.port} is in use by another program. Stop it, or set VERMILION_PORT to another number.",
            file=sys.stderr,
        )
        return 2
    _say("Vermilion is getting ready")
    memory.keep_arenas_few()
    runtime = make_runtime(settings)
    try:
        prepare(runtime)
    except KeyProblem as problem:
        print(f"Vermilion cannot start: {problem}", file=sys.stderr)
        return 2
    app = create_app(runtime)
    worker = Worker(runtime, settings.workers) if settings.workers else None
    server = web.make_server(app, settings)
    memory.give_back()
    _announce(runtime, time.perf_counter() - started)

    _stop_on_signal(runtime)
    if worker:
        worker.start()
    try:
        web.serve(server, runtime.stopping, drain_seconds=settings.drain_seconds)
    except KeyboardInterrupt:
        _say("Told twice: what was running is broken off.")
    finally:
        runtime.stop()
        if worker:
            worker.stop()
        runtime.db.dispose()
    return 0


def _stop_on_signal(runtime: Runtime) -> None:
    """SIGTERM and Ctrl+C begin to end the process; a second one does not wait for what is running."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if runtime.stopping.is_set():
            raise KeyboardInterrupt
        _say("Stopping: requests and jobs that run are finished first.")
        runtime.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _announce(runtime: Runtime, seconds: float) -> None:
    _say(f"  ready in {seconds:.1f} s")
    _say(f"\n  Vermilion runs at   {runtime.settings.public_url}")
    link = setup_link(runtime)
    if link:
        _say(f"  First administrator {link}\n                      (this link works once, for one day)")
    _say("  Stop with Ctrl+C\n")


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def attach_commands(app: Flask) -> None:
    """Put the commands of the house and of each slice under `flask`."""
    for command in (up, worker_command, setup_link_command, demo, db):
        app.cli.add_command(command)
    for module in slice_modules("cli"):
        for group in module.commands:
            _attach(app, group)


def _attach(app: Flask, group: click.Command) -> None:
    """Put a group under `flask`; the commands of a second group of the same name join the first."""
    known = app.cli.commands.get(group.name or "")
    if isinstance(known, click.Group) and isinstance(group, click.Group):
        for command in group.commands.values():
            known.add_command(command)
    else:
        app.cli.add_command(group)


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


@click.command("up")
def up() -> None:
    """Migrate, make keys, sync the content; then stop."""
    try:
        prepare(_runtime())
    except KeyProblem as problem:
        raise click.ClickException(str(problem)) from problem


@click.command("setup-link")
def setup_link_command() -> None:
    """Print the one-time link of the first administrator."""
    link = setup_link(_runtime())
    click.echo(link or "There is an administrator already; they can invite others.")


@click.command("demo")
def demo() -> None:
    """Fill an empty instance with a believable academy; writes demo.json beside the database."""
    from app.demo import academy  # loaded only where it is used: a server would keep it, and what draws, in memory

    runtime = _runtime()
    runtime.keys.ensure(runtime.now() - academy.PAST)  # what was issued in the stories' past needs a key of then
    prepare(runtime)
    with Progress() as progress:
        try:
            summary = academy.fill(runtime, progress)
        except academy.NotEmpty as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(2)
    click.echo(f"The demo is ready. Accounts and numbers: {academy.write_summary(runtime, summary)}")


@click.command("worker")
@click.option("--threads", default=2, show_default=True, help="How many jobs to work at once.")
def worker_command(threads: int) -> None:
    """Work jobs in this process until it is told to stop; jobs that cannot be finished go to other workers."""
    runtime = _runtime()
    worker = Worker(runtime, threads)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _wait_for_schema(runtime)
        worker.start()
        click.echo(f"Working jobs with {threads} threads. Stop with Ctrl+C.")
        while True:
            signal.pause()
    except KeyboardInterrupt:
        runtime.stop()
    if given_back := worker.stop():
        click.echo(f"{given_back} jobs were given back; another worker takes them at once.")


def _wait_for_schema(runtime: Runtime) -> None:
    """Jobs on an old schema would only fail; somebody else migrates (`flask up`, or a web process at its start)."""
    said = ""
    while True:
        try:
            found = migrate.current(runtime.db)
        except SQLAlchemyError:
            problem = "The database does not answer"
        else:
            if found == migrate.head() or (found and found not in migrate.known_revisions()):
                return
            problem = f"The schema is {found or 'missing'}, and this code needs {migrate.head()}"
        if problem != said:
            click.echo(f"{problem}; waiting.")
            said = problem
        time.sleep(1)


db = AppGroup("db", help="The schema of the database.")


@db.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Migrate up."""
    done = migrate.upgrade(_runtime().db, revision)
    click.echo("Migrated." if done else "The schema is up to date.")


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Migrate down to a revision."""
    migrate.downgrade(_runtime().db, revision)


@db.command("revision")
@click.argument("message")
@click.option("--id", "revision_id", required=True, help="The number, for example 0002.")
def db_revision(message: str, revision_id: str) -> None:
    """Write a migration from the difference between models and database (for developers)."""
    click.echo(str(migrate.make_revision(_runtime().db, message, revision_id)))


@db.command("check")
def db_check() -> None:
    """Compare the models with the database; exit 1 when they differ."""
    differences = migrate.drift(_runtime().db)
    for difference in differences:
        click.echo(str(difference))
    sys.exit(1 if differences else 0)
