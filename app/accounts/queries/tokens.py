"""How tokens and codes are stored."""

from __future__ import annotations

import hashlib


def hash_token(token: str) -> str:
    """SHA-256 of a random token; tokens have 120 bits or more, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
