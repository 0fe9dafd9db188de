"""The pages of privacy: your data, leaving, the notice, and what administrators do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.services import ask_sign_up
from app.domain.access.actor import Actor, Role
from app.domain.events import AccountMade
from app.infra.jobs.models import Job
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.privacy import queries
from app.privacy.models import ErasureRequest
from tests.conftest import NOW, PASSWORD, Browser, Clock, QueryCount

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]


def test_your_data_from_agreeing_to_leaving_and_staying(
    make_user: MakeUser, browse: Browse, session: Session, runtime: Runtime, count_queries: QueryCount
) -> None:
    actor = make_user(name="Amara Osei")
    browser = browse(actor)
    page = browser.get("/account/data")
    assert page.text.count("Not agreed") == 3 and "Erase my data" in page.text
    count_queries.statements.clear()
    browser.get("/account/data")
    few = len(count_queries)
    for path in ("terms/give", "teaching/give", "teaching/take-back"):
        assert browser.post(f"/account/data/consents/{path}").status_code == 303
    assert browser.post("/account/data/consents/terms/take-back").status_code == 409
    assert browser.post("/account/data/consents/everything/give").status_code == 404
    count_queries.statements.clear()
    assert "History" in browser.get("/account/data").text
    assert len(count_queries) == few

    assert browser.post("/account/data/copies").status_code == 303
    page = browser.get("/account/data").text
    assert "It is being made." in page and "practice-export" in page
    status = re.search(r'data-export="([^"]+)"', page)
    assert status is not None and browser.get(status[1]).json["state"] == "waiting"
    work_off(runtime)
    action = re.search(r'action="(/account/data/copies/[^"]+/file)"', browser.get("/account/data").text)
    assert action is not None
    assert browser.get(action[1]).status_code == 405, "there is no link that could be passed on"
    with browser.post(action[1]) as answer:
        assert answer.mimetype == "application/zip" and answer.headers["Content-Disposition"].startswith("attachment")

    assert browser.post("/account/data/erase", {"password": "wrong", "sure": "y"}).status_code == 422
    assert browser.post("/account/data/erase", {"password": PASSWORD}).status_code == 422
    assert queries.open_request(session, actor.user_id) is None
    assert browser.post("/account/data/erase", {"password": PASSWORD, "sure": "y"}).status_code == 303
    assert "You will be erased on December 6, 2026." in browser.get("/account/data").text
    assert browser.post("/account/data/erase/withdraw").status_code == 303
    assert "You will be erased" not in browser.get("/account/data").text


def test_a_copy_that_has_ended_is_not_handed_out(
    make_user: MakeUser, browse: Browse, runtime: Runtime, clock: Clock
) -> None:
    browser = browse(make_user())
    browser.get("/account/data")
    browser.post("/account/data/copies")
    work_off(runtime)
    action = re.search(r'action="(/account/data/copies/[^"]+/file)"', browser.get("/account/data").text)
    assert action is not None
    clock.tick(days=7)
    assert browser.post(action[1]).status_code == 410


def test_an_administrator_erases_on_request(
    make_user: MakeUser, browse: Browse, session: Session, runtime: Runtime
) -> None:
    actor, admin = make_user(name="Amara Osei"), make_user(Role.ADMIN)
    browser, own = browse(admin), browse(actor)
    assert "Amara Osei" in browser.get(f"/admin/privacy/people/{actor.id}").text
    answer = browser.post(f"/admin/privacy/people/{actor.id}/erase", {"reason": "Wrote a letter on Monday"})
    assert answer.status_code == 303
    assert "Amara Osei" in browser.get("/admin/privacy").text
    work_off(runtime)
    session.expire_all()
    request = session.scalars(select(ErasureRequest)).one()
    assert (request.asked_by, request.reason) == (admin.user_id, ""), "the reason may name the person"
    assert queries.is_erased(session.get_one(User, actor.user_id))
    assert "This person is erased." in browser.get(f"/admin/privacy/people/{actor.id}").text
    assert "Nobody asked to be erased" in browser.get("/admin/privacy").text
    assert own.get("/account/").status_code == 303


def test_signing_up_names_what_is_agreed_to_and_tells_of_the_account(browse: Browse, session: Session) -> None:
    browser = browse()
    page = browser.get("/sign-up").text
    assert 'href="/terms"' in page and 'href="/privacy"' in page
    data = {"name": "Amara Osei", "email": "amara@example.com", "password": "fourteen red tulips", "adult": "y"}
    assert browser.post("/sign-up", data).status_code == 303
    user = session.scalars(select(User).where(User.email == "amara@example.com")).one()
    jobs = session.scalars(select(Job).where(Job.handler == "privacy.note_consent")).all()
    assert [job.payload for job in jobs] == [AccountMade(user.id.hex).payload()]


def test_an_invitation_names_what_is_agreed_to_and_tells_of_the_account(browse: Browse, session: Session) -> None:
    """Signing up by mail ends on the same page: its link is an invitation to be a student."""
    token = ask_sign_up(session, "lea@example.com", now=NOW)
    session.commit()
    browser = browse()
    page = browser.get(f"/invitation/{token}").text
    assert 'href="/terms"' in page and 'href="/privacy"' in page
    data = {"name": "Lea Fontaine", "password": "fourteen red tulips"}
    assert browser.post(f"/invitation/{token}", data).status_code == 303
    user = session.scalars(select(User).where(User.email == "lea@example.com")).one()
    jobs = session.scalars(select(Job).where(Job.handler == "privacy.note_consent")).all()
    assert [job.payload for job in jobs] == [AccountMade(user.id.hex).payload()]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_notice_and_the_terms_are_read_by_anybody(browse: Browse) -> None:
    notice = browse().get("/privacy")
    assert notice.status_code == 200
    for words in ("Photos of your pieces", "How long:", "When you are erased:"):
        assert words in notice.text
    assert "does not license anyone" in browse().get("/terms").text
