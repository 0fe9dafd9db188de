"""The holder's own certificates."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.access.actor import Actor, Role
from app.infra.audit import AuditEvent, AuditTag
from app.infra.runtime import Runtime
from tests.conftest import PASSWORD, Browser, Clock, QueryCount
from tests.factories.credentials import SampleState, issue_sample

Issue = Callable[..., Credential]


@pytest.fixture
def holder(make_user: Callable[..., Actor], journey: None) -> Actor:
    return make_user(Role.STUDENT, name="Amara Osei")


def hold(session: Session, runtime: Runtime, holder: Actor, state: SampleState) -> Credential:
    credential = issue_sample(session, runtime, holder, state=state)
    session.commit()
    return credential


@pytest.mark.parametrize(
    ("state", "word", "has_pdf"),
    [
        ("valid", "Valid", True),
        ("expired", "Expired", True),
        ("suspended", "Suspended", False),
        ("revoked", "Revoked", False),
    ],
)
def test_a_certificate_is_shown_with_status_code_files_and_link(
    session: Session, runtime: Runtime, holder: Actor, browse: Callable[..., Browser], state: SampleState, word: str,
    has_pdf: bool,
) -> None:  # fmt: skip
    number = hold(session, runtime, holder, state).number
    page = browse(holder).get("/learn/certificates").text
    assert number in page
    assert f"{word}</span>" in page
    assert f'src="/v/{number}.svg"' in page
    assert f'value="https://academy.test/credentials/{number}"' in page
    assert f'href="/credentials/{number}.json"' in page
    assert (f'href="/credentials/{number}.pdf"' in page) is has_pdf


def test_a_corrected_certificate_stands_before_the_old_one(
    session: Session, runtime: Runtime, holder: Actor, browse: Callable[..., Browser]
) -> None:
    old = hold(session, runtime, holder, "superseded")
    page = browse(holder).get("/learn/certificates").text
    assert page.index("Amara Osei Mensah") < page.index(old.number)


def test_without_a_certificate_the_path_is_next(holder: Actor, browse: Callable[..., Browser]) -> None:
    page = browse(holder).get("/learn/certificates").text
    assert "Your certificate appears here" in page
    assert 'href="/learn/path"' in page


def test_nobody_sees_the_certificates_of_others(
    issue: Issue, holder: Actor, browse: Callable[..., Browser], make_user: Callable[..., Actor]
) -> None:
    number = issue(name="Lea Fontaine").number
    assert number not in browse(holder).get("/learn/certificates").text
    assert browse(make_user(Role.INSTRUCTOR)).get("/learn/certificates").status_code == 404
    assert browse().get("/learn/certificates").status_code == 303


def test_the_page_costs_one_statement_beside_those_of_every_page(
    session: Session, runtime: Runtime, holder: Actor, browse: Callable[..., Browser], count_queries: QueryCount
) -> None:
    browser = browse(holder)
    counts = []
    for state in ("", "superseded"):
        if state:
            hold(session, runtime, holder, "superseded")
        count_queries.statements.clear()
        browser.get("/learn/certificates")
        counts.append(len(count_queries))
    assert counts[0] == counts[1] <= 4


def test_the_holder_gives_a_certificate_up_knowingly_and_it_is_them(
    session: Session, runtime: Runtime, holder: Actor, browse: Callable[..., Browser], make_user: Callable[..., Actor],
    clock: Clock,
) -> None:  # fmt: skip
    credential = hold(session, runtime, holder, "valid")
    address, browser = f"/learn/certificates/{credential.number}/withdraw", browse(holder)
    other = browse(make_user(Role.STUDENT, name="Lea Fontaine"))
    assert other.get(address).status_code == 404
    assert other.post(address, {"sure": "y"}).status_code == 404
    assert address in browser.get("/learn/certificates").text
    assert "Nobody can undo this" in browser.get(address).text
    assert browser.post(address, {}).status_code == 422, "a box has to be ticked"
    clock.tick(minutes=11)
    asked = browser.post(address, {"sure": "y"})
    assert asked.status_code == 401 and "assword" in asked.text, "the password is asked again"
    session.expire_all()
    assert session.get_one(Credential, credential.id).state == "active"
    assert browser.post(address, {"sure": "y", "proof": PASSWORD}).status_code == 303
    session.expire_all()
    assert session.get_one(Credential, credential.id).state == "withdrawn"
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.CREDENTIAL_WITHDRAWN)).one()
    assert line.actor_id == holder.user_id
    assert "Withdrawn" in browse().get(f"/credentials/{credential.number}").text
    assert "nothing to withdraw" in browser.get(address).text
    assert browser.post(address, {"sure": "y"}).status_code == 409
