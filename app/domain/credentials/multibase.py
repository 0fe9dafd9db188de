"""Text forms of bytes that credentials use: base58btc, base64url, multibase and Multikey.

Sources: Multibase and Multikey as in W3C Controlled Identifiers 1.0; base58btc is the Bitcoin alphabet.
"""

from __future__ import annotations

import base64
import binascii

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519_PREFIX = b"\xed\x01"  # multicodec ed25519-pub (0xed) as a varint
P256_PREFIX = b"\x80\x24"  # multicodec p256-pub (0x1200) as a varint
# Base58 is quadratic in its length; no key or signature of ours comes near this.
LONGEST_BASE58 = 200


def base58_encode(data: bytes) -> str:
    """Return base58btc text; each leading zero byte becomes one "1"."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        digits = BASE58[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(text: str) -> bytes:
    """Return the bytes of base58btc text; raises ValueError for other characters or excessive length."""
    if len(text) > LONGEST_BASE58:
        raise ValueError("base58 text is too long")
    number = 0
    for character in text:
        number = number * 58 + BASE58.index(character)  # index() raises ValueError itself
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def base64url_encode(data: bytes) -> str:
    """Return base64url text without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url text.

    Strict: one text per byte string, so that flipping unused bits of the last character is noticed.
    Raises ValueError.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if base64url_encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


def multibase_encode(data: bytes) -> str:
    """Return base58btc multibase text ("z" first), as proofs and keys use it."""
    return "z" + base58_encode(data)


def multibase_decode(text: str) -> bytes:
    """Return the bytes of multibase text in base58btc ("z") or base64url ("u"); raises ValueError."""
    if text[:1] == "z":
        return base58_decode(text[1:])
    if text[:1] == "u":
        return base64url_decode(text[1:])
    raise ValueError("unknown multibase form")


def multikey_encode(prefix: bytes, public_key: bytes) -> str:
    """Return the Multikey text of a raw public key; `prefix` is one of the two constants of this module."""
    return multibase_encode(prefix + public_key)


def multikey_decode(text: str) -> tuple[bytes, bytes]:
    """Return (prefix, raw public key) of Multikey text; raises ValueError for kinds we do not use."""
    data = multibase_decode(text)
    prefix, key = data[:2], data[2:]
    if text[:1] != "z" or (prefix, len(key)) not in ((ED25519_PREFIX, 32), (P256_PREFIX, 33)):
        raise ValueError("not a Multikey of Ed25519 or P-256")
    return prefix, key
