"""What a browser says of a photo that it made smaller: EXIF is lost on a canvas, so the facts travel beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

_STAMP: Final = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")
_ZONE: Final = re.compile(r"([+-])(\d\d):(\d\d)")
_WHOLE: Final = {"width": 100_000, "height": 100_000, "bytes": 10**10}


def capture_from(said: Mapping[str, str]) -> dict[str, Any]:
    """The usable facts among what was said; whatever is malformed is left out, never refused.

    `taken` (EXIF DateTimeOriginal, "2026:11:20 09:30:00"), `zone` (EXIF OffsetTimeOriginal, "+01:00"), and `width`,
    `height` (pixels) and `bytes` of the photo before it was made smaller.
    """
    found: dict[str, Any] = {}
    if _STAMP.fullmatch(said.get("taken", "")):
        found["taken"] = said["taken"]
    if "taken" in found and _ZONE.fullmatch(said.get("zone", "")):
        found["zone"] = said["zone"]
    for name, most in _WHOLE.items():
        text = said.get(name, "")
        if text.isascii() and text.isdecimal() and len(text) < 12 and 0 < int(text) <= most:
            found[name] = int(text)
    return found


def taken_at(capture: Mapping[str, Any]) -> datetime | None:
    """The capture time in UTC, or None. Without a zone the camera's clock is taken as UTC, as for EXIF in a file."""
    try:
        local = datetime.strptime(capture.get("taken", ""), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        zone = _ZONE.fullmatch(capture.get("zone", ""))
        if zone is None:
            return local
        shift = timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (1 if zone[1] == "+" else -1)
        return local.replace(tzinfo=timezone(shift)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
