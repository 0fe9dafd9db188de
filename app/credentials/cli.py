"""flask keys init | rotate | compromise | list, flask credential verify-all | resign-lists."""

from __future__ import annotations

import hashlib
import sys
from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.credentials import queries, services
from app.credentials.queries import CheckedFile
from app.domain.access.actor import SYSTEM
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm, KeyRecord
from app.domain.credentials.report import Verdict
from app.domain.credentials.verify import verify_document
from app.infra.audit import AuditTag, record
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem

GOOD = {Verdict.VALID, Verdict.EXPIRED}
# What a file may turn out to be by how it stands. The key of one that does not count any more may be withdrawn.
WANTED = {"live": GOOD, "replaced": GOOD | {Verdict.INVALID}, "revoked": {Verdict.REVOKED, Verdict.INVALID}}

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
    before = {key.kid for key in runtime.keys.public_keys()}
    runtime.keys.ensure(runtime.now())
    made = [key for key in runtime.keys.public_keys() if key.kid not in before]
    _note_made(runtime, made)
    for key in made:
        click.echo(f"Made {key.kid} ({key.algorithm}).")
    click.echo(f"The issuer is {did_for(runtime.settings.public_url)}.")
    click.echo("Back up the folder with the keys: certificates cannot be issued or revoked without them.")


@keys.command("rotate")
def rotate() -> None:
    """Make new keys: published now, used from tomorrow. The old ones stay published for what they signed."""
    runtime = _runtime()
    before = {key.kid for key in runtime.keys.public_keys()}
    waiting = runtime.keys.rotate(runtime.now())
    _note_made(runtime, [key for key in waiting if key.kid not in before])
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
    """Withdraw a key that others may have, and sign anew what it signed."""
    runtime = _runtime()
    if not yes:
        click.confirm(f"Everything that {kid} signed becomes void until it is signed anew. Go on?", abort=True)
    before = {key.kid: key for key in runtime.keys.public_keys()}
    try:
        runtime.keys.compromise(kid, runtime.now())
    except KeyProblem as problem:
        raise click.ClickException(str(problem)) from problem
    after = runtime.keys.public_keys()
    _note_made(runtime, [key for key in after if key.kid not in before])
    with runtime.transaction() as session:
        record(session, SYSTEM, AuditTag.KEY_WITHDRAWN, now=runtime.now(), target_kind="key", target_id=kid)
    click.echo(f"{kid} is withdrawn: it has left the public record and never signs again.")
    _resign_lists(runtime)
    # Which key signed a token is not stored beside it, so a lost P-256 key means every file.
    _resign_files(runtime, kid if before[kid].algorithm is Algorithm.ED25519 else "")


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
    issuer = _issuer(runtime)
    with runtime.db.reading() as session:
        ids = queries.status_list_ids(session)
    for list_id in ids:
        with runtime.transaction() as session:
            services.resign_status_list(session, list_id, issuer=issuer, now=runtime.now())
    click.echo(f"{len(ids)} status lists signed anew.")


def _resign_files(runtime: Runtime, kid: str) -> None:
    issuer = _issuer(runtime)
    with runtime.db.reading() as session:
        ids = queries.live_files(session, kid)
    with _bar() as bar:
        for credential_id in bar.track(ids, description="signing anew"):
            with runtime.transaction() as session:
                services.sign_anew(session, credential_id, issuer=issuer, now=runtime.now())
    click.echo(f"{len(ids)} certificates signed anew.")


def _note_made(runtime: Runtime, made: list[KeyRecord]) -> None:
    with runtime.transaction() as session:
        for key in made:
            record(session, SYSTEM, AuditTag.KEY_MADE, now=runtime.now(), target_kind="key", target_id=key.kid)


def _standing(key: KeyRecord, now: datetime) -> str:
    if key.compromised_at is not None:
        return f"withdrawn on {key.compromised_at:%Y-%m-%d}: others may have had it"
    if key.not_before > now:
        return f"published; used from {key.not_before:%Y-%m-%d %H:%M} UTC on"
    if key.may_sign(now):
        return f"in use since {key.not_before:%Y-%m-%d}"
    return f"retired on {key.retired_at:%Y-%m-%d}; published for what it signed"


commands = [keys, credential]
