"""Changes of definitions, by the names that others use."""

from __future__ import annotations

from app.content.services.files import fingerprint, read_files, sync_if_changed
from app.content.services.sync import SyncReport, plan_sync, sync_content

__all__ = [
    "SyncReport",
    "fingerprint",
    "plan_sync",
    "read_files",
    "sync_content",
    "sync_if_changed",
]
