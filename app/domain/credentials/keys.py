"""Issuer keys as the rules see them: a record of the public half, and a signer that hides the private half."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

# A new key is published this long before its first use, so that cached DID documents know it by then.
ANNOUNCEMENT = timedelta(hours=24)


class Algorithm(StrEnum):
    """Ed25519 signs the embedded proof and the status list; ES256 (P-256) signs the JWT twin."""

    ED25519 = "Ed25519"
    ES256 = "ES256"


class Signer(Protocol):
    """A private key that never leaves its holder: a file here, a key service elsewhere."""

    @property
    def kid(self) -> str:
        """The fragment that names the key in the DID document, such as "key-2026-11-22-ed25519"."""
        ...

    @property
    def algorithm(self) -> Algorithm:
        """What sign() makes: 64 bytes either way (Ed25519, or r and s of ES256 side by side)."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`."""
        ...


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key of the issuer and its life. `public_key`: 32 raw bytes (Ed25519) or 33 compressed bytes (P-256)."""

    kid: str
    algorithm: Algorithm
    public_key: bytes
    created: datetime
    not_before: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None

    @property
    def is_published(self) -> bool:
        """True while the DID document lists the key: retired keys stay listed, compromised ones leave at once."""
        return self.compromised_at is None

    def may_sign(self, now: datetime) -> bool:
        """True when new signatures may be made with the key at `now`."""
        retired = self.retired_at is not None and self.retired_at <= now
        return self.is_published and self.not_before <= now and not retired


def active_key(keys: Iterable[KeyRecord], algorithm: Algorithm, now: datetime) -> KeyRecord | None:
    """Return the newest key of the kind that may sign at `now`, or None."""
    usable = [key for key in keys if key.algorithm is algorithm and key.may_sign(now)]
    return max(usable, key=lambda key: (key.not_before, key.kid), default=None)


def verify_signature(algorithm: Algorithm, public_key: bytes, data: bytes, signature: bytes) -> bool:
    """True when `signature` (64 bytes) over `data` is by the holder of `public_key`; never raises for bad input."""
    if len(signature) != 64:
        return False
    try:
        if algorithm is Algorithm.ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
            return True
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        return True
    except (InvalidSignature, ValueError):
        return False
