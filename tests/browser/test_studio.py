"""A studio owner in a hurry checks five hundred rows with mistakes; an artist who wants to be found is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.domain.access.actor import SYSTEM, Actor, Role
from app.studios import queries as studios
from app.studios import services
from tests.browser.conftest import LiveServer
from tests.browser.walker import Inspector
from tests.factories.credentials import issue_sample
from tests.factories.studios import open_studio
from tests.support import axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def owner_of(live_server: LiveServer) -> Actor:
    person = live_server.person(Role.STUDENT, name="Odile Roux")
    with live_server.runtime.transaction() as session:
        now = live_server.runtime.now()
        studio = open_studio(session, now=now)
        account_services.grant_role(session, SYSTEM, person.user_id, Role.STUDIO, now=now, studio_id=studio.id)
        account_services.end_role(session, SYSTEM, person.user_id, Role.STUDENT, now=now)
        session.flush()
        actor = accounts.actor_by_id(session, person.user_id)
    assert actor is not None
    live_server.emails[actor] = live_server.emails[person]
    return actor


def test_a_list_of_five_hundred_with_mistakes_and_an_artist_who_is_found(
    browser: Browser, live_server: LiveServer, tmp_path: Path
) -> None:
    inspect = Inspector(axe.ensure(), tmp_path)
    owner, artist = owner_of(live_server), live_server.person(Role.STUDENT, name="Amara Osei")
    revoked = live_server.person(Role.STUDENT, name="Marek Vossen")
    with live_server.runtime.transaction() as session:
        good = issue_sample(session, live_server.runtime, artist).number
        bad = issue_sample(session, live_server.runtime, revoked, state="revoked").number
        now = live_server.runtime.now()
        page_of_artist = services.save_portfolio(
            session, artist, is_open=True, is_listed=True, is_indexed=False, place="Lyon, France", now=now
        ).slug
    slip = good[:-1] + ("2" if good[-1] != "2" else "3")
    rows = [f"Amara Osei;{good}", f"Marek Vossen;{bad}", f"Amara Osei;{slip}", "Kim T.;"]
    rows += [f"Person {n};VM-11111-11111-1" for n in range(496)]
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        live_server.sign_in(page, owner)
        page.goto(f"{live_server.base_url}/studio/lists")
        inspect.look(page, "list-form")
        page.get_by_label("Names and numbers").fill("\n".join(rows))
        page.get_by_role("button", name="Check the list").click()
        first = page.locator("tbody tr").first
        expect(first).to_contain_text("Marek Vossen")
        expect(first).to_contain_text("Revoked")
        expect(page.locator("tbody tr").filter(has_text="Did you mean")).to_contain_text(good)
        expect(page.locator("tbody tr").filter(has_text="Kim T.")).to_contain_text("Ask for the certificate number")
        inspect.look(page, "list-result")
        page.get_by_role("button", name="Follow the 1 good row").click()
        expect(page.get_by_text("You follow 1 more certificate.")).to_be_visible()
        with live_server.runtime.db.reading() as session:
            followed = studios.watchlist(session, min(owner.studio_ids), now=now)
        assert [line.number for line in followed] == [good]
    with browser.new_context(viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{live_server.base_url}/artists?place=lyon")
        inspect.look(page, "directory")
        page.get_by_role("link", name="Amara Osei").click()
        expect(page).to_have_url(f"{live_server.base_url}/artists/{page_of_artist}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Amara Osei")
        inspect.look(page, "artist")
    assert inspect.faults == []
