"""Reads of credentials, by the names that others use."""

from __future__ import annotations

from app.credentials.queries.files import (
    LIVE,
    MOST_FILES,
    CheckedFile,
    StoredFile,
    file_count,
    files_after,
    files_of,
    files_of_number,
    live_files,
    oldest_signature,
    status_document,
    status_list_ids,
    stored_file,
)
from app.credentials.queries.public import (
    Details,
    HistoryLine,
    Standard,
    Standing,
    details,
    public_view,
    standard,
)
from app.credentials.queries.records import (
    CredentialLine,
    credential,
    credential_by_number,
    credential_for_decision,
    events,
    held_by,
    issued,
    occasions_of,
)

__all__ = [
    "LIVE",
    "MOST_FILES",
    "CheckedFile",
    "CredentialLine",
    "Details",
    "HistoryLine",
    "Standard",
    "Standing",
    "StoredFile",
    "credential",
    "credential_by_number",
    "credential_for_decision",
    "details",
    "events",
    "file_count",
    "files_after",
    "files_of",
    "files_of_number",
    "held_by",
    "issued",
    "live_files",
    "occasions_of",
    "oldest_signature",
    "public_view",
    "standard",
    "status_document",
    "status_list_ids",
    "stored_file",
]
