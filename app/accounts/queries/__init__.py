"""Reads of accounts, by the names that others use."""

from __future__ import annotations

from app.accounts.queries.factors import (
    Factors,
    KnownPasskey,
    PasskeyLine,
    challenged,
    factors_of,
    has_second_factor,
    passkey_by_credential,
)
from app.accounts.queries.people import (
    Login,
    PersonLine,
    away,
    coming_absences,
    emails_of,
    has_people,
    login_of,
    names_of,
    open_invitation,
    open_reset,
    people,
    role_names,
    user,
    user_by_email,
    user_ids_with_role,
    waiting_invitations,
)
from app.accounts.queries.sessions import (
    LiveSession,
    SessionLine,
    actor_by_id,
    actor_for_token,
    live_sessions,
    session_for_token,
)
from app.accounts.queries.tokens import (
    hash_token,
)

__all__ = [
    "Factors",
    "KnownPasskey",
    "LiveSession",
    "Login",
    "PasskeyLine",
    "PersonLine",
    "SessionLine",
    "actor_by_id",
    "actor_for_token",
    "away",
    "challenged",
    "coming_absences",
    "emails_of",
    "factors_of",
    "has_people",
    "has_second_factor",
    "hash_token",
    "live_sessions",
    "login_of",
    "names_of",
    "open_invitation",
    "open_reset",
    "passkey_by_credential",
    "people",
    "role_names",
    "session_for_token",
    "user",
    "user_by_email",
    "user_ids_with_role",
    "waiting_invitations",
]
