"""A small academy for the tests: keys from fixed seeds, a certificate with all eight headings, its status list."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.domain.credentials.build import (
    AchievementFacts,
    CredentialFacts,
    IssuerFacts,
    LevelFacts,
    StepFacts,
    build_credential,
)
from app.domain.credentials.did import did_document, did_for
from app.domain.credentials.jwt import sign_jwt
from app.domain.credentials.keys import Algorithm, KeyRecord
from app.domain.credentials.proof import add_proof
from app.domain.credentials.status_list import build_status_list, empty_bits, set_bit
from app.domain.procedure import STEPS

URL = "https://academy.example"
LIST_URL = f"{URL}/status/1"
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
NUMBER = "VM-24F7K-9QX3A-9"


@dataclasses.dataclass(frozen=True)
class EdSigner:
    """An Ed25519 key made from a seed of one repeated byte."""

    kid: str
    seed: int = 1
    algorithm: Algorithm = Algorithm.ED25519

    @property
    def key(self) -> ed25519.Ed25519PrivateKey:
        return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([self.seed]) * 32)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    def record(self, **changes: Any) -> KeyRecord:
        raw = self.key.public_key().public_bytes_raw()
        made = NOW - timedelta(days=30)
        return dataclasses.replace(KeyRecord(self.kid, self.algorithm, raw, made, made), **changes)


@dataclasses.dataclass(frozen=True)
class EcSigner:
    """A P-256 key made from a small secret number."""

    kid: str
    secret: int = 11
    algorithm: Algorithm = Algorithm.ES256

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.secret, ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def record(self, **changes: Any) -> KeyRecord:
        raw = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        made = NOW - timedelta(days=30)
        return dataclasses.replace(KeyRecord(self.kid, self.algorithm, raw, made, made), **changes)


class Academy:
    """Issues, publishes and answers like the real one; it is the resolver of its own verifier."""

    now = NOW
    url = URL
    did = did_for(URL)
    number = NUMBER
    list_url = LIST_URL

    def __init__(self) -> None:
        self.signer = EdSigner("key-2026-11-22-ed25519")
        self.token_signer = EcSigner("key-2026-11-22-p256")
        self.keys = [self.signer.record(), self.token_signer.record()]
        self.documents: dict[str, Mapping[str, Any] | None] = {self.did: did_document(self.did, self.keys)}
        self.lists: dict[str, Any] = {}
        self.publish()

    def did_document(self, did: str) -> Mapping[str, Any] | None:
        return self.documents.get(did)

    def status_list(self, url: str) -> Any:
        return self.lists.get(url)

    def publish_keys(self, *keys: KeyRecord) -> None:
        self.documents[self.did] = did_document(self.did, keys)

    def publish(self, *revoked: int, signer: Any = None, **changes: Any) -> dict[str, Any]:
        bits = empty_bits()
        for index in revoked:
            bits = set_bit(bits, index)
        document = build_status_list(url=LIST_URL, issuer=self.did, bits=bits, now=self.now)
        subject = changes.pop("subject", {})
        document = {**document, **changes, "credentialSubject": {**document["credentialSubject"], **subject}}
        signed = add_proof(document, signer or self.signer, issuer=self.did, created=self.now)
        self.lists[LIST_URL] = signed
        return signed

    def facts(self, **changes: Any) -> CredentialFacts:
        return dataclasses.replace(FACTS, **changes)

    def unsigned(self, **changes: Any) -> dict[str, Any]:
        return build_credential(self.facts(**changes))

    def issue(self, **changes: Any) -> dict[str, Any]:
        return self.sign(self.unsigned(**changes))

    def sign(self, document: Mapping[str, Any], signer: Any = None, **changes: Any) -> dict[str, Any]:
        return add_proof(document, signer or self.signer, issuer=self.did, created=changes.get("created", self.now))

    def token(self, **changes: Any) -> str:
        return sign_jwt(self.unsigned(**changes), self.token_signer, issuer=self.did)


_LEVELS = tuple(
    LevelFacts(number, name, f"{name}: what a level {number} result looks like.", points)
    for number, name, points in (
        (1, "Unsafe or not shown", 0),
        (2, "Developing", 55),
        (3, "Competent", 80),
        (4, "Distinguished", 100),
    )
)
FACTS = CredentialFacts(
    number=NUMBER,
    subject_id="urn:uuid:0d6a3b7e-8f5f-4b6e-9a57-3f1f0a0f4c11",
    holder_name="Amara Osei",
    issuer=IssuerFacts(did_for(URL), "Vermilion Academy", URL),
    achievement=AchievementFacts(
        slug="certified-lip-blush-artist",
        name="Certified Lip-Blush Artist",
        description="Assessed on synthetic skin in all steps; live work is subject to local law.",
        criteria="100 hours, 9 courses with graded quizzes, a final exam and 24 approved pieces.",
        version="2026.1",
        code="VLB-C",
    ),
    steps=tuple(StepFacts(step.value, step.title, _LEVELS, 3, 4 if step.number == 3 else 3) for step in STEPS),
    awarded_at=NOW - timedelta(days=20),
    valid_from=NOW - timedelta(days=20),
    valid_until=NOW + timedelta(days=700),
    activity_start=NOW - timedelta(days=300),
    activity_end=NOW - timedelta(days=21),
    status_list_url=LIST_URL,
    status_index=94_567,
    narrative="103 hours of study, 24 approved pieces on practice skin.",
)


@pytest.fixture
def academy() -> Academy:
    return Academy()


@pytest.fixture(scope="session")
def _issued() -> dict[str, Any]:
    return Academy().issue()


@pytest.fixture
def issued(_issued: dict[str, Any]) -> dict[str, Any]:
    """A signed certificate, a fresh copy for each test."""
    return copy.deepcopy(_issued)
