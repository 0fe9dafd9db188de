"""flask keys init | rotate | compromise | list, flask credential verify-all | resign-lists."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.credentials import queries, services
from app.credentials.queries import CheckedFile
from app.domain.access.actor import SYSTEM
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import KeyRecord
from app.domain.credentials.report import Verdict
from app.domain.credentials.verify import verify_document
from app.domain.errors import NotFound
from app.infra.runtime import Runtime

GOOD = {Verdict.VALID, Verdict.EXPIRED}
# What a file may turn out to be by how it stands. The key of one that does not count any more may be withdrawn.
WANTED = {"live": GOOD, "replaced": GOOD | {Verdict.INVALID}, "revoked": {Verdict.REVOKED, Verdict.INVALID}}

LATER = timedelta(minutes=10)
"""When a worker looks for what a lost key signed at the last moment, and for what was left when this broke off."""

keys = AppGroup("keys", help="The issuer's signing keys.")
credential = AppGroup("credential", help="Certificates and their status lists.")


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["vermilion"]
    return runtime


def _issuer(runtime: Runtime) -> services.Issuer:
    settings = runtime.settings
    return services.issuer_of(runtime.keys, name=settings.academy_name, url=settings.public_url, now=runtime.now())


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


@keys.command("init")
def init() -> None:
    """Make the first keys; does nothing when there are some."""
    runtime = _runtime()
    with runtime.transaction() as session:
        made = services.make_keys(session, SYSTEM, runtime.keys, now=runtime.now())
    for key in made:
        click.echo(f"Made {key.kid} ({key.algorithm}).")
    click.echo(f"The issuer is {did_for(runtime.settings.public_url)}.")
    click.echo("Back up the folder with the keys: certificates cannot be issued or revoked without them.")


@keys.command("rotate")
def rotate() -> None:
    """Make new keys: published now, used from tomorrow. The old ones stay published for what they signed."""
    runtime = _runtime()
    with runtime.transaction() as session:
        waiting = services.rotate_keys(session, SYSTEM, runtime.keys, now=runtime.now())
    for key in waiting:
        click.echo(f"{key.kid} ({key.algorithm}) is published and used from {key.not_before:%Y-%m-%d %H:%M} UTC on.")


@keys.command("list")
def list_keys() -> None:
    """Print every key ever made, oldest first."""
    runtime = _runtime()
    now = runtime.now()
    for key in runtime.keys.public_keys():
        click.echo(f"{key.kid:<34} {key.algorithm:<8} {_standing(key, now)}")


@keys.command("compromise")
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def compromise(kid: str, yes: bool) -> None:
    """Withdraw a key that others may have, and sign anew what it signed.

    Broken off, it may be started again: it goes on with what is left.
    """
    runtime = _runtime()
    if not yes:
        click.confirm(f"Everything that {kid} signed becomes void until it is signed anew. Go on?", abort=True)
    try:
        with runtime.transaction() as session:
            lost = services.withdraw_key(session, SYSTEM, runtime.keys, kid, now=runtime.now())
            services.ask_to_sign_anew(session, lost, now=runtime.now(), run_at=runtime.now() + LATER)
    except NotFound as problem:
        raise click.ClickException(f"{problem.message} `flask keys list` shows the names.") from problem
    click.echo(f"{kid} is withdrawn: it has left the public record and never signs again.")
    _resign_lists(runtime)
    units, now = (runtime.db.reading, runtime.transaction), runtime.now()
    steps = services.sign_anew_all(*units, _issuer(runtime), lost, actor=SYSTEM, now=now)
    click.echo(f"{_shown(steps, 'signing anew')} certificates signed anew.")


@credential.command("resign-lists")
def resign_lists() -> None:
    """Sign every status list anew, as the job of every twelve hours does."""
    _resign_lists(_runtime())


@credential.command("verify-all")
def verify_all() -> None:
    """Check every signed file with its signature, its list and its record; exit 1 when one of them is not right."""
    runtime = _runtime()
    records = services.OwnRecords(runtime.db.reading, runtime.keys, runtime.settings.public_url)
    wrong = 0
    with runtime.db.reading() as session:
        total = queries.file_count(session)
    with _bar() as bar:
        task = bar.add_task("checking files", total=total)
        after = None
        while True:
            with runtime.db.reading() as session:
                files = queries.files_after(session, after)
            if not files:
                break
            for file in files:
                for complaint in _complaints(records, file, runtime.now()):
                    wrong += 1
                    bar.console.print(f"{file.number} file {file.id}: {complaint}", markup=False, soft_wrap=True)
                bar.advance(task)
            after = files[-1].id
    click.echo(f"{total} files checked, {wrong} problems.")
    sys.exit(1 if wrong else 0)


def _complaints(records: services.OwnRecords, file: CheckedFile, now: datetime) -> list[str]:
    """What is wrong with a stored file: its bytes, its proof, its token, or what its list says about it."""
    found = []
    if hashlib.sha256(file.document).hexdigest() != file.digest:
        found.append("its bytes are not those that were signed")
    for form, source in (("file", file.document), ("token", file.token)):
        report = verify_document(source, resolver=records, now=now)
        if report.verdict not in WANTED[file.standing]:
            failed = [check.sentence for check in report.checks if check.outcome in ("failed", "unknown")]
            found.append(f"the {form} is {report.verdict}: {' '.join(failed)}".rstrip(": "))
    return found


def _resign_lists(runtime: Runtime) -> None:
    issuer, now = _issuer(runtime), runtime.now()
    steps = services.sign_lists_anew(runtime.db.reading, runtime.transaction, issuer, now=now)
    click.echo(f"{_shown(steps, 'signing lists')} status lists signed anew.")


def _shown(steps: Iterable[tuple[int, int]], what: str) -> int:
    """Go through the steps with a bar that shows how far they are; returns how many there were."""
    done = 0
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        for done, total in steps:
            bar.update(task, completed=done, total=total)
    return done


def _standing(key: KeyRecord, now: datetime) -> str:
    if key.compromised_at is not None:
        return f"withdrawn on {key.compromised_at:%Y-%m-%d}: others may have had it"
    if key.not_before > now:
        return f"published; used from {key.not_before:%Y-%m-%d %H:%M} UTC on"
    if key.may_sign(now):
        return f"in use since {key.not_before:%Y-%m-%d}"
    return f"retired on {key.retired_at:%Y-%m-%d}; published for what it signed"


commands = [keys, credential]
