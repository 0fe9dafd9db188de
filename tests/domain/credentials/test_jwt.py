"""The JWT twin: what it states, what it never carries, and that a browser can check it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.domain.credentials.jwt import (
    claims_agree,
    claims_of,
    looks_like_jwt,
    read_jwt,
    sign_jwt,
    token_holds,
)
from app.domain.credentials.screen import UnsafeDocument


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_header_names_the_key_and_carries_none(academy: Any) -> None:
    header = decoded(academy.token().split(".")[0])
    assert header == {"alg": "ES256", "kid": "did:web:academy.example#key-2026-11-22-p256", "typ": "JWT"}


def test_payload_is_the_certificate_with_its_claims(academy: Any) -> None:
    payload = decoded(academy.token().split(".")[1])
    document = academy.unsigned()
    assert {key: payload[key] for key in document} == document
    assert payload["iss"] == "did:web:academy.example"
    assert payload["jti"] == document["id"]
    assert payload["sub"] == document["credentialSubject"]["id"]
    assert payload["nbf"] == 1793613600 and payload["exp"] == 1855821600
    assert "proof" not in payload and "vc" not in payload


def test_an_embedded_proof_is_left_out(academy: Any, issued: dict[str, Any]) -> None:
    token = read_jwt(sign_jwt(issued, academy.token_signer, issuer=academy.did))
    assert "proof" not in token.document


def test_any_es256_implementation_can_check_it(academy: Any) -> None:
    # The 12 lines that the offline page runs with WebCrypto, here with the plain primitives.
    signed, _, text = academy.token().rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    academy.token_signer.key.public_key().verify(signature, signed.encode(), ec.ECDSA(SHA256()))


def test_reading_gives_the_parts_back(academy: Any) -> None:
    token = read_jwt(academy.token())
    assert token.document == academy.unsigned()
    assert token.method_id.startswith("did:web:academy.example#")
    assert claims_agree(token) and token_holds(token, academy.token_signer.record().public_key)
    assert not token_holds(token, academy.signer.record().public_key)


def test_a_list_without_an_end_has_no_exp(academy: Any) -> None:
    document = {k: v for k, v in academy.unsigned().items() if k != "validUntil"}
    assert "exp" not in claims_of({**document, "issuer": "did:web:x.example"})


def test_claims_of_something_else_do_not_agree(academy: Any) -> None:
    token = read_jwt(academy.token())
    for document in ({}, {**token.document, "credentialSubject": 5}, {**token.document, "validFrom": "x"}):
        assert not claims_agree(type(token)(token.method_id, document, token.claims, b"", b""))


def test_a_token_needs_an_es256_key(academy: Any) -> None:
    with pytest.raises(ValueError, match="ES256"):
        sign_jwt(academy.unsigned(), academy.signer, issuer=academy.did)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "eyJ.x.y", "e30.e30.", "W10.e30.AA", "e30.bm90IGpzb24.AA"])
def test_text_that_is_no_token_of_ours_is_refused(text: str) -> None:
    with pytest.raises(UnsafeDocument):
        read_jwt(text)


def test_shape_of_a_token(academy: Any) -> None:
    assert looks_like_jwt(academy.token())
    assert not looks_like_jwt('{"a": "eyJ.x.y"}')
