"""One table from what went wrong to the page (or problem+json) that says so."""

from __future__ import annotations

import errno
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from app.domain.access.actor import ANONYMOUS
from app.domain.errors import Conflict, DomainError, Expired, Invalid, NotAllowed, NotFound, TooLarge, TooMany
from app.infra.storage.base import StorageError
from app.web.access import is_for_programs
from app.web.app import current_actor
from app.web.sentences import said

log = structlog.get_logger("errors")

# A private object that is not there and one that is not yours must look alike, so refusal is 404 as well.
STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 404),
    (TooMany, 429),
    (Conflict, 409),
    (Expired, 410),
    (TooLarge, 413),
    (Invalid, 422),
    (DomainError, 400),
)

DISK_FULL = _("The disk of this server is full, so nothing was saved. What was saved before is safe.")
DISK_AWAY = _("This server cannot use its disk right now, so nothing was saved. What was saved before is safe.")
READ_ONLY = _(
    "Pages can be read right now, but nothing can be saved. What you typed is still in your browser: go back."
)
DATABASE_AWAY = _("The database does not answer right now, so nothing was saved. Try again in a minute.")
STORE_AWAY = _("The store of photos and files does not answer right now, so nothing was saved. Try again in a minute.")


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error."""
    if isinstance(error, NotAllowed) and error.code == "sign_in_needed":
        return 401
    if isinstance(error, NotAllowed) and error.code == "scope_missing":
        return 403
    return next(status for kind, status in STATUS if isinstance(error, kind))


def wants_problem() -> bool:
    """True when the caller is a program: the API, a signed file, or a script of ours that asked for JSON."""
    if request.path.startswith("/api/") or is_for_programs():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes[best] > request.accept_mimetypes["text/html"]


def problem(status: int, title: str, detail: str, **extra: Any) -> Response:
    """An RFC 9457 problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def error_page(status: int, message: str, **extra: Any) -> Response:
    """The page for a status (or the problem document for programs)."""
    if wants_problem():
        return problem(status, message or str(status), message, request_id=g.get("request_id", ""), **extra)
    known = {400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503, 507}
    name = status if status in known else (500 if status >= 500 else 400)
    context = {"status": status, "message": message, "request_id": g.get("request_id", ""), "actor": current_actor()}
    page = render_template([f"errors/{name}.html", "errors/error.html"], **context, **extra)
    return make_response(page, status)


def out_of_order(status: int, message: LazyString | str) -> Response:
    """The page for a fault of the machinery that somebody is likely to mend: 503 or 507, and when to come again.

    It is the page that a stranger sees: to greet somebody, the frame would ask the database that is out of order.
    """
    g.actor = ANONYMOUS
    if manager := getattr(current_app, "login_manager", None):
        g._login_user = manager.anonymous_user()  # where Flask-Login looks before it asks who is signed in
    response = error_page(status, str(message))
    response.headers["Retry-After"] = "60" if status == 507 else "30"
    return response


def _trouble_of_database(error: DBAPIError) -> tuple[int, LazyString]:
    text, state = str(error.orig).lower(), getattr(error.orig, "sqlstate", "") or ""
    if "full" in text or "no space" in text or state == "53100":
        return 507, DISK_FULL
    if "readonly" in text or state == "25006":
        return 503, READ_ONLY
    if "disk i/o" in text:
        return 503, DISK_AWAY
    return 503, DATABASE_AWAY


def _trouble_of_files(error: OSError) -> tuple[int, LazyString] | None:
    """What to say about files that cannot be written or read; None for what is a mistake of ours."""
    if isinstance(error, StorageError):
        return 503, STORE_AWAY
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return 507, DISK_FULL
    if error.errno == errno.EROFS:
        return 503, READ_ONLY
    return (503, DISK_AWAY) if error.errno == errno.EIO else None


def register(app: Flask) -> None:
    """Attach the handlers, and the words in which pages tell what a rule refused."""
    app.jinja_env.filters["said"] = said

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> Response:
        say = str if request.path.startswith("/api/") else said  # programs get one wording, whoever runs them
        problems = [say(p.sentence) for p in error.problems] if isinstance(error, Invalid) else []
        response = error_page(status_of(error), say(error.message), code=error.code, problems=problems)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        if response.status_code == 401 and request.path.startswith("/api/"):
            response.headers["WWW-Authenticate"] = 'Bearer realm="Vermilion"'
        return response

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> Response:
        return error_page(
            400, "This form is too old to be sent. Go back, reload the page and send it again.", code="csrf"
        )

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.code is not None and 300 <= error.code < 400:
            return make_response(error.get_response())
        response = error_page(error.code or 500, "")
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                response.headers[name] = value
        return response

    @app.errorhandler(IntegrityError)
    def _integrity(error: IntegrityError) -> Response:
        log.warning("conflict at commit", error=str(error.orig))
        return error_page(409, "Somebody else was faster, so this was not saved. Reload the page and look again.")

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(InternalError)
    def _database(error: DBAPIError) -> Response:
        log.error("database", error=str(error.orig).strip())
        return out_of_order(*_trouble_of_database(error))

    @app.errorhandler(NoConnection)
    def _busy(error: NoConnection) -> Response:
        log.error("no free connection to the database", error=str(error))
        return out_of_order(503, DATABASE_AWAY)

    @app.errorhandler(OSError)
    def _disk(error: OSError) -> Response:
        found = _trouble_of_files(error)
        if found is None:
            return _unexpected(error)
        log.error("files", error=str(error))
        return out_of_order(*found)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("unexpected error", exc_info=error, id=g.get("request_id", ""))
        return error_page(500, "")
