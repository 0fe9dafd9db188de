"""The offline kit: one page that checks certificates without a network, and what it checks them with.

The page holds everything in itself, script, style and data, because a browser lets a page from a disk load nothing
else. Its own policy allows that one script and that one style, by their hashes, and no connection to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "static" / "js" / "verify-offline.js"
STYLE = Path(__file__).resolve().parent.parent / "templates" / "documents" / "offline_kit.css"
_OLDEST = (1980, 1, 1, 0, 0, 0)


def script() -> str:
    """Return the module that checks; raises ValueError for one that could not stand inside a page."""
    return _inline(SCRIPT)


def style() -> str:
    """Return the style of the page."""
    return _inline(STYLE)


def policy(script_text: str, style_text: str) -> str:
    """Return the content policy of the page: this script and this style, and no connection to anywhere."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash_of(script_text)}'",
            f"style-src '{_hash_of(style_text)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def packed(files: Mapping[str, bytes], made: datetime) -> bytes:
    """Return a ZIP of the files under the folder `vermilion-offline`; equal files and times give equal bytes."""
    out = io.BytesIO()
    at = max(_OLDEST, made.timetuple()[:6])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"vermilion-offline/{name}", at)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return out.getvalue()


def _inline(path: Path) -> str:
    text = path.read_text("utf-8")
    if "</" in text:
        raise ValueError(f"{path.name} has an end of a tag in it, so it cannot stand inside a page")
    return text


def _hash_of(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
