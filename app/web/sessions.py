"""The browser's session cookie, left alone by answers to programs: those are kept by caches between us and others."""

from __future__ import annotations

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from app.web.access import is_for_programs


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; neither Set-Cookie nor Vary: Cookie where the answer is the same for everybody."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie; made once, because the key of an application stays the same."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where there is somebody to write it for."""
        if not is_for_programs():
            super().save_session(app, session, response)
