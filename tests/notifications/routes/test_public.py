"""Unsubscribing works for whoever has the mail: by its link, without a session, and for nobody who guesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.notices import DEFAULTS, Frequency, Topic
from app.infra.jobs.worker import work_off
from app.infra.links import sign_link
from app.infra.runtime import Runtime
from app.notifications import queries, services
from tests.conftest import Browser, Outbox

Browse = Callable[..., Browser]
Tell = Callable[..., None]
SITE = "https://academy.test"


def wanted(session: Session, actor: Actor) -> dict[Topic, Frequency]:
    session.expire_all()
    return dict(queries.wishes_of(session, actor.user_id).frequencies)


def link_of(runtime: Runtime, actor: Actor, what: str) -> str:
    token = sign_link(runtime.settings.secret_key, services.UNSUBSCRIBE, actor.user_id.hex, what)
    return f"/unsubscribe/{token}"


def test_the_link_of_a_mail_asks_first_and_then_stops_that_mail_only(
    session: Session, runtime: Runtime, browse: Browse, amara: Actor, tell: Tell, outbox: Outbox
) -> None:
    tell(amara, "review_decided")
    work_off(runtime)
    address = outbox.messages[0].unsubscribe
    assert address.startswith(f"{SITE}/unsubscribe/")
    browser = browse()
    asked = browser.get(address.removeprefix(SITE))
    assert "You will get no more mail about: Feedback on your pieces." in asked.text
    assert wanted(session, amara) == DEFAULTS, "a program that looks into links stops nothing"
    done = browser.post(address.removeprefix(SITE))
    assert (done.status_code, "No more mail comes about: Feedback on your pieces." in done.text) == (200, True)
    assert wanted(session, amara) == {**DEFAULTS, Topic.FEEDBACK: Frequency.NEVER}
    tell(amara, "review_decided")
    work_off(runtime)
    assert len(outbox.messages) == 1
    for part in (asked.text, done.text):
        assert "Amara" not in part and "example.com" not in part


def test_a_mail_program_unsubscribes_with_one_click_without_cookie_or_form_token(
    app: Flask, session: Session, runtime: Runtime, amara: Actor
) -> None:
    """RFC 8058, 3.2: a POST with this body, without cookies or other context."""
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client(use_cookies=False)
    for _ in range(2):
        answer = client.post(link_of(runtime, amara, "quizzes"), data={"List-Unsubscribe": "One-Click"}, base_url=SITE)
        assert answer.status_code == 200
        assert "No more mail comes about: Quizzes." in answer.text
    assert wanted(session, amara)[Topic.QUIZZES] is Frequency.NEVER


def test_the_link_of_a_summary_ends_all_summaries(
    session: Session, runtime: Runtime, browse: Browse, amara: Actor
) -> None:
    assert browse().post(link_of(runtime, amara, services.EVERY_DIGEST)).status_code == 200
    found = wanted(session, amara)
    at_once = {topic for topic, how in DEFAULTS.items() if how is Frequency.NOW}
    assert {topic for topic, how in found.items() if how is not Frequency.NEVER} == at_once & found.keys()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_nobody_signed_for_this_is_refused(
    session: Session, runtime: Runtime, browse: Browse, amara: Actor, method: str
) -> None:
    secret, person = runtime.settings.secret_key, amara.user_id.hex
    good = sign_link(secret, services.UNSUBSCRIBE, person, "quizzes")
    body, _dot, signature = good.partition(".")
    other = sign_link(secret, services.UNSUBSCRIBE, "0" * 32, "quizzes").partition(".")[0]
    bad = [
        good[:-1], good + "A", body, f"{other}.{signature}", f".{signature}", "x", "%00", "é",
        sign_link("another secret that is long enough", services.UNSUBSCRIBE, person, "quizzes"),
        sign_link(secret, services.CALENDAR, person, "quizzes"),
        sign_link(secret, services.UNSUBSCRIBE, person, "everything"),
        sign_link(secret, services.UNSUBSCRIBE, person),
        sign_link(secret, services.UNSUBSCRIBE, "not an id", "quizzes"),
    ]  # fmt: skip
    browser = browse()
    browser.get("/sign-in")
    for token in bad:
        answer = getattr(browser, method)(f"/unsubscribe/{token}")
        assert answer.status_code == 404, token
    assert "This link is not whole" in getattr(browser, method)(f"/unsubscribe/{bad[0]}").text
    assert wanted(session, amara) == DEFAULTS


def test_the_link_of_a_person_who_is_gone_harms_nothing(runtime: Runtime, browse: Browse) -> None:
    token = sign_link(runtime.settings.secret_key, services.UNSUBSCRIBE, "0" * 32, "quizzes")
    assert browse().post(f"/unsubscribe/{token}").status_code == 200
