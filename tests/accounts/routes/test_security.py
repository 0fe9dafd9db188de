"""The second step, passkeys, proofs before dangerous things, and limits that cannot lock anybody out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import SignIn
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.access.proof import Factor
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from tests.conftest import PASSWORD, Browser, Clock, Outbox
from tests.support.authenticator import Device

Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]


@pytest.fixture
def strict(runtime: Runtime) -> None:
    """Staff need a second step, as by default."""
    runtime.settings = replace(runtime.settings, staff_second_factor="required")


def email_of(actor: Actor, session: Session) -> str:
    return queries.user(session, actor.user_id).email


def set_up(browser: Browser, clock: Clock) -> pyotp.TOTP:
    """Set an app up through the pages; returns what the phone then has."""
    browser.get("/account/security")
    page = browser.post("/account/security/app").text
    secret = re.search(r"data-secret>([A-Z2-7 ]+)<", page).group(1).replace(" ", "")  # type: ignore[union-attr]
    app = pyotp.TOTP(secret)
    assert browser.post("/account/security/app", {"code": "000000"}).status_code == 422
    answer = browser.post("/account/security/app", {"code": app.at(clock())})
    assert answer.location == "/account/security/codes"
    return app


def sign_in(browser: Browser, email: str, **query: str):  # type: ignore[no-untyped-def]
    if browser.get("/sign-in").status_code == 303:
        browser.get("/account/")  # signed in already; any page has the form's token
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD}, query_string=query)
    if answer.location == "/sign-in/second-step":
        browser.get(answer.location)
    return answer


def add_passkey(browser: Browser, device: Device) -> None:
    answer = device.create(browser.post("/account/security/passkeys/options", json={}).json)
    kept = browser.post("/account/security/passkeys", json={"answer": answer, "name": "Phone"})
    assert kept.status_code == 200


@pytest.mark.usefixtures("strict")
def test_staff_set_up_a_second_step_before_they_work(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    actor = make_user(Role.INSTRUCTOR)
    browser = browse()
    assert sign_in(browser, email_of(actor, session), next="/teach/proofs").location == "/teach/proofs"
    assert browser.get("/teach/proofs").location == "/account/second-step?next=/teach/proofs"
    page = browser.get("/account/second-step")
    assert "Set up an app" in page.text
    assert browser.post("/account/away").status_code == 401, "a change is refused, not sent elsewhere"
    assert browser.get("/account/password").location.startswith("/account/second-step")
    app = set_up(browser, clock)
    made = browser.post("/account/security/codes").text
    codes = re.findall(r"[2-9a-z]{6}(?:-[2-9a-z]{6}){3}", made)
    assert len(codes) == 10
    assert codes[0] not in browser.get("/account/security/codes").text, "shown once"
    assert browser.get("/teach/proofs").status_code == 200
    assert browser.get("/account/second-step").location == "/account/security"

    second = browse()
    assert sign_in(second, email_of(actor, session), next="/teach/proofs").location == "/sign-in/second-step"
    assert second.get("/account/").status_code == 303, "half-way is nobody yet"
    assert second.post("/sign-in/second-step", {"code": app.at(clock())}).status_code == 422, "that code is used"
    clock.tick(seconds=30)
    assert second.post("/sign-in/second-step", {"code": app.at(clock())}).location == "/teach/proofs"
    assert second.get("/teach/proofs").status_code == 200
    third = browse()
    sign_in(third, email_of(actor, session))
    assert third.post("/sign-in/second-step", {"code": codes[3]}).location == "/account/home"
    fourth = browse()
    sign_in(fourth, email_of(actor, session))
    assert fourth.post("/sign-in/second-step", {"code": codes[3]}).status_code == 422
    clock.tick(minutes=11)
    assert fourth.post("/sign-in/second-step", {"code": codes[4]}).location == "/sign-in", "half-way for ten minutes"


@pytest.mark.usefixtures("strict")
def test_an_old_session_shows_the_second_step_that_is_there(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    actor = make_user(Role.ADMIN)
    older, newer = browse(actor), browse(actor)
    app = set_up(newer, clock)
    assert older.get("/admin/users").location == "/account/second-step?next=/admin/users"
    assert older.get("/account/second-step?next=/admin/users").location == "/account/confirm?next=/admin/users"
    older.get("/account/confirm")
    assert older.post("/account/confirm", {"proof": PASSWORD}).status_code == 422, "the password is not enough"
    clock.tick(seconds=30)
    answer = older.post("/account/confirm?next=/admin/users", {"proof": app.at(clock())})
    assert answer.location == "/admin/users"
    assert older.get("/admin/users").status_code == 200


def test_people_of_the_demo_and_students_are_not_asked(
    browse: Browse, make_user: MakeUser, session: Session, strict: None
) -> None:
    demo = make_user(Role.INSTRUCTOR)
    queries.user(session, demo.user_id).is_demo = True
    session.commit()
    assert browse(demo).get("/teach/proofs").status_code == 200
    assert browse(make_user(Role.STUDENT)).get("/account/password").status_code == 200


def test_a_passkey_signs_in_alone_and_as_second_step(
    browse: Browse, make_user: MakeUser, session: Session, strict: None
) -> None:
    actor, device, other = make_user(Role.INSTRUCTOR), Device(), Device()
    browser = browse(actor)
    browser.get("/account/second-step")
    add_passkey(browser, device)
    assert browser.get("/teach/proofs").status_code == 200, "it counts as second step at once"
    assert "Phone" in browser.get("/account/security").text

    alone = browse()
    alone.get("/sign-in")
    options = alone.post("/sign-in/passkey/options", json={}).json
    assert options["allowCredentials"] == [], "nobody learns who has which"
    answer = device.get(options)
    assert alone.post("/sign-in/passkey", json={"answer": answer, "next": "//evil.test"}).json == {
        "location": "/account/home"
    }
    assert alone.get("/teach/proofs").status_code == 200
    replay = browse()
    replay.get("/sign-in")
    assert replay.post("/sign-in/passkey", json={"answer": answer}).status_code == 422, "its challenge is used"
    unknown = other.get(replay.post("/sign-in/passkey/options", json={}).json)
    assert replay.post("/sign-in/passkey", json={"answer": unknown}).status_code == 422
    for nonsense in ({}, {"answer": 1}, {"answer": {}}, {"answer": {"id": "x", "response": {}}}, [1]):
        assert replay.post("/sign-in/passkey", json=nonsense).status_code == 422
    assert replay.get("/account/").status_code == 303

    second = browse()
    assert sign_in(second, email_of(actor, session)).location == "/sign-in/second-step"
    assert "passkey" in second.get("/sign-in/second-step").text
    options = second.post("/sign-in/passkey/options", json={}).json
    assert device.knows(options)
    assert not other.knows(options)
    assert second.post("/sign-in/passkey", json={"answer": device.get(options)}).json["location"] == "/account/home"


def test_a_passkey_of_somebody_else_confirms_nothing_and_cannot_be_added_twice(
    browse: Browse, make_user: MakeUser, clock: Clock
) -> None:
    one, two = browse(make_user(Role.STUDENT)), browse(make_user(Role.STUDENT))
    device = Device()
    for browser in (one, two):
        browser.get("/account/security")
    add_passkey(one, device)
    answer = device.create(two.post("/account/security/passkeys/options", json={}).json)
    assert two.post("/account/security/passkeys", json={"answer": answer}).status_code == 409
    foreign = Device().create(one.post("/account/security/passkeys/options", json={}).json)
    assert two.post("/account/security/passkeys", json={"answer": foreign}).status_code == 422, "asked of another"
    signed = device.get(two.post("/account/confirm/passkey/options", json={}).json)
    assert two.post("/account/confirm/passkey", json={"answer": signed}).status_code == 422
    clock.tick(minutes=11)
    refused = one.post("/account/security/passkeys/options", json={}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (404, "proof_needed")
    signed = device.get(one.post("/account/confirm/passkey/options", json={}).json)
    assert one.post("/account/confirm/passkey", json={"answer": signed}).json == {"ok": True}
    assert one.post("/account/security/passkeys/options", json={}).status_code == 200


def test_dangerous_things_ask_again_and_keep_the_form(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    admin, person = make_user(Role.ADMIN), make_user(Role.STUDENT)
    browser = browse(admin)
    token_before = session.scalars(select(SignIn.token_hash).where(SignIn.user_id == admin.user_id)).one()
    browser.get("/admin/users")
    url = f"/admin/users/{person.user_id}/roles/grant"
    clock.tick(minutes=11)
    asked = browser.post(url, {"role": "instructor"})
    assert asked.status_code == 401
    assert '<input type="hidden" name="role" value="instructor">' in asked.text
    assert f'action="{url}"' in asked.text
    assert queries.role_names(session, person.user_id) == ["student"], "nothing has happened yet"
    wrong = browser.post(url, {"role": "instructor", "proof": "not this"})
    assert wrong.status_code == 422
    assert "not your password" in wrong.text
    assert browser.post(url, {"role": "instructor", "proof": PASSWORD}).status_code == 303
    session.expire_all()
    assert queries.role_names(session, person.user_id) == ["instructor", "student"]
    rows = session.scalars(select(SignIn.token_hash).where(SignIn.user_id == admin.user_id)).all()
    assert len(rows) == 1
    assert rows[0] != token_before, "the proof changed the token"
    assert browser.post(f"/admin/users/{person.user_id}/disable").status_code == 303, "not asked twice in ten minutes"
    clock.tick(minutes=11)
    assert browser.get("/account/security/codes").location == "/account/confirm?next=/account/security/codes"
    assert browser.post("/account/confirm?next=//evil.test", {"proof": PASSWORD}).location == "/account/security"


def test_strangers_cannot_lock_anybody_out_of_a_known_device(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    email = email_of(make_user(Role.STUDENT), session)
    other = email_of(make_user(Role.STUDENT), session)
    own = browse()
    assert sign_in(own, email).status_code == 303
    cookie = own.client.get_cookie("__Host-vermilion-device", domain="academy.test")
    assert cookie is not None
    assert cookie.http_only and cookie.secure and cookie.same_site == "Lax"
    stranger = browse()
    stranger.get("/sign-in")
    guesses = [stranger.post("/sign-in", {"email": email, "password": "wrong wrong"}).status_code for _ in range(21)]
    assert (guesses.count(422), guesses[-1]) == (20, 429)
    assert sign_in(browse(), email).status_code == 429, "a new browser has to wait"
    assert sign_in(own, email).status_code == 303, "the known one does not"
    assert sign_in(own, other).status_code == 303
    thief = browse()  # with the device cookie of the first person, guesses are counted, too
    thief.client.set_cookie("__Host-vermilion-device", cookie.value, domain="academy.test", secure=True)
    thief.get("/sign-in")
    tries = [thief.post("/sign-in", {"email": email, "password": "wrong wrong"}).status_code for _ in range(11)]
    assert (tries.count(422), tries[-1]) == (10, 429)
    clock.tick(minutes=16)
    assert sign_in(browse(), email).status_code == 303


def test_guessing_codes_is_stopped(browse: Browse, make_user: MakeUser, session: Session, clock: Clock) -> None:
    actor = make_user(Role.STUDENT)
    app = set_up(browse(actor), clock)
    browser = browse()
    sign_in(browser, email_of(actor, session))
    codes = [browser.post("/sign-in/second-step", {"code": f"{n:06}"}).status_code for n in range(11)]
    assert (codes.count(422), codes[-1]) == (10, 429)
    clock.tick(minutes=9)
    assert browser.post("/sign-in/second-step", {"code": app.at(clock())}).status_code == 429


def test_devices_are_told_in_words_and_when_they_were_used(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    actor = make_user(Role.STUDENT)
    browser = browse()
    browser.get("/sign-in")
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
    data = {"email": email_of(actor, session), "password": PASSWORD}
    assert browser.post("/sign-in", data, headers={"User-Agent": phone}).status_code == 303
    assert "Safari on iPhone" in browser.get("/account/security").text

    def seen() -> timedelta:
        session.expire_all()
        return clock() - session.scalars(select(SignIn.seen_at).where(SignIn.user_id == actor.user_id)).one()

    clock.tick(minutes=59)
    browser.get("/account/").close()
    assert seen() == timedelta(minutes=59), "to the hour, no closer"
    clock.tick(minutes=2)
    browser.get("/account/").close()
    assert seen() == timedelta(0)
    clock.tick(days=13)
    assert browser.get("/account/").status_code == 200
    clock.tick(days=15)
    assert browser.get("/account/").status_code == 303, "nobody used it for two weeks"


def test_signing_up_by_mail_tells_nobody_who_has_an_account(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime, outbox: Outbox
) -> None:
    runtime.settings = replace(runtime.settings, sign_up="by_mail")
    known = email_of(make_user(Role.STUDENT), session)
    browser = browse()
    browser.get("/sign-up")
    assert browser.post("/sign-up", {"email": "new@example.com"}).status_code == 422, "of age?"
    answers = {
        re.sub(r'(csrf[^>]*|value="[^"]*")', "", browser.post("/sign-up", {"email": e, "adult": "y"}).text).replace(
            e, ""
        )
        for e in (known, "new@example.com")
    }
    assert len(answers) == 1
    work_off(runtime)
    told, invited = sorted(outbox.messages, key=lambda mail: mail.to != known)
    assert (told.subject, invited.to) == ("You have an account already", "new@example.com")
    path = re.search(r"https://academy\.test(/invitation/\S+)", invited.text).group(1)  # type: ignore[union-attr]
    assert browser.post(path, {"name": "New Person", "password": "a lip is no wall"}).status_code == 303
    assert browser.get("/account/home").location == "/learn/"


def test_an_invitation_accepted_by_somebody_signed_in_changes_the_session(
    browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime
) -> None:
    actor = make_user(Role.STUDENT)
    browser, elsewhere = browse(actor), browse(actor)
    token = services.invite(session, SYSTEM, email="x@example.com", role=Role.INSTRUCTOR, now=runtime.now())
    session.commit()
    browser.get(f"/invitation/{token}")
    assert browser.post(f"/invitation/{token}").status_code == 303
    assert browser.get("/teach/proofs").status_code == 200
    assert elsewhere.get("/account/").status_code == 303, "more power needs a new session"


def test_an_administrator_signs_people_out_and_removes_a_lost_second_step(
    browse: Browse, make_user: MakeUser, session: Session, clock: Clock
) -> None:
    person = make_user(Role.INSTRUCTOR)
    theirs, admin = browse(person), browse(make_user(Role.ADMIN))
    set_up(theirs, clock)
    admin.get("/admin/users")
    assert admin.post(f"/admin/users/{person.user_id}/sessions/end").status_code == 303
    assert theirs.get("/account/").status_code == 303
    assert sign_in(browse(), email_of(person, session)).location == "/sign-in/second-step"
    assert admin.post(f"/admin/users/{person.user_id}/second-step/forget").status_code == 303
    assert sign_in(browse(), email_of(person, session)).location == "/account/home"


def test_without_script_the_page_says_what_needs_one(browse: Browse, make_user: MakeUser) -> None:
    page = browse().get("/sign-in").text
    assert "Passkeys need JavaScript" in page
    assert re.search(r"<button[^>]*data-passkey-go hidden", page)
    security = browse(make_user(Role.STUDENT)).get("/account/security").text
    assert "Passkeys need JavaScript" in security
    assert 'action="/account/security/app"' in security
    assert Factor.PASSWORD.value not in re.findall(r'data-passkey="(\w+)"', security)
