"""What a file is, its content says; what it holds is found or refused with a sentence."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.build import to_bytes
from app.domain.credentials.screen import UnsafeDocument
from app.domain.credentials.upload import MOST_BYTES, Kind, open_upload


def no_pdf(_data: bytes) -> list[bytes]:
    raise AssertionError("this is no PDF")


def code(data: bytes, *attached: bytes) -> str:
    with pytest.raises(UnsafeDocument) as found:
        open_upload(data, lambda _pdf: list(attached))
    return found.value.code


def test_documents_and_tokens_are_known_by_their_content(academy: Any, issued: dict[str, Any]) -> None:
    opened = open_upload(to_bytes(issued), no_pdf)
    assert (opened.kind, opened.stated, opened.is_drawn) == (Kind.JSON, issued, False)
    token = open_upload(academy.token().encode() + b"\n", no_pdf)
    assert token.kind is Kind.TOKEN
    assert token.stated == {key: value for key, value in issued.items() if key != "proof"}
    pdf = open_upload(b"\n%PDF-1.7 whatever", lambda _pdf: [academy.token().encode()])
    assert (pdf.kind, pdf.is_drawn, pdf.stated) == (Kind.PDF, True, token.stated)


def test_tokens_of_others_are_read_far_enough_to_say_whose_they_are() -> None:
    claims = json.dumps({"iss": "https://other.example", "vc": {"type": "x"}, "jti": "urn:1"}).encode()
    token = f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}."
    stated = open_upload(token.encode(), no_pdf).stated
    assert stated == {"issuer": "https://other.example", "id": "urn:1", "type": "x"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "unknown"),
        (b"VM-24F7K-9QX3A-9", "unknown"),
        (b"\xff\xd8\xff\xe0", "photo"),
        (b"GIF89a", "photo"),
        (b"\xfe\xff\0{", "unknown"),
        (b"{", "json"),
        (b"[" * 100_000, "unknown"),
        (b"{" * 100_000, "json"),
        (b'{"a":' * 40_000, "json"),
        (b"eyJ.!.x", "json"),
        (b"eyJ.W10.x", "json"),
        (b"<html></html>", "picture"),
        (b" " * (MOST_BYTES + 1), "size"),
        (b"{" + b" " * 300_000 + b"}", "size"),
    ],
)
def test_what_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_attachments_that_are_refused() -> None:
    assert code(b"%PDF-1.7") == "none"
    assert code(b"%PDF-1.7", b"{}", b"{}") == "several"
    assert code(b"%PDF-1.7", b"\xff") == "json"
    assert code(b"%PDF-1.7", b"hello") == "json"


@given(st.binary(max_size=400))
def test_noise_is_refused_and_never_another_error(noise: bytes) -> None:
    try:
        open_upload(noise, lambda _pdf: [noise])
    except UnsafeDocument as refusal:
        assert refusal.message.endswith(".")
