"""Flask with one unit of work around each dispatch: an unsafe request that succeeds commits, all else rolls back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, g, has_request_context, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.domain.access.actor import ANONYMOUS, Actor
from app.infra.runtime import Runtime

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger("request")


class Vermilion(Flask):
    """The application object."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Views and hooks are plain functions here, so none is asked at every request whether it is a coroutine."""
        return func

    def send_static_file(self, filename: str) -> Response:
        """A static file; only an address that tells its content from any other may be kept without asking."""
        path, is_current = self.extensions["vermilion.assets"].file_of(filename)
        response = super().send_static_file(path)
        if not is_current:
            response.headers["Cache-Control"] = "no-cache"
        return response

    def full_dispatch_request(self) -> Response:
        """Answer the request, in a span when traces are on. What is refused before any view runs is logged, too."""
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(8)
        tracer = self.extensions["vermilion"].tracer
        with tracer.span(request.endpoint or "none", **{"http.request.method": request.method}):
            return super().full_dispatch_request()

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, then commit or roll back before the answer leaves."""
        try:
            response = self.make_response(super().dispatch_request())
        except BaseException:
            _session_end(commit=False)
            raise
        _session_end(commit=request.method not in SAFE_METHODS and response.status_code < 400)
        return response


def runtime() -> Runtime:
    """The runtime of the running application."""
    return cast("Runtime", current_app.extensions["vermilion"])


def current_session() -> Session:
    """The request's session, opened at first use: for writing in unsafe requests, for reading otherwise."""
    if "session" not in g:
        g.session = runtime().db.session(write=request.method not in SAFE_METHODS)
    return cast("Session", g.session)


def request_now() -> datetime:
    """The one instant of this request."""
    if "now" not in g:
        g.now = runtime().now()
    return cast("datetime", g.now)


def current_actor() -> Actor:
    """Who is asking; the loader in accounts puts the actor there before the view runs."""
    return cast("Actor", g.get("actor", ANONYMOUS)) if has_request_context() else ANONYMOUS


def _session_end(*, commit: bool) -> None:
    session: Session | None = g.pop("session", None)
    if session is None:
        return
    try:
        if commit:
            session.commit()
            runtime().ring_if_asked(session)
        # Without a commit, closing rolls back whatever was done.
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


def close_session(_error: BaseException | None = None) -> None:
    """Teardown: a session that an error page opened after the dispatch only read."""
    _session_end(commit=False)


def log_request(response: Response) -> Response:
    """One line for each request, without its query string (links may carry tokens)."""
    if "started" in g and request.endpoint != "static":
        log.info(
            "request",
            id=g.request_id,
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
            actor=str(current_actor().id or "-"),
        )
    return response
