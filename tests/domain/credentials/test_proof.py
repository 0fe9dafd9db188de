"""Embedded proofs: the published vectors byte for byte, and what a proof must refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.credentials.contexts import bundled
from app.domain.credentials.multibase import multibase_encode, multikey_decode
from app.domain.credentials.proof import add_proof, proof_holds, read_proof, signature_of, signed_data
from app.domain.credentials.screen import UnsafeDocument

PUBLISHED = json.loads((Path(__file__).parent / "vectors" / "eddsa_rdfc_2022.json").read_text())
CONTEXTS = {**bundled(), **PUBLISHED["contexts"]}
VECTORS = {vector["name"]: vector for vector in PUBLISHED["vectors"]}


@pytest.mark.parametrize("name", VECTORS)
def test_published_vector_is_reproduced_byte_for_byte(name: str) -> None:
    vector = VECTORS[name]
    signed = vector["signed"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_seed"]))
    public = multikey_decode(vector["public"])[1]
    assert key.public_key().public_bytes_raw() == public

    data = signed_data(signed, signed["proof"], contexts=CONTEXTS)
    assert data[:32].hex() == vector["options_hash"]
    assert data[32:].hex() == vector["document_hash"]
    assert multibase_encode(key.sign(data)) == signed["proof"]["proofValue"]
    assert proof_holds(signed, public, contexts=CONTEXTS)


@pytest.mark.parametrize("name", VECTORS)
def test_published_vector_with_one_letter_changed_does_not_hold(name: str) -> None:
    vector = VECTORS[name]
    changed = {**vector["signed"], "name": vector["signed"]["name"] + "s"}
    assert not proof_holds(changed, multikey_decode(vector["public"])[1], contexts=CONTEXTS)


def test_contexts_of_one_caller_do_not_leak_to_the_next() -> None:
    alumni = VECTORS["w3c-alumni"]["signed"]
    signed_data(alumni, alumni["proof"], contexts=CONTEXTS)
    with pytest.raises(UnsafeDocument) as refused:
        signed_data(alumni, alumni["proof"])
    assert refused.value.code == "context"


def test_proof_names_the_key_by_its_did_address_and_the_clock(academy: Any, issued: dict[str, Any]) -> None:
    proof = read_proof(issued)
    assert proof["verificationMethod"] == "did:web:academy.example#key-2026-11-22-ed25519"
    assert proof["created"] == "2026-11-22T10:00:00Z"
    assert proof["proofPurpose"] == "assertionMethod"
    assert proof_holds(issued, academy.signer.record().public_key)


def test_proof_options_are_signed_too(academy: Any, issued: dict[str, Any]) -> None:
    for member, value in (
        ("created", "2026-11-21T10:00:00Z"),
        ("proofPurpose", "authentication"),
        ("verificationMethod", "did:web:academy.example#key-other"),
        ("expires", "2030-01-01T00:00:00Z"),
    ):
        changed = {**issued, "proof": {**issued["proof"], member: value}}
        assert not proof_holds(changed, academy.signer.record().public_key), member


def test_an_embedded_proof_needs_an_ed25519_key(academy: Any) -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        add_proof(academy.unsigned(), academy.token_signer, issuer=academy.did, created=academy.now)


def test_nothing_is_signed_that_the_signature_would_not_cover(academy: Any) -> None:
    for smuggled in ({"motto": "unsigned"}, {"https://example.org/motto": "re-spelt"}):
        with pytest.raises(UnsafeDocument) as refused:
            academy.sign({**academy.unsigned(), **smuggled})
        assert refused.value.code == "terms"


@pytest.mark.parametrize(
    "change",
    [
        None,
        [{"type": "DataIntegrityProof"}],
        {"cryptosuite": "eddsa-jcs-2022"},
        {"type": "Ed25519Signature2020"},
        {"created": None},
        {"created": 5},
        {"nonce": "x"},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
    ],
)
def test_proofs_of_other_kinds_are_refused_unread(issued: dict[str, Any], change: Any) -> None:
    if isinstance(change, dict):
        change = {k: v for k, v in {**issued["proof"], **change}.items() if v is not None}
    with pytest.raises(UnsafeDocument) as refused:
        read_proof({**issued, "proof": change})
    assert refused.value.code == "structure"


@pytest.mark.parametrize("text", ["", "z", "zz0O", "uAAAA", "m" + "A" * 80, "z" + "1" * 500])
def test_signature_text_that_is_no_signature_does_not_hold(academy: Any, issued: dict[str, Any], text: str) -> None:
    changed = {**issued, "proof": {**issued["proof"], "proofValue": text}}
    assert len(signature_of(changed["proof"])) != 64
    assert not proof_holds(changed, academy.signer.record().public_key)
