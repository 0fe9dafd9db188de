"""The issuing log and the changes that an administrator makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.credentials import queries
from app.credentials.models import Credential, RevocationRequest
from app.domain.access.actor import Actor, Role
from app.domain.credentials import status_list
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from tests.conftest import Browser, Clock
from tests.factories.credentials import NOTE

Issue = Callable[..., Credential]
SUSPEND = {"reason": "conduct", "note": NOTE}


@pytest.fixture
def browser(browse: Callable[..., Browser], admin: Actor) -> Browser:
    found = browse(admin)
    found.get("/account/")  # the first page gives the token that forms send
    return found


@pytest.fixture
def stranger(browse: Callable[..., Browser]) -> Browser:
    return browse()


def state_of(runtime: Runtime, credential: Credential) -> str:
    with runtime.db.reading() as session:
        return session.scalars(select(Credential.state).where(Credential.id == credential.id)).one()


def verdict(stranger: Browser, number: str) -> str:
    return str(stranger.get(f"/api/v1/verify/{number}").json["verdict"])


def listed_bit(stranger: Browser, number: str) -> bool:
    """What the served list says about the served file of a number."""
    entry = json.loads(stranger.get(f"/credentials/{number}.json").data)["credentialStatus"]
    path = entry["statusListCredential"].removeprefix("https://academy.test")
    bits = status_list.decode(json.loads(stranger.get(path).data)["credentialSubject"]["encodedList"])
    return status_list.bit_is_set(bits, int(entry["statusListIndex"]))


# --- the log ---------------------------------------------------------------------------------------------------


def test_the_log_lists_every_certificate_and_finds_one(issue: Issue, browser: Browser) -> None:
    amara, lea = issue("revoked"), issue(name="Lea Fontaine")
    page = browser.get("/admin/credentials").text
    for credential in (amara, lea):
        assert credential.number in page
        assert f"/admin/credentials/{credential.id}" in page
    assert "Revoked</span>" in page
    for typed in (lea.number, lea.number.lower(), f"https://academy.test/credentials/{lea.number}", "lea"):
        found = browser.get("/admin/credentials", query_string={"q": typed}).text
        assert lea.number in found, typed
        assert amara.number not in found, typed
    for typed in ("Nobody", "a\0b", "%", "' OR 1=1"):
        answer = browser.get("/admin/credentials", query_string={"q": typed})
        assert answer.status_code == 200
        assert "Nothing found" in answer.text


def test_an_empty_log_says_so(browser: Browser, journey: None) -> None:
    assert "No certificate yet" in browser.get("/admin/credentials").text


def test_one_certificate_is_shown_with_its_private_history(issue: Issue, browser: Browser, stranger: Browser) -> None:
    credential = issue("suspended")
    page = browser.get(f"/admin/credentials/{credential.id}").text
    for words in (credential.number, "Amara Osei", NOTE, "Ruth Amadi", "A requirement lapsed", "Void"):
        assert words in page
    assert NOTE not in stranger.get(f"/credentials/{credential.number}").text


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("valid", {"suspend", "revoke", "supersede", "withdraw"}),
        ("expired", {"suspend", "revoke", "supersede", "withdraw"}),
        ("suspended", {"reinstate", "revoke"}),
        ("superseded", {"revoke"}),
        ("withdrawn", {"revoke"}),
        ("revoked", set()),
    ],
)
def test_only_what_the_state_allows_is_offered(issue: Issue, browser: Browser, state: str, verbs: set[str]) -> None:
    credential = issue(state)
    page = BeautifulSoup(browser.get(f"/admin/credentials/{credential.id}").data, "html.parser")
    forms = [str(form["action"]).rsplit("/", 1)[1] for form in page.select("main form")]
    assert set(forms) == verbs
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids)), "three forms on one page keep their ids apart"


# --- changes ---------------------------------------------------------------------------------------------------


def test_suspending_shows_at_once_on_page_program_file_and_list(
    issue: Issue, browser: Browser, stranger: Browser
) -> None:
    credential = issue()
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("VALID", False)
    answer = browser.post(f"/admin/credentials/{credential.id}/suspend", SUSPEND)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/credentials/{credential.id}")
    assert "The certificate is suspended." in browser.get(answer.headers["Location"]).text
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("SUSPENDED", True)
    assert "Suspended" in stranger.get(f"/credentials/{credential.number}").text


def test_reinstating_gives_a_new_file(issue: Issue, browser: Browser, stranger: Browser, clock: Clock) -> None:
    credential = issue("suspended")
    before = stranger.get(f"/credentials/{credential.number}.json").data
    clock.tick(hours=1)
    answer = browser.post(f"/admin/credentials/{credential.id}/reinstate", {"reason": "administrative", "note": ""})
    assert answer.status_code == 303
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("VALID", False)
    assert stranger.get(f"/credentials/{credential.number}.json").data != before


def test_revoking_asks_for_the_number(issue: Issue, browser: Browser, runtime: Runtime, stranger: Browser) -> None:
    credential, other = issue(), issue(name="Lea Fontaine")
    for typed in ("", "revoke", other.number, credential.number[:-1]):
        answer = browser.post(f"/admin/credentials/{credential.id}/revoke", {**SUSPEND, "confirm": typed})
        assert answer.status_code == 422, typed
        assert NOTE in answer.text, "what was typed is kept"
        assert state_of(runtime, credential) == "active"
    answer = browser.post(
        f"/admin/credentials/{credential.id}/revoke", {**SUSPEND, "confirm": credential.number.lower()}
    )
    assert answer.status_code == 303
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("VALID", False)
    assert "Asked. Nothing has changed yet" in browser.get(answer.headers["Location"]).text


def test_a_second_administrator_confirms_within_three_days(
    issue: Issue, browser: Browser, browse: Callable[..., Browser], make_user: Callable[..., Actor],
    stranger: Browser, clock: Clock, session: Session,
) -> None:  # fmt: skip
    credential, other = issue(), issue(name="Lea Fontaine")
    page, asked = f"/admin/credentials/{credential.id}", {**SUSPEND, "confirm": credential.number}
    second = browse(make_user(Role.ADMIN, name="Ada Brandt"))
    second.get("/account/")
    assert second.post(f"{page}/revoke/confirm").status_code == 404, "nothing was asked"
    assert browser.post(f"{page}/revoke", asked).status_code == 303
    assert second.post(f"{page}/revoke", asked).status_code == 409, "one request at a time"
    assert "Another administrator has to confirm it." in browser.get(page).text
    told = session.scalars(select(Notice).where(Notice.kind == "revocation_waits")).one()
    assert (told.user_id, told.url) == (second.actor.user_id, page), "the other one only"
    assert f"asks to revoke the certificate {credential.number}" in second.get("/account/notifications").text
    refused = browser.post(f"{page}/revoke/confirm")
    assert (refused.status_code, "You asked for it yourself." in refused.text) == (409, True)
    clock.tick(hours=73)
    browser, second = browse(browser.actor), browse(second.actor)  # nobody stays signed in for so long
    browser.get("/account/"), second.get("/account/")
    late = second.post(f"{page}/revoke/confirm")
    assert (late.status_code, "older than 72 hours" in late.text) == (409, True)
    assert verdict(stranger, credential.number) == "VALID"
    assert browser.post(f"{page}/revoke", asked).status_code == 303, "an ended one makes room"
    assert second.post(f"{page}/revoke/withdraw").status_code == 303
    assert browser.post(f"{page}/revoke", asked).status_code == 303
    assert credential.number in second.get("/admin/credentials").text
    assert NOTE in second.get(page).text
    assert second.post(f"{page}/revoke/confirm").status_code == 303
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("REVOKED", True)
    assert verdict(stranger, other.number) == "VALID"
    states = session.scalars(select(RevocationRequest.state).order_by(RevocationRequest.asked_at)).all()
    assert sorted(states) == ["confirmed", "ended", "withdrawn"]
    tags = session.scalars(
        select(AuditEvent.tag).where(AuditEvent.target_id == str(credential.id)).order_by(AuditEvent.id)
    ).all()
    assert tags[1:] == [
        AuditTag.REVOCATION_ASKED,
        AuditTag.REVOCATION_ASKED,
        AuditTag.REVOCATION_WITHDRAWN,
        AuditTag.REVOCATION_ASKED,
        AuditTag.CREDENTIAL_REVOKED,
    ]


def test_a_certificate_is_withdrawn_and_its_page_stays(issue: Issue, browser: Browser, stranger: Browser) -> None:
    credential = issue()
    answer = browser.post(
        f"/admin/credentials/{credential.id}/withdraw", {"reason": "withdrawn_by_holder", "note": NOTE}
    )
    assert answer.status_code == 303
    page = stranger.get(f"/credentials/{credential.number}")
    assert (page.status_code, "Withdrawn" in page.text, NOTE in page.text) == (200, True, False)
    assert (verdict(stranger, credential.number), listed_bit(stranger, credential.number)) == ("WITHDRAWN", True)


@pytest.mark.parametrize("reason", ["", "correction", "withdrawn_by_holder", "because"])
def test_a_reason_has_to_be_one_of_those(issue: Issue, browser: Browser, runtime: Runtime, reason: str) -> None:
    credential = issue()
    answer = browser.post(f"/admin/credentials/{credential.id}/suspend", {"reason": reason, "note": ""})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.data, "html.parser")
    field = page.find(id="suspend-reason")
    assert field is not None
    assert field["aria-invalid"] == "true"
    opened = field.find_parent("details")
    assert opened is not None
    assert opened.has_attr("open")
    assert state_of(runtime, credential) == "active"


def test_what_the_state_does_not_allow_is_a_conflict(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    credential = issue("revoked")
    for verb in ("suspend", "reinstate"):
        answer = browser.post(f"/admin/credentials/{credential.id}/{verb}", SUSPEND)
        assert answer.status_code == 409
    again = browser.post(f"/admin/credentials/{credential.id}/revoke", {**SUSPEND, "confirm": credential.number})
    assert again.status_code == 409
    assert browser.post(f"/admin/credentials/{credential.id}/supersede", {"holder_name": "A"}).status_code == 409


def test_a_note_that_is_too_long_is_refused(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    credential = issue()
    answer = browser.post(f"/admin/credentials/{credential.id}/suspend", {"reason": "conduct", "note": "x" * 1001})
    assert answer.status_code == 422
    assert state_of(runtime, credential) == "active"


def test_a_name_is_corrected_by_a_new_certificate(
    issue: Issue, browser: Browser, stranger: Browser, runtime: Runtime
) -> None:
    old = issue()
    answer = browser.post(f"/admin/credentials/{old.id}/supersede", {"holder_name": "Amara Mensah", "note": NOTE})
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "The certificate is replaced." in page
    assert "Amara Mensah" in page
    found = stranger.get(f"/api/v1/verify/{old.number}").json
    assert found["verdict"] == "SUPERSEDED"
    newer = stranger.get(f"/api/v1/verify/{found['certificate']['replaced_by']}").json
    assert (newer["verdict"], newer["certificate"]["holder_name"]) == ("VALID", "Amara Mensah")
    work_off(runtime)
    with runtime.db.reading() as session:
        assert len(queries.held_by(session, old.user_id)) == 2


@pytest.mark.parametrize("name", ["", "李小龍"])
def test_a_name_that_cannot_be_printed_is_refused_at_its_field(
    issue: Issue, browser: Browser, runtime: Runtime, name: str
) -> None:
    old = issue()
    answer = browser.post(f"/admin/credentials/{old.id}/supersede", {"holder_name": name, "note": ""})
    assert answer.status_code == 422
    assert 'id="supersede-holder_name-error"' in answer.text
    assert state_of(runtime, old) == "active"


@pytest.mark.parametrize("role", [Role.STUDENT, Role.INSTRUCTOR, Role.STUDIO])
def test_only_administrators_come_here(
    session: Session, issue: Issue, browse: Callable[..., Browser], make_user: Callable[..., Actor], runtime: Runtime,
    role: Role,
) -> None:  # fmt: skip
    credential = issue()
    other = browse(make_user(role, name="Somebody Else", studio_id=uuid4()))
    other.get("/account/")
    assert other.get("/admin/credentials").status_code == 404
    assert other.get(f"/admin/credentials/{credential.id}").status_code == 404
    for verb in ("suspend", "reinstate", "revoke", "supersede"):
        data = {**SUSPEND, "confirm": credential.number, "holder_name": "A"}
        assert other.post(f"/admin/credentials/{credential.id}/{verb}", data).status_code == 404
    assert state_of(runtime, credential) == "active"


def test_a_certificate_that_is_not_there(browser: Browser, issue: Issue) -> None:
    issue()
    missing = uuid4()
    assert browser.get(f"/admin/credentials/{missing}").status_code == 404
    for verb in ("suspend", "reinstate", "revoke", "supersede"):
        assert browser.post(f"/admin/credentials/{missing}/{verb}", {**SUSPEND, "holder_name": "A"}).status_code == 404


def test_without_a_token_nothing_changes(issue: Issue, browser: Browser, runtime: Runtime) -> None:
    credential = issue()
    browser.token = "stale"
    assert browser.post(f"/admin/credentials/{credential.id}/suspend", SUSPEND).status_code == 400
    assert state_of(runtime, credential) == "active"
