"""The issuer's did:web identity: its name, its document, and the reading of such a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.credentials.keys import Algorithm, KeyRecord
from app.domain.credentials.multibase import (
    ED25519_PREFIX,
    P256_PREFIX,
    base64url_decode,
    base64url_encode,
    multikey_decode,
    multikey_encode,
)

# The first must be exactly this one, or JavaScript libraries re-frame the document with contexts of their own.
CONTEXTS = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
)
# Digital Bazaar's did:web client reads no more than this.
LARGEST_DOCUMENT = 8 * 1024

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?")


class KeyNotUsable(Exception):
    """A proof names a key that must not be trusted. `code`: "unknown_key" or "not_authorized"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key as a DID document states it."""

    method_id: str
    algorithm: Algorithm
    public_key: bytes


def did_for(public_url: str) -> str:
    """Return the did:web name of an address without a path, such as https://academy.example:8443.

    The colon of a port becomes %3A, as the method requires. Raises ValueError for an address with a path.
    """
    scheme, _, rest = public_url.rstrip("/").partition("://")
    host, _, port = rest.partition(":")
    if scheme not in ("http", "https") or not _HOST.fullmatch(host) or not (port.isdigit() or ":" not in rest):
        raise ValueError(f"a did:web issuer needs an address such as https://academy.example, not {public_url!r}")
    return f"did:web:{host.lower()}" + (f"%3A{port}" if port else "")


def method_id(did: str, kid: str) -> str:
    """Return the absolute id of a key, such as did:web:academy.example#key-2026-11-22-ed25519."""
    return f"{did}#{kid}"


def did_document(did: str, keys: Iterable[KeyRecord]) -> dict[str, Any]:
    """Return the DID document that lists every published key; public halves only.

    Compromised keys are in neither list. The order is fixed, so that equal keys give equal bytes: P-256 first and
    the newest first, because openbadgeslib checks token lists with the first key whatever their header says.
    """
    published = sorted((key for key in keys if key.is_published), key=lambda key: key.kid)
    published.sort(key=lambda key: (key.algorithm is Algorithm.ES256, key.not_before), reverse=True)
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [_method(did, key) for key in published],
        "assertionMethod": [method_id(did, key.kid) for key in published],
    }


def authorized_key(document: Mapping[str, Any], did: str, wanted: str) -> VerificationKey:
    """Return the key `wanted` of the issuer `did` if its document lets it make assertions.

    The key comes from the document only, never from the fragment of its name (credentials.md T5). It must be
    listed as a method controlled by the issuer and in assertionMethod. Raises KeyNotUsable.
    """
    listed = document.get("verificationMethod")
    methods = [m for m in listed if isinstance(m, Mapping)] if isinstance(listed, list) else []
    found = [m for m in methods if m.get("id") == wanted]
    if document.get("id") != did or wanted.partition("#")[0] != did or len(found) != 1:
        raise KeyNotUsable("unknown_key", "The key is not one of the issuer's keys.")
    asserts = document.get("assertionMethod")
    if not isinstance(asserts, list) or wanted not in asserts or found[0].get("controller") != did:
        raise KeyNotUsable("not_authorized", "The issuer does not allow this key to sign certificates.")
    try:
        algorithm, public_key = _public_key(found[0])
    except (ValueError, TypeError, KeyError) as error:
        raise KeyNotUsable("unknown_key", "The issuer's entry for this key cannot be read.") from error
    return VerificationKey(wanted, algorithm, public_key)


def _method(did: str, key: KeyRecord) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": method_id(did, key.kid)}
    if key.algorithm is Algorithm.ED25519:
        entry["type"] = "Multikey"
        entry["controller"] = did
        entry["publicKeyMultibase"] = multikey_encode(ED25519_PREFIX, key.public_key)
    else:
        numbers = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public_key).public_numbers()
        entry["type"] = "JsonWebKey"
        entry["controller"] = did
        entry["publicKeyJwk"] = {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "x": base64url_encode(numbers.x.to_bytes(32, "big")),
            "y": base64url_encode(numbers.y.to_bytes(32, "big")),
        }
    return entry


def _public_key(method: Mapping[str, Any]) -> tuple[Algorithm, bytes]:
    if method.get("type") == "Multikey":
        prefix, key = multikey_decode(method["publicKeyMultibase"])
        return {ED25519_PREFIX: Algorithm.ED25519, P256_PREFIX: Algorithm.ES256}[prefix], key
    jwk = method["publicKeyJwk"]
    if method.get("type") != "JsonWebKey" or jwk["kty"] != "EC" or jwk["crv"] != "P-256" or "d" in jwk:
        raise ValueError("not a kind of key that we use")
    x, y = base64url_decode(jwk["x"]), base64url_decode(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise ValueError("not a point of P-256")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    return Algorithm.ES256, bytes([2 + (y[-1] & 1)]) + x
