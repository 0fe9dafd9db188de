"""What a reviewer has entered so far: saved whole, judged by the sheet of the piece, never over a newer draft."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.practice.record import log_keys
from app.domain.review import (
    LEASE,
    CriticalFlag,
    PinDraft,
    ReviewDraft,
    Standing,
    standing,
)
from app.domain.rubric.rubric import LEVELS, Criterion, Rubric
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries
from app.reviews.models import CriterionRating, Pin, Review
from app.reviews.queries import Sheet

CRITICAL = "C"
MAX_PINS = 60
SHAPES = ("point", "box", "oval")
MAX_NOTE = 8000
MAX_TEXT = 2000


class StaleDraft(Conflict):
    """A newer draft was saved elsewhere. `sent` is the revision that was built on, `saved` the one that is stored."""

    def __init__(self, sent: int, saved: int) -> None:
        super().__init__(
            f"This review was changed in another window: version {saved} is saved, and this page began with "
            f"version {sent}. Nothing was overwritten.",
            code="stale",
        )
        self.sent = sent
        self.saved = saved


@dataclass(frozen=True, slots=True)
class PinInput:
    """A pin as entered, in fractions of the upright photo: a point, or a box or an oval around it."""

    photo_id: UUID
    x: float
    y: float
    criterion: str = ""
    defect: str = ""
    note: str = ""
    shape: str = "point"
    w: float = 0.0
    h: float = 0.0


@dataclass(frozen=True, slots=True)
class FlagInput:
    """A critical fault as entered: evidence is a pin (its number) or a field of the log ("<step>.<field>")."""

    code: str
    reason: str = ""
    pin: int = 0
    log_field: str = ""


@dataclass(frozen=True, slots=True)
class DraftInput:
    """Everything on the workspace form. `revision` is the one that the form was loaded with."""

    revision: int
    ratings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    pins: Sequence[PinInput] = ()
    critical: Sequence[FlagInput] = ()
    note: str = ""

    def says_the_same(self, other: DraftInput) -> bool:
        """True when both hold the same, whatever their revisions."""
        return (
            dict(self.ratings) == dict(other.ratings)
            and _written(self.reasons) == _written(other.reasons)
            and list(self.pins) == list(other.pins)
            and list(self.critical) == list(other.critical)
            and self.note == other.note
        )


def _written(reasons: Mapping[str, str]) -> dict[str, str]:
    return {criterion: reason for criterion, reason in reasons.items() if reason}


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A saved draft: the review with its new revision, what it is judged by, and how the rules read it."""

    review: Review
    submission: Submission
    sheet: Sheet
    draft: ReviewDraft

    @property
    def standing(self) -> Standing:
        """The score so far and what a decision still needs."""
        return standing(self.sheet.rubric, self.sheet.tier, self.sheet.exercise.criteria, self.draft)


def save_review(session: Session, actor: Actor, review_id: UUID, draft: DraftInput, *, now: datetime) -> SavedDraft:
    """Save a draft whole and renew the hold. A draft that says what is stored already is saved, whatever its revision.

    Raises StaleDraft when a newer draft was saved elsewhere, Conflict when the piece is not held any more, Invalid
    for what cannot be stored; nothing is overwritten then.
    """
    review, submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    require_open(review)
    sheet = queries.sheet_of(session, review, submission)
    photos = {photo.id for photo in practice.submission_photos(session, submission.id)}
    _refuse_nonsense(draft, sheet, photos)
    if not draft.says_the_same(stored_input(session, review)):
        if draft.revision != review.revision:
            raise StaleDraft(draft.revision, review.revision)
        _write(session, review, draft)
        review.revision += 1
    review.lease_until = now + LEASE
    session.flush()  # the page shows what is stored
    return SavedDraft(review, submission, sheet, draft_of(draft, sheet))


def _write(session: Session, review: Review, draft: DraftInput) -> None:
    """Put the draft into the rows of the review, touching only what differs."""
    ratings = {rating.criterion: rating for rating in queries.ratings_of(session, [review.id])[review.id]}
    for criterion in ratings.keys() - draft.ratings.keys():
        session.delete(ratings[criterion])
    for criterion, level in draft.ratings.items():
        rating = ratings.get(criterion) or CriterionRating(review_id=review.id, criterion=criterion)
        rating.level, rating.reason = level, draft.reasons.get(criterion, "")
        session.add(rating)
    pins = {pin.number: pin for pin in queries.pins_of(session, [review.id])[review.id]}
    for number in pins.keys() - set(range(1, len(draft.pins) + 1)):
        session.delete(pins[number])
    for number, entered in enumerate(draft.pins, start=1):
        pin = pins.get(number) or Pin(review_id=review.id, number=number)
        pin.photo_id, pin.x, pin.y = entered.photo_id, entered.x, entered.y
        pin.shape, pin.w, pin.h = entered.shape, entered.w, entered.h
        pin.criterion, pin.defect, pin.note = entered.criterion, entered.defect, entered.note
        session.add(pin)
    review.critical = [asdict(flag) for flag in draft.critical]
    review.note = draft.note


def _refuse_nonsense(draft: DraftInput, sheet: Sheet, photos: Collection[UUID]) -> None:
    criteria = {criterion.id for criterion in sheet.criteria}
    problems = [
        *_rating_nonsense(draft, criteria),
        *_pin_nonsense(draft.pins, criteria, photos, sheet.defects),
        *_flag_nonsense(draft, sheet),
        *_too_long("note", draft.note, MAX_NOTE),
    ]
    if problems:
        raise Invalid("Something on this review cannot be saved.", problems)


def _rating_nonsense(draft: DraftInput, criteria: Collection[str]) -> Iterator[FieldProblem]:
    for name, level in draft.ratings.items():
        if name not in criteria or level not in LEVELS:
            yield FieldProblem(name, "rating", "Levels go from 1 to 4, for the criteria of this exercise.")
    for name, reason in draft.reasons.items():
        if reason and name not in draft.ratings:
            yield FieldProblem(name, "reason_alone", "Choose a level as well: a reason is kept with its level.")
        yield from _too_long(name, reason, MAX_TEXT)


def _pin_nonsense(
    pins: Sequence[PinInput], criteria: Collection[str], photos: Collection[UUID], defects: Collection[str]
) -> Iterator[FieldProblem]:
    for number, pin in enumerate(pins, start=1):
        where = f"pin.{number}"
        if pin.photo_id not in photos or not (0 <= pin.x <= 1 and 0 <= pin.y <= 1):
            yield FieldProblem(where, "pin", f"Pin {number} is not on a photo of this piece.")
        if not _has_extent(pin):
            yield FieldProblem(where, "pin", f"Pin {number} has no size. Make it a point, or draw its area again.")
        if (pin.criterion and pin.criterion not in criteria) or (pin.defect and pin.defect not in defects):
            yield FieldProblem(where, "pin", f"Pin {number} names a criterion or a code that does not exist.")
        yield from _too_long(where, pin.note, MAX_TEXT)
    if len(pins) > MAX_PINS:
        yield FieldProblem("pins", "count", f"A review takes at most {MAX_PINS} pins.")


def _has_extent(pin: PinInput) -> bool:
    if pin.shape == "point":
        return pin.w == 0 and pin.h == 0
    return pin.shape in SHAPES and 0 < pin.w <= 1 and 0 < pin.h <= 1


def _flag_nonsense(draft: DraftInput, sheet: Sheet) -> Iterator[FieldProblem]:
    fields = log_keys(sheet.exercise.steps)
    for flag in draft.critical:
        where = f"flag.{flag.code}"
        if sheet.defects.get(flag.code, {}).get("severity") != CRITICAL:
            yield FieldProblem(where, "flag", f"{flag.code} is not a critical fault.")
        elif not 0 <= flag.pin <= len(draft.pins) or (flag.log_field and flag.log_field not in fields):
            yield FieldProblem(where, "flag", f"The evidence of {flag.code} is not part of this piece.")
        yield from _too_long(where, flag.reason, MAX_TEXT)


def _too_long(where: str, text: str, most: int) -> Iterator[FieldProblem]:
    if len(text) > most:
        yield FieldProblem(where, "too_long", f"This text has {len(text):,} characters; {most:,} are kept. Shorten it.")


def stored_input(session: Session, review: Review) -> DraftInput:
    """The saved draft as it would be entered again."""
    ratings = queries.ratings_of(session, [review.id])[review.id]
    pins = queries.pins_of(session, [review.id])[review.id]
    return DraftInput(
        revision=review.revision,
        ratings={rating.criterion: rating.level for rating in ratings},
        reasons={rating.criterion: rating.reason for rating in ratings if rating.reason},
        pins=[
            PinInput(pin.photo_id, pin.x, pin.y, pin.criterion, pin.defect, pin.note, pin.shape, pin.w, pin.h)
            for pin in pins
        ],
        critical=[FlagInput(**flag) for flag in review.critical],
        note=review.note,
    )


def draft_of(entered: DraftInput, sheet: Sheet) -> ReviewDraft:
    """What was entered as the rules and the page see it: pins and evidence by number, severities from the codes."""
    pins = [
        PinDraft(
            id=str(number),
            photo_id=pin.photo_id.hex,
            x=pin.x,
            y=pin.y,
            criterion=pin.criterion,
            note=pin.note,
            defect=pin.defect,
            severity=str(sheet.defects.get(pin.defect, {}).get("severity", "")),
            shape=pin.shape,
            w=pin.w,
            h=pin.h,
        )
        for number, pin in enumerate(entered.pins, start=1)
    ]
    flags = [
        CriticalFlag(flag.code, flag.reason, str(flag.pin) if flag.pin else "", flag.log_field)
        for flag in entered.critical
    ]
    return ReviewDraft(entered.ratings, entered.reasons, pins, flags, entered.note)


def applicable_criteria(session: Session, rubric: Rubric, submission: Submission) -> Sequence[Criterion]:
    """The criteria that a piece is judged by, in the order of the rubric."""
    return rubric.applicable(practice.exercise_at(session, submission.exercise_version_id).criteria)


def require_open(review: Review) -> None:
    """Raise Conflict when a review is not a draft (any more), with what to do."""
    if review.state == "released":
        raise Conflict("You gave this piece back, or your hold on it ran out. Claim it again.", code="not_claimed")
    if review.state == "decided":
        raise Conflict("This piece has been decided.", code="decided")
