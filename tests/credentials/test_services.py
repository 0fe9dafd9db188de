"""Issue, suspend, reinstate, revoke, replace: record, signed file, list, decision and history move together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, undefer

from app.certification import queries as certification
from app.certification.models import Decision
from app.credentials import queries, services
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.credentials import status_list
from app.domain.credentials.answer import Answer
from app.domain.credentials.did import did_document, did_for
from app.domain.credentials.lifecycle import Change, Reason
from app.domain.credentials.multibase import base64url_decode
from app.domain.credentials.report import Report, Verdict
from app.domain.credentials.verify import verify_document
from app.domain.errors import Conflict, Invalid, NotFound, TooMany
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from tests.conftest import NOW, Clock, QueryCount
from tests.factories.certification import add_proof, decided
from tests.factories.credentials import ADMIN, NOTE, issuer_for

Issue = Callable[..., Credential]
LATER = NOW + timedelta(days=3)


class Strangers:
    """Resolves what a file names from the tables, as a stranger would from the site."""

    def __init__(self, session: Session, runtime: Runtime) -> None:
        self.session, self.runtime = session, runtime
        self.did = did_for(runtime.settings.public_url)

    def did_document(self, did: str) -> dict[str, Any] | None:
        return did_document(self.did, self.runtime.keys.public_keys()) if did == self.did else None

    def status_list(self, url: str) -> bytes | None:
        found = queries.status_document(self.session, int(url.rsplit("/", 1)[1]))
        return found[0] if found else None

    def verify(self, source: bytes | str) -> Report:
        return verify_document(source, resolver=self, now=self.runtime.now())


@pytest.fixture
def strangers(session: Session, runtime: Runtime) -> Strangers:
    return Strangers(session, runtime)


def change(session: Session, runtime: Runtime, credential: Credential, verb: Change, reason: Reason | None) -> None:
    services.change_credential(
        session, ADMIN, credential.id, verb, reason=reason, note=NOTE, issuer=issuer_for(runtime), now=runtime.now()
    )
    session.flush()


def resign(session: Session, runtime: Runtime) -> None:
    for list_id in queries.status_list_ids(session):
        services.resign_status_list(session, list_id, issuer=issuer_for(runtime), now=runtime.now())
    session.flush()


def files(session: Session, credential: Credential) -> list[CredentialFile]:
    query = select(CredentialFile).where(CredentialFile.credential_id == credential.id)
    query = query.order_by(CredentialFile.created_at).options(undefer(CredentialFile.document))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def bit(session: Session, file: CredentialFile) -> bool:
    """What the served, signed list says about a file."""
    document, _signed_at = queries.status_document(session, file.status_list_id) or (b"", None)
    bits = status_list.decode(json.loads(document)["credentialSubject"]["encodedList"])
    return status_list.bit_is_set(bits, file.status_index)


# --- issue -----------------------------------------------------------------------------------------------------


def test_an_issued_certificate_is_signed_listed_and_told(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers
) -> None:
    credential = issue(issued_at=NOW)
    assert (credential.state, credential.issued_at, credential.valid_from) == ("active", NOW, NOW)
    assert credential.valid_until == NOW.replace(year=2028, hour=23, minute=59, second=59)
    (file,) = files(session, credential)
    stored = queries.stored_file(session, credential.number)
    assert strangers.verify(stored.document).verdict is Verdict.VALID
    assert strangers.verify(stored.token).verdict is Verdict.VALID
    document = json.loads(stored.document)
    assert document["id"] == f"https://academy.test/credentials/{credential.number}"
    assert document["credentialSubject"]["identifier"][0]["identityHash"] == "Amara Osei"
    assert document["credentialSubject"]["achievement"]["id"] == "https://academy.test/achievements/certified-v1"
    assert len(document["credentialSubject"]["result"]) == 8
    assert document["credentialStatus"]["statusListIndex"] == str(file.status_index)
    assert not bit(session, file)
    decision = session.get_one(Decision, credential.decision_id)
    assert (decision.number, decision.in_force, decision.valid_until) == (
        credential.number, True, credential.valid_until,
    )  # fmt: skip
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.target_id == str(credential.id))).all()
    assert tags == [AuditTag.CREDENTIAL_ISSUED]
    handlers = session.scalars(select(Job.handler).where(Job.handler.like("credentials.%"))).all()
    assert "credentials.tell_issued" in handlers


def test_nothing_private_is_in_the_signed_file(session: Session, issue: Issue) -> None:
    credential = issue()
    stored = queries.stored_file(session, credential.number)
    token = stored.token.split(".")[1]
    for canary in ("canary", "example.com", credential.user_id.hex, str(credential.user_id), "Red Cross", "hbv"):
        assert canary.encode() not in stored.document
        assert canary not in token


def test_issuing_twice_for_a_decision_gives_the_first_certificate(
    session: Session, journey: None, runtime: Runtime, make_user: Callable[..., Actor]
) -> None:
    student, issuer = make_user(Role.STUDENT, name="Amara Osei"), issuer_for(runtime)
    decision = decided(session, student, now=NOW)
    award = services.Award(
        decision=decision,
        holder_name="Amara Osei",
        policy=certification.policy_payload(session, decision.policy_version_id),
        policy_version=1,
        rubric=certification.rubric_payload(session),
    )
    first = services.issue_credential(session, SYSTEM, award, issuer=issuer, now=NOW)
    again = services.issue_credential(session, SYSTEM, award, issuer=issuer, now=LATER)
    assert again is first
    assert session.scalar(select(func.count(CredentialFile.id))) == 1
    # Without the titles of the day the ids of exercises stand in.
    assert first.facts["pieces"]["exercises"] == [["E08", 1]]


def test_numbers_indexes_and_subjects_are_never_shared(session: Session, issue: Issue) -> None:
    made = [issue(name=f"Person {n}") for n in range(4)]
    assert len({credential.number for credential in made}) == 4
    assert len({credential.subject_id for credential in made}) == 4
    assert len({file.status_index for credential in made for file in files(session, credential)}) == 4


def test_a_full_list_is_closed_and_the_next_one_opened(session: Session, issue: Issue) -> None:
    first = issue()
    session.execute(update(StatusList).values(allocated=status_list.CAPACITY))
    session.commit()
    second = issue(name="Lea Fontaine")
    assert files(session, first)[0].status_list_id != files(session, second)[0].status_list_id
    lists = session.execute(select(StatusList.is_open, StatusList.allocated).order_by(StatusList.id)).all()
    assert [tuple(row) for row in lists] == [(False, status_list.CAPACITY), (True, 1)]


# --- suspend, reinstate, revoke --------------------------------------------------------------------------------


def test_suspending_voids_the_file_at_once(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers
) -> None:
    credential = issue()
    change(session, runtime, credential, Change.SUSPEND, Reason.LAPSED_REQUIREMENT)
    (file,) = files(session, credential)
    assert (credential.state, credential.state_at, credential.reason_class) == ("suspended", NOW, "lapsed_requirement")
    assert file.revoked_at == NOW
    assert bit(session, file)
    assert strangers.verify(file.document).verdict is Verdict.REVOKED
    assert session.get_one(Decision, credential.decision_id).in_force is False
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.CREDENTIAL_SUSPENDED)).one()
    assert line.facts == {"number": credential.number, "before": "active", "after": "suspended"}
    told = session.scalars(select(Job.handler).where(Job.payload["change"].as_string() == "suspend")).all()
    assert set(told) >= {"credentials.tell_changed", "studios.alert"}


def test_reinstating_makes_a_new_file_under_the_same_number(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers, clock: Clock
) -> None:
    credential = issue()
    change(session, runtime, credential, Change.SUSPEND, Reason.CONDUCT)
    clock.tick(days=3)
    change(session, runtime, credential, Change.REINSTATE, Reason.ADMINISTRATIVE)
    old, new = files(session, credential)
    assert (credential.state, credential.reason_class) == ("active", "")
    assert (bit(session, old), bit(session, new)) == (True, False), "a bit is never set back"
    assert strangers.verify(old.document).verdict is Verdict.REVOKED
    assert strangers.verify(new.document).verdict is Verdict.VALID
    before, after = json.loads(old.document), json.loads(new.document)
    assert before["id"] == after["id"]
    assert before["validUntil"] == after["validUntil"]
    assert before["validFrom"] < after["validFrom"], "the newer one is known by its later beginning"
    assert before["credentialSubject"]["id"] == after["credentialSubject"]["id"]
    assert before["credentialSubject"]["result"] == after["credentialSubject"]["result"]
    assert session.get_one(Decision, credential.decision_id).in_force is True


def test_a_suspension_can_be_lifted_after_the_certificate_has_run_out(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers, clock: Clock
) -> None:
    credential = issue()
    change(session, runtime, credential, Change.SUSPEND, Reason.CONDUCT)
    clock.tick(days=900)
    change(session, runtime, credential, Change.REINSTATE, Reason.ADMINISTRATIVE)
    resign(session, runtime)
    assert strangers.verify(files(session, credential)[1].document).verdict is Verdict.EXPIRED


def test_revoking_is_final(session: Session, issue: Issue, runtime: Runtime, strangers: Strangers) -> None:
    credential = issue()
    change(session, runtime, credential, Change.REVOKE, Reason.CONDUCT)
    assert strangers.verify(files(session, credential)[0].document).verdict is Verdict.REVOKED
    for verb in (Change.SUSPEND, Change.REINSTATE, Change.REVOKE, Change.SUPERSEDE, Change.WITHDRAW):
        with pytest.raises(Conflict):
            change(session, runtime, credential, verb, Reason.ADMINISTRATIVE)
    assert credential.state == "revoked"


def test_revoking_after_a_suspension_voids_every_file_ever_given_out(
    session: Session, issue: Issue, runtime: Runtime, clock: Clock
) -> None:
    credential = issue()
    change(session, runtime, credential, Change.SUSPEND, Reason.CONDUCT)
    clock.tick(days=1)
    change(session, runtime, credential, Change.REINSTATE, Reason.ADMINISTRATIVE)
    clock.tick(days=1)
    change(session, runtime, credential, Change.REVOKE, Reason.CONDUCT)
    assert [bit(session, file) for file in files(session, credential)] == [True, True]
    changes = [line.change for line in details_of(session, credential.number).history]
    assert changes == ["issue", "suspend", "reinstate", "revoke"]


def test_a_file_that_was_replaced_is_voided_with_the_one_that_counts(
    session: Session, issue: Issue, runtime: Runtime
) -> None:
    credential = issue()
    services.sign_anew(session, credential.id, issuer=issuer_for(runtime), now=LATER)
    session.flush()
    old, new = files(session, credential)
    assert (old.replaced_at, old.revoked_at, new.replaced_at) == (LATER, None, None)
    assert not bit(session, old), "an older file of a certificate in force runs out by itself"
    change(session, runtime, credential, Change.REVOKE, Reason.CONDUCT)
    assert all(bit(session, file) for file in files(session, credential))


def test_one_file_counts_at_a_time(session: Session, issue: Issue) -> None:
    credential = issue()
    (file,) = files(session, credential)
    session.add(
        CredentialFile(
            credential_id=credential.id, document=b"{}", token="", digest="", kid="", created_at=NOW,
            status_list_id=file.status_list_id, status_index=file.status_index + 1,
        )
    )  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)unique"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize(
    ("verb", "reason"),
    [(Change.SUSPEND, None), (Change.SUSPEND, Reason.CORRECTION), (Change.REVOKE, Reason.WITHDRAWN_BY_HOLDER)],
)
def test_a_reason_that_does_not_fit_changes_nothing(
    session: Session, issue: Issue, runtime: Runtime, verb: Change, reason: Reason | None
) -> None:
    credential = issue()
    with pytest.raises(Invalid):
        change(session, runtime, credential, verb, reason)
    assert credential.state == "active"
    assert not bit(session, files(session, credential)[0])


def test_what_is_not_there_is_not_found(session: Session, journey: None, runtime: Runtime, admin: Actor) -> None:
    with pytest.raises(NotFound):
        services.change_credential(
            session, admin, admin.user_id, Change.REVOKE, reason=Reason.CONDUCT, issuer=issuer_for(runtime), now=NOW
        )


def test_notes_stay_in_the_private_history(session: Session, issue: Issue, runtime: Runtime, admin: Actor) -> None:
    credential = issue()
    services.change_credential(
        session, admin, credential.id, Change.SUSPEND, reason=Reason.CONDUCT, note=f"  {NOTE} ",
        issuer=issuer_for(runtime), now=NOW,
    )  # fmt: skip
    session.flush()
    event = queries.events(session, credential.id)[-1]
    assert (event.note, event.actor_id, event.actor_name, event.reason_class) == (
        NOTE, admin.id, "Ruth Amadi", "conduct",
    )  # fmt: skip
    assert NOTE not in str(details_of(session, credential.number))
    assert NOTE not in str(session.scalars(select(AuditEvent.facts)).all())


# --- replace ---------------------------------------------------------------------------------------------------


def test_a_corrected_certificate_takes_the_place_of_the_old_one(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers
) -> None:
    old = issue()
    new = services.supersede_credential(
        session, ADMIN, old.id, holder_name=" Amara Osei Mensah ", note=NOTE, issuer=issuer_for(runtime), now=NOW
    )
    session.flush()
    assert (old.state, old.reason_class, old.holder_name) == ("superseded", "correction", "Amara Osei")
    assert (new.state, new.holder_name, new.supersedes_id) == ("active", "Amara Osei Mensah", old.id)
    assert (new.valid_until, new.facts, new.title) == (old.valid_until, old.facts, old.title)
    assert new.number != old.number
    assert strangers.verify(files(session, old)[0].document).verdict is Verdict.REVOKED
    assert strangers.verify(files(session, new)[0].document).verdict is Verdict.VALID
    before, after = (queries.public_view(session, c.number, NOW) for c in (old, new))
    assert before is not None
    assert after is not None
    assert (before.replaced_by, before.replaces) == (new.number, "")
    assert (after.replaces, after.replaced_by) == (old.number, "")
    standing = session.execute(select(Decision.sequence, Decision.in_force).order_by(Decision.sequence)).all()
    assert [tuple(row) for row in standing] == [(1, False), (2, True)]


@pytest.mark.parametrize("name", ["", "   ", "李小龍", "Bell \u0007", "x" * 81])
def test_a_name_that_cannot_be_printed_replaces_nothing(
    session: Session, issue: Issue, runtime: Runtime, name: str
) -> None:
    old = issue()
    with pytest.raises(Invalid) as refusal:
        services.supersede_credential(session, ADMIN, old.id, holder_name=name, issuer=issuer_for(runtime), now=NOW)
    assert [problem.field for problem in refusal.value.problems] == ["holder_name"]
    assert old.state == "active"


@pytest.mark.parametrize("state", ["revoked", "suspended", "superseded"])
def test_only_a_certificate_in_force_is_replaced(session: Session, issue: Issue, runtime: Runtime, state: str) -> None:
    old = issue(state)
    with pytest.raises(Conflict):
        services.supersede_credential(
            session, ADMIN, old.id, holder_name="Amara O.", issuer=issuer_for(runtime), now=NOW
        )


# --- lists and keys --------------------------------------------------------------------------------------------


def test_signing_a_list_anew_moves_its_end_and_nothing_else(
    session: Session, issue: Issue, runtime: Runtime, clock: Clock, strangers: Strangers
) -> None:
    revoked, valid = issue("revoked"), issue(name="Lea Fontaine")
    clock.tick(days=8)
    stored = queries.stored_file(session, valid.number).document
    assert strangers.verify(stored).verdict is Verdict.CANNOT_CHECK, "a list that lapsed says nothing"
    resign(session, runtime)
    assert strangers.verify(stored).verdict is Verdict.VALID
    assert bit(session, files(session, revoked)[0])
    assert queries.oldest_signature(session) == runtime.now()


def test_a_file_is_signed_anew_with_the_key_that_is_in_use(
    session: Session, issue: Issue, runtime: Runtime, strangers: Strangers, clock: Clock
) -> None:
    credential = issue()
    lost = files(session, credential)[0].kid
    runtime.keys.compromise(lost, NOW)
    resign(session, runtime)
    assert strangers.verify(queries.stored_file(session, credential.number).document).verdict is Verdict.INVALID
    assert queries.live_files(session, lost) == [credential.id]
    services.sign_anew(session, credential.id, issuer=issuer_for(runtime), now=clock.tick(minutes=1))
    session.flush()
    assert strangers.verify(queries.stored_file(session, credential.number).document).verdict is Verdict.VALID
    assert queries.live_files(session, lost) == []


def test_a_revoked_certificate_gets_no_new_file(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue("revoked")
    services.sign_anew(session, credential.id, issuer=issuer_for(runtime), now=LATER)
    session.flush()
    assert len(files(session, credential)) == 1


def test_the_token_twin_of_a_list_says_the_same(session: Session, issue: Issue, runtime: Runtime) -> None:
    issue("revoked")
    document, _at = queries.status_document(session, queries.status_list_ids(session)[0]) or (b"", None)
    issuer = issuer_for(runtime)
    token = services.status_token(document, issuer)
    assert services.status_token(document, issuer) is token, "made once"
    carried = json.loads(base64url_decode(token.split(".")[1]))
    assert carried["credentialSubject"] == json.loads(document)["credentialSubject"]
    assert "proof" not in carried


# --- look-ups --------------------------------------------------------------------------------------------------


def details_of(session: Session, number: str) -> queries.Details:
    found = queries.public_view(session, number, NOW)
    assert found is not None
    return queries.details(session, found)


def look_up(runtime: Runtime, typed: str, caller: str = "192.0.2.1", **options: Any) -> services.LookUp:
    return services.look_up(
        runtime.db.glance, runtime.limiter, runtime.keys, typed, caller=caller, now=runtime.now(), **options
    )


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("valid", Answer.VALID),
        ("expiring", Answer.VALID),
        ("expired", Answer.EXPIRED),
        ("suspended", Answer.SUSPENDED),
        ("revoked", Answer.REVOKED),
        ("superseded", Answer.SUPERSEDED),
        ("withdrawn", Answer.WITHDRAWN),
    ],
)
def test_every_state_has_its_answer(issue: Issue, runtime: Runtime, state: str, answer: Answer) -> None:
    credential = issue(state)
    made = look_up(runtime, f" {credential.number.lower()} ")
    assert made.judgment.answer is answer
    assert made.judgment.as_of == NOW
    assert made.found is not None
    assert made.found.number == credential.number


def test_a_known_and_an_unknown_number_cost_one_statement(
    issue: Issue, runtime: Runtime, count_queries: QueryCount
) -> None:
    credential = issue()
    for typed in (credential.number, "VM-11111-11111-1"):
        count_queries.statements.clear()
        look_up(runtime, typed)
        assert len(count_queries) == 1


def test_mistyped_text_costs_no_statement_and_no_try(runtime: Runtime, count_queries: QueryCount) -> None:
    count_queries.statements.clear()
    for _ in range(services.LOOKUPS * 2):
        made = look_up(runtime, "VM-24F7K-9QX3A-1")
        assert made.judgment.answer is Answer.MALFORMED
    assert len(count_queries) == 0
    assert look_up(runtime, "VM-11111-11111-1").judgment.answer is Answer.NOT_FOUND


def test_guessing_ends_after_sixty_tries_a_minute(runtime: Runtime, clock: Clock) -> None:
    for _ in range(services.LOOKUPS):
        look_up(runtime, "VM-11111-11111-1")
    with pytest.raises(TooMany) as refusal:
        look_up(runtime, "VM-11111-11111-1")
    assert 1 <= refusal.value.retry_after <= 60
    with pytest.raises(TooMany):
        services.signed_file(
            runtime.db.reading, runtime.limiter, "VM-11111-11111-1", caller="192.0.2.1", now=runtime.now()
        )
    assert look_up(runtime, "VM-11111-11111-1", caller="192.0.2.2").found is None, "others are not held up"
    clock.tick(seconds=61)
    assert look_up(runtime, "VM-11111-11111-1").found is None


def test_a_lost_key_is_told_and_the_record_stands(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    runtime.keys.compromise(files(session, credential)[0].kid, NOW)
    made = look_up(runtime, credential.number)
    assert made.judgment.answer is Answer.VALID
    assert [line.code for line in made.judgment.lines if line.name == "key"] == ["withdrawn_key"]


def test_the_newest_bloodborne_pathogen_training_is_shown(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    found = look_up(runtime, credential.number).found
    assert found is not None
    first = found.bbp_on
    holder = Actor(id=credential.user_id)
    add_proof(session, holder, "bbp", now=NOW)
    add_proof(session, holder, "bbp", now=NOW + timedelta(days=20), accept=False)
    add_proof(session, holder, "first_aid", now=NOW + timedelta(days=25))
    session.commit()
    found = look_up(runtime, credential.number).found
    assert found is not None
    assert first is not None
    assert found.bbp_on is not None
    assert first < found.bbp_on == (NOW - timedelta(days=30)).date(), "refused ones and other kinds do not count"
    assert details_of(session, credential.number).bbp_until == found.bbp_on.replace(year=2027)


# --- the printed certificate -----------------------------------------------------------------------------------


def printed(session: Session, runtime: Runtime, number: str) -> bytes:
    found = queries.public_view(session, number, runtime.now())
    assert found is not None
    details, file = queries.details(session, found), queries.stored_file(session, number)
    return services.printed_certificate(found, details, file, academy="Vermilion Academy", url="https://academy.test")


def test_the_pdf_prints_the_facts_and_carries_the_signed_file(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    document = pypdfium2.PdfDocument(printed(session, runtime, credential.number))
    text = " ".join(document[0].get_textpage().get_text_range().split())
    for words in (
        "Amara Osei", credential.number, "Vermilion Certified Lip Blush Artist", "Version 1", "Building",
        "1 course, 1 graded quiz, 2 hours and 1 practice piece approved by a qualified reviewer.",
        "It is not a licence to practice", "academy.test/verify",
    ):  # fmt: skip
        assert words in text, words
    attachment = document.get_attachment(0)
    assert bytes(attachment.get_data()) == queries.stored_file(session, credential.number).document


def test_the_pdf_is_made_once_for_a_file(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    first = printed(session, runtime, credential.number)
    assert printed(session, runtime, credential.number) is first
    services.sign_anew(session, credential.id, issuer=issuer_for(runtime), now=LATER)
    session.flush()
    assert printed(session, runtime, credential.number) is not first


@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded", "withdrawn"])
def test_what_does_not_count_is_not_printed(session: Session, issue: Issue, runtime: Runtime, state: str) -> None:
    credential = issue(state)
    with pytest.raises(Conflict, match=f"is {state}"):
        printed(session, runtime, credential.number)


def test_a_name_that_the_fonts_lack_is_said_clearly(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue(name="Nguyen")
    session.execute(update(Credential).values(holder_name="李小龍"))
    session.commit()
    with pytest.raises(Conflict, match="李小龍 has letters that our certificate fonts do not have") as refusal:
        printed(session, runtime, credential.number)
    assert refusal.value.code == "not_printable"


def test_a_step_that_was_not_shown_is_not_printed(session: Session, issue: Issue, runtime: Runtime) -> None:
    credential = issue()
    facts = {**credential.facts, "steps": [row for row in credential.facts["steps"] if row["step"] != "numbing"]}
    session.execute(update(Credential).values(facts=facts))
    session.commit()
    steps_met = details_of(session, credential.number).steps_met
    assert "numbing" not in steps_met
    assert len(steps_met) == 7
    text = pypdfium2.PdfDocument(printed(session, runtime, credential.number))[0].get_textpage().get_text_range()
    assert "Numbing" not in text
    assert "Aftercare" in text


def test_events_are_only_ever_added(session: Session, issue: Issue) -> None:
    credential = issue("superseded")
    rows = session.scalars(select(CredentialEvent.change).where(CredentialEvent.credential_id == credential.id)).all()
    assert rows == ["issue", "supersede"]
