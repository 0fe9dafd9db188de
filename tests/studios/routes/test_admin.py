"""Studios and their people, as administrators see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Invitation
from app.domain.access.actor import Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.studios import queries
from app.studios.models import Studio
from tests.conftest import PASSWORD, Browser, Outbox
from tests.studios.conftest import House


@pytest.fixture
def browser(browse: Callable[..., Browser], make_user: Callable[..., Actor]) -> Browser:
    found = browse(make_user(Role.ADMIN, name="Ruth Amadi"))
    found.get("/account/")
    return found


def count(runtime: Runtime, model: type) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_studio_is_made(browser: Browser, runtime: Runtime) -> None:
    assert "No studio yet" in browser.get("/admin/studios").text
    answer = browser.post("/admin/studios", {"name": "Atelier Rouge", "city": "Lyon"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/studios")
    page = browser.get("/admin/studios").text
    for words in ("The studio is there.", "Atelier Rouge", "Lyon", "0 people"):
        assert words in page
    assert 'aria-current="page"' in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "", "city": ""}, "Name the studio."),
        ({"name": "atelier RUE nine", "city": ""}, "There is already a studio with this name."),
        ({"name": "x" * 121, "city": ""}, "longer than 120"),
    ],
)
def test_what_is_wrong_stands_at_the_field(
    browser: Browser, house: House, runtime: Runtime, data: dict[str, str], words: str
) -> None:
    answer = browser.post("/admin/studios", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert count(runtime, Studio) == 1


def test_a_person_is_invited_and_sees_for_the_studio(
    browser: Browser, browse: Callable[..., Browser], house: House, runtime: Runtime, outbox: Outbox
) -> None:
    answer = browser.post(f"/admin/studios/{house.id}/invite", {"email": "Marc@Example.com"})
    assert answer.status_code == 200
    found = re.search(r'value="https://academy.test(/invitation/[^"]+)"', answer.text)
    assert found is not None, "the link is shown in case mail fails"
    assert 'href="/admin/studios"' in answer.text
    work_off(runtime)
    (mail,) = outbox.messages
    assert (mail.to.lower(), found[1] in mail.text, "Atelier Rue Nine" in mail.text) == ("marc@example.com", True, True)
    guest = browse()
    guest.get(found[1])
    joined = guest.post(found[1], {"name": "Marc Delorme", "email": "marc@example.com", "password": PASSWORD})
    assert joined.status_code == 303
    with runtime.db.reading() as session:
        user = accounts.user_by_email(session, "marc@example.com")
        assert user is not None
        actor = accounts.actor_by_id(session, user.id)
        assert actor is not None
        assert (actor.roles, actor.studio_ids) == ({Role.STUDIO}, {house.id})
        assert queries.studios(session)[0].members == 2
    assert guest.get("/studio/watchlist").status_code == 200


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c"])
def test_an_address_that_is_none_invites_nobody(browser: Browser, house: House, runtime: Runtime, email: str) -> None:
    answer = browser.post(f"/admin/studios/{house.id}/invite", {"email": email})
    assert answer.status_code == 422
    assert f'id="email-{house.id}-error"' in answer.text
    assert count(runtime, Invitation) == 0


def test_a_studio_that_is_not_there(browser: Browser, runtime: Runtime) -> None:
    assert browser.post(f"/admin/studios/{uuid4()}/invite", {"email": "a@example.com"}).status_code == 404
    assert count(runtime, Invitation) == 0


@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR, Role.STUDIO])
def test_only_administrators_come_here(
    session: Session, browse: Callable[..., Browser], make_user: Callable[..., Actor], house: House, runtime: Runtime,
    role: Role,
) -> None:  # fmt: skip
    somebody = browse(make_user(role, name="Somebody Else", studio_id=house.id))
    somebody.get("/account/")
    assert somebody.get("/admin/studios").status_code == 404
    assert somebody.post("/admin/studios", {"name": "Mine", "city": ""}).status_code == 404
    assert somebody.post(f"/admin/studios/{house.id}/invite", {"email": "a@example.com"}).status_code == 404
    assert (count(runtime, Studio), count(runtime, Invitation)) == (1, 0)
