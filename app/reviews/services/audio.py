"""Spoken notes: recorded in the browser, known by content, private, and always with their words in short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.desk.audio import HEAD_BYTES, MAX_BYTES, MAX_SECONDS, MAX_SUMMARY, sniff_audio
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound, TooLarge
from app.infra.storage.base import Storage
from app.reviews import queries
from app.reviews.models import AudioNote

KIND = "audio"
MOST = 3


def add_audio(
    session: Session,
    storage: Storage,
    actor: Actor,
    review_id: UUID,
    path: Path,
    *,
    summary: str,
    seconds: int,
    now: datetime,
) -> AudioNote:
    """Store a recording with its words and add it to one's open review. The same recording again is not added twice.

    Raises Invalid (TooLarge) with a sentence for a file that is not taken or words that are missing, Conflict when the
    review is not open.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if review.state != "open" or queries.held_decision(session, review.id) is not None:
        raise Conflict("This review is closed, so no note can be added to it.", code="closed")
    mime, extension, words = _checked(path, summary, seconds)
    stored = storage.put_file(KIND, path, extension)
    notes = queries.audio_of(session, review.id)
    same = next((note for note in notes if note.key == stored.key), None)
    if same is not None:
        same.summary = words
        return same
    if len(notes) >= MOST:
        raise _refusal("audio", "count", f"A review takes {MOST} spoken notes. Remove one first.")
    note = AudioNote(
        review_id=review.id,
        author_id=actor.user_id,
        key=stored.key,
        mime=mime,
        size=stored.size,
        seconds=min(max(seconds, 0), MAX_SECONDS),
        summary=words,
        created_at=now,
    )
    session.add(note)
    session.flush()
    return note


def remove_audio(session: Session, actor: Actor, review_id: UUID, note_id: UUID, *, now: datetime) -> None:
    """Take a spoken note out of one's open review; its file stays stored. Again is no error."""
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    note = session.get(AudioNote, note_id)
    if note is None or note.review_id != review.id:
        raise NotFound
    if review.state != "open":
        raise Conflict("This review is closed; what the student has stays as it is.", code="closed")
    note.removed_at = note.removed_at or now


def _checked(path: Path, summary: str, seconds: int) -> tuple[str, str, str]:
    words = summary.strip()
    if not words:
        sentence = "Write in short what you say: not everybody can hear the recording."
        raise _refusal("summary", "summary_missing", sentence)
    if len(words) > MAX_SUMMARY:
        raise _refusal("summary", "too_long", f"These words have {len(words):,} characters; {MAX_SUMMARY:,} are kept.")
    if path.stat().st_size > MAX_BYTES:
        sentence = f"The recording is larger than {MAX_BYTES // 1024 // 1024} MB. Record a shorter one."
        raise TooLarge(sentence, [FieldProblem("audio", "too_large", sentence)], code="too_large")
    if seconds > MAX_SECONDS:
        raise _refusal(
            "audio", "too_long", f"A spoken note has at most {MAX_SECONDS // 60} minutes. Record a shorter one."
        )
    with path.open("rb") as file:
        known = sniff_audio(file.read(HEAD_BYTES))
    if known is None:
        sentence = "This file is not a recording that we take: WebM, Ogg or MP4 with sound and without picture."
        raise _refusal("audio", "not_audio", sentence)
    return known[0], known[1], words


def _refusal(field: str, code: str, sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem(field, code, sentence)], code=code)
