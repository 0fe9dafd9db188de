"""Settings: read once from VERMILION_* variables, checked, frozen. A bad value stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SECRET_FIELDS = frozenset(
    {"secret_key", "smtp_password", "s3_secret_key", "database_url", "redis_url", "metrics_token"}
)


# Settings that are taken as they are written.
TEXTS = (
    *("s3_endpoint", "s3_bucket", "s3_region", "s3_access_key", "s3_secret_key", "redis_url"),
    *("smtp_host", "smtp_user", "smtp_password", "mail_from", "academy_name", "hosts"),
    *("metrics_token", "traces_url"),
)


class BadSetting(Exception):
    """A setting has a value that cannot be used; the message names the variable and says what is expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the house. Each field is VERMILION_<NAME> in the environment (see .env.example)."""

    instance: Path
    database_url: str = field(repr=False)
    public_url: str
    secret_key: str = field(repr=False)
    environment: str = "embedded"
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    workers: int = 2
    drain_seconds: int = 0
    courses: Path = ROOT / "courses"
    quizzes: Path = ROOT / "quizzes"
    storage: str = "local"
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_security: str = "starttls"
    mail_from: str = "Vermilion <no-reply@localhost>"
    academy_name: str = "Vermilion Academy"
    max_photo_mb: int = 25
    max_photo_megapixels: int = 50
    max_photos: int = 24
    max_video_mb: int = 100
    max_video_minutes: int = 3
    photo_long_edge: int = 3000
    trusted_proxies: int = 0
    webhook_private: str = "refuse"
    password_memory_kib: int = 32768
    password_time_cost: int = 3
    leaked_passwords: Path | None = None
    staff_second_factor: str = "required"
    sign_up: str = "direct"
    hosts: str = ""
    hsts_days: int = 365
    metrics_token: str = field(default="", repr=False)
    traces_url: str = ""
    log_format: str = "text"
    log_level: str = "info"

    @property
    def is_https(self) -> bool:
        """True when the public address uses TLS; decides cookie flags and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host (with port when it is not the default) of the public address."""
        return urlsplit(self.public_url).netloc

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """The hosts that this site answers to: its public one, those of the setting, and this machine."""
        given = (part.strip() for part in self.hosts.split(","))
        local = ("localhost", "127.0.0.1", "[::1]")
        return (urlsplit(self.public_url).hostname or "", *(host for host in given if host), *local)

    @property
    def is_sqlite(self) -> bool:
        """True when the database is a SQLite file."""
        return self.database_url.startswith("sqlite")

    def redacted(self) -> dict[str, str]:
        """Return the settings for the log, with every secret replaced."""
        return {
            f.name: ("(set)" if getattr(self, f.name) else "(empty)")
            if f.name in SECRET_FIELDS
            else str(getattr(self, f.name))
            for f in fields(self)
        }


def settings_from(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from the environment; makes the instance folder and its secret on first use.

    Raises BadSetting with a sentence that names the variable.
    """
    env = os.environ if environ is None else environ
    _refuse_unknown(env)
    instance = Path(env.get("VERMILION_INSTANCE") or ROOT / "instance").expanduser().absolute()
    environment = _choice(env, "ENVIRONMENT", ("embedded", "production"), "embedded")
    port = _integer(env, "PORT", 8000, 1, 65535)
    host = env.get("VERMILION_HOST") or "127.0.0.1"
    _make_private_folder(instance)
    values: dict[str, object] = {
        "instance": instance,
        "environment": environment,
        "host": host,
        "port": port,
        "database_url": _database_url(env, instance),
        "public_url": _public_url(env, host, port, environment),
        "secret_key": _secret_key(env, instance, environment),
        "courses": Path(env.get("VERMILION_COURSES") or ROOT / "courses").absolute(),
        "quizzes": Path(env.get("VERMILION_QUIZZES") or ROOT / "quizzes").absolute(),
        "storage": _choice(env, "STORAGE", ("local", "s3"), "local"),
        "smtp_security": _choice(env, "SMTP_SECURITY", ("starttls", "tls", "none"), "starttls"),
        "log_format": _choice(env, "LOG_FORMAT", ("text", "json"), "text"),
        "log_level": _choice(env, "LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
        "threads": _integer(env, "THREADS", 8, 1, 256),
        "workers": _integer(env, "WORKERS", 2, 0, 64),
        "drain_seconds": _integer(env, "DRAIN_SECONDS", 0, 0, 300),
        "smtp_port": _integer(env, "SMTP_PORT", 587, 1, 65535),
        "max_photo_mb": _integer(env, "MAX_PHOTO_MB", 25, 1, 200),
        "photo_long_edge": _long_edge(env),
        "max_photo_megapixels": _integer(env, "MAX_PHOTO_MEGAPIXELS", 50, 1, 200),
        "max_photos": _integer(env, "MAX_PHOTOS", 24, 12, 100),
        "max_video_mb": _integer(env, "MAX_VIDEO_MB", 100, 1, 1000),
        "max_video_minutes": _integer(env, "MAX_VIDEO_MINUTES", 3, 1, 30),
        "trusted_proxies": _integer(env, "TRUSTED_PROXIES", 0, 0, 5),
        "webhook_private": _choice(env, "WEBHOOK_PRIVATE", ("refuse", "allow"), "refuse"),
        "password_memory_kib": _integer(env, "PASSWORD_MEMORY_KIB", 32768, 8, 1048576),
        "password_time_cost": _integer(env, "PASSWORD_TIME_COST", 3, 1, 20),
        "leaked_passwords": _leaked_passwords(env),
        "staff_second_factor": _choice(env, "STAFF_SECOND_FACTOR", ("required", "optional"), "required"),
        "sign_up": _choice(env, "SIGN_UP", ("direct", "by_mail"), _sign_up(env)),
        "hsts_days": _integer(env, "HSTS_DAYS", 365, 0, 3650),
    }
    values |= {name: given for name in TEXTS if (given := env.get(f"VERMILION_{name.upper()}"))}
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.storage == "s3" and not (settings.s3_endpoint and settings.s3_bucket):
        raise BadSetting("VERMILION_STORAGE is s3, so VERMILION_S3_ENDPOINT and VERMILION_S3_BUCKET must be set.")
    return settings


def _refuse_unknown(env: Mapping[str, str]) -> None:
    known = {f"VERMILION_{f.name.upper()}" for f in fields(Settings)}
    for name in sorted(env):
        if name.startswith("VERMILION_") and not name.startswith("VERMILION_TEST_") and name not in known:
            raise BadSetting(
                f"{name} is not a setting of Vermilion. See .env.example for the list; is it a typing mistake?"
            )


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(f"VERMILION_{name}") or default
    if value not in allowed:
        raise BadSetting(f"VERMILION_{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
    return value


def _integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(f"VERMILION_{name}") or str(default)
    try:
        value = int(text)
    except ValueError:
        raise BadSetting(f"VERMILION_{name} is {text!r}; it must be a whole number.") from None
    if not low <= value <= high:
        raise BadSetting(f"VERMILION_{name} is {value}; it must be between {low} and {high}.")
    return value


def _long_edge(env: Mapping[str, str]) -> int:
    edge = _integer(env, "PHOTO_LONG_EDGE", 3000, 0, 12000)
    if 0 < edge < 2400:
        raise BadSetting(
            f"VERMILION_PHOTO_LONG_EDGE is {edge}; it must be 0 (never) or at least 2400, or reviews suffer."
        )
    return edge


def _leaked_passwords(env: Mapping[str, str]) -> Path | None:
    given = env.get("VERMILION_LEAKED_PASSWORDS")
    if not given:
        return None
    path = Path(given).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise BadSetting(f"VERMILION_LEAKED_PASSWORDS is {path}, but there is no file that can be read.")
    return path


def _sign_up(env: Mapping[str, str]) -> str:
    # Where mail can be sent, nobody learns from the sign-up page who has an account; without mail nobody could join.
    return "by_mail" if env.get("VERMILION_SMTP_HOST") else "direct"


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"VERMILION_INSTANCE is {folder}, but that folder cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.W_OK):
        raise BadSetting(f"VERMILION_INSTANCE is {folder}, but that folder cannot be written to.")


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    url = env.get("VERMILION_DATABASE_URL") or f"sqlite:///{instance / 'vermilion.db'}"
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("VERMILION_DATABASE_URL must start with sqlite:/// or postgresql://.")
    return url


def _public_url(env: Mapping[str, str], host: str, port: int, environment: str) -> str:
    url = (env.get("VERMILION_PUBLIC_URL") or "").rstrip("/")
    if not url:
        if environment == "production":
            raise BadSetting(
                "VERMILION_PUBLIC_URL must be set in production: certificates are bound to this address for good."
            )
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1") else host
        url = f"http://{shown}:{port}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise BadSetting(f"VERMILION_PUBLIC_URL is {url!r}; it must look like https://academy.example without a path.")
    return url


def _secret_key(env: Mapping[str, str], instance: Path, environment: str) -> str:
    given = env.get("VERMILION_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise BadSetting("VERMILION_SECRET_KEY is too short; use at least 32 random characters.")
        return given
    if environment == "production":
        raise BadSetting("VERMILION_SECRET_KEY must be set in production, with at least 32 random characters.")
    path = instance / "secret"
    try:
        # O_EXCL: two processes that start together must not each make a secret of their own.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text().strip()
