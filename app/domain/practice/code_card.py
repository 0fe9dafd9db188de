"""The code card: a QR beside the practice skin that ties a photo to one piece and to the time the card was issued.

The text of the QR holds the code of the piece, the minute in which the card was issued, and a tag that only the
academy can compute, so that a card cannot be backdated. It uses the letters of the alphanumeric mode of QR
(ISO/IEC 18004, 7.4.4), which keeps the squares large.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

PREFIX: Final = "VERMILION/P1"
TAG_LENGTH: Final = 10
"""50 bits: enough for a tag that can only be tried by taking a photo and sending it."""
_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
MOST_CHARACTERS: Final = 80


class Reading(StrEnum):
    """What was read from a photo: the card of this piece, of another one, a card that we did not issue, or none."""

    THIS = "this"
    OTHER = "other"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CodeCard:
    """A card: the code of its piece and when it was issued (UTC, to the minute)."""

    code: str
    issued_at: datetime


def card_text(code: str, issued_at: datetime, key: bytes) -> str:
    """What the QR of a card says. `key` is a secret of the academy."""
    minutes = int((issued_at - _EPOCH) // timedelta(minutes=1))
    body = f"{PREFIX}/{code}/{minutes:X}"
    return f"{body}/{_tag(body, key)}"


def read_card(text: str, key: bytes) -> CodeCard | None:
    """The card that says `text`, or None when we did not issue it."""
    body, _, tag = text[:MOST_CHARACTERS].rpartition("/")
    parts = body.split("/")
    if len(parts) != 4 or not hmac.compare_digest(_tag(body, key).encode(), tag.encode()):
        return None
    return CodeCard(parts[2], _EPOCH + timedelta(minutes=int(parts[3], 16)))


def is_card(text: str) -> bool:
    """Whether a QR claims to be a code card; others (on a bottle, in a magazine) are none of our business."""
    return text.startswith(f"{PREFIX}/")


def read_cards(texts: list[str], code: str, key: bytes) -> tuple[Reading, CodeCard | None]:
    """What the codes found in one photo say about the piece `code`; its own card wins over others in the picture."""
    claimed = [text for text in texts if is_card(text)]
    cards = [card for card in (read_card(text, key) for text in claimed) if card is not None]
    own = [card for card in cards if card.code == code]
    if own:
        return Reading.THIS, max(own, key=lambda card: card.issued_at)
    if cards:
        return Reading.OTHER, cards[0]
    return (Reading.UNKNOWN if claimed else Reading.NONE), None


def _tag(body: str, key: bytes) -> str:
    digest = hmac.new(key, f"code card {body}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:TAG_LENGTH]
