"""Reads for privacy; the names that others may use."""

from app.privacy.queries.rows import files_of, order_of_tables, plain, rows_of, whole_table
from app.privacy.queries.standing import (
    consents_of,
    copies_of,
    copies_over,
    copy,
    copy_for,
    copy_waiting,
    due_requests,
    is_erased,
    kept_copies,
    last_consent,
    newest_request,
    open_request,
    recently_erased,
    requests_waiting,
    standing_consents,
)

__all__ = [
    "consents_of",
    "copies_of",
    "copies_over",
    "copy",
    "copy_for",
    "copy_waiting",
    "due_requests",
    "files_of",
    "is_erased",
    "kept_copies",
    "last_consent",
    "newest_request",
    "open_request",
    "order_of_tables",
    "plain",
    "recently_erased",
    "requests_waiting",
    "rows_of",
    "standing_consents",
    "whole_table",
]
