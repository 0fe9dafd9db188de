"""After a review is released: write to each other about it, and tick off what was asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.infra.audit import AuditTag, record
from app.notifications.services import notify
from app.practice import queries as practice
from app.reviews import queries
from app.reviews.models import LONGEST_MESSAGE, PointTick, ReviewMessage
from app.reviews.queries import Thread

SAME_AGAIN = timedelta(minutes=1)


def write_as_student(session: Session, actor: Actor, submission_id: UUID, text: str, *, now: datetime) -> ReviewMessage:
    """Write below the review of one's own try; who reviewed it gets a notice. See _write for what is raised."""
    thread = queries.thread_of_student(session, actor.user_id, submission_id)
    message, is_new = _write(session, actor, thread, text, by_staff=False, now=now)
    if is_new:
        for person in queries.told_of(session, thread.id) - {actor.user_id}:
            url = f"/teach/threads/{thread.id}#message-{message.id}"
            notify(session, person, "review_question", once_key=f"message:{message.id.hex}", url=url, now=now)
    return message


def write_as_staff(session: Session, actor: Actor, submission_id: UUID, text: str, *, now: datetime) -> ReviewMessage:
    """Answer a student as somebody who reviewed the piece; the student gets a notice. See _write for what is raised."""
    thread = queries.thread_of_staff(session, actor.user_id, submission_id)
    message, is_new = _write(session, actor, thread, text, by_staff=True, now=now)
    if is_new:
        once, url = f"message:{message.id.hex}", f"/learn/practice/{thread.entry_id}#message-{message.id}"
        facts = {"number": thread.piece_number}
        notify(session, thread.student_id, "review_message", once_key=once, url=url, now=now, **facts)
    return message


def _write(
    session: Session, actor: Actor, thread: Thread, text: str, *, by_staff: bool, now: datetime
) -> tuple[ReviewMessage, bool]:
    """Add a message; the same words sent twice within a minute are one. Raises Invalid for none or too many words."""
    practice.submission(session, thread.id, lock=True)  # a double click waits here and then finds the first one
    words = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not words:
        raise _refusal("missing", "Write something first.")
    if len(words) > LONGEST_MESSAGE:
        raise _refusal(
            "too_long", f"This has {len(words):,} characters; a message takes {LONGEST_MESSAGE:,}. Shorten it."
        )
    last = queries.newest_message(session, thread.id, actor.user_id)
    if last is not None and last.text == words and now - last.sent_at < SAME_AGAIN:
        return last, False
    message = ReviewMessage(
        submission_id=thread.id, author_id=actor.user_id, by_staff=by_staff, text=words, sent_at=now
    )
    session.add(message)
    session.flush()  # the notice names its id
    record(session, actor, AuditTag.REVIEW_MESSAGE, now=now, target_kind="submission", target_id=thread.id)
    return message, True


def _refusal(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem("text", code, sentence)])


def tick_points(session: Session, actor: Actor, entry_id: UUID, ticked: Collection[UUID], *, now: datetime) -> None:
    """Say which points of the last review are dealt with; those that are not named are open again.

    Raises Conflict once the piece is sent: the reviewer sees the ticks as they were then.
    """
    entry = practice.entry_for(session, actor.user_id, entry_id, lock=True)
    if entry.state != "returned":
        raise Conflict("This piece was sent or decided, so its points stay as they are.", code="sent")
    for point in queries.open_points(session, entry.id):
        if point.pin_id in ticked and point.ticked_at is None:
            session.add(PointTick(pin_id=point.pin_id, ticked_at=now))
        elif point.pin_id not in ticked and point.ticked_at is not None:
            session.delete(session.get_one(PointTick, point.pin_id))
