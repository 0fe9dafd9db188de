"""What a regrade of a question would change, as certification looks at it."""

from __future__ import annotations

from uuid import UUID

from app.domain.assessment.grading import AttemptMark
from app.quizzes.services import Preview


def consequences(preview: Preview) -> dict[UUID, tuple[UUID, str, AttemptMark]]:
    """The marks that a regrade would change, as (person, quiz, new mark) by attempt."""
    return {
        judged.touched.attempt_id: (judged.touched.user_id, judged.touched.quiz_key, judged.turn.after)
        for judged in preview.changes
        if judged.turn is not None
    }
