"""What studios do, by the names that others use."""

from __future__ import annotations

from app.studios.services.hooks import (
    WEBHOOK_JOB,
    add_webhook,
    key_of,
    keys_now,
    note_not_sent,
    note_sent,
    queue_messages,
    remove_webhook,
    rotate_secret,
    send_again,
    send_test,
    switch_webhook,
)
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
    "WEBHOOK_JOB",
    "add_watch",
    "add_webhook",
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
    "key_of",
    "keys_now",
    "mark_seen",
    "note_deed",
    "note_not_sent",
    "note_sent",
    "queue_messages",
    "raise_alerts",
    "rank_in",
    "remove_webhook",
    "require_manager",
    "rotate_secret",
    "send_again",
    "send_test",
    "switch_webhook",
    "withdraw_invitation",
]
