"""The inbox: told once, one's own, read when opened; mails leave from jobs only."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.notifications import queries, services
from tests.conftest import NOW, Browser, Clock

MakeUser = Callable[..., Actor]


def test_a_happening_is_told_once(session: Session, make_user: MakeUser) -> None:
    user = make_user(Role.STUDENT).user_id
    for _ in range(2):
        services.notify(session, user, "review_decided", once_key="review:1", url="/learn/", now=NOW, number=3)
    session.flush()
    assert queries.unread_count(session, user) == 1


def test_the_inbox_is_ones_own_and_opening_reads(
    session: Session, make_user: MakeUser, browse: Callable[..., Browser]
) -> None:
    owner, other = make_user(Role.STUDENT), make_user(Role.STUDENT)
    services.notify(session, owner.user_id, "review_decided", once_key="r", url="/learn/path", now=NOW, number=7)
    session.commit()
    (notice,) = queries.inbox(session, owner.user_id)
    browser, stranger = browse(owner), browse(other)
    assert "Your review of piece 7 is ready." in browser.get("/account/notifications").text
    assert "piece 7" not in stranger.get("/account/notifications").text
    assert stranger.post(f"/account/notifications/{notice.id}/open").status_code == 404
    assert browser.post(f"/account/notifications/{notice.id}/open").location == "/learn/path"
    session.expire_all()
    assert queries.unread_count(session, owner.user_id) == 0


def test_everything_can_be_marked_as_read(session: Session, make_user: MakeUser) -> None:
    user = make_user(Role.STUDENT).user_id
    for n in range(3):
        services.notify(session, user, "piece_received", once_key=str(n), url="", now=NOW, number=n)
    services.mark_all_read(session, user, now=NOW)
    assert queries.unread_count(session, user) == 0


def test_the_inbox_pages_by_keyset(session: Session, make_user: MakeUser, clock: Clock) -> None:
    user = make_user(Role.STUDENT).user_id
    for n in range(5):
        services.notify(session, user, "piece_received", once_key=str(n), url="", now=clock.tick(minutes=1), number=n)
    session.flush()
    first = queries.inbox(session, user, size=2)
    assert [notice.facts["number"] for notice in first] == [4, 3, 2], "one more than asked says that there is more"
    rest = queries.inbox(session, user, after=(first[1].created_at, str(first[1].id)), size=5)
    assert [notice.facts["number"] for notice in rest] == [2, 1, 0]
