"""Which recordings are taken as spoken notes: what browsers record, known by content, without any picture in it."""

from __future__ import annotations

import re

MAX_BYTES = 6 * 1024 * 1024
MAX_SECONDS = 300
MAX_SUMMARY = 2000
HEAD_BYTES = 64 * 1024
"""How much of a file `sniff_audio` wants to see: tracks are described near the beginning of a recording."""

_FOREIGN = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)|%pdf-", re.IGNORECASE)


def sniff_audio(head: bytes) -> tuple[str, str] | None:
    """Return (media type, extension) of a recording that begins with `head`, or None for everything else.

    WebM with Opus or Vorbis (Chromium, Firefox), Ogg with Opus (Firefox), MP4 with AAC or Opus (Safari). A file with a
    video track, or one that a browser could read as a page, is refused.
    """
    if _FOREIGN.search(head[:1024]):
        return None
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return ("audio/webm", "webm") if _has(head, b"A_OPUS", b"A_VORBIS") and b"V_VP" not in head else None
    if head.startswith(b"OggS"):
        return ("audio/ogg", "ogg") if _has(head[:512], b"OpusHead", b"\x01vorbis") else None
    if head[4:8] == b"ftyp":
        return ("audio/mp4", "m4a") if _has(head, b"mp4a", b"Opus") and b"vide" not in head else None
    return None


def _has(head: bytes, *marks: bytes) -> bool:
    return any(mark in head for mark in marks)
