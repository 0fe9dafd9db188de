"""The calendar: what is in it, for whom, and how programs fetch it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.calendar_file import Entry, calendar_file
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser, Clock
from tests.factories.content import publish_journey
from tests.factories.credentials import issue_sample
from tests.factories.practice import submitted_piece
from tests.factories.reviews import decided_review

Browse = Callable[..., Browser]
PAGE = "/account/calendar"


@pytest.fixture
def journey(session: Session, runtime: Runtime) -> None:
    """The journey program is live."""
    publish_journey(session, runtime.now())
    session.commit()


def address_of(browser: Browser) -> str:
    found = re.search(r'value="https://academy\.test(/calendar/[^"]+)"', browser.get(PAGE).text)
    return found.group(1) if found else ""


def opened(browse: Browse, actor: Actor) -> tuple[Browser, str]:
    browser = browse(actor)
    browser.get(PAGE)
    assert browser.post(f"{PAGE}/renew").status_code == 303
    return browser, address_of(browser)


def read(browse: Browse, address: str) -> Calendar:
    answer = browse().get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "Set-Cookie" not in answer.headers
    return Calendar.from_ical(answer.data)


def test_a_waiting_piece_is_in_the_calendar_until_it_is_answered(
    session: Session, journey: None, runtime: Runtime, browse: Browse, make_user: Callable[..., Actor], clock: Clock
) -> None:
    amara = make_user(Role.STUDENT, name="Amara Osei")
    submission = submitted_piece(session, amara, now=clock(), storage=runtime.storage)
    session.commit()
    _browser, address = opened(browse, amara)
    (event,) = read(browse, address).events
    assert str(event["summary"]) == "Feedback on piece 1"
    assert event.start == clock() + timedelta(hours=48)
    assert str(event["uid"]) == f"answer-{submission.id}@academy.test"
    assert str(event["url"]) == f"https://academy.test/learn/practice/{submission.entry_id}"
    uid = event["uid"]
    clock.tick(days=1)
    assert read(browse, address).events[0]["uid"] == uid
    decided_review(session, make_user(Role.INSTRUCTOR), submission.id, now=clock())
    session.commit()
    assert read(browse, address).events == []


def test_a_certificate_runs_out_and_can_be_renewed_before(
    session: Session, journey: None, runtime: Runtime, browse: Browse, make_user: Callable[..., Actor]
) -> None:
    amara = make_user(Role.STUDENT, name="Amara Osei")
    credential = issue_sample(session, runtime, amara, state="valid")
    session.commit()
    browser, address = opened(browse, amara)
    events = {str(event["uid"]).partition("-")[0]: event for event in read(browse, address).events}
    assert events["expires"].start == credential.valid_until
    assert events["renewal"].start == (credential.valid_until - timedelta(days=90)).date()
    assert "Certificate runs out: " in str(events["expires"]["summary"])
    assert "Certificate runs out: " in browser.get(PAGE).text


def test_programs_fetch_it_again_only_when_it_has_changed(
    session: Session, journey: None, runtime: Runtime, browse: Browse, make_user: Callable[..., Actor], clock: Clock
) -> None:
    amara = make_user(Role.STUDENT)
    _browser, address = opened(browse, amara)
    tag = browse().get(address).headers["ETag"]
    assert tag.startswith('W/"')
    clock.tick(hours=3)
    same = browse().get(address, headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    submitted_piece(session, amara, now=clock(), storage=runtime.storage)
    session.commit()
    assert browse().get(address, headers={"If-None-Match": tag}).status_code == 200


def test_an_address_ends_when_it_is_renewed_or_closed_and_nobody_can_make_one_up(
    browse: Browse, make_user: Callable[..., Actor]
) -> None:
    amara = make_user(Role.STUDENT)
    browser, first = opened(browse, amara)
    assert browse().get(first).status_code == 200
    browser.post(f"{PAGE}/renew")
    second = address_of(browser)
    assert (browse().get(first).status_code, browse().get(second).status_code) == (404, 200)
    browser.post(f"{PAGE}/close")
    assert (browse().get(second).status_code, address_of(browser)) == (404, "")
    browser.post(f"{PAGE}/renew")
    assert browse().get(second).status_code == 404, "a closed address never comes back"
    for wrong in ("/calendar/x.ics", second[:-6] + "AA.ics", "/calendar/.ics"):
        assert browse().get(wrong).status_code == 404


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.ADMIN])
def test_who_has_no_dates_gets_an_empty_calendar(browse: Browse, make_user: Callable[..., Actor], role: Role) -> None:
    _browser, address = opened(browse, make_user(role))
    assert read(browse, address).events == []


def test_lines_are_folded_and_hostile_names_stay_names() -> None:
    """RFC 5545, 3.1: no line has more than 75 octets, and what people write can add no property."""
    name = "Lip Blush, “full”;\\ sheer\r\nATTENDEE:mailto:evil@example.com " + "ü" * 80
    data = calendar_file("Dates", [Entry("a@b", NOW, name, "Words", "https://academy.test/x")], now=NOW)
    lines = data.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert not any(line.startswith(b"ATTENDEE") for line in lines)
    (event,) = Calendar.from_ical(data).events
    assert str(event["summary"]).replace("\r", "") == name.replace("\r", "")
