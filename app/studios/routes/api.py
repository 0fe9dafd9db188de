"""Studios for programs: what they follow, what happened to it, and the key that asks."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from pydantic import Field

from app.domain.access.scopes import Scope
from app.domain.credentials import number as numbers
from app.domain.credentials.instants import iso
from app.domain.credentials.lifecycle import Change, Reason, Status
from app.domain.errors import NotFound
from app.infra import api_keys
from app.infra.api_keys import KeyFacts
from app.studios import queries, services
from app.studios.queries.feed import ChangeLine, changes_after
from app.web.access import current_actor, current_key, current_session, request_now, with_key
from app.web.api import (
    MOST_ROWS,
    Extra,
    Paging,
    Policy,
    Shape,
    answer,
    body_of,
    cursor_in,
    documented,
    once,
    query_of,
    spend,
)
from app.web.blueprint import Audience, AudienceBlueprint
from app.web.pagination import page_of

bp = AudienceBlueprint("studios", Audience.API)
KEYED = Policy("api", 600, 60)
LIMITED = Extra(policy=KEYED)
WATCHING, HEARING, KEYS = "Watchlist", "Changes", "Keys"
LAST = 2**62


class Followed(Shape):
    """A followed certificate as it stands now."""

    id: str
    number: str
    holder_name: str
    title: str
    status: Status
    status_since: str
    valid_until: str
    note: str
    since: str


class FollowedPage(Shape):
    """A page of the watchlist, newest first. `next` is empty on the last page."""

    items: list[Followed]
    next: str


class Following(Shape):
    """A certificate to follow."""

    number: str = Field(max_length=200, description="In any way of writing it.", examples=["VM-7K4QD-9TRX2-H"])
    note: str = Field("", max_length=200, description="For the studio only.", examples=["Chair 2"])


class FollowedId(Shape):
    """What was followed. `id` is needed to stop following."""

    id: str
    number: str


class ChangesAsked(Shape):
    """From where on."""

    since: int = Field(0, ge=0, le=LAST, description="`cursor` of the answer before; 0 for everything.")
    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS, description="Changes in an answer.")


class ChangeItem(Shape):
    """A change of a followed certificate, and how the certificate stands now."""

    id: int
    change: Change
    at: str
    reason_class: Reason | None
    number: str
    holder_name: str
    title: str
    status: Status
    valid_until: str


class Changes(Shape):
    """Changes, oldest first. Keep `cursor` and send it as `since` the next time, also when there was nothing new."""

    items: list[ChangeItem]
    cursor: int
    more: bool


class KeyShown(Shape):
    """The key that asks."""

    id: str
    name: str
    studio: str
    scopes: list[Scope]
    secret_ends: str | None


class NewSecret(Shape):
    """A second secret. It is shown once; the one that asked ends in seven days."""

    secret: str
    old_secret_ends: str


@bp.get("/key")
@with_key(Scope.SELF)
@documented("showKey", KEYS, answers={200: KeyShown}, extra=LIMITED)
def key() -> Response:
    """Show the key that asks."""
    found = _asking()
    studio = dict(queries.names_of(current_session(), [found.studio_id]))[found.studio_id]
    ends = iso(found.ends_at) if found.ends_at else None
    shown = KeyShown(id=str(found.id), name=found.name, studio=studio, scopes=sorted(found.scopes), secret_ends=ends)
    return answer(shown)


@bp.post("/key/rotate")
@with_key(Scope.SELF)
@documented("rotateKey", KEYS, answers={201: NewSecret}, problems=[409], extra=LIMITED)
def rotate_key() -> Response:
    """Make a second secret for the key that asks.

    Both work for seven days; then the old one ends. While two secrets live there is no third.
    """
    found, now = _asking(), request_now()
    secret = api_keys.rotate_key(current_session(), current_actor(), found.id, now=now)
    return answer(NewSecret(secret=secret, old_secret_ends=iso(now + api_keys.OVERLAP)), 201)


@bp.get("/watchlist")
@with_key(Scope.WATCH_READ)
@documented("listFollowed", WATCHING, answers={200: FollowedPage}, problems=[422], query=Paging, extra=LIMITED)
def watchlist() -> Response:
    """Read which certificates the studio follows.

    Newest first, page by page.
    """
    asked, found, now = query_of(Paging), _asking(), request_now()
    rows = queries.watchlist(
        current_session(), found.studio_id, now=now, after=cursor_in(asked.after), size=asked.limit
    )
    page = page_of(rows, asked.limit, lambda line: (line.since, str(line.id)))
    items = [_followed(line) for line in page.rows]
    return answer(FollowedPage(items=items, next=page.next_cursor))


@bp.post("/watchlist")
@with_key(Scope.WATCH_WRITE)
@documented("follow", WATCHING, answers={201: FollowedId}, problems=[409, 422], body=Following, extra=LIMITED)
@once
def follow() -> Response:
    """Follow a certificate.

    Following it again changes nothing but the note.
    """
    asked, found = body_of(Following), _asking()
    watch = services.add_watch(
        current_session(), current_actor(), found.studio_id, asked.number, note=asked.note, now=request_now()
    )
    # What could not be a number was refused before.
    return answer(FollowedId(id=str(watch.id), number=numbers.check(asked.number).number), 201)


@bp.delete("/watchlist/<uuid:watch_id>")
@with_key(Scope.WATCH_WRITE)
@documented(
    "unfollow", WATCHING, answers={204: None}, problems=[404], extra=LIMITED,
    paths={"watch_id": "`id` of the watchlist."},
)  # fmt: skip
def unfollow(watch_id: UUID) -> Response:
    """Stop following a certificate."""
    _asking()
    services.end_watch(current_session(), current_actor(), watch_id, now=request_now())
    return Response(status=204)


@bp.get("/changes")
@with_key(Scope.CHANGES_READ)
@documented("listChanges", HEARING, answers={200: Changes}, problems=[422], query=ChangesAsked, extra=LIMITED)
def changes() -> Response:
    """Read what happened to followed certificates.

    Oldest first, beginning after a cursor. A change is told ten seconds after it happened. That a certificate ends is
    no change: `valid_until` says it beforehand.
    """
    asked, found = query_of(ChangesAsked), _asking()
    rows = changes_after(current_session(), found.studio_id, asked.since, now=request_now(), size=asked.limit)
    kept = rows[: asked.limit]
    cursor = kept[-1].id if kept else asked.since
    return answer(Changes(items=[_change(line) for line in kept], cursor=cursor, more=len(rows) > asked.limit))


def _asking() -> KeyFacts:
    """The key of this request, counted against its limit."""
    found = current_key()
    if found is None:
        raise NotFound  # the access rule lets nobody in without one
    spend(KEYED, str(found.id))
    return found


def _followed(line: queries.WatchLine) -> Followed:
    return Followed(
        id=str(line.id),
        number=line.number,
        holder_name=line.holder_name,
        title=line.title,
        status=line.status,
        status_since=iso(line.valid_until if line.status is Status.EXPIRED else line.state_at),
        valid_until=iso(line.valid_until),
        note=line.note,
        since=iso(line.since),
    )


def _change(line: ChangeLine) -> ChangeItem:
    return ChangeItem(
        id=line.id,
        change=Change(line.change),
        at=iso(line.at),
        reason_class=Reason(line.reason_class) if line.reason_class else None,
        number=line.number,
        holder_name=line.holder_name,
        title=line.title,
        status=line.status,
        valid_until=iso(line.valid_until),
    )
