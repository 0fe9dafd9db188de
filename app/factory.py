"""Builds a running Vermilion: the only module that knows every slice."""

from __future__ import annotations

import importlib
import pkgutil
from datetime import timedelta
from types import ModuleType

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts import login
from app.admin import queries as admin
from app.config import ROOT, Settings
from app.infra import api_keys, audit, audit_chain, logs, notes, replies
from app.infra.bell import Bell, RedisBell
from app.infra.db import Database
from app.infra.jobs import models as job_models
from app.infra.mail.base import Mailer
from app.infra.mail.console import ConsoleMailer
from app.infra.mail.smtp import SmtpMailer
from app.infra.passwords import Passwords
from app.infra.ratelimit import Limiter, MemoryLimiter, RedisLimiter
from app.infra.runtime import Runtime
from app.infra.signing import KeyStore
from app.infra.storage.base import Storage
from app.infra.storage.local import LocalStorage
from app.infra.tracing import make_tracer
from app.web import (
    api,
    api_reference,
    errors,
    headers,
    health,
    hosts,
    locale,
    operations,
    reports,
    sessions,
    templating,
    uploads,
)
from app.web.access import check_access, rule_of
from app.web.app import Vermilion, close_session, log_request
from app.web.blueprint import AudienceBlueprint

SLICES = (
    "accounts",
    "notifications",
    "content",
    "learning",
    "quizzes",
    "practice",
    "statistics",
    "training",
    "reviews",
    "oversight",
    "certification",
    "credentials",
    "studios",
    "privacy",
    "home",
    "admin",
)


def slice_modules(kind: str) -> list[ModuleType]:
    """Import and return every `models`, `tasks`, `cli` or `routes/*` module of the slices."""
    found = []
    for name in SLICES:
        package = importlib.import_module(f"app.{name}")
        inside = {m.name for m in pkgutil.iter_modules(package.__path__)}
        if kind == "routes":
            routes = importlib.import_module(f"app.{name}.routes")
            found += [
                importlib.import_module(f"app.{name}.routes.{m.name}") for m in pkgutil.iter_modules(routes.__path__)
            ]
        elif kind in inside:
            found.append(importlib.import_module(f"app.{name}.{kind}"))
    # Tables that belong to no slice: without them a schema made from the models would lack the audit log's.
    return [*found, audit, audit_chain, job_models, api_keys, replies, notes] if kind == "models" else found


def make_runtime(settings: Settings, *, database: Database | None = None) -> Runtime:
    """Build the ports from the settings; opens no connection yet."""
    slice_modules("models")
    slice_modules("tasks")
    db = database or Database(settings.database_url, pool_size=settings.threads + settings.workers + 2)
    return Runtime(
        settings=settings,
        db=db,
        storage=_storage(settings),
        mailer=_mailer(settings),
        keys=KeyStore(settings.instance / "keys"),
        limiter=_limiter(settings),
        passwords=Passwords(memory_kib=settings.password_memory_kib, time_cost=settings.password_time_cost),
        wake=RedisBell(settings.redis_url) if settings.redis_url else Bell(),
        tracer=make_tracer(settings.traces_url, db.engine),
    )


def create_app(runtime: Runtime) -> Flask:
    """Build the application around a runtime."""
    settings = runtime.settings
    logs.configure(settings.log_format, settings.log_level)
    app = Vermilion("app", root_path=str(ROOT / "app"))
    app.request_class = uploads.UploadRequest
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-vermilion" if settings.is_https else "vermilion",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        # A session ends by its row in the table; a fresh cookie with every answer would prolong nothing.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=(settings.max_photo_mb + 2) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1_000_000,
        MAX_FORM_PARTS=1_000,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en_US",
    )
    app.extensions["vermilion"] = runtime
    app.session_interface = sessions.CookieSessions()
    hosts.register(app, settings.trusted_hosts)  # inside ProxyFix, which says what the host is
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    locale.register(app)
    operations.register(app)
    operations.tell_figures(app, admin.figures)
    login.register(app)
    app.before_request(check_access)
    app.before_request(operations.refuse_changes)
    csrf = CSRFProtect(app)  # after the access check: it reads the form, and nobody unknown may make us receive files
    app.before_request(login.check_strength)  # after the token: it may take a password from the form
    app.teardown_request(close_session)
    app.after_request(log_request)
    headers.register(app, hsts_days=settings.hsts_days if settings.is_https else 0)
    api.register(app)
    errors.register(app)
    templating.register(app, cached=not app.debug)
    _register_routes(app, csrf)
    return app


def _register_routes(app: Flask, csrf: CSRFProtect) -> None:
    """Every page and address there is; those that need no form token are left alone by its check."""
    for blueprint in (health.bp, reports.bp, api_reference.bp):
        app.register_blueprint(blueprint)
    for module in slice_modules("routes"):
        if not isinstance(module.bp, AudienceBlueprint):
            raise TypeError(f"{module.__name__}.bp must be an AudienceBlueprint.")
        app.register_blueprint(module.bp)
    for view in app.view_functions.values():
        rule = rule_of(view)
        if rule is not None and not rule.needs_token:
            csrf.exempt(view)


def _storage(settings: Settings) -> Storage:
    if settings.storage == "s3":
        from app.infra.storage.s3 import s3_storage  # loaded only where it is used: the default has no need of it

        return s3_storage(
            endpoint=settings.s3_endpoint,
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
        )
    return LocalStorage(settings.instance / "files")


def _mailer(settings: Settings) -> Mailer:
    if not settings.smtp_host:
        return ConsoleMailer()
    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.mail_from,
    )


def _limiter(settings: Settings) -> Limiter:
    return RedisLimiter(settings.redis_url) if settings.redis_url else MemoryLimiter()
