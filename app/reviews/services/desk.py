"""How a person likes to work: named filters of the queue, single keys, going on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.reviews import queries
from app.reviews.models import ReviewerSetting, SavedView

MOST_VIEWS = 20
MAX_NAME = 60


def save_view(session: Session, actor: Actor, name: str, filters: Mapping[str, str], *, now: datetime) -> SavedView:
    """Give the filters of a queue page a name; the same name again replaces what it stood for. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise _invalid(f"Give the view a name of at most {MAX_NAME} characters.")
    if not filters:
        raise _invalid("Choose a filter first: a view is a set of filters with a name.")
    views = queries.saved_views(session, actor.user_id)
    view = next((each for each in views if each.name == name), None)
    if view is None:
        if len(views) >= MOST_VIEWS:
            raise _invalid(f"You have {MOST_VIEWS} views. Remove one that you do not use.")
        view = SavedView(user_id=actor.user_id, name=name, created_at=now)
        session.add(view)
    view.filters = dict(filters)
    session.flush()
    return view


def remove_view(session: Session, actor: Actor, view_id: UUID) -> None:
    """Forget one's own view; raises NotFound for anybody else's."""
    view = session.get(SavedView, view_id)
    if view is None or view.user_id != actor.user_id:
        raise NotFound
    session.delete(view)


def set_keys(session: Session, actor: Actor, *, single_keys: bool, goes_on: bool) -> None:
    """Turn single keys, and going on to the next piece after a decision, on or off for this person."""
    row = session.get(ReviewerSetting, actor.user_id) or ReviewerSetting(user_id=actor.user_id)
    row.single_keys, row.goes_on = single_keys, goes_on
    session.add(row)
    session.flush()


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem("name", "name", sentence)])
