"""The issuer's identity: the name, the document, and the strict reading of one."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest

from app.domain.credentials.did import (
    LARGEST_DOCUMENT,
    KeyNotUsable,
    authorized_key,
    did_document,
    did_for,
    method_id,
)
from app.domain.credentials.keys import Algorithm
from app.domain.credentials.multibase import ED25519_PREFIX, P256_PREFIX, multikey_encode


@pytest.mark.parametrize(
    ("address", "did"),
    [
        ("https://academy.example", "did:web:academy.example"),
        ("https://Academy.Example/", "did:web:academy.example"),
        ("http://localhost:8000", "did:web:localhost%3A8000"),
        ("https://a-b.example:8443", "did:web:a-b.example%3A8443"),
    ],
)
def test_did_of_an_address(address: str, did: str) -> None:
    assert did_for(address) == did


@pytest.mark.parametrize(
    "address",
    ["academy.example", "ftp://a.example", "https://", "https://a.example/x", "https://a.example:", "https://a:b"],
)
def test_other_addresses_have_no_did(address: str) -> None:
    with pytest.raises(ValueError, match="did:web"):
        did_for(address)


def test_document_lists_both_kinds_of_key_by_name(academy: Any) -> None:
    document = did_document(academy.did, academy.keys)
    assert document["@context"][0] == "https://www.w3.org/ns/did/v1"
    assert document["id"] == "did:web:academy.example"
    assert document["assertionMethod"] == [
        "did:web:academy.example#key-2026-11-22-p256",
        "did:web:academy.example#key-2026-11-22-ed25519",
    ]
    jwk, multikey = document["verificationMethod"]
    assert multikey == {
        "id": "did:web:academy.example#key-2026-11-22-ed25519",
        "type": "Multikey",
        "controller": "did:web:academy.example",
        "publicKeyMultibase": multikey_encode(ED25519_PREFIX, academy.keys[0].public_key),
    }
    assert (jwk["type"], jwk["publicKeyJwk"]["crv"]) == ("JsonWebKey", "P-256")


def test_document_has_no_private_half_and_names_no_key_by_itself(academy: Any) -> None:
    document = did_document(academy.did, academy.keys)
    text = json.dumps(document)
    for member in ('"d"', "private", "secret"):
        assert member not in text
    for entry in document["verificationMethod"]:
        fragment = entry["id"].partition("#")[2]
        assert fragment.startswith("key-") and fragment not in str(entry.get("publicKeyMultibase"))


def test_eight_years_of_yearly_keys_fit_into_eight_kilobytes(academy: Any) -> None:
    keys = [
        dataclasses.replace(key, kid=key.kid.replace("2026", str(year)))
        for year in range(2026, 2034)
        for key in academy.keys
    ]
    assert len(json.dumps(did_document(academy.did, keys))) < LARGEST_DOCUMENT


def test_compromised_keys_are_in_neither_list_and_retired_ones_in_both(academy: Any) -> None:
    lost = academy.signer.record(compromised_at=academy.now)
    retired = academy.token_signer.record(retired_at=academy.now)
    document = did_document(academy.did, [lost, retired])
    assert [entry["id"] for entry in document["verificationMethod"]] == document["assertionMethod"]
    assert document["assertionMethod"] == [method_id(academy.did, retired.kid)]


@pytest.mark.parametrize("place", [0, 1])
def test_a_listed_key_is_read_back_as_it_is(academy: Any, place: int) -> None:
    record = academy.keys[place]
    found = authorized_key(did_document(academy.did, academy.keys), academy.did, method_id(academy.did, record.kid))
    assert (found.algorithm, found.public_key) == (record.algorithm, record.public_key)
    assert found.method_id == method_id(academy.did, record.kid)


def edited(academy: Any, change: Any) -> dict[str, Any]:
    document = copy.deepcopy(did_document(academy.did, academy.keys))
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(id="did:web:other.example"), "unknown_key"),
        (lambda d: d.update(verificationMethod={}), "unknown_key"),
        (lambda d: d.update(verificationMethod=[d["verificationMethod"][0]]), "unknown_key"),
        (lambda d: d["verificationMethod"].append(d["verificationMethod"][1]), "unknown_key"),
        (lambda d: d["verificationMethod"][1].update(controller="did:web:other.example"), "not_authorized"),
        (lambda d: d.update(assertionMethod=["#key-2026-11-22-ed25519"]), "not_authorized"),
        (lambda d: d.update(assertionMethod="did:web:academy.example#key-2026-11-22-ed25519"), "not_authorized"),
        (lambda d: d.pop("assertionMethod"), "not_authorized"),
        (lambda d: d["verificationMethod"][1].update(type="Ed25519VerificationKey2020"), "unknown_key"),
        (lambda d: d["verificationMethod"][1].update(publicKeyMultibase="z6Mk"), "unknown_key"),
        (lambda d: d["verificationMethod"][1].update(publicKeyMultibase=5), "unknown_key"),
        (lambda d: d["verificationMethod"][1].pop("publicKeyMultibase"), "unknown_key"),
    ],
)
def test_keys_that_must_not_be_trusted(academy: Any, change: Any, code: str) -> None:
    wanted = method_id(academy.did, academy.signer.kid)
    with pytest.raises(KeyNotUsable) as refused:
        authorized_key(edited(academy, change), academy.did, wanted)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "OKP"},
        {"crv": "P-384"},
        {"d": "AAAA"},
        {"x": "AAAA"},
        {"y": "_" + "A" * 42},
        {"x": 5},
    ],
    ids=str,
)
def test_jwk_entries_that_are_not_a_public_p256_key(academy: Any, jwk: dict[str, Any]) -> None:
    document = edited(academy, lambda d: d["verificationMethod"][0]["publicKeyJwk"].update(jwk))
    with pytest.raises(KeyNotUsable):
        authorized_key(document, academy.did, method_id(academy.did, academy.token_signer.kid))


def test_a_name_of_another_issuer_is_never_looked_up(academy: Any) -> None:
    document = did_document(academy.did, academy.keys)
    with pytest.raises(KeyNotUsable):
        authorized_key(document, academy.did, "did:web:evil.example#key-2026-11-22-ed25519")


def test_a_p256_multikey_is_read_too(academy: Any) -> None:
    record = academy.token_signer.record()
    entry = {
        "id": f"{academy.did}#k",
        "type": "Multikey",
        "controller": academy.did,
        "publicKeyMultibase": multikey_encode(P256_PREFIX, record.public_key),
    }
    document = {"id": academy.did, "verificationMethod": [entry], "assertionMethod": [entry["id"]]}
    found = authorized_key(document, academy.did, entry["id"])
    assert (found.algorithm, found.public_key) == (Algorithm.ES256, record.public_key)
