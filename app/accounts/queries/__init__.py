"""Reads of accounts, by the names that others use."""

from __future__ import annotations

from app.accounts.queries.people import (
    Login,
    PersonLine,
    SessionLine,
    actor_by_id,
    actor_for_token,
    away,
    coming_absences,
    emails_of,
    has_people,
    live_sessions,
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
from app.accounts.queries.tokens import (
    hash_token,
)

__all__ = [
    "Login",
    "PersonLine",
    "SessionLine",
    "actor_by_id",
    "actor_for_token",
    "away",
    "coming_absences",
    "emails_of",
    "has_people",
    "hash_token",
    "live_sessions",
    "login_of",
    "names_of",
    "open_invitation",
    "open_reset",
    "people",
    "role_names",
    "user",
    "user_by_email",
    "user_ids_with_role",
    "waiting_invitations",
]
