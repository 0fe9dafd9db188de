"""From the bytes that somebody sends to the one certificate inside them, or a sentence why there is none.

Everything is hostile until proven otherwise: what a file is, its content says and not its name; nothing in it is
fetched, run or shown before it is known to be a certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.credentials.baking import PNG_MARK, unbake_png, unbake_svg
from app.domain.credentials.jwt import CLAIMS, looks_like_jwt
from app.domain.credentials.multibase import base64url_decode
from app.domain.credentials.screen import UnsafeDocument, parse_json

MOST_BYTES = 2 * 1024 * 1024
# Readers of PDF accept a little of anything before the mark.
_PDF_HEAD = 1024
_PHOTOS = (b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")

Attachments = Callable[[bytes], list[bytes]]
"""Returns the attached files of a PDF; raises UnsafeDocument for one that cannot be read."""


class Kind(StrEnum):
    """What a file is, by its content."""

    JSON = "json"
    TOKEN = "jwt"
    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found in a file: JSON text or a token, unverified; `stated` is what it says."""

    kind: Kind
    source: str
    stated: Mapping[str, Any]

    @property
    def is_drawn(self) -> bool:
        """True when the file also shows something to the eye, which no signature covers."""
        return self.kind in (Kind.PNG, Kind.SVG, Kind.PDF)


def open_upload(data: bytes, attachments: Attachments) -> Opened:
    """Return the certificate inside a file; raises UnsafeDocument with a sentence for the reader."""
    if len(data) > MOST_BYTES:
        raise UnsafeDocument("size", "The file is larger than 2 MB.")
    if data.startswith(PNG_MARK):
        return _opened(Kind.PNG, unbake_png(data))
    if b"%PDF-" in data[:_PDF_HEAD]:
        return _opened(Kind.PDF, _attached(attachments(data)))
    if data.startswith(_PHOTOS):
        text = "This is a photo. A photo holds no signed certificate; type the number that it shows."
        raise UnsafeDocument("photo", text)
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise _unknown() from error
    if text.startswith("<"):
        return _opened(Kind.SVG, unbake_svg(data))
    if text.startswith("{") or looks_like_jwt(text):
        return _opened(Kind.JSON, text)
    raise _unknown()


def _opened(kind: Kind, source: str) -> Opened:
    source = source.strip()
    if not looks_like_jwt(source):
        return Opened(kind, source, parse_json(source))
    return Opened(Kind.TOKEN if kind is Kind.JSON else kind, source, _payload(source))


def _attached(found: list[bytes]) -> str:
    if not found:
        text = "There is no signed certificate inside this PDF. Printing to PDF, or a scan, often loses it."
        raise UnsafeDocument("none", text)
    if len(found) > 1:
        raise UnsafeDocument("several", "The PDF has several files attached. Ours have one, the signed certificate.")
    try:
        return found[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnsafeDocument("json", "The file attached to the PDF is not a certificate.") from error


def _payload(token: str) -> dict[str, Any]:
    """What a token says, whoever signed it and however: only good for saying whose it claims to be."""
    try:
        body = parse_json(base64url_decode(token.split(".")[1]))
    except UnsafeDocument:
        raise
    except ValueError as error:
        raise UnsafeDocument("json", "The token cannot be read.") from error
    inner = body.get("vc")
    if isinstance(inner, dict):
        return {"issuer": body.get("iss"), "id": body.get("jti"), **inner}
    if "issuer" not in body and "iss" in body:
        body["issuer"] = body["iss"]
    return {key: value for key, value in body.items() if key not in CLAIMS}


def _unknown() -> UnsafeDocument:
    return UnsafeDocument("unknown", "This is none of the kinds of file that can hold a certificate.")
