"""Messages to a studio's own program, as Standard Webhooks 1.0 writes them (standardwebhooks.com, specification).

The signature is HMAC-SHA256 over "id.timestamp.body", so neither can be changed without the secret. A receiver keeps
the ids of the last minutes and refuses an old timestamp: then a message that was recorded cannot be played again.
The same id comes again only when we did not hear that it arrived.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.domain.credentials.lifecycle import Change

TOLERANCE = timedelta(minutes=5)
"""How far the clock of a receiver may be off."""
SECRET_PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""For how long after a change of the secret messages are signed with the old one, too."""
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)  # 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: about three days, as the specification proposes
TYPES: Mapping[str, str] = {
    Change.SUSPEND: "certificate.suspended",
    Change.REINSTATE: "certificate.reinstated",
    Change.REVOKE: "certificate.revoked",
    Change.SUPERSEDE: "certificate.superseded",
    Change.RENEW: "certificate.renewed",
    Change.WITHDRAW: "certificate.withdrawn",
    "expiring": "certificate.expiring",
    "expired": "certificate.expired",
    "test": "webhook.test",
}


def secret_text(key: bytes) -> str:
    """The secret as it is shown once and typed into the receiving program."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(key: bytes, message_id: str, at: datetime, body: bytes) -> str:
    """One signature, with the version of the scheme before it."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(keys: Iterable[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message; one signature for each secret that holds now."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signature(key, message_id, at, body) for key in keys),
    }


def is_genuine(secret: str, given: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """What a receiver does: True when a message was signed with this secret, and not long ago. Header names small."""
    try:
        at = datetime.fromtimestamp(int(given["webhook-timestamp"]), tz=now.tzinfo)
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        signatures = given["webhook-signature"].split(" ")
        message_id = given["webhook-id"]
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    expected = signature(key, message_id, at, body)
    fits = any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures)
    return fits and abs(now - at) <= TOLERANCE


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None when it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None
