"""`python -m app.infra.pdf_worker`: a PDF in, the files attached to it out, under limits of its own.

Only the list of attachments is read: no page is opened, nothing is drawn, no script is run.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import sys

import pypdfium2
from pypdfium2 import raw

from app.domain.credentials.screen import MAX_BYTES
from app.infra.pdf_files import CPU_SECONDS, MEMORY_BYTES, MOST_FILES


class Refused(Exception):
    """The PDF is not read further; the argument is a code of `pdf_files`."""


def limit_process() -> None:
    """Bound memory and CPU time, forbid writing files, and step behind the web server."""
    _lower(resource.RLIMIT_CPU, CPU_SECONDS)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 32)
    if sys.platform != "darwin":
        _lower(resource.RLIMIT_AS, MEMORY_BYTES)
    os.nice(10)


def _lower(which: int, wanted: int) -> None:
    ceiling = resource.getrlimit(which)[1]
    wanted = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(which, (wanted, wanted))


def attached(pdf: bytes) -> list[bytes]:
    """Return the first MOST_FILES attached files. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise Refused("password" if "password" in str(error).lower() else "damaged") from error
    count = document.count_attachments()
    if count < 0:
        raise Refused("damaged")
    return [_content(document.get_attachment(place)) for place in range(min(count, MOST_FILES))]


def _content(attachment: pypdfium2.PdfAttachment) -> bytes:
    # Asked for its size first: the helper of pypdfium2 would take whatever there is.
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    if size.value > MAX_BYTES:
        raise Refused("size")
    if not size.value:
        return b""
    return bytes(attachment.get_data())


def main() -> None:
    """Read the PDF, set the limits, write the answer. A broken limit ends the process; the caller knows why."""
    pdf = sys.stdin.buffer.read()
    limit_process()
    try:
        answer: dict[str, object] = {"files": [base64.b64encode(data).decode() for data in attached(pdf)]}
    except Refused as refused:
        answer = {"refused": refused.args[0]}
    except (MemoryError, pypdfium2.PdfiumError):
        answer = {"refused": "damaged"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
