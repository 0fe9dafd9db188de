"""Small secrets that must be read again, encrypted in the database by a key that lies outside of it.

A copy of the database alone (a backup, a leak) then does not give them away. Whoever changes VERMILION_SECRET_KEY
makes them unreadable: that is not an error here, their owners set them up again.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _fernet(secret_key: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=f"vermilion seal {purpose}".encode()).derive(secret_key.encode())
    return Fernet(urlsafe_b64encode(derived))


def seal(secret_key: str, purpose: str, text: str) -> str:
    """Encrypt a text for a purpose (AES-128-CBC with HMAC-SHA-256)."""
    return _fernet(secret_key, purpose).encrypt(text.encode()).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> str | None:
    """The text, or None when it was sealed by another key, for another purpose, or changed."""
    try:
        return _fernet(secret_key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
