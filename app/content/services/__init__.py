"""Changes of definitions, by the names that others use."""

from __future__ import annotations

from app.content.services.files import fingerprint, read_files, sync_if_changed
from app.content.services.plan import Drift, Drifted, Prefer, SyncReport
from app.content.services.sync import plan_sync, sync_content

__all__ = [
    "Drift",
    "Drifted",
    "Prefer",
    "SyncReport",
    "fingerprint",
    "plan_sync",
    "read_files",
    "sync_content",
    "sync_if_changed",
]
