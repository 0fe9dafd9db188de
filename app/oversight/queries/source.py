"""What agreement is worked out from: independent marks of pieces that more than one reviewer marked.

Independent are first and second marks and re-marks: neither marker saw the other. A third marker begins with what the
two agree on, and a confirmation or an appeal looks at one point only, so these say nothing about agreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

from sqlalchemy import ColumnElement, FromClause, String, Table, and_, bindparam, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from app.domain.agreement.marks import Mark
from app.domain.agreement.record import RECIPE
from app.oversight.models import AgreementFigures
from app.reviews.models import CriterionRating, Review

WINDOW = timedelta(days=365)
"""Agreement is that of the last year."""
INDEPENDENT = ("first", "second", "remark")

_review, _rating = (cast("Table", model.__table__) for model in (Review, CriterionRating))
_other = _review.alias("other")


def _counts(review: FromClause) -> ColumnElement[bool]:
    # "decided_at IS NOT NULL" is the condition of the partial index; only closed marks have the instant.
    return and_(
        review.c.decided_at.is_not(None),
        review.c.decided_at >= bindparam("since"),
        review.c.kind.in_(INDEPENDENT),
    )


_HAS_PARTNER = exists().where(
    _other.c.submission_id == _review.c.submission_id, _other.c.reviewer_id != _review.c.reviewer_id, _counts(_other)
)
STOCK = select(func.count(), func.max(_review.c.decided_at)).where(_counts(_review), _HAS_PARTNER)
# Ids are only compared here, so they stay in the form that the driver gives.
_LEVELS = (
    select(
        type_coerce(_review.c.id, String),
        type_coerce(_review.c.submission_id, String),
        _review.c.reviewer_id,
        _review.c.decided_at,
        _review.c.outcome,
        _rating.c.criterion,
        _rating.c.level,
    )
    .join(_rating, _rating.c.review_id == _review.c.id)
    .where(_counts(_review), _HAS_PARTNER)
    .order_by(_review.c.id)
)


@dataclass(frozen=True, slots=True)
class Stock:
    """The marks that there are since an instant: how many, and when the newest was given."""

    since: datetime
    marks: int
    newest: datetime | None


def stock(session: Session, now: datetime) -> Stock:
    """What agreement could be worked out from now; one statement."""
    since = now - WINDOW
    marks, newest = session.execute(STOCK, {"since": since}).one()
    return Stock(since, marks, newest)


def is_stale(session: Session, found: Stock) -> bool:
    """True when the kept figures were made from other marks, or in another way; one statement."""
    query = select(AgreementFigures.recipe, AgreementFigures.marks, AgreementFigures.newest_mark)
    kept = session.execute(query.order_by(AgreementFigures.computed_at.desc()).limit(1)).first()
    return kept is None or tuple(kept) != (RECIPE, found.marks, found.newest)


def marks(session: Session, since: datetime) -> Iterator[Mark]:
    """The marks since an instant; one statement."""
    rows = session.execute(_LEVELS, {"since": since})
    for _review_id, same in groupby(rows, key=lambda row: row[0]):
        levels = list(same)
        _id, piece, reviewer, at, outcome, _criterion, _level = levels[0]
        yield Mark(str(piece), reviewer.hex, at, {row[5]: row[6] for row in levels}, outcome)
