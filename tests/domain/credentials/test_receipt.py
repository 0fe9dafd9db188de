"""Proofs of a check: what was signed is read again, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.credentials.answer import Answer
from app.domain.credentials.jwt import sign_jwt
from app.domain.credentials.keys import KeyRecord
from app.domain.credentials.multibase import base64url_decode, base64url_encode
from app.domain.credentials.receipt import LONGEST_BY, Receipt, clean_by, read_receipt, sign_receipt
from app.domain.credentials.report import Outcome
from tests.domain.credentials.conftest import EcSigner, EdSigner

DID = "did:web:academy.example"
AT = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
PEN = EcSigner("key-2026-p256", secret=7)
KEY = PEN.record()
CHECKS = (("number", Outcome.PASSED), ("record", Outcome.FAILED), ("key", Outcome.SKIPPED), ("dates", Outcome.UNKNOWN))
GOOD = Receipt("number", "VALID", AT, CHECKS, "VM-11111-11111-1", "Kim at Studio Rosé")


def read(token: str, keys: tuple[KeyRecord, ...] = (KEY,)) -> Receipt | None:
    return read_receipt(token, keys, issuer=DID)


@settings(max_examples=30)
@given(
    st.sampled_from(Answer),
    st.text(max_size=200).map(clean_by),
    st.lists(st.tuples(st.from_regex(r"[a-z_]{1,20}", fullmatch=True), st.sampled_from(Outcome)), max_size=12),
)
def test_what_was_signed_is_read_again(answer: Answer, by: str, checks: list[tuple[str, Outcome]]) -> None:
    made = replace(GOOD, answer=answer.value, by=by, checks=tuple(checks))
    assert read(sign_receipt(made, PEN, issuer=DID)) == made


@given(st.text())
def test_who_checked_is_one_short_line(text: str) -> None:
    cleaned = clean_by(text)
    assert len(cleaned) <= LONGEST_BY
    assert cleaned == clean_by(cleaned)
    assert not any(ord(c) < 32 or c in "\u202e\u2028" for c in cleaned)


def test_any_other_character_makes_it_worthless() -> None:
    token = sign_receipt(GOOD, PEN, issuer=DID)
    for place in range(0, len(token), 29):
        other = "A" if token[place] != "A" else "B"
        assert read(token[:place] + other + token[place + 1 :]) in (None, GOOD), place
    renamed = json.loads(base64url_decode(token.split(".")[1])) | {"verdict": "REVOKED"}
    head, _, signature = token.split(".")
    assert read(f"{head}.{base64url_encode(json.dumps(renamed).encode())}.{signature}") is None
    for text in ("", ".", "..", "a.b.c", "x" * 5000, "é.é.é", f"{head}.W10.{signature}"):
        assert read(text) is None


def test_only_keys_that_the_academy_stands_by_count(academy: Any) -> None:
    token = sign_receipt(GOOD, PEN, issuer=DID)
    assert read(token, (replace(KEY, retired_at=AT),)) == GOOD
    assert read(token, (replace(KEY, compromised_at=AT),)) is None
    assert read(token, ()) is None
    assert read_receipt(token, (KEY,), issuer="did:web:other.example") is None
    assert read(sign_receipt(GOOD, EcSigner(PEN.kid, secret=8), issuer=DID)) is None
    with pytest.raises(ValueError):
        sign_receipt(GOOD, EdSigner("key", seed=1), issuer=DID)


def test_a_certificate_is_no_proof_of_a_check_and_a_shape_that_is_not_ours_is_none(academy: Any) -> None:
    assert read(sign_jwt(academy.issue(), PEN, issuer=DID)) is None
    for change in (
        {"kind": "letter"}, {"answer": "GOOD"}, {"kind": "file"}, {"number": "VM-1"}, {"digest": "ff"},
        {"at": datetime(1970, 1, 1, tzinfo=UTC)}, {"checks": (("NO", Outcome.PASSED),)},
    ):  # fmt: skip
        assert read(sign_receipt(replace(GOOD, **change), PEN, issuer=DID)) is None, change
