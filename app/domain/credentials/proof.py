"""Data Integrity proofs of the suite eddsa-rdfc-2022: making them and checking them.

Source: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2. The signature covers the SHA-256 of the canonical
proof options followed by the SHA-256 of the canonical document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.credentials.canonical import canonicalize, canonicalize_proof_options
from app.domain.credentials.contexts import Contexts
from app.domain.credentials.did import method_id
from app.domain.credentials.instants import iso
from app.domain.credentials.keys import Algorithm, Signer, verify_signature
from app.domain.credentials.multibase import multibase_decode, multibase_encode
from app.domain.credentials.screen import UnsafeDocument

SUITE = "eddsa-rdfc-2022"
PURPOSE = "assertionMethod"
REQUIRED = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"})
ALLOWED = REQUIRED | {"expires"}


def add_proof(document: Mapping[str, Any], signer: Signer, *, issuer: str, created: datetime) -> dict[str, Any]:
    """Return the document with an embedded proof by `signer`, a key of the DID `issuer`.

    Refuses (UnsafeDocument) a document with a member that the signature would not cover.
    """
    if signer.algorithm is not Algorithm.ED25519:
        raise ValueError("an embedded proof needs an Ed25519 key")
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": iso(created),
        "verificationMethod": method_id(issuer, signer.kid),
        "proofPurpose": PURPOSE,
    }
    signature = signer.sign(signed_data(document, proof))
    return {**document, "proof": {**proof, "proofValue": multibase_encode(signature)}}


def signed_data(document: Mapping[str, Any], proof: Mapping[str, Any], *, contexts: Contexts | None = None) -> bytes:
    """Return the 64 bytes that the suite signs for an unsecured document and its proof options.

    Raises UnsafeDocument when the document cannot be canonicalized safely.
    """
    body = {key: value for key, value in document.items() if key != "proof"}
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    options["@context"] = document.get("@context")
    document_hash = hashlib.sha256(canonicalize(body, contexts=contexts)).digest()
    options_hash = hashlib.sha256(canonicalize_proof_options(options, contexts=contexts)).digest()
    return options_hash + document_hash


def read_proof(document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the one embedded proof of a document, its members checked for kind but not its signature.

    Raises UnsafeDocument("structure") for no proof, several proofs, another suite or unknown members.
    """
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        raise UnsafeDocument("structure", "The file carries no signature of the kind that we use.")
    if not (set(proof) >= REQUIRED and set(proof) <= ALLOWED):
        raise UnsafeDocument("structure", "The signature block of the file has missing or unknown members.")
    if not all(isinstance(value, str) for value in proof.values()):
        raise UnsafeDocument("structure", "The signature block of the file is malformed.")
    if proof["type"] != "DataIntegrityProof" or proof["cryptosuite"] != SUITE:
        raise UnsafeDocument("structure", "The file is signed in a way that we do not use.")
    return proof


def signature_of(proof: Mapping[str, str]) -> bytes:
    """Return the signature bytes of a proof, or no bytes where the text is not base58btc multibase."""
    try:
        return multibase_decode(proof["proofValue"]) if proof["proofValue"].startswith("z") else b""
    except ValueError:
        return b""


def proof_holds(document: Mapping[str, Any], public_key: bytes, *, contexts: Contexts | None = None) -> bool:
    """True when the embedded proof of the document was made with the Ed25519 key.

    Says nothing about whose key it is, its purpose or its dates. Raises UnsafeDocument.
    """
    proof = read_proof(document)
    data = signed_data(document, proof, contexts=contexts)
    return verify_signature(Algorithm.ED25519, public_key, data, signature_of(proof))
