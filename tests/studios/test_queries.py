"""The watchlist, the alerts and the list of studios: in pages, in one statement each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.credentials.lifecycle import Status
from app.domain.errors import NotFound
from app.studios import queries
from app.studios.models import Alert, Watch
from tests.conftest import NOW, QueryCount
from tests.factories.studios import follow, open_studio
from tests.studios.conftest import House

Issue = Callable[..., Credential]


def test_the_watchlist_shows_how_each_certificate_stands_now(
    session: Session, house: House, other: House, issue: Issue
) -> None:
    states = ("valid", "expiring", "expired", "suspended", "revoked")
    numbers = [issue(state, name=f"Person {n}").number for n, state in enumerate(states)]
    for minutes, number in enumerate(numbers):
        follow(session, house.member, number, now=NOW + timedelta(minutes=minutes))
    follow(session, other.member, numbers[0], now=NOW)
    lines = queries.watchlist(session, house.id, now=NOW)
    assert [line.number for line in lines] == numbers[::-1], "newest first"
    assert [line.status for line in lines] == [
        Status.REVOKED, Status.SUSPENDED, Status.EXPIRED, Status.EXPIRING, Status.ACTIVE,
    ]  # fmt: skip
    assert [line.number for line in queries.watchlist(session, other.id, now=NOW)] == [numbers[0]]


def test_lists_cost_one_statement_for_3_and_for_30(
    session: Session, house: House, issue: Issue, count_queries: QueryCount
) -> None:
    credential = issue()
    counts = []
    for count in (3, 30):
        session.query(Watch).delete()
        session.query(Alert).delete()
        for n in range(count):
            at = NOW + timedelta(minutes=n)
            # Ended at once but for the last: the partial index allows one running watch.
            watch = follow(session, house.member, credential.number, now=at)
            if n < count - 1:
                watch.ended_at = at
                session.flush()
            session.add(
                Alert(studio_id=house.id, credential_id=credential.id, kind="revoke", once_key=str(at), created_at=at)
            )
        session.flush()
        count_queries.statements.clear()
        queries.watchlist(session, house.id, now=NOW)
        queries.alerts(session, house.id)
        queries.unseen_count(session, house.id)
        queries.studios(session)
        counts.append(len(count_queries))
    assert counts == [4, 4]


def test_alerts_come_in_pages_newest_first(session: Session, house: House, issue: Issue) -> None:
    credential = issue()
    for n in range(5):
        at = NOW + timedelta(minutes=n)
        session.add(
            Alert(studio_id=house.id, credential_id=credential.id, kind=f"k{n}", once_key=str(n), created_at=at)
        )
    session.flush()
    first = queries.alerts(session, house.id, size=2)
    assert [line.kind for line in first] == ["k4", "k3", "k2"]
    rest = queries.alerts(session, house.id, after=(first[1].created_at, str(first[1].id)), size=5)
    assert [(line.kind, line.number, line.holder_name) for line in rest] == [
        (f"k{n}", credential.number, "Amara Osei") for n in (2, 1, 0)
    ]
    assert queries.unseen_count(session, house.id) == 5


def test_the_watchlist_comes_in_pages(session: Session, house: House, issue: Issue) -> None:
    for n in range(3):
        follow(session, house.member, issue(name=f"Person {n}").number, now=NOW + timedelta(minutes=n))
    first = queries.watchlist(session, house.id, now=NOW, size=1)
    assert [line.holder_name for line in first] == ["Person 2", "Person 1"]
    rest = queries.watchlist(session, house.id, now=NOW, after=(first[0].since, str(first[0].id)))
    assert [line.holder_name for line in rest] == ["Person 1", "Person 0"]


def test_a_watch_belongs_to_its_studio(session: Session, house: House, other: House, issue: Issue) -> None:
    watch = follow(session, house.member, issue().number, now=NOW)
    assert queries.watch_for(session, house.member.studio_ids, watch.id) is watch
    with pytest.raises(NotFound):
        queries.watch_for(session, other.member.studio_ids, watch.id)


def test_studios_are_listed_with_their_people(session: Session, house: House, make_user: Callable[..., object]) -> None:
    empty = open_studio(session, "Empty", now=NOW + timedelta(hours=1))
    lines = queries.studios(session)
    assert [(line.name, line.members) for line in lines] == [("Empty", 0), ("Atelier Rue Nine", 1)]
    (last,) = queries.studios(session, after=(lines[0].created_at, str(lines[0].id)))
    assert last.name == "Atelier Rue Nine"
    assert queries.names_of(session, [house.id, empty.id]) == [(house.id, "Atelier Rue Nine"), (empty.id, "Empty")]
    with pytest.raises(NotFound):
        queries.studio(session, house.member.user_id)


def test_endings_are_found_before_and_after_for_followed_certificates_only(
    session: Session, house: House, issue: Issue
) -> None:
    window, past = timedelta(days=60), timedelta(days=14)
    expiring, valid = issue("expiring", name="Jun Park"), issue(name="Amara Osei")
    issue("expiring", name="Not Followed")
    for credential in (expiring, valid, issue("revoked", name="Marek Vossen"), issue("expired", name="Elena Duarte")):
        follow(session, house.member, credential.number, now=NOW)
    found = queries.ending_soon(session, NOW, window=window, past=past)
    assert [row[0] for row in found] == [expiring.id], "one that ended 70 days ago was told long since"
    later = queries.ending_soon(session, expiring.valid_until + timedelta(days=1), window=window, past=past)
    assert [row[0] for row in later] == [expiring.id]
