"""Keep the log: start a piece, save its cards, attach photos, send it to review."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.content import queries as content
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.events import SubmissionReceived
from app.domain.practice.completeness import Missing, missing, prefill, repeat, session_day, tidy
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.practice.fields import PIECE_FIELDS, STEP_FIELDS
from app.domain.practice.healed import window_of
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import publish
from app.practice import queries
from app.practice.models import Photo, PracticeEntry, Submission, SubmissionPhoto
from app.practice.queries import OPEN_STATES, PIECE
from app.practice.services.blocks import block_after, require_may_send
from app.practice.services.kit import keep_what_was_used
from app.practice.services.states import editable, require_open

LONGEST_MINUTES = 600
"""What one piece can take; the field of the log has the same bound."""
ALWAYS_SCORED = ("hygiene", "record")
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def start_entry(
    session: Session, actor: Actor, exercise_key: str, *, now: datetime, blank: bool = False, same: bool = False
) -> PracticeEntry:
    """Start a piece, filled in from the one before (unless `blank`). Raises NotFound for an unknown exercise.

    With `same` nothing has changed since the last piece of this exercise: all of it is filled in, measured values
    too, and the piece says from which one (`copied_from`). Without such a piece it is filled in as usual.
    """
    session.get_one(User, actor.user_id, with_for_update=True)  # two taps at once must not share a number
    version = content.exercise(session, exercise_key)
    if version is None:
        raise NotFound
    exercise = exercise_from_dict(version.payload)
    source = None if blank else _source(session, actor, exercise)
    is_copy = same and source is not None and source.exercise_key == exercise.id
    piece, records = _filled(exercise, source, now, whole=is_copy)
    piece = {**_only_choices(exercise), **piece, "worked_on": now.date().isoformat()}
    entry = PracticeEntry(
        user_id=actor.user_id,
        number=queries.next_number(session, actor.user_id),
        exercise_key=exercise.id,
        exercise_version_id=version.id,
        piece_code="".join(secrets.choice(CODE_ALPHABET) for _ in range(8)),
        records={PIECE: piece, **records},
        skin=str(piece.get("skin_type", "")),
        tone=str(piece.get("skin_tone", "")),
        minutes=_whole(piece.get("minutes")),
        copied_from=source.number if source is not None and is_copy else None,
        created_at=now,
        updated_at=now,
    )
    session.add(entry)
    session.flush()  # the caller goes to its page
    return entry


def _source(session: Session, actor: Actor, exercise: Exercise) -> PracticeEntry | None:
    """The piece that a new one is filled in from: the last one of the exercise, or else the last of any."""
    newest = queries.newest_entry(session, actor.user_id, exercise_key=exercise.id)
    return newest or queries.newest_entry(session, actor.user_id)


def _filled(exercise: Exercise, source: PracticeEntry | None, now: datetime, *, whole: bool) -> tuple[Any, Any]:
    if source is None:
        return {}, {}
    steps = {step: values for step, values in source.records.items() if step != PIECE}
    fill = repeat if whole else prefill
    return fill(exercise, source.records.get(PIECE, {}), steps, now.date())


def _only_choices(exercise: Exercise) -> dict[str, str]:
    """What the exercise leaves no choice in."""
    found = {"skin_type": exercise.skins, "skin_tone": exercise.skin_tones}
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def save_entry(
    session: Session,
    actor: Actor,
    entry_id: UUID,
    raw: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    revision: int | None = None,
) -> PracticeEntry:
    """Save what was typed, complete or not. Field names are "piece.<field>" and "<step>.<field>".

    Only the parts that were sent are replaced, so a page that shows one card keeps the others. Saving what is saved
    already changes nothing, so that a request may arrive twice. Raises Conflict when the piece is in review or
    decided, and Conflict (stale) when it was changed since the `revision` that the page was loaded with.
    """
    entry = queries.entry_for(session, actor.user_id, entry_id, lock=True)
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    records = typed_records(exercise, entry.records, raw)
    scores = {**entry.self_scores, **_self_scores(exercise, raw)}
    if records == entry.records and scores == entry.self_scores:
        return entry
    require_open(entry)
    if revision is not None and revision != entry.revision:
        raise Conflict(
            "This piece was changed in another window or on another device, so this was not saved over it.",
            code="stale",
        )
    _write(entry, records, now)
    entry.self_scores = scores
    return entry


def typed_records(
    exercise: Exercise, records: Mapping[str, Any], raw: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """The records of an entry with the parts that were typed in place of the stored ones.

    A part counts as sent when one of its fields was, or its mark "<part>!" (boxes that are all empty send nothing).
    """
    typed = dict(records)
    for part, fields in ((PIECE, PIECE_FIELDS), *((step.value, STEP_FIELDS[step]) for step in exercise.steps)):
        prefix = f"{part}."
        sent = {name.removeprefix(prefix): list(values) for name, values in raw.items() if name.startswith(prefix)}
        if sent or f"{part}!" in raw:
            typed[part] = tidy(fields, sent)
    return typed


def clear_entry(session: Session, actor: Actor, entry_id: UUID, *, now: datetime) -> PracticeEntry:
    """Empty every card of a draft that was filled in from an earlier piece."""
    entry = editable(session, actor, entry_id)
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    _write(entry, {PIECE: {**_only_choices(exercise), "worked_on": now.date().isoformat()}}, now)
    entry.copied_from = None
    return entry


def start_timer(session: Session, actor: Actor, entry_id: UUID, *, now: datetime) -> PracticeEntry:
    """Let the clock of a draft run; one that runs already goes on as it is."""
    entry = editable(session, actor, entry_id)
    entry.timer_since = entry.timer_since or now
    return entry


def stop_timer(session: Session, actor: Actor, entry_id: UUID, *, now: datetime) -> PracticeEntry:
    """Stop the clock of a draft and add its minutes to the time spent; stopping it again changes nothing."""
    entry = editable(session, actor, entry_id)
    _stop_clock(entry, now)
    return entry


def _stop_clock(entry: PracticeEntry, now: datetime) -> None:
    """Add the minutes that ran, begun ones counted whole, to those that are written down already."""
    if entry.timer_since is None:
        return
    ran = max(1, -(-int((now - entry.timer_since).total_seconds()) // 60))
    entry.timer_since = None
    piece = dict(entry.records.get(PIECE, {}))
    piece["minutes"] = str(min(_whole(piece.get("minutes")) + ran, LONGEST_MINUTES))
    _write(entry, {**entry.records, PIECE: piece}, now)


def _write(entry: PracticeEntry, records: dict[str, Any], now: datetime) -> None:
    piece = records.get(PIECE, {})
    entry.records = records
    entry.skin = str(piece.get("skin_type", ""))[:30]
    entry.tone = str(piece.get("skin_tone", ""))[:20]
    entry.minutes = _whole(piece.get("minutes"))
    entry.question = str(piece.get("question", ""))
    entry.reflection = str(piece.get("reflection", ""))
    entry.revision += 1
    entry.updated_at = now


def _whole(value: object) -> int:
    text = str(value or "")
    return min(int(text), LONGEST_MINUTES) if text.isdecimal() and len(text) < 5 else 0


def _self_scores(exercise: Exercise, raw: Mapping[str, Sequence[str]]) -> dict[str, int]:
    scores = {}
    for criterion in (*exercise.criteria, *ALWAYS_SCORED):
        typed = (list(raw.get(f"self.{criterion}", ())) or [""])[0]
        if typed in ("1", "2", "3", "4"):
            scores[criterion] = int(typed)
    return scores


def missing_from(session: Session, entry: PracticeEntry, *, now: datetime) -> list[Missing]:
    """Everything that keeps the entry from being sent."""
    exercise = queries.exercise_at(session, entry.exercise_version_id)
    return missing(exercise, queries.facts_of(entry, queries.photos_of(session, entry.id)), now.date())


def submit_entry(session: Session, actor: Actor, entry_id: UUID, *, now: datetime) -> Submission:
    """Freeze the entry and put it into the review queue; sending a piece that waits already changes nothing.

    Raises Invalid with everything that is missing: nothing enters the queue incomplete.
    """
    entry = queries.entry_for(session, actor.user_id, entry_id, lock=True)
    earlier = queries.submissions_of(session, entry.id)
    if entry.state == "submitted" and earlier:
        return earlier[-1]
    if entry.state not in OPEN_STATES:
        raise Conflict("This piece is decided. Log a new piece to go on.")
    require_may_send(session, entry.user_id)
    _stop_clock(entry, now)
    gaps = missing_from(session, entry, now=now)
    if gaps:
        problems = [FieldProblem(f"{gap.ref or gap.part}.{gap.field}", gap.code, gap.sentence) for gap in gaps]
        raise Invalid("This piece is not complete yet.", problems, code="incomplete")
    photos = [photo for photo in queries.photos_of(session, entry.id) if photo.state == "ready"]
    frozen = _frozen(entry)
    if earlier:
        _refuse_unchanged(session, earlier[-1], frozen, photos)
    submission = Submission(
        entry_id=entry.id,
        user_id=entry.user_id,
        number=len(earlier) + 1,
        exercise_key=entry.exercise_key,
        exercise_version_id=entry.exercise_version_id,
        frozen=frozen,
        skin=entry.skin,
        minutes=entry.minutes,
        tier=queries.goal_tier(session, entry.user_id),
        sent_at=now,
    )
    session.add(submission)
    session.flush()  # the photos point at it
    session.add_all(
        SubmissionPhoto(submission_id=submission.id, photo_id=photo.id, slot=photo.slot, position=place)
        for place, photo in enumerate(photos)
    )
    entry.state, entry.updated_at = "submitted", now
    _open_healed_window(session, entry, now)
    keep_what_was_used(session, actor, entry.records, now=now)
    record(
        session,
        actor,
        AuditTag.PIECE_SUBMITTED,
        now=now,
        target_kind="submission",
        target_id=submission.id,
        piece=entry.number,
        number=submission.number,
    )
    publish(session, SubmissionReceived(entry.user_id.hex, submission.id.hex), now=now)
    return submission


def _frozen(entry: PracticeEntry) -> dict[str, Any]:
    """What a reviewer judges, as it is at this moment."""
    frozen = {"records": entry.records, "self_scores": entry.self_scores, "piece_code": entry.piece_code}
    return frozen | ({"copied_from": entry.copied_from} if entry.copied_from else {})


def _open_healed_window(session: Session, entry: PracticeEntry, now: datetime) -> None:
    """Note the days of the follow-up photo, counted from the session, where the exercise asks for one."""
    ask = queries.exercise_at(session, entry.exercise_version_id).healed
    if ask is not None:
        window = window_of(ask, session_day(entry.records.get(PIECE, {}), now.date()))
        entry.healed_from, entry.healed_until = window.opens, window.closes


def mark_in_review(session: Session, submission: Submission, *, held: bool) -> None:
    """A reviewer took the piece, or gave it back."""
    submission.state = "in_review" if held else "waiting"


def mark_appealed(session: Session, submission: Submission, *, now: datetime) -> None:
    """A result is appealed: the piece is with the reviewers again, so no other try can be sent meanwhile."""
    entry = session.get_one(PracticeEntry, submission.entry_id)
    if entry.state == "returned":
        entry.state, entry.updated_at = "submitted", now


def mark_answered(session: Session, submission: Submission, *, now: datetime) -> None:
    """An appeal changed nothing: the piece goes back to where its result put it."""
    entry = session.get_one(PracticeEntry, submission.entry_id)
    if submission.state == "resubmit" and entry.state == "submitted":
        entry.state, entry.updated_at = "returned", now


def mark_decided(
    session: Session, submission: Submission, outcome: str, *, faults: Collection[str] = (), now: datetime
) -> None:
    """Close a submission with its outcome; the entry follows: approved, returned for another try, or failed.

    `faults` are the codes of its confirmed critical faults, which may keep the student from sending more.
    """
    submission.state, submission.decided_at = outcome, now
    entry = session.get_one(PracticeEntry, submission.entry_id)
    entry.state = {"approved": "approved", "resubmit": "returned", "failed": "failed"}[outcome]
    entry.updated_at = now
    block_after(session, submission, faults, now=now)


def _refuse_unchanged(session: Session, last: Submission, frozen: Mapping[str, Any], photos: Sequence[Photo]) -> None:
    """Another try shows other work: a reviewer must not get the same photos and the same words again."""
    shown = {photo.id for photo in queries.submission_photos(session, last.id)}
    if last.frozen == frozen and {photo.id for photo in photos} == shown:
        text = "Nothing has changed since your last try. Add the new photos, then send it."
        raise Invalid(text, [FieldProblem("", "unchanged", text)], code="unchanged")
