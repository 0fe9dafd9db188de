"""Changes of definitions, by the names that others use."""

from __future__ import annotations

from app.content.services.editing import (
    Overtaken,
    Published,
    Refused,
    check_draws,
    check_item,
    publish_draws,
    publish_item,
)
from app.content.services.export import Exported, Outcome, export_edits
from app.content.services.files import fingerprint, read_files, sync_if_changed
from app.content.services.plan import Drift, Drifted, Prefer, SyncReport
from app.content.services.sync import plan_sync, sync_content

__all__ = [
    "Drift",
    "Drifted",
    "Exported",
    "Outcome",
    "Overtaken",
    "Prefer",
    "Published",
    "Refused",
    "SyncReport",
    "check_draws",
    "check_item",
    "export_edits",
    "fingerprint",
    "plan_sync",
    "publish_draws",
    "publish_item",
    "read_files",
    "sync_content",
    "sync_if_changed",
]
