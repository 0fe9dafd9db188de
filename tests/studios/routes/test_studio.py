"""The watchlist and the alerts of a studio, as its people see them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.credentials.models import Credential
from app.credentials.services import LOOKUPS
from app.domain.access.actor import SYSTEM, Actor, Role
from app.infra.runtime import Runtime
from app.studios import queries, services
from app.studios.models import Watch
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.studios import follow
from tests.studios.conftest import House

Issue = Callable[..., Credential]


@pytest.fixture
def browser(browse: Callable[..., Browser], house: House) -> Browser:
    found = browse(house.member)
    found.get("/account/")  # the first page gives the token that forms send
    return found


def followed(runtime: Runtime, studio_id: UUID) -> list[str]:
    with runtime.db.reading() as session:
        return [line.number for line in queries.watchlist(session, studio_id, now=NOW)]


def error_of(markup: str) -> str:
    found = BeautifulSoup(markup, "html.parser").select_one("#number-error")
    return " ".join(found.get_text(" ").split()) if found else ""


# --- the watchlist ---------------------------------------------------------------------------------------------


def test_an_artist_is_followed_by_number(browser: Browser, house: House, issue: Issue, runtime: Runtime) -> None:
    number = issue().number
    answer = browser.post("/studio/watchlist", {"number": f" {number.lower()} ", "note": "Chair 2"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/studio/watchlist")
    page = browser.get("/studio/watchlist").text
    for words in ("You follow this certificate.", "Amara Osei", number, "Chair 2", "Valid</span>"):
        assert words in page
    assert followed(runtime, house.id) == [number]


def test_the_page_of_a_certificate_fills_the_field(browser: Browser, issue: Issue) -> None:
    number = issue().number
    assert f'value="{number}"' in browser.get(f"/studio/watchlist?number={number}").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("VM-24F7K-9QX3A-1", "One or two characters are wrong."),
        ("VM-24F7K-9QXOA-1", "Numbers never contain the letter O"),
        ("VM-11111-11111-1", "No certificate has the number VM-11111-11111-1."),
        ("", "Type the number that is printed on the certificate."),
    ],
)
def test_what_is_wrong_stands_at_the_field(
    browser: Browser, house: House, issue: Issue, runtime: Runtime, typed: str, words: str
) -> None:
    issue()
    answer = browser.post("/studio/watchlist", {"number": typed, "note": "keep me"})
    assert answer.status_code == 422
    assert words in error_of(answer.text)
    assert 'value="keep me"' in answer.text
    assert followed(runtime, house.id) == []


def test_the_watchlist_is_no_side_door_for_guessing(browser: Browser, house: House) -> None:
    statuses = {browser.post("/studio/watchlist", {"number": "VM-11111-11111-1"}).status_code for _ in range(LOOKUPS)}
    assert statuses == {422}
    assert browser.post("/studio/watchlist", {"number": "VM-11111-11111-1"}).status_code == 429


def test_a_watch_is_ended(session: Session, browser: Browser, house: House, issue: Issue, runtime: Runtime) -> None:
    watch = follow(session, house.member, issue().number, now=NOW)
    session.commit()
    answer = browser.post(f"/studio/watchlist/{watch.id}/end")
    assert answer.status_code == 303
    assert followed(runtime, house.id) == []
    page = browser.get("/studio/watchlist").text
    assert "You do not follow this certificate any more." in page
    assert "You follow nobody yet" in page


@pytest.mark.parametrize("state", ["expired", "suspended", "revoked", "superseded"])
def test_every_status_is_shown_in_words(
    session: Session, browser: Browser, house: House, issue: Issue, state: str
) -> None:
    follow(session, house.member, issue(state).number, now=NOW)
    session.commit()
    word = {"superseded": "Replaced"}.get(state, state.capitalize())
    assert f"{word}</span>" in browser.get("/studio/watchlist").text


def test_another_studio_sees_nothing_of_it(
    session: Session, browse: Callable[..., Browser], house: House, other: House, issue: Issue, runtime: Runtime
) -> None:
    number = issue().number
    watch = follow(session, house.member, number, now=NOW, note="canary-studio-note")
    services.raise_alerts(session, watch.credential_id, "revoke", once_key="x", now=NOW)
    session.commit()
    stranger = browse(other.member)
    stranger.get("/account/")
    for page in ("/studio/watchlist", "/studio/alerts"):
        assert number not in stranger.get(page).text
        assert stranger.get(f"{page}?studio={house.id}").status_code == 404
    assert stranger.post(f"/studio/watchlist/{watch.id}/end").status_code == 404
    assert stranger.post(f"/studio/watchlist?studio={house.id}", {"number": number}).status_code == 404
    assert stranger.post(f"/studio/alerts/seen?studio={house.id}").status_code == 404
    with runtime.db.reading() as check:
        assert check.scalar(select(Watch.ended_at).where(Watch.id == watch.id)) is None
        assert queries.unseen_count(check, house.id) == 1
    assert "canary-studio-note" not in browse().get(f"/credentials/{number}").text


@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR, Role.ADMIN])
def test_others_have_no_watchlist(browse: Callable[..., Browser], make_user: Callable[..., Actor], role: Role) -> None:
    somebody = browse(make_user(role))
    somebody.get("/account/")
    assert somebody.get("/studio/watchlist").status_code == 404
    assert somebody.get("/studio/alerts").status_code == 404
    assert somebody.post("/studio/watchlist", {"number": "VM-11111-11111-1"}).status_code == 404


def test_who_has_left_sees_nothing_any_more(session: Session, browser: Browser, house: House) -> None:
    assert browser.get("/studio/watchlist").status_code == 200
    account_services.end_role(session, SYSTEM, house.member.user_id, Role.STUDIO, now=NOW)
    session.commit()
    assert browser.get("/studio/watchlist").status_code == 404


# --- two studios -----------------------------------------------------------------------------------------------


@pytest.fixture
def both(session: Session, house: House, other: House, browse: Callable[..., Browser]) -> Browser:
    """Somebody who sees for two studios."""
    account_services.grant_role(session, SYSTEM, house.member.user_id, Role.STUDIO, studio_id=other.id, now=NOW)
    session.commit()
    actor = accounts.actor_by_id(session, house.member.user_id)
    assert actor is not None
    found = browse(actor)
    found.get("/account/")
    return found


def test_a_person_of_two_studios_chooses(
    both: Browser, house: House, other: House, issue: Issue, runtime: Runtime
) -> None:
    number = issue().number
    answer = both.post(f"/studio/watchlist?studio={other.id}", {"number": number})
    assert answer.headers["Location"] == f"/studio/watchlist?studio={other.id}"
    assert (followed(runtime, other.id), followed(runtime, house.id)) == ([number], [])
    page = BeautifulSoup(both.get(f"/studio/watchlist?studio={other.id}").data, "html.parser")
    chosen = page.select_one('nav.seg a[aria-current="true"]')
    assert chosen is not None
    assert chosen.get_text().strip() == "Maison Vermeil"
    assert {str(form["action"]).partition("?")[2] for form in page.select("main form")} == {f"studio={other.id}"}
    assert number not in both.get(f"/studio/watchlist?studio={house.id}").text


def test_a_studio_that_is_not_theirs_is_not_found(both: Browser) -> None:
    for wanted in (uuid4(), "nonsense", ""):
        assert both.get(f"/studio/watchlist?studio={wanted}").status_code == 404


# --- alerts ----------------------------------------------------------------------------------------------------


def test_alerts_say_what_happened_until_they_are_seen(
    session: Session, browser: Browser, house: House, issue: Issue
) -> None:
    credential = issue("revoked")
    follow(session, house.member, credential.number, now=NOW)
    services.raise_alerts(session, credential.id, "revoke", once_key="x", now=NOW)
    session.commit()
    page = browser.get("/studio/alerts").text
    for words in (
        "The certificate was revoked. Do not rely on it any more.",
        "Amara Osei",
        "New</span>",
        "Mark all as seen",
    ):
        assert words in page
    assert f'href="/credentials/{credential.number}"' in page
    assert browser.get("/studio/alerts").text.count("New</span>") == 1, "looking is not marking"
    assert browser.post("/studio/alerts/seen").status_code == 303
    page = browser.get("/studio/alerts").text
    assert "New</span>" not in page
    assert "Mark all as seen" not in page
    assert "The certificate was revoked." in page


@pytest.mark.parametrize("kind", ["suspend", "reinstate", "supersede", "renew", "withdraw", "expiring", "expired"])
def test_every_kind_of_alert_has_words(
    session: Session, browser: Browser, house: House, issue: Issue, kind: str
) -> None:
    credential = issue()
    follow(session, house.member, credential.number, now=NOW)
    services.raise_alerts(session, credential.id, kind, once_key="x", now=NOW)
    session.commit()
    page = browser.get("/studio/alerts").text
    assert "The certificate has changed." not in page
    assert "Amara Osei" in page


def test_without_alerts_the_page_says_so(browser: Browser) -> None:
    assert "Nothing has changed" in browser.get("/studio/alerts").text


def test_pages_cost_the_same_for_one_and_for_many(
    session: Session, browser: Browser, house: House, issue: Issue, count_queries: QueryCount
) -> None:
    counts = []
    for count in (1, 4):
        for n in range(count):
            credential = issue(name=f"Person {count} {n}")
            follow(session, house.member, credential.number, now=NOW)
            services.raise_alerts(session, credential.id, "revoke", once_key=f"{count}{n}", now=NOW)
        session.commit()
        count_queries.statements.clear()
        browser.get("/studio/watchlist")
        browser.get("/studio/alerts")
        counts.append(len(count_queries))
    assert counts[0] == counts[1] <= 9
