"""What studios do, by the names that others use."""

from __future__ import annotations

from app.studios.services.people import (
    change_rank,
    end_membership,
    invite_member,
    note_deed,
    rank_in,
    require_manager,
    withdraw_invitation,
)
from app.studios.services.rosters import (
    AT_ONCE,
    ROSTER_JOB,
    check_again,
    check_list,
    check_next,
    clear_rosters,
    follow_good,
)
from app.studios.services.watching import (
    add_watch,
    create_studio,
    end_watch,
    mark_seen,
    raise_alerts,
)

__all__ = [
    "AT_ONCE",
    "ROSTER_JOB",
    "add_watch",
    "change_rank",
    "check_again",
    "check_list",
    "check_next",
    "clear_rosters",
    "create_studio",
    "end_membership",
    "end_watch",
    "follow_good",
    "invite_member",
    "mark_seen",
    "note_deed",
    "raise_alerts",
    "rank_in",
    "require_manager",
    "withdraw_invitation",
]
