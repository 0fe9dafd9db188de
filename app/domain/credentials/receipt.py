"""The proof that somebody checked a certificate: verdict, time and every check, signed, in an address.

Nothing is stored: the signed text is the proof, and whoever has it can have it read again. It is a token (RFC 7515,
ES256) by a key of the academy, of a type of its own, so that it can never pass for a certificate. It holds no name of
the holder and no content of a file, only the file's SHA-256.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.credentials import number
from app.domain.credentials.answer import Answer
from app.domain.credentials.build import to_bytes
from app.domain.credentials.did import method_id
from app.domain.credentials.file_judgment import FileAnswer
from app.domain.credentials.keys import Algorithm, KeyRecord, Signer, verify_signature
from app.domain.credentials.multibase import base64url_decode, base64url_encode
from app.domain.credentials.report import Outcome

TYPE = "check+jwt"
LONGEST_TOKEN = 3_000
LONGEST_BY = 80
_ANSWERS = {"number": frozenset(map(str, Answer)), "file": frozenset(map(str, FileAnswer))}
_NAME = re.compile(r"[a-z_]{1,20}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_OUTCOMES = {"p": Outcome.PASSED, "f": Outcome.FAILED, "u": Outcome.UNKNOWN, "s": Outcome.SKIPPED}
_LETTERS = {outcome: letter for letter, outcome in _OUTCOMES.items()}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One check that was made. `kind`: "number" or "file"; `answer` is the verdict of that kind.

    `number` is the certificate in printed form, empty where a file led to none; `checks` are (name, outcome) in the
    order shown; `by` is who checked, in their own words; `digest` is the SHA-256 of the file in hexadecimal.
    """

    kind: str
    answer: str
    at: datetime
    checks: tuple[tuple[str, Outcome], ...]
    number: str = ""
    by: str = ""
    digest: str = ""


def clean_by(text: str) -> str:
    """Return who checked, as it can be printed: one line of at most 80 characters without control characters."""
    plain = "".join(" " if unicodedata.category(c).startswith(("C", "Z")) else c for c in text[:400])
    return " ".join(plain.split())[:LONGEST_BY].strip()


def sign_receipt(receipt: Receipt, signer: Signer, *, issuer: str) -> str:
    """Return the receipt as a compact token by a key of the DID `issuer`; `signer` is an ES256 key."""
    if signer.algorithm is not Algorithm.ES256:
        raise ValueError("a receipt needs an ES256 key")
    header = {"alg": "ES256", "kid": method_id(issuer, signer.kid), "typ": TYPE}
    payload: dict[str, Any] = {
        "iat": int(receipt.at.timestamp()),
        "sub": receipt.number,
        "kind": receipt.kind,
        "verdict": receipt.answer,
        "checks": " ".join(f"{name}:{_LETTERS[outcome]}" for name, outcome in receipt.checks),
        "by": receipt.by,
        "file": receipt.digest,
    }
    body = to_bytes({name: value for name, value in payload.items() if value != ""})
    signed = f"{base64url_encode(to_bytes(header))}.{base64url_encode(body)}"
    return f"{signed}.{base64url_encode(signer.sign(signed.encode('ascii')))}"


def read_receipt(token: str, keys: Iterable[KeyRecord], *, issuer: str) -> Receipt | None:
    """Return the receipt that the academy signed, or None for anything else, whatever is wrong with it.

    `keys` are all keys that the academy ever had: retired ones count, compromised ones do not.
    """
    try:
        head, body, signature = token.split(".") if len(token) <= LONGEST_TOKEN else ("", "", "")
        header, payload = json.loads(base64url_decode(head)), json.loads(base64url_decode(body))
        raw = base64url_decode(signature)
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        return None
    usable = [key for key in keys if key.algorithm is Algorithm.ES256 and key.is_published]
    key = next((key for key in usable if header == _header(issuer, key)), None)
    if key is None or not verify_signature(Algorithm.ES256, key.public_key, f"{head}.{body}".encode(), raw):
        return None
    return _receipt(payload)


def checks_of(lines: Sequence[Any]) -> tuple[tuple[str, Outcome], ...]:
    """Return the (name, outcome) of the lines of an answer about a number or a file."""
    return tuple((str(line.name), line.outcome) for line in lines)


def _header(issuer: str, key: KeyRecord) -> dict[str, str]:
    return {"alg": "ES256", "kid": method_id(issuer, key.kid), "typ": TYPE}


def _receipt(payload: dict[str, Any]) -> Receipt | None:
    """What a signed payload says; None for one of a shape that is not, or no longer, ours."""
    kind, answer, found = payload.get("kind"), payload.get("verdict"), payload.get("sub", "")
    at, digest, by = payload.get("iat"), payload.get("file", ""), payload.get("by", "")
    pairs = [part.partition(":") for part in str(payload.get("checks", "")).split()]
    fits = (
        answer in _ANSWERS.get(str(kind), ())
        and isinstance(at, int)
        and 0 < at < 10**11
        and isinstance(found, str)
        and (not found or number.check(found).number == found)
        and isinstance(by, str)
        and (not digest or bool(_DIGEST.fullmatch(str(digest))))
        and all(_NAME.fullmatch(name) and letter in _OUTCOMES for name, _, letter in pairs)
    )
    if not fits:
        return None
    checks = tuple((name, _OUTCOMES[letter]) for name, _, letter in pairs)
    assert isinstance(at, int)
    return Receipt(str(kind), str(answer), datetime.fromtimestamp(at, UTC), checks, found, clean_by(by), str(digest))
