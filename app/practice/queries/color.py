"""Reads of color cards and of what photos show of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.domain.color.card import HEIGHT, WIDTH
from app.domain.color.convert import Lab
from app.domain.color.reading import Reading, reading_from_json
from app.domain.errors import NotFound
from app.practice.models import ColorCard, Photo, PhotoCard, PracticeEntry
from app.practice.queries.photos import photo_for, sent_photo

MOST_CARDS = 20
CARD_CORNERS = ((0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT))
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")


def cards_of(session: Session, user_id: UUID) -> Sequence[ColorCard]:
    """The person's cards, the newest first."""
    query = select(ColorCard).where(ColorCard.user_id == user_id).order_by(ColorCard.created_at.desc(), ColorCard.id)
    return list(session.scalars(query.limit(MOST_CARDS)))


def card_for(session: Session, user_id: UUID, card_id: UUID, *, lock: bool = False) -> ColorCard:
    """A card of one's own; raises NotFound for anybody else's."""
    query = select(ColorCard).where(ColorCard.id == card_id, ColorCard.user_id == user_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def measured_of(card: ColorCard | None) -> dict[str, Lab]:
    """The measured values of a card by patch; none for a card that nobody measured, or that nobody knows."""
    return {patch: Lab(*values) for patch, values in card.measured.items()} if card is not None else {}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What is known of the print in a photo. Nobody's name: a review may be blind."""

    code: str
    check_line: float | None
    device: str
    measured: Mapping[str, Lab]


@dataclass(frozen=True, slots=True)
class PhotoColor:
    """A photo with its card, if one was found, for the page that measures it.

    `target` is the target color of the log as #rrggbb, or "". Width and height are those of the large rendition.
    """

    photo_id: UUID
    slot: str
    piece_number: int
    width: int
    height: int
    renditions: Mapping[str, Any]
    reading: Reading
    card: CardFacts | None
    target: str

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        """The corners of the card in pixels of the large rendition; none without a card."""
        if self.reading.plane is None or self.reading.problem:
            return ()
        across, down = self.width / self.reading.size[0], self.height / self.reading.size[1]
        seen = [self.reading.plane.to_photo(corner) for corner in CARD_CORNERS]
        return tuple((round(x * across, 1), round(y * down, 1)) for x, y in seen)


def color_of_own(session: Session, user_id: UUID, photo_id: UUID) -> PhotoColor:
    """A photo of one's own; raises NotFound for anybody else's and for one that is not ready."""
    return _color_of(session, photo_for(session, user_id, photo_id))


def color_of_sent(session: Session, photo_id: UUID) -> PhotoColor:
    """A photo that was sent to review; raises NotFound for every other."""
    found = sent_photo(session, photo_id)
    if found is None:
        raise NotFound
    return _color_of(session, found)


def _color_of(session: Session, photo: Photo) -> PhotoColor:
    if photo.state != "ready" or "large" not in photo.renditions:
        raise NotFound
    entry = session.get_one(PracticeEntry, photo.entry_id)
    seen = session.get(PhotoCard, photo.id)
    large = photo.renditions["large"]
    return PhotoColor(
        photo_id=photo.id,
        slot=photo.slot,
        piece_number=entry.number,
        width=large["width"],
        height=large["height"],
        renditions=photo.renditions,
        reading=reading_from_json(seen.reading) if seen else Reading("none"),
        card=_facts(session, seen.code) if seen else None,
        target=_target(entry),
    )


def _facts(session: Session, code: str) -> CardFacts | None:
    card = session.scalar(select(ColorCard).where(ColorCard.code == code))
    return CardFacts(card.code, card.check_line, card.device, measured_of(card)) if card is not None else None


def _target(entry: PracticeEntry) -> str:
    """The target color that the log names as #rrggbb, or ""."""
    record = entry.records.get("color-selection", {})
    match = _HEX.search(str(record.get("target", ""))) if isinstance(record, dict) else None
    return match[0].lower() if match else ""


_card = PhotoCard.__table__.c
_WITH_CARD = select(_card.photo_id).where(_card.photo_id.in_(bindparam("photos", expanding=True, type_=Uuid())))


def photos_with_card(session: Session, photo_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the photos in which a card was seen; one statement."""
    return set(session.scalars(_WITH_CARD, {"photos": list(photo_ids)})) if photo_ids else set()
