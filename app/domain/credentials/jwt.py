"""The JWT twin of a credential: ES256, verifiable in any browser without a library.

Sources: RFC 7515 and 7518; Open Badges 3.0 section 8.2 (claims iss, jti, nbf and sub, header typ "JWT"). The
header names the key by its DID address and never carries a key: an embedded one would prove nothing (T14).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.credentials.build import to_bytes
from app.domain.credentials.did import method_id
from app.domain.credentials.instants import parse_iso
from app.domain.credentials.keys import Algorithm, Signer, verify_signature
from app.domain.credentials.multibase import base64url_decode, base64url_encode
from app.domain.credentials.screen import UnsafeDocument, parse_json

CLAIMS = frozenset({"iss", "jti", "sub", "nbf", "exp"})
_HEADER_MEMBERS = {"alg", "kid", "typ"}


@dataclass(frozen=True, slots=True)
class Token:
    """A parsed but unverified token: the key it names, the credential it carries and its claims."""

    method_id: str
    document: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def sign_jwt(document: Mapping[str, Any], signer: Signer, *, issuer: str) -> str:
    """Return the compact token of an unsecured credential (or status list), signed by a key of the DID `issuer`.

    An embedded proof is left out: the token is a proof of its own.
    """
    if signer.algorithm is not Algorithm.ES256:
        raise ValueError("a token needs an ES256 key")
    body = {key: value for key, value in document.items() if key != "proof"}
    header = {"alg": "ES256", "kid": method_id(issuer, signer.kid), "typ": "JWT"}
    signed = f"{base64url_encode(to_bytes(header))}.{base64url_encode(to_bytes({**body, **claims_of(body)}))}"
    return f"{signed}.{base64url_encode(signer.sign(signed.encode('ascii')))}"


def claims_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the registered claims that must agree with a credential; times in seconds since 1970."""
    issuer = document["issuer"]
    claims: dict[str, Any] = {
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": int(parse_iso(document["validFrom"]).timestamp()),
    }
    if "validUntil" in document:
        claims["exp"] = int(parse_iso(document["validUntil"]).timestamp())
    return claims


def looks_like_jwt(text: str) -> bool:
    """True for text of the shape header.payload.signature."""
    return text.count(".") == 2 and text.startswith("eyJ")


def read_jwt(text: str) -> Token:
    """Return the parts of a token; raises UnsafeDocument("structure") for any header but ours.

    alg must be ES256; jwk, jku, x5u, x5c, crit and every other member is refused.
    """
    try:
        head, payload, signature = text.strip().split(".")
        header = json.loads(base64url_decode(head))
        body = parse_json(base64url_decode(payload))
        raw = base64url_decode(signature)
    except UnsafeDocument:
        raise
    except (ValueError, RecursionError) as error:
        raise UnsafeDocument("structure", "The token cannot be read.") from error
    if not isinstance(header, dict) or not set(header) <= _HEADER_MEMBERS:
        raise UnsafeDocument("structure", "The token has a header that we do not accept.")
    if header.get("alg") != "ES256" or header.get("typ", "JWT") != "JWT" or not isinstance(header.get("kid"), str):
        raise UnsafeDocument("structure", "The token is not signed in the way that we use.")
    document = {key: value for key, value in body.items() if key not in CLAIMS}
    claims = {key: value for key, value in body.items() if key in CLAIMS}
    return Token(header["kid"], document, claims, f"{head}.{payload}".encode("ascii"), raw)


def claims_agree(token: Token) -> bool:
    """True when every registered claim says what the credential inside says."""
    try:
        return claims_of(token.document) == dict(token.claims)
    except (KeyError, TypeError, ValueError):
        return False


def token_holds(token: Token, public_key: bytes) -> bool:
    """True when the token was made with the P-256 key (33 compressed bytes)."""
    return verify_signature(Algorithm.ES256, public_key, token.signed, token.signature)
