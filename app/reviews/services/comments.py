"""Comments that reviewers keep to use again: own ones, and shared ones that only their author changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.desk.comments import MAX_TEXT, PLACEHOLDERS, unknown_placeholders
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.procedure import Step
from app.reviews import queries
from app.reviews.models import ReviewComment

MOST = 300
"""How many comments one person keeps at most."""


def add_comment(
    session: Session, actor: Actor, *, text: str, step: str = "", shared: bool = False, now: datetime
) -> ReviewComment:
    """Keep a comment. One with the same words for the same step is not kept twice. Raises Invalid."""
    text = _checked(text, step)
    mine = queries.own_comments(session, actor.user_id)
    for comment in mine:
        if (comment.text, comment.step) == (text, step):
            comment.shared = comment.shared or shared
            return comment
    if len(mine) >= MOST:
        raise _invalid("text", "count", f"You keep {MOST} comments already. Remove one that you do not use.")
    comment = ReviewComment(owner_id=actor.user_id, text=text, step=step, shared=shared, created_at=now, updated_at=now)
    session.add(comment)
    session.flush()
    return comment


def change_comment(
    session: Session, actor: Actor, comment_id: UUID, *, text: str, step: str, shared: bool, now: datetime
) -> ReviewComment:
    """Change one's own comment; reviews that used it keep their words. Raises NotFound, Invalid."""
    comment = _own(session, actor, comment_id)
    comment.text, comment.step, comment.shared = _checked(text, step), step, shared
    comment.updated_at = now
    return comment


def remove_comment(session: Session, actor: Actor, comment_id: UUID, *, now: datetime) -> None:
    """Offer one's own comment no longer."""
    _own(session, actor, comment_id).removed_at = now


def _own(session: Session, actor: Actor, comment_id: UUID) -> ReviewComment:
    comment = session.get(ReviewComment, comment_id)
    if comment is None or comment.owner_id != actor.user_id or comment.removed_at is not None:
        raise NotFound
    return comment


def _checked(text: str, step: str) -> str:
    text = text.strip()
    if not text:
        raise _invalid("text", "missing", "Write the comment that you want to keep.")
    if len(text) > MAX_TEXT:
        raise _invalid("text", "too_long", f"This comment has {len(text):,} characters; {MAX_TEXT:,} are kept.")
    unknown = unknown_placeholders(text)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise _invalid("text", "placeholder", f"{{{unknown[0]}}} is filled by nothing. Placeholders are {known}.")
    if step and step not in set(Step):
        raise _invalid("step", "step", "Choose a step of the procedure, or every step.")
    return text


def _invalid(field: str, code: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(field, code, sentence)])
