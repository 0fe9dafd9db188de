"""Reads of credentials: what comes back, in how many statements, and what never does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.certification.models import Decision
from app.credentials import queries
from app.credentials.models import Credential, CredentialFile
from app.domain.access.actor import Actor
from app.domain.credentials.lifecycle import Status
from app.domain.errors import NotFound
from app.infra.runtime import Runtime
from tests.conftest import NOW, QueryCount

Issue = Callable[..., Credential]


def copies(session: Session, credential: Credential, count: int) -> None:
    """More rows like this one, issued minute after minute before it: quicker than issuing."""
    decision = session.get_one(Decision, credential.decision_id)
    for n in range(1, count + 1):
        again = Decision(
            user_id=decision.user_id,
            certification_key="certified",
            sequence=100 + n,
            policy_version_id=decision.policy_version_id,
            lines=[],
            evidence={},
            decided_at=NOW,
        )
        session.add(again)
        session.flush()
        at = credential.issued_at - timedelta(minutes=n)
        row = {column.name: getattr(credential, column.name) for column in Credential.__table__.columns}
        row |= {"id": again.id, "number": f"VM-COPY-{n:04}", "decision_id": again.id, "issued_at": at}
        session.execute(insert(Credential).values(row))
    session.flush()


def test_the_public_view_holds_what_is_printed_and_nothing_else(session: Session, issue: Issue) -> None:
    credential = issue()
    found = queries.public_view(session, credential.number, NOW)
    assert found is not None
    assert (found.holder_name, found.title, found.version, found.status) == (
        "Amara Osei", "Vermilion Certified Lip Blush Artist", 1, Status.ACTIVE,
    )  # fmt: skip
    details = queries.details(session, found)
    assert len(details.steps_met) == 8
    assert [line.change for line in details.history] == ["issue"]
    assert {field.name for field in dataclasses.fields(found)} == {
        "number", "holder_name", "title", "certification", "version", "state", "status", "state_at", "reason_class",
        "issued_at", "valid_from", "valid_until", "replaces", "replaced_by", "digest", "kid", "bbp_on", "printed_name",
    }  # fmt: skip
    shown = str(dataclasses.asdict(found)) + str(dataclasses.asdict(details))
    for canary in ("canary", "@example.com", credential.user_id.hex, str(credential.user_id), credential.id.hex):
        assert canary not in shown


def test_a_number_that_was_never_issued_has_no_view(session: Session, issue: Issue) -> None:
    issue()
    assert queries.public_view(session, "VM-11111-11111-1", NOW) is None
    with pytest.raises(NotFound):
        queries.stored_file(session, "VM-11111-11111-1")


def test_a_certificate_without_a_file_that_counts_has_no_digest(session: Session, issue: Issue) -> None:
    credential = issue("suspended")
    found = queries.public_view(session, credential.number, NOW)
    assert found is not None
    assert (found.digest, found.kid) == ("", "")
    assert queries.stored_file(session, credential.number).document, "but its newest file is served"


@pytest.mark.parametrize(
    ("days", "status"), [(0, Status.ACTIVE), (612, Status.EXPIRING), (672, Status.EXPIRED), (2000, Status.EXPIRED)]
)
def test_time_alone_changes_the_status(session: Session, issue: Issue, days: int, status: Status) -> None:
    credential = issue()
    found = queries.public_view(session, credential.number, NOW + timedelta(days=days))
    assert found is not None
    assert found.status is status


def test_the_issuing_log_comes_in_pages_newest_first(session: Session, issue: Issue, count_queries: QueryCount) -> None:
    credential = issue()
    counts = []
    for more in (2, 30):
        session.query(Credential).filter(Credential.number.like("VM-COPY%")).delete()
        session.query(Decision).filter(Decision.sequence > 100).delete()
        copies(session, credential, more)
        count_queries.statements.clear()
        queries.issued(session)
        counts.append(len(count_queries))
    assert counts == [1, 1]
    first = queries.issued(session, size=10)
    assert len(first) == 11, "one more says that there is more"
    assert first[0].number == credential.number
    last = first[9]
    rest = queries.issued(session, after=(last.issued_at, str(last.id)), size=50)
    assert [line.number for line in rest] == [f"VM-COPY-{n:04}" for n in range(10, 31)]


def test_the_log_is_searched_by_number_and_by_the_start_of_a_name(session: Session, issue: Issue) -> None:
    amara, lea = issue(name="Amara Osei"), issue(name="Lea Fontaine_100%")
    assert [line.number for line in queries.issued(session, search=amara.number)] == [amara.number]
    assert [line.number for line in queries.issued(session, search="lea f")] == [lea.number]
    for nothing in ("Fontaine", "_", "%", "Lea Fontaine%100_", "\\", "VM-"):
        assert queries.issued(session, search=nothing) == []
    assert [line.number for line in queries.issued(session, search="Lea Fontaine_100%")] == [lea.number]


def test_a_person_sees_their_own_certificates_only(
    session: Session, issue: Issue, make_user: Callable[..., Actor], count_queries: QueryCount
) -> None:
    credential = issue()
    count_queries.statements.clear()
    (held,) = queries.held_by(session, credential.user_id)
    assert len(count_queries) == 1
    assert (held.number, held.status_at(NOW), held.status_at(NOW + timedelta(days=900))) == (
        credential.number, Status.ACTIVE, Status.EXPIRED,
    )  # fmt: skip
    assert queries.held_by(session, make_user(name="Somebody Else").user_id) == []


def test_files_are_walked_once_each(session: Session, issue: Issue) -> None:
    for name, state in (("A", "valid"), ("B", "revoked"), ("C", "superseded")):
        issue(state, name=f"Person {name}")
    seen, after = [], None
    while page := queries.files_after(session, after, size=2):
        seen += page
        after = page[-1].id
    assert len(seen) == queries.file_count(session) == 4
    assert sorted(file.standing for file in seen) == ["live", "live", "revoked", "revoked"]
    ids = session.scalars(select(CredentialFile.id)).all()
    assert {file.id for file in seen} == set(ids)


def test_what_is_not_there(session: Session, journey: None, admin: Actor) -> None:
    with pytest.raises(NotFound):
        queries.credential(session, admin.user_id)
    assert queries.files_of(session, admin.user_id) == []
    assert queries.credential_by_number(session, "VM-11111-11111-1") is None
    assert queries.status_document(session, 2_000_000_000) is None
    assert queries.standard(session, "certified", 99) is None
    assert queries.oldest_signature(session) is None


def test_a_standard_is_found_by_its_version(session: Session, journey: None, runtime: Runtime) -> None:
    found = queries.standard(session, "certified", 1)
    assert found is not None
    assert (found.key, found.version, found.is_current, found.payload["validity_months"]) == ("certified", 1, True, 24)


def test_bytes_are_not_loaded_for_a_list_of_files(session: Session, issue: Issue, count_queries: QueryCount) -> None:
    credential_id = issue().id
    session.expunge_all()
    count_queries.statements.clear()
    (file,) = queries.files_of(session, credential_id)
    assert len(count_queries) == 1
    assert not {"document", "token"} & set(file.__dict__)
