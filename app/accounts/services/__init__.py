"""Changes of accounts, by the names that others use."""

from __future__ import annotations

from app.accounts.services.absences import (
    LONGEST_ABSENCE,
    enter_absence,
    withdraw_absence,
)
from app.accounts.services.people import (
    EMAIL_TAKEN,
    INVITATION_LENGTH,
    RESET_LENGTH,
    SETUP_LENGTH,
    accept_invitation,
    ask_password_reset,
    change_password,
    disable_user,
    enable_user,
    end_role,
    grant_role,
    invite,
    name_problem,
    rename,
    reset_password,
    sign_up,
    withdraw_invitation,
)
from app.accounts.services.sessions import (
    SESSION_LENGTH,
    end_all_sessions,
    end_session,
    end_session_by_id,
    note_failed_sign_in,
    start_session,
)

__all__ = [
    "EMAIL_TAKEN",
    "INVITATION_LENGTH",
    "LONGEST_ABSENCE",
    "RESET_LENGTH",
    "SESSION_LENGTH",
    "SETUP_LENGTH",
    "accept_invitation",
    "ask_password_reset",
    "change_password",
    "disable_user",
    "enable_user",
    "end_all_sessions",
    "end_role",
    "end_session",
    "end_session_by_id",
    "enter_absence",
    "grant_role",
    "invite",
    "name_problem",
    "note_failed_sign_in",
    "rename",
    "reset_password",
    "sign_up",
    "start_session",
    "withdraw_absence",
    "withdraw_invitation",
]
