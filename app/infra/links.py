"""Signed links: an address that carries its own permission, so that nobody has to sign in and nothing is stored.

A link is bound to a purpose: what was signed for one is refused for another. Links do not expire by themselves,
because mails are read years later; what must end carries a number that its owner can change.
"""

from __future__ import annotations

import hashlib

from itsdangerous import BadData, URLSafeSerializer


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    keys = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=f"vermilion.link.{purpose}", signer_kwargs=keys)


def sign_link(secret: str, purpose: str, *parts: str | int) -> str:
    """Return the token of a link: the parts, readable, with a signature of 256 bits."""
    return str(_serializer(secret, purpose).dumps(list(parts)))


def read_link(secret: str, purpose: str, token: str) -> list[str | int] | None:
    """Return the parts of a token that was signed for this purpose, or None for anything else."""
    try:
        parts = _serializer(secret, purpose).loads(token)
    except (BadData, UnicodeError, ValueError):
        return None
    is_ours = isinstance(parts, list) and all(isinstance(part, (str, int)) for part in parts)
    return parts if is_ours else None
