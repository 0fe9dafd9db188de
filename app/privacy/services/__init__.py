"""Changes for privacy; the names that others may use."""

from app.privacy.services.archive import write_copy
from app.privacy.services.consents import agree, take_back
from app.privacy.services.copies import (
    COPY,
    COPY_JOB,
    ask_copy,
    clear_copies,
    copy_done,
    copy_failed,
    copy_progress,
    note_fetched,
)
from app.privacy.services.erasing import (
    ERASE_JOB,
    LONGEST_REASON,
    ask_erasure,
    carry_out,
    erase_for,
    erase_person,
    withdraw_erasure,
)
from app.privacy.services.retaining import PORTION, Removed, due, remove_due, sweep_files

__all__ = [
    "COPY",
    "COPY_JOB",
    "ERASE_JOB",
    "LONGEST_REASON",
    "PORTION",
    "Removed",
    "agree",
    "ask_copy",
    "ask_erasure",
    "carry_out",
    "clear_copies",
    "copy_done",
    "copy_failed",
    "copy_progress",
    "due",
    "erase_for",
    "erase_person",
    "note_fetched",
    "remove_due",
    "sweep_files",
    "take_back",
    "withdraw_erasure",
    "write_copy",
]
