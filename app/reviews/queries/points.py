"""The points that a returned piece is to be redone by: the pins of its last review, and which are ticked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.practice.models import Submission
from app.reviews.models import Pin, PointTick, Review
from app.reviews.queries.sheet import defect_codes

PRAISE = "praise"


@dataclass(frozen=True, slots=True)
class Point:
    """One point: the pin's number and words, the fault's title and usual fix, and when the student ticked it."""

    pin_id: UUID
    number: int
    title: str
    note: str
    fix: str
    criterion: str
    ticked_at: datetime | None


def open_points(session: Session, entry_id: UUID, *, before_try: int | None = None) -> list[Point]:
    """The points of the last review of a piece (of the last before a try, if asked), in the order of the pins.

    Praise is nothing to change and is left out. Two or three statements.
    """
    last = (
        select(Review.id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.entry_id == entry_id, Review.state == "decided")
        .order_by(Submission.number.desc())
        .limit(1)
    )
    if before_try is not None:
        last = last.where(Submission.number < before_try)
    query = (
        select(Pin, PointTick.ticked_at)
        .outerjoin(PointTick, PointTick.pin_id == Pin.id)
        .where(Pin.review_id == last.scalar_subquery())
        .order_by(Pin.number)
    )
    rows = session.execute(query).all()
    defects = defect_codes(session) if rows else {}
    return [
        _point(pin, ticked_at, defects.get(pin.defect, {}))
        for pin, ticked_at in rows
        if defects.get(pin.defect, {}).get("severity") != PRAISE
    ]


def _point(pin: Pin, ticked_at: datetime | None, defect: Mapping[str, Any]) -> Point:
    return Point(
        pin_id=pin.id,
        number=pin.number,
        title=str(defect.get("title") or ""),
        note=pin.note,
        fix=str(defect.get("fix") or ""),
        criterion=pin.criterion,
        ticked_at=ticked_at,
    )
