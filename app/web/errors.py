"""One table from what went wrong to the page (or problem+json) that says so."""

from __future__ import annotations

import errno
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.domain.errors import Conflict, DomainError, Expired, Invalid, NotAllowed, NotFound, TooLarge, TooMany
from app.web.access import is_for_programs
from app.web.app import current_actor

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


def register(app: Flask) -> None:
    """Attach the handlers."""

    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> Response:
        problems = [p.sentence for p in error.problems] if isinstance(error, Invalid) else []
        response = error_page(status_of(error), error.message, code=error.code, problems=problems)
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
    def _database(error: OperationalError) -> Response:
        text = str(error.orig).lower()
        log.error("database", error=text)
        if "full" in text or "no space" in text:
            return error_page(
                507, "The disk of this server is full, so nothing was saved. What was saved before is safe."
            )
        return error_page(503, "The database does not answer right now, so nothing was saved. Try again in a minute.")

    @app.errorhandler(OSError)
    def _disk(error: OSError) -> Response:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return _unexpected(error)
        log.error("disk full", error=str(error))
        return error_page(507, "The disk of this server is full, so nothing was saved. What was saved before is safe.")

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("unexpected error", exc_info=error, id=g.get("request_id", ""))
        return error_page(500, "")
