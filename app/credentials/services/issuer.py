"""The academy as an issuer: its name, its pens, and the tokens that it makes of its lists."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from app.domain.credentials import jwt
from app.domain.credentials.build import IssuerFacts
from app.domain.credentials.did import did_for
from app.domain.credentials.keys import Algorithm, Signer
from app.infra.cache import Lru
from app.infra.signing import KeyStore

_tokens: Lru[tuple[bytes, str], str] = Lru(16)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The academy with its pens: an Ed25519 signer for embedded proofs and an ES256 signer for tokens."""

    facts: IssuerFacts
    signer: Signer
    token_signer: Signer

    def status_url(self, list_id: int) -> str:
        """The address of a status list."""
        return f"{self.facts.url}/status/{list_id}"


def issuer_of(keys: KeyStore, *, name: str, url: str, now: datetime) -> Issuer:
    """The issuer with the keys that are in use now."""
    return Issuer(
        IssuerFacts(did_for(url), name, url),
        keys.active_signer(now, Algorithm.ED25519),
        keys.active_signer(now, Algorithm.ES256),
    )


def status_token(document: bytes, issuer: Issuer) -> str:
    """The token twin of a signed status list, for readers that know tokens only."""
    key = (hashlib.sha256(document).digest(), issuer.token_signer.kid)
    return _tokens.get(key, lambda: jwt.sign_jwt(json.loads(document), issuer.token_signer, issuer=issuer.facts.did))
