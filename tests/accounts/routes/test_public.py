"""Signing up and in, links from mails, and what a stranger can learn (nothing)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import services
from app.domain.access.actor import SYSTEM, Actor, Role
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.conftest import PASSWORD, Browser, Clock, Outbox

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]
AMARA = {"name": "Amara Osei", "email": "amara@example.com", "password": "a lip is not a wall", "adult": "y"}


def email_of(actor: Actor, session: Session) -> str:
    from app.accounts import queries

    return queries.user(session, actor.user_id).email


def test_signing_in_renews_a_hash_of_another_cost_and_the_password_stays_good(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime
) -> None:
    from app.accounts import queries
    from app.infra.passwords import Passwords

    amara = make_user(Role.STUDENT)
    address = email_of(amara, session)
    old = Passwords(memory_kib=16, time_cost=1).hash(PASSWORD)
    queries.user(session, amara.user_id).password_hash = old
    session.commit()
    for _ in range(2):
        assert browse().post("/sign-in", {"email": address, "password": PASSWORD}).status_code == 303
    session.expire_all()
    renewed = queries.user(session, amara.user_id).password_hash
    assert renewed != old and not runtime.passwords.is_outdated(renewed)
    services.renew_hash(session, amara.user_id, old, "meanwhile the password was changed")
    session.expire_all()
    assert queries.user(session, amara.user_id).password_hash == renewed


def test_signing_up_leads_into_the_product(browse: Browse) -> None:
    browser = browse()
    browser.get("/sign-up")
    answer = browser.post("/sign-up", AMARA)
    assert (answer.status_code, answer.location) == (303, "/learn/")
    assert "Amara Osei" in browser.get("/account/").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "short"}, "at least 8 characters"),
        ({"password": "vermilion 2026"}, "name of this academy"),
        ({"password": "password123"}, "first that anybody would try"),
        ({"password": "amaraosei1"}, "Your own name"),
        ({"email": "not an address"}, "e-mail address like"),
        ({"name": " "}, "Fill this in"),
        ({"adult": ""}, "18 and older"),
    ],
)
def test_a_refused_sign_up_says_why_and_keeps_what_was_typed(browse: Browse, change: dict, words: str) -> None:
    browser = browse()
    browser.get("/sign-up")
    answer = browser.post("/sign-up", AMARA | change)
    assert answer.status_code == 422
    assert words in answer.text
    if "name" not in change:
        assert 'value="Amara Osei"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_long_passwords_are_taken_whole(browse: Browse) -> None:
    long = "öß 🖌 " * 21 + "ende"  # 109 characters
    browser = browse()
    browser.get("/sign-up")
    assert browser.post("/sign-up", AMARA | {"password": long}).status_code == 303
    stranger = browse()
    assert stranger.post("/sign-in", {"email": AMARA["email"], "password": long[:-1] + "x"}).status_code == 422
    assert stranger.post("/sign-in", {"email": AMARA["email"], "password": long}).status_code == 303


def test_a_cookie_kept_from_before_sign_out_is_dead(browse: Browse, make_user: MakeUser) -> None:
    browser = browse(make_user(Role.STUDENT))
    assert browser.get("/account/").status_code == 200
    kept = browser.client.get_cookie("__Host-vermilion", domain="academy.test")
    answer = browser.post("/account/sign-out")
    assert answer.headers["Clear-Site-Data"]
    browser.client.set_cookie("__Host-vermilion", kept.value, domain="academy.test", secure=True)
    assert browser.get("/account/").status_code == 303


def test_the_cookie_carries_every_flag(browse: Browse) -> None:
    cookie = browse().get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("__Host-vermilion=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_signing_in_gives_a_new_session(browse: Browse, make_user: MakeUser, session: Session) -> None:
    actor = make_user(Role.STUDENT)
    browser = browse()
    before = browser.get("/sign-in").headers["Set-Cookie"]
    answer = browser.post("/sign-in", {"email": email_of(actor, session), "password": PASSWORD})
    assert answer.headers["Set-Cookie"].split(";")[0] != before.split(";")[0]


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "/\t/evil.test", "https://evil.test", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(
    browse: Browse, make_user: MakeUser, session: Session, target: str
) -> None:
    actor = make_user(Role.STUDENT)
    browser = browse()
    browser.get("/sign-in")
    data = {"email": email_of(actor, session), "password": PASSWORD}
    answer = browser.post("/sign-in", data, query_string={"next": target})
    assert answer.location == "/account/home"


def test_wrong_password_and_unknown_person_get_the_same_answer(
    browse: Browse, make_user: MakeUser, session: Session
) -> None:
    email = email_of(make_user(Role.STUDENT), session)

    def refusal(address: str) -> tuple[int, str]:
        browser = browse()
        answer = browser.post("/sign-in", {"email": address, "password": "wrong wrong"})
        text = re.sub(r'(csrf[^>]*|value="[^"]*"|address)', "", answer.text)
        return answer.status_code, text.replace(address, "")

    assert refusal(email) == refusal("nobody@example.com")


def test_guessing_a_password_is_stopped_and_opens_again(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    email = email_of(make_user(Role.STUDENT), session)
    browser = browse()
    browser.get("/sign-in")
    guess = {"email": email, "password": "wrong wrong"}
    statuses = [
        browser.post("/sign-in", guess, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(22)
    ]
    assert statuses.count(422) == 20
    assert statuses[-1] == 429, "a forged X-Forwarded-For changes nothing"
    assert browser.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 429
    clock.tick(minutes=16)
    assert browser.post("/sign-in", {"email": email, "password": PASSWORD}).status_code == 303


def test_a_forgotten_password_is_reset_by_mail(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime, outbox: Outbox
) -> None:
    email = email_of(make_user(Role.STUDENT), session)
    browser = browse()
    browser.get("/forgot-password")
    known, unknown = (browser.post("/forgot-password", {"email": e}) for e in (email, "nobody@example.com"))
    assert known.text.replace(email, "") == unknown.text.replace("nobody@example.com", "")
    work_off(runtime)
    (mail,) = outbox.messages
    assert mail.to == email
    path = re.search(r"https://academy\.test(/reset-password/\S+)", mail.text).group(1)  # type: ignore[union-attr]
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"password": "a new set of words"}).status_code == 303
    assert browser.get(path).status_code == 410
    assert browser.post("/sign-in", {"email": email, "password": "a new set of words"}).status_code == 303


def test_an_invitation_link_makes_an_instructor(browse: Browse, session: Session, runtime: Runtime) -> None:
    token = services.invite(session, SYSTEM, email="ines@example.com", role=Role.INSTRUCTOR, now=runtime.now())
    session.commit()
    browser = browse()
    assert "ines@example.com" in browser.get(f"/invitation/{token}").text
    answer = browser.post(f"/invitation/{token}", {"name": "Ines", "email": "x@y.zz", "password": "a lip is no wall"})
    assert answer.status_code == 303
    assert browser.get("/account/home").location == "/teach/"
    assert browse().get(f"/invitation/{token}").status_code == 410


def test_a_post_without_a_token_is_refused(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data={"email": "a@b.cc"}, base_url="https://academy.test")
    assert answer.status_code == 400
    assert "too old" in answer.text
