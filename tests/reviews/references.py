"""Twenty reference pieces, made from one decided piece: their photos do not matter, their levels do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import ReferencePiece


def reference_pieces(session: Session, piece: Submission, chosen_by: Actor, *, now: datetime) -> list[ReferencePiece]:
    """Reference pieces whose agreed levels are 1 to 4 in turn."""
    result = queries.result_of(session, piece.id)
    assert result is not None
    criteria = [rating.criterion for rating in queries.ratings_of(session, [result.id])[result.id]]
    made = []
    for number in range(20):
        copy = Submission(
            entry_id=piece.entry_id,
            user_id=piece.user_id,
            number=100 + number,
            exercise_key=piece.exercise_key,
            exercise_version_id=piece.exercise_version_id,
            state="resubmit",
            frozen=piece.frozen,
            tier=piece.tier,
            sent_at=now,
            decided_at=now,
        )
        session.add(copy)
        session.flush()
        made.append(
            ReferencePiece(
                submission_id=copy.id,
                rubric_version_id=result.rubric_version_id,
                levels=dict.fromkeys(criteria, 1 + number % 4),
                chosen_by_id=chosen_by.user_id,
                chosen_at=now,
            )
        )
    session.add_all(made)
    session.flush()
    return made
