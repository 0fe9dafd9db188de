"""The files attached to a PDF that a stranger sent, read in a process of its own that may be killed without harm."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from app.domain.credentials.screen import UnsafeDocument

MOST_FILES: Final = 2
"""How many attached files are read: a second one is already one too many for whoever asks."""
MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_SECONDS: Final = 3
WALL_SECONDS: Final = 10
QUEUE_SECONDS: Final = 3
_ROOT: Final = Path(__file__).resolve().parents[2]
# Two at a time: checking strangers' files must not take the machine from those who learn on it.
_desk = threading.BoundedSemaphore(2)
_SENTENCES: Final = {
    "password": "The PDF is protected with a password, so it cannot be read. Ours are not.",
    "damaged": "The PDF is damaged or not a PDF.",
    "size": "The file attached to the PDF is larger than 256 KB.",
    "work": "Reading the PDF took more time or memory than a certificate needs.",
    "busy": "Too many files are being checked right now. Try again in a minute.",
}


def attachments(pdf: bytes) -> list[bytes]:
    """Return the attached files of a PDF, at most MOST_FILES of them, each of at most 256 KB.

    Raises UnsafeDocument with a sentence for the reader.
    """
    if not _desk.acquire(timeout=QUEUE_SECONDS):
        raise _refusal("busy")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.infra.pdf_worker"],
            input=pdf, capture_output=True, timeout=WALL_SECONDS, check=False, cwd=_ROOT, env=_environment(),
            start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _refusal("work") from None
    finally:
        _desk.release()
    if done.returncode < 0:
        raise _refusal("work")
    try:
        answer = json.loads(done.stdout)
        found = [base64.b64decode(text) for text in answer["files"]] if "files" in answer else []
        refused = answer.get("refused", "")
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"The PDF worker failed: {done.stderr.decode(errors='replace')[-2000:]}") from error
    if refused:
        raise _refusal(refused)
    return found


def _refusal(code: str) -> UnsafeDocument:
    return UnsafeDocument(code, _SENTENCES[code])


def _environment() -> dict[str, str]:
    """None of our settings: a parser with a hole must not find secrets in its environment."""
    passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**passed, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}
