"""Is this host in order? One finding for each thing that can be wrong, with what to do about it.

The checks of HOST, and those of doctor_database.py, only read and take milliseconds: a page may ask. Those of OUTWARD
write, read and remove a probe in the store of files, and talk to Redis and to the mail server: that may take some
seconds, so a command or a job asks.
Nothing that a finding says is a secret.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import ssl
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from app.config import Settings
from app.domain.credentials.keys import Algorithm
from app.infra.runtime import Runtime
from app.infra.signing import KeyProblem

OLDEST_PYTHON: Final = (3, 11)
FULL_BYTES: Final = 500 * 1024**2
SCARCE_BYTES: Final = 5 * 1024**3
FEW_LETTERS: Final = 12
MAIL_SECONDS: Final = 8.0
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Level(StrEnum):
    """How bad a finding is: as it should be, worth a look, or out of order."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do when it is not as it should be."""

    name: str
    level: Level
    says: str
    todo: str = ""


Check = Callable[[Runtime], Iterable[Finding]]


def ok(name: str, says: str) -> Finding:
    """Something is as it should be."""
    return Finding(name, Level.OK, says)


def warn(name: str, says: str, todo: str) -> Finding:
    """Something is worth a look."""
    return Finding(name, Level.WARN, says, todo)


def bad(name: str, says: str, todo: str) -> Finding:
    """Something is out of order."""
    return Finding(name, Level.BAD, says, todo)


def examine(runtime: Runtime, checks: Iterable[tuple[str, Check]]) -> list[Finding]:
    """What each check found; one that breaks is itself a finding, and the others go on."""
    found: list[Finding] = []
    for name, check in checks:
        try:
            found += check(runtime)
        except Exception as error:
            # Only the first line: what comes after may quote what was sent.
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            found.append(bad(name, f"This could not be looked at: {first}", "Mend what the other lines say first."))
    return found


def check_python(_runtime: Runtime) -> Iterator[Finding]:
    """The interpreter."""
    shown = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield bad(
            "Python", f"Python {shown} is too old.", "Install Python 3.11 or newer and run ./vermilion run again."
        )
    else:
        yield ok("Python", f"Python {shown}.")


def check_disk(runtime: Runtime) -> Iterator[Finding]:
    """Room where the database, the photos and what is being received lie."""
    seen: set[int] = set()
    for what, folder in (("instance folder", runtime.settings.instance), ("temporary folder", _temporary())):
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        usage = shutil.disk_usage(folder)
        entries = os.statvfs(folder)
        says = f"{usage.free / 1024**3:.1f} GiB of {usage.total / 1024**3:.1f} are free for the {what}."
        todo = "Make room, or move the folder to a larger disk. docs/runbooks/full-disk.md"
        if usage.free < FULL_BYTES or (entries.f_files and entries.f_favail == 0):
            yield bad("Disk", says, todo)
        elif usage.free < SCARCE_BYTES and usage.free < usage.total / 10:
            yield warn("Disk", says, todo)
        else:
            yield ok("Disk", says)


def _temporary() -> Path:
    return Path(os.environ.get("TMPDIR") or "/tmp")


def check_folders(runtime: Runtime) -> Iterator[Finding]:
    """Who may look into the instance folder and the secret."""
    instance = runtime.settings.instance
    for path, mode in ((instance, 0o700), (instance / "secret", 0o600)):
        if not path.exists():
            continue
        facts = path.stat()
        if stat.S_IMODE(facts.st_mode) & 0o077:
            shown = oct(stat.S_IMODE(facts.st_mode))[2:]
            yield bad("Folders", f"{path} can be opened by others (mode {shown}).", f"chmod {mode:o} {path}")
        elif facts.st_uid != os.geteuid():
            yield warn("Folders", f"{path} belongs to another user.", "Run Vermilion as the user who owns its folder.")
        else:
            yield ok("Folders", f"Only this user opens {path}.")


def check_keys(runtime: Runtime) -> Iterator[Finding]:
    """The issuer's keys: readable by this user only, and one of each kind in use."""
    todo = "docs/runbooks/keys.md says how to bring keys back, and what to do when one is lost or known to others."
    try:
        known = runtime.keys.public_keys()
        for algorithm in Algorithm:
            runtime.keys.active_signer(runtime.now(), algorithm)
    except (KeyProblem, OSError) as problem:
        yield bad("Issuer keys", str(problem), todo)
    else:
        published = sum(key.is_published for key in known)
        yield ok("Issuer keys", f"{published} public keys are published, and one of each kind signs.")


def check_secret(runtime: Runtime) -> Iterator[Finding]:
    """Whether the secret that signs cookies and links can be guessed. Says nothing of what it is."""
    secret = runtime.settings.secret_key
    todo = (
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(48))", and set VERMILION_SECRET_KEY '
        "everywhere. Everybody has to sign in again, and apps for codes have to be set up anew."
    )
    if len(secret) < 32 or len(set(secret)) < FEW_LETTERS:
        yield bad("Secret", "The secret is too short or too uniform to protect anybody.", todo)
    elif any(word in secret.lower() for word in ("change", "secret", "example", "password", "vermilion")):
        yield bad("Secret", "The secret holds a word that guessers try first.", todo)
    else:
        yield ok("Secret", f"The secret has {len(secret)} characters, {len(set(secret))} of them different.")


def check_address(runtime: Runtime) -> Iterator[Finding]:
    """The public address, TLS, the proxies before us, and the names that are answered to."""
    settings = runtime.settings
    host = urlsplit(settings.public_url).hostname or ""
    if host in LOCAL:
        says = f"The public address is {settings.public_url}: fine for trying out, on this machine only."
        yield warn("Address", says, "Set VERMILION_PUBLIC_URL before the first certificate: they are bound to it.")
    elif not settings.is_https:
        todo = "Put a proxy with TLS before it (deploy/), and set VERMILION_PUBLIC_URL=https://..."
        yield bad("Address", f"{settings.public_url} is without TLS: passwords cross the net in the open.", todo)
    else:
        yield ok("Address", f"The public address is {settings.public_url}.")
    yield from _check_proxies(settings)
    wide = [name for name in settings.trusted_hosts if (name.startswith(".") and name.count(".") < 2) or "*" in name]
    if wide:
        todo = "Name the hosts one by one in VERMILION_HOSTS."
        yield bad("Host names", f"The site answers to {', '.join(wide)}, which strangers can register under.", todo)
    else:
        yield ok("Host names", f"The site answers to {', '.join(dict.fromkeys(settings.trusted_hosts))}.")


def _check_proxies(settings: Settings) -> Iterator[Finding]:
    hops, is_public = settings.trusted_proxies, settings.host not in LOCAL
    if settings.is_https and not hops:
        says = "The address uses TLS, so a proxy stands before this server, but VERMILION_TRUSTED_PROXIES is 0."
        yield bad("Proxy", says, "Set it to the number of your proxies; until then all visitors count as one address.")
    elif hops and is_public and settings.environment == "embedded":
        says = f"{hops} proxies are believed, and {settings.host}:{settings.port} can be reached past them."
        yield warn("Proxy", says, "Set VERMILION_HOST=127.0.0.1, or let a firewall admit only the proxy.")
    else:
        yield ok("Proxy", f"{hops} proxies are believed." if hops else "No proxy is believed.")


def check_strictness(runtime: Runtime) -> Iterator[Finding]:
    """Settings that are for trying out."""
    settings, loose = runtime.settings, []
    is_public = (urlsplit(settings.public_url).hostname or "") not in LOCAL
    if settings.webhook_private == "allow":
        loose.append("VERMILION_WEBHOOK_PRIVATE=allow lets studios send requests into your network")
    if settings.staff_second_factor == "optional":
        loose.append("VERMILION_STAFF_SECOND_FACTOR=optional lets staff in by a password alone")
    if settings.password_memory_kib < 19_456:  # OWASP's least for argon2id with two or three passes
        loose.append("VERMILION_PASSWORD_MEMORY_KIB is below 19456, so stolen hashes are cheap to guess")
    if not loose:
        yield ok("Strictness", "No setting is looser than it should be.")
        return
    for says in loose:
        todo = "Leave the setting away, unless this is a site for tests."
        yield bad("Strictness", f"{says}.", todo) if is_public else warn("Strictness", f"{says}.", todo)


def check_storage(runtime: Runtime) -> Iterator[Finding]:
    """Write, read and remove a file in the store."""
    begun, data = time.monotonic(), f"probe {uuid4()}".encode()
    todo = "Look at VERMILION_STORAGE and the S3 settings, or at the rights and the room of instance/files."
    try:
        stored = runtime.storage.put_bytes("probe", data, "bin")
        try:
            with runtime.storage.open(stored.key) as file:
                is_same = file.read() == data
        finally:
            runtime.storage.delete(stored.key)
        is_gone = not runtime.storage.exists(stored.key)
    except OSError as error:
        yield bad("Store of files", f"A file could not be written, read and removed: {error}", todo)
        return
    took = f"{(time.monotonic() - begun) * 1000:.0f} ms"
    if is_same and is_gone:
        yield ok("Store of files", f"A file was written, read and removed in {took} ({runtime.settings.storage}).")
    else:
        yield bad("Store of files", "What was written did not come back the same, or could not be removed.", todo)


def check_redis(runtime: Runtime) -> Iterator[Finding]:
    """Redis, where several processes need it."""
    url = runtime.settings.redis_url
    if not url:
        if runtime.settings.is_sqlite:
            yield ok("Redis", "None is set, and one process needs none.")
        else:
            todo = "With several web processes set VERMILION_REDIS_URL, so that limits of tries are counted together."
            yield warn("Redis", "None is set.", todo)
        return
    from redis import Redis, RedisError

    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            version = client.info("server").get("redis_version", "?")
            policy = client.info("memory").get("maxmemory_policy", "noeviction")
    except RedisError as error:
        todo = "Start it, or mend VERMILION_REDIS_URL. Until then each process counts tries for itself."
        yield bad("Redis", f"It does not answer ({type(error).__name__}).", todo)
        return
    yield ok("Redis", f"Redis {version} answers (when memory is short: {policy}).")


def check_mail(runtime: Runtime) -> Iterator[Finding]:
    """Whether the mail server takes us, up to the point where a mail would be sent."""
    settings = runtime.settings
    if not settings.smtp_host:
        todo = "Set VERMILION_SMTP_HOST and its companions: without mail nobody can reset a password."
        yield warn("Mail", "No mail server is set; mails are only printed on the screen of the server.", todo)
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        said = _greet(settings)
    except smtplib.SMTPAuthenticationError as error:
        yield bad(
            "Mail", f"{where} refuses the name or password ({error.smtp_code}).", "Mend VERMILION_SMTP_USER/_PASSWORD."
        )
    except (smtplib.SMTPException, OSError) as error:
        first = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        todo = (
            "Look at VERMILION_SMTP_HOST, _PORT and _SECURITY, and at the firewall. Mails wait and are tried for a day."
        )
        yield bad("Mail", f"{where} does not take us: {first}", todo)
    else:
        yield ok("Mail", f"{where} takes us ({said}).")
    if settings.mail_from.rstrip(">").endswith("@localhost"):
        yield bad(
            "Mail sender",
            "Mails come from an address at localhost, which receivers refuse.",
            "Set VERMILION_MAIL_FROM.",
        )


def _greet(settings: Settings) -> str:
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=MAIL_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=MAIL_SECONDS)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.noop()
    return {"tls": "TLS", "starttls": "STARTTLS"}.get(settings.smtp_security, "without TLS")


HOST: Final[tuple[tuple[str, Check], ...]] = (
    ("Python", check_python),
    ("Disk", check_disk),
    ("Folders", check_folders),
    ("Issuer keys", check_keys),
    ("Secret", check_secret),
    ("Address", check_address),
    ("Strictness", check_strictness),
)
OUTWARD: Final[tuple[tuple[str, Check], ...]] = (
    ("Store of files", check_storage),
    ("Redis", check_redis),
    ("Mail", check_mail),
)


def this_host() -> str:
    """The name of this machine."""
    return socket.gethostname()
