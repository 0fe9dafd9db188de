"""Codes from an app on the phone: TOTP by RFC 6238 (six digits, 30 seconds, SHA-1, as every app knows them)."""

from __future__ import annotations

from datetime import datetime

import pyotp
from pyotp.exceptions import OTPVerificationError

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How many steps a phone's clock may be off, either way (RFC 6238, section 5.2 advises at most one)."""


def new_secret() -> str:
    """A new secret of 160 bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """The otpauth: address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_of(address: str) -> str:
    """The address as a QR code, ready for the `src` of an image. White behind it, so that dark pages do not hide it."""
    import segno

    found: str = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, light="#fff", dark="#000")
    return found


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that a code belongs to, or None when it belongs to none near `now`.

    Whoever takes a code must keep its step and refuse that one and all earlier ones: a code counts once.
    """
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return int(pyotp.TOTP(secret).verify_and_get_timecode(digits, for_time=now, valid_window=DRIFT_STEPS))
    except OTPVerificationError:
        return None
