"""One's own profile, password and devices."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.conftest import PASSWORD, Browser

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]


def test_each_role_starts_in_its_own_area(browse: Browse, make_user: MakeUser) -> None:
    for role, start in ((Role.STUDENT, "/learn/"), (Role.INSTRUCTOR, "/teach/"), (Role.ADMIN, "/admin/")):
        assert browse(make_user(role)).get("/account/home").location == start


def test_changing_the_name(browse: Browse, make_user: MakeUser, session: Session) -> None:
    actor = make_user(Role.STUDENT)
    browser = browse(actor)
    browser.get("/account/")
    assert browser.post("/account/", {"name": "Amara N. Osei"}).status_code == 303
    assert queries.user(session, actor.user_id).name == "Amara N. Osei"
    assert browser.post("/account/", {"name": ""}).status_code == 422


def test_a_new_password_needs_the_old_one(browse: Browse, make_user: MakeUser, session: Session) -> None:
    actor = make_user(Role.STUDENT)
    browser = browse(actor)
    browser.get("/account/password")
    wrong = browser.post("/account/password", {"current": "not this", "password": "fresh words for me"})
    assert wrong.status_code == 422
    assert "not your current password" in wrong.text
    right = browser.post("/account/password", {"current": PASSWORD, "password": "fresh words for me"})
    assert right.status_code == 303
    assert browser.get("/account/").status_code == 200, "this device stays signed in"


def test_other_devices_can_be_signed_out(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime
) -> None:
    actor, other = make_user(Role.STUDENT), make_user(Role.STUDENT)
    browser, second, stranger = browse(actor), browse(actor), browse(other)
    lines = queries.live_sessions(session, actor.user_id, runtime.now())
    assert len(lines) == 2
    browser.get("/account/")
    stranger.get("/account/")
    assert stranger.post(f"/account/sessions/{lines[0].id}/end").status_code == 404
    assert browser.post("/account/sessions/end-others").status_code == 303
    assert second.get("/account/").status_code == 303
    assert browser.get("/account/").status_code == 200


def test_ending_a_role_works_at_the_next_request(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime
) -> None:
    admin, instructor = make_user(Role.ADMIN), make_user(Role.INSTRUCTOR)
    browser = browse(instructor)
    assert browser.get("/teach/proofs").status_code == 200
    services.end_role(session, admin, instructor.user_id, Role.INSTRUCTOR, now=runtime.now())
    session.commit()
    assert browser.get("/teach/proofs").status_code == 404
