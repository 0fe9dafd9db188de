"""The browser's session cookie, left alone by answers to programs: those are kept by caches between us and others."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from app.web.access import is_for_programs


class PatientSigner(TimestampSigner):
    """A signature from the future is good: another host's clock is ahead, or this one's was put back.

    How long a session lasts is said by its row in the table; an instant in the cookie need not be exact.
    """

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """As TimestampSigner does it, but only what is older than `max_age` seconds has expired."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and self.get_timestamp() - signed_at.timestamp() > max_age:
            raise SignatureExpired("Signature is too old", payload=value, date_signed=signed_at)
        return (value, signed_at) if return_timestamp else value


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; neither Set-Cookie nor Vary: Cookie where the answer is the same for everybody."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie; made once, because the key of an application stays the same."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
            if self._serializer is not None:
                self._serializer.signer = PatientSigner
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where there is somebody to write it for."""
        if not is_for_programs():
            super().save_session(app, session, response)
