"""Attached files of strangers' PDFs, read in a process with limits."""

from __future__ import annotations

import io
import subprocess
import zlib
from typing import Any

import pypdfium2
import pytest

from app.domain.credentials.screen import MAX_BYTES, UnsafeDocument
from app.infra import pdf_files
from app.infra.pdf_files import attachments


def pdf_with(*attached: bytes) -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(200, 200)
    for place, data in enumerate(attached):
        document.new_attachment(f"{place}.json").set_data(data)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def bomb(size: int) -> bytes:
    """A PDF with one attachment that inflates to `size` bytes."""
    packed = zlib.compress(b" " * size, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)3 0 R]>>>>>>",
        b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
        b"<</Type/Filespec/F(a)/EF<</F 4 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


def code(pdf: bytes) -> str:
    with pytest.raises(UnsafeDocument) as found:
        attachments(pdf)
    return found.value.code


def test_attached_files_come_out_byte_for_byte() -> None:
    assert attachments(pdf_with()) == []
    assert attachments(pdf_with(b"{}", bytes(range(256)), b"third")) == [b"{}", bytes(range(256))], (
        "never more than two"
    )
    assert attachments(bomb(1000)) == [b" " * 1000]


def test_what_is_no_pdf_or_too_much_is_refused() -> None:
    assert code(b"%PDF-1.7 nonsense") == "damaged"
    assert code(bomb(MAX_BYTES + 1)) == "size"
    assert code(bomb(1_500_000_000)) in ("size", "work", "damaged")


def test_a_worker_that_hangs_or_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_args: Any, **_more: Any) -> None:
        raise subprocess.TimeoutExpired("worker", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    assert code(b"%PDF-") == "work"
    killed = subprocess.CompletedProcess([], -9, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: killed)
    assert code(b"%PDF-") == "work"
    broken = subprocess.CompletedProcess([], 1, b"", b"no module")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: broken)
    with pytest.raises(RuntimeError, match="no module"):
        attachments(b"%PDF-")


def test_only_two_are_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "QUEUE_SECONDS", 0.01)
    for _turn in range(2):
        assert pdf_files._desk.acquire(timeout=1)
    try:
        assert code(pdf_with()) == "busy"
    finally:
        for _turn in range(2):
            pdf_files._desk.release()
