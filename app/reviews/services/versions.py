"""Drafts that are never lost: a saved one is kept as a version, a refused one is put beside, any can come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.reviews import queries
from app.reviews.models import DraftVersion, Review
from app.reviews.services.drafts import DraftInput, FlagInput, PinInput, SavedDraft, StaleDraft, save_review

ONE_VERSION = timedelta(minutes=1)
"""Changes of one window within this time are one version: nobody looks for every single key."""


class KeptBeside(StaleDraft):
    """The draft was not saved, because a newer one is; it is kept as the version `version_id` and both can be seen."""

    def __init__(self, stale: StaleDraft, version_id: UUID) -> None:
        super().__init__(stale.sent, stale.saved)
        self.version_id = version_id


def keep_draft(
    session: Session, actor: Actor, review_id: UUID, draft: DraftInput, *, tab: str = "", now: datetime
) -> SavedDraft:
    """Save a draft and keep it as a version.

    Raises KeptBeside when a newer draft is stored; the caller must commit even so, because the refused draft is in
    the session as a version. Raises Conflict while a decision is held, and whatever save_review raises.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    if queries.held_decision(session, review.id) is not None:
        raise Conflict("You have decided this piece. Take the decision back to change it.", code="held")
    before = review.revision
    try:
        saved = save_review(session, actor, review_id, draft, now=now)
    except StaleDraft as stale:
        beside = _put_beside(session, actor, review, draft, tab, now)
        raise KeptBeside(stale, beside.id) from stale
    if saved.review.revision != before:
        _keep(session, actor, saved.review, draft, tab, now)
    return saved


def _keep(session: Session, actor: Actor, review: Review, draft: DraftInput, tab: str, now: datetime) -> None:
    """Add a version, or go on with the last one while the same window writes."""
    last = queries.newest_version(session, review.id)
    if last is None or not tab or last.tab != tab or last.kind != "saved" or now - last.began_at >= ONE_VERSION:
        last = DraftVersion(review_id=review.id, saved_by=actor.user_id, kind="saved", tab=tab, began_at=now)
        session.add(last)
    last.revision, last.content, last.saved_at = review.revision, _packed(draft), now
    session.flush()


def _put_beside(
    session: Session, actor: Actor, review: Review, draft: DraftInput, tab: str, now: datetime
) -> DraftVersion:
    """Keep a refused draft. The same window that tries again renews what it put there."""
    found = queries.version_beside(session, review.id, tab, draft.revision) if tab else None
    if found is None:
        found = DraftVersion(review_id=review.id, saved_by=actor.user_id, kind="beside", tab=tab, began_at=now)
        session.add(found)
    found.revision, found.content, found.saved_at = draft.revision, _packed(draft), now
    session.flush()
    return found


def restore_version(
    session: Session, actor: Actor, review_id: UUID, version_id: UUID, *, revision: int, now: datetime
) -> SavedDraft:
    """Make an earlier version the draft again. What is stored now stays as the version that it is.

    `revision` is the one that the page showed as stored. Raises NotFound for a version of another review, KeptBeside
    when something newer was saved since, Conflict when the piece is not held any more.
    """
    review, _submission = queries.own_review(session, actor.user_id, review_id, lock=True)
    draft = replace(version_input(session, review.id, version_id), revision=revision)
    return keep_draft(session, actor, review.id, draft, now=now)


def version_input(session: Session, review_id: UUID, version_id: UUID) -> DraftInput:
    """What a version holds, as it would be entered again; raises NotFound for a version of another review."""
    version = session.get(DraftVersion, version_id)
    if version is None or version.review_id != review_id:
        raise NotFound
    return _unpacked(version.revision, version.content)


def _packed(draft: DraftInput) -> dict[str, Any]:
    return {
        "ratings": dict(draft.ratings),
        "reasons": dict(draft.reasons),
        "pins": [asdict(pin) | {"photo_id": pin.photo_id.hex} for pin in draft.pins],
        "critical": [asdict(flag) for flag in draft.critical],
        "note": draft.note,
    }


def _unpacked(revision: int, content: Mapping[str, Any]) -> DraftInput:
    return DraftInput(
        revision=revision,
        ratings=content["ratings"],
        reasons=content["reasons"],
        pins=[PinInput(**(pin | {"photo_id": UUID(pin["photo_id"])})) for pin in content["pins"]],
        critical=[FlagInput(**flag) for flag in content["critical"]],
        note=content["note"],
    )
