"""Changes of the practice log, by the names that others use."""

from __future__ import annotations

from app.practice.services.entries import (
    ALWAYS_SCORED,
    CODE_ALPHABET,
    clear_entry,
    mark_decided,
    mark_in_review,
    missing_from,
    save_entry,
    start_entry,
    submit_entry,
    typed_records,
)
from app.practice.services.photos import (
    MAX_PHOTOS,
    MAX_PHOTOS_PER_SLOT,
    ORIGINAL,
    ORPHAN_AGE,
    PROCESS_PHOTO,
    RENDITION,
    Upload,
    attach_photo,
    photo_like,
    photo_ready,
    photo_rejected,
    remove_photo,
    sweep_orphans,
)

__all__ = [
    "ALWAYS_SCORED",
    "CODE_ALPHABET",
    "MAX_PHOTOS",
    "MAX_PHOTOS_PER_SLOT",
    "ORIGINAL",
    "ORPHAN_AGE",
    "PROCESS_PHOTO",
    "RENDITION",
    "Upload",
    "attach_photo",
    "clear_entry",
    "mark_decided",
    "mark_in_review",
    "missing_from",
    "photo_like",
    "photo_ready",
    "photo_rejected",
    "remove_photo",
    "save_entry",
    "start_entry",
    "submit_entry",
    "sweep_orphans",
    "typed_records",
]
