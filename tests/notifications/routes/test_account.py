"""The inbox with its filter, and the page on which people choose what comes by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.notices import Frequency, Topic
from app.notifications import queries, services
from tests.conftest import Browser, Clock

Browse = Callable[..., Browser]
Tell = Callable[..., None]
HERE = "/account/notifications"
MAIL = f"{HERE}/mail"
SENT = {"digest_hour": "18", "time_zone": "Europe/Lisbon", **{t.value: "never" for t in Topic}}


def page(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def test_the_unread_are_shown_alone_and_pages_keep_the_filter(
    session: Session, browse: Browse, amara: Actor, tell: Tell, clock: Clock
) -> None:
    for number in range(64):
        clock.tick(minutes=1)
        tell(amara, number=number)
        if number < 2:
            services.mark_all_read(session, amara.user_id, now=clock())
            session.commit()
    browser = browse(amara)
    assert "Piece 1 is" not in browser.get(f"{HERE}?show=unread").text
    seen: list[str] = []
    address = f"{HERE}?show=unread"
    while address:
        found = page(browser.get(address).text)
        seen += [" ".join(line.get_text(" ").split()) for line in found.select("main li p:not(.muted, .mt-2)")]
        following = found.select_one('a[rel="next"]')
        address = str(following["href"]) if following else ""
    numbers = [int(words.split("Piece ")[1].split()[0]) for words in seen]
    assert numbers == list(range(63, 1, -1))
    assert "Piece 1 is" not in browser.get(HERE).text, "all of them are more than a page"
    browser.post(f"{HERE}/read")
    assert "There is nothing that you have not opened." in browser.get(f"{HERE}?show=unread").text


def test_what_is_chosen_is_kept_and_shown_again(session: Session, browse: Browse, amara: Actor) -> None:
    browser = browse(amara)
    browser.get(MAIL)
    answer = browser.post(MAIL, {**SENT, "feedback": "weekly"})
    assert (answer.status_code, answer.location) == (303, MAIL)
    found = page(browser.get(MAIL).text)
    chosen = {str(field["name"]): field.select_one("[selected]")["value"] for field in found.select("main select")}  # type: ignore[index]
    assert chosen["feedback"] == "weekly"
    assert (chosen["quizzes"], chosen["digest_hour"], chosen["time_zone"]) == ("never", "18", "Europe/Lisbon")
    session.expire_all()
    wishes = queries.wishes_of(session, amara.user_id)
    assert wishes.frequencies[Topic.FEEDBACK] is Frequency.WEEKLY


@pytest.mark.parametrize("wrong", [{"feedback": "hourly"}, {"digest_hour": "24"}, {"time_zone": "Mars/Olympus"}])
def test_nonsense_is_refused_with_a_message_and_changes_nothing(
    session: Session, browse: Browse, amara: Actor, wrong: dict[str, str]
) -> None:
    browser = browse(amara)
    browser.get(MAIL)
    answer = browser.post(MAIL, {**SENT, **wrong})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert queries.wishes_of(session, amara.user_id).frequencies[Topic.QUIZZES] is Frequency.DAILY


def test_each_role_is_asked_about_its_own_topics(browse: Browse, make_user: Callable[..., Actor]) -> None:
    def topics(*roles: Role) -> set[str]:
        found = page(browse(make_user(*roles)).get(MAIL).text)
        return {str(field["name"]) for field in found.select("main select")} - {"digest_hour", "time_zone"}

    assert topics(Role.STUDENT) == {"feedback", "messages", "pieces", "quizzes", "certificates", "other"}
    assert topics(Role.INSTRUCTOR) == {"messages", "teaching", "other"}
    assert topics(Role.ADMIN) == {"teaching", "certificates", "other"}


def test_an_address_that_takes_no_mail_is_told_and_can_be_tried_again(
    session: Session, browse: Browse, amara: Actor, clock: Clock
) -> None:
    services.stop_mail(session, amara.user_id, "550 no such <user>", now=clock() - timedelta(days=1))
    session.commit()
    browser = browse(amara)
    text = browser.get(MAIL).text
    assert "Your mail server does not take our mail." in text
    assert "550 no such &lt;user&gt;" in text
    assert browser.post(f"{MAIL}/resume").location == MAIL
    assert "does not take our mail" not in browser.get(MAIL).text
