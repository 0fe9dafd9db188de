"""Evaluating, deciding once, handing in and checking proofs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries, services
from app.certification.models import Decision, ExternalProof
from app.certification.services import ProofFacts
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.rubric.rubric import rubric_from_dict
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from tests.conftest import NOW
from tests.factories.certification import EXERCISE, REQUIREMENTS, add_piece, add_proof, decided, meet, pass_quiz


def lines_missing(session: Session, student: Actor) -> list[str]:
    evaluations, _gathered = services.evaluate_requirements(session, student.user_id, now=NOW)
    return [line.code for line in evaluations[0].outcome.missing]


def decide(session: Session, student: Actor) -> list[Decision]:
    return services.record_decisions(session, SYSTEM, student.user_id, now=NOW)


# --- deciding --------------------------------------------------------------------------------------------------


def test_who_meets_everything_gets_a_decision(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW)
    assert lines_missing(session, student) == []
    (decision,) = decide(session, student)
    assert (decision.certification_key, decision.sequence, decision.decided_at) == ("certified", 1, NOW)
    assert all(line["met"] for line in decision.lines)
    jobs = session.scalars(select(Job).where(Job.payload["decision_id"].as_string() == decision.id.hex)).all()
    assert [job.handler for job in jobs] == ["credentials.issue"]
    told = select(AuditEvent.tag).where(AuditEvent.target_id == str(decision.id))
    assert session.scalar(told) == AuditTag.DECISION_MADE


MISSING = {
    "age": ["age"],
    "course": ["course:lip-blush-basics"],
    "quiz": ["quiz:quiz-lip-blush-basics"],
    "hours": ["hours:total"],
    "pieces": ["pieces:total", f"pieces:{EXERCISE}"],
    "exercise": [f"pieces:{EXERCISE}"],
    "no_critical": ["no_critical"],
    "proof": ["proof:bbp"],
}


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_requirement_alone_stands_in_the_way(session: Session, student: Actor, requirement: str) -> None:
    meet(session, student, now=NOW, without={requirement})
    assert lines_missing(session, student) == MISSING[requirement]
    assert decide(session, student) == []
    assert session.scalar(select(Decision.id)) is None


def test_someone_without_anything_is_told_everything(session: Session, student: Actor) -> None:
    found = {code for codes in MISSING.values() for code in codes} - {"age", "no_critical"}
    assert set(lines_missing(session, student)) == found
    assert decide(session, student) == []


def test_another_students_evidence_does_not_count(
    session: Session, student: Actor, make_user: Callable[..., Actor]
) -> None:
    meet(session, make_user(name="Somebody Else"), now=NOW)
    assert "quiz:quiz-lip-blush-basics" in lines_missing(session, student)
    assert decide(session, student) == []


def test_a_mark_below_the_one_asked_is_not_enough(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW, without={"quiz"})
    pass_quiz(session, student, now=NOW, percent=79)
    session.flush()
    assert lines_missing(session, student) == ["quiz:quiz-lip-blush-basics"]


def test_a_piece_below_the_tier_mark_does_not_count_and_is_not_printed(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW)
    add_piece(session, student, student.user_id, now=NOW, level=2)
    (decision,) = decide(session, student)
    assert decision.evidence["pieces"] == {"total": 1, "by_exercise": {"e08": 1}, "by_skin": {"lip_pad_flat": 1}}


def test_a_proof_that_only_waits_does_not_count(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW, without={"proof"})
    proof = add_proof(session, student, "bbp", now=NOW, accept=None)
    assert lines_missing(session, student) == ["proof:bbp"]
    services.check_proof(session, SYSTEM, proof.id, accept=True, note="", now=NOW)
    assert lines_missing(session, student) == []


def test_a_proof_grows_too_old(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW)
    evaluations, _gathered = services.evaluate_requirements(session, student.user_id, now=NOW + timedelta(days=400))
    assert [line.code for line in evaluations[0].outcome.missing] == ["proof:bbp"]


def test_deciding_again_finds_the_first_decision(session: Session, student: Actor) -> None:
    first = decided(session, student, now=NOW)
    assert services.record_decisions(session, SYSTEM, student.user_id, now=NOW + timedelta(days=1)) == []
    assert session.scalars(select(Decision.id)).all() == [first.id]
    (evaluation,), _gathered = services.evaluate_requirements(session, student.user_id, now=NOW)
    assert evaluation.decision is not None
    assert evaluation.decision.id == first.id


def test_a_decision_keeps_what_a_certificate_prints_and_nothing_private(session: Session, student: Actor) -> None:
    decision = decided(session, student, now=NOW)
    assert set(decision.evidence["steps"].values()) == {4}
    assert decision.evidence["hours"]["total"] >= 1
    assert decision.evidence["proofs"] == [{"kind": "bbp", "issued": "2026-10-22"}]
    for canary in ("canary", "BBP-", "Red Cross", "percent", "score", "example.com"):
        assert canary not in str(decision.evidence)


def test_a_decision_is_repeated_for_a_corrected_certificate(session: Session, student: Actor) -> None:
    first = decided(session, student, now=NOW - timedelta(days=90))
    services.note_standing(
        session, first.id, number="VM-1", issued_at=NOW - timedelta(days=90), valid_until=NOW, in_force=False
    )
    again = services.repeat_decision(session, SYSTEM, first.id, now=NOW)
    assert (again.sequence, again.evidence, again.decided_at) == (2, first.evidence, NOW)
    later = NOW + timedelta(days=700)
    services.note_standing(session, again.id, number="VM-2", issued_at=NOW, valid_until=later, in_force=True)
    # A corrected name does not start the clock of a higher tier again.
    assert again.issued_at == first.issued_at == NOW - timedelta(days=90)
    (evaluation,), gathered = services.evaluate_requirements(session, student.user_id, now=NOW)
    assert evaluation.decision is not None
    assert evaluation.decision.id == again.id
    assert [(held.number, held.in_force) for held in gathered.evidence.credentials] == [("VM-1", False), ("VM-2", True)]


def test_a_decision_that_is_not_there_is_not_found(session: Session, student: Actor) -> None:
    with pytest.raises(NotFound):
        services.repeat_decision(session, SYSTEM, student.user_id, now=NOW)


# --- proofs ----------------------------------------------------------------------------------------------------


def facts(issued_on: date, expires_on: date | None = None) -> ProofFacts:
    return ProofFacts("bbp", "Red Cross", "77", issued_on, expires_on)


def test_a_proof_is_sent_and_waits(session: Session, student: Actor) -> None:
    proof = services.send_proof(session, student, facts(date(2026, 11, 1), date(2027, 11, 1)), now=NOW)
    assert (proof.state, proof.user_id, proof.sent_at, proof.checked_at) == ("sent", student.id, NOW, None)
    assert queries.proofs_of(session, student.user_id) == [proof]
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.PROOF_SENT)).one()
    assert line.facts == {"kind": "bbp"}, "the log names no issuer, number or document"


@pytest.mark.parametrize(
    ("issued_on", "expires_on", "field"),
    [
        (date(2026, 11, 23), None, "issued_on"),
        (date(1989, 12, 31), None, "issued_on"),
        (date(2026, 11, 1), date(2026, 10, 31), "expires_on"),
    ],
)
def test_dates_that_cannot_be_are_refused(
    session: Session, student: Actor, issued_on: date, expires_on: date | None, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.send_proof(session, student, facts(issued_on, expires_on), now=NOW)
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert session.scalar(select(ExternalProof.id)) is None


def test_a_proof_is_accepted_once(session: Session, student: Actor, instructor: Actor) -> None:
    proof = add_proof(session, student, "bbp", now=NOW, accept=None)
    services.check_proof(session, instructor, proof.id, accept=True, note=" ", now=NOW)
    assert (proof.state, proof.note, proof.checked_by, proof.checked_at) == ("accepted", "", instructor.id, NOW)
    events = session.scalars(select(Job.handler).where(Job.payload["proof_id"].as_string() == proof.id.hex)).all()
    assert set(events) == {"certification.after_proof", "credentials.after_proof"}
    with pytest.raises(Conflict, match="checked already"):
        services.check_proof(session, instructor, proof.id, accept=False, note="No.", now=NOW)


def test_a_refusal_says_why(session: Session, student: Actor, instructor: Actor) -> None:
    proof = add_proof(session, student, "bbp", now=NOW, accept=None)
    with pytest.raises(Invalid) as refusal:
        services.check_proof(session, instructor, proof.id, accept=False, note="  ", now=NOW)
    assert [problem.field for problem in refusal.value.problems] == ["note"]
    assert proof.state == "sent"
    services.check_proof(session, instructor, proof.id, accept=False, note=" Another name is on it. ", now=NOW)
    assert (proof.state, proof.note) == ("refused", "Another name is on it.")
    rubric = rubric_from_dict(queries.rubric_payload(session))
    assert queries.gather(session, student.user_id, rubric).evidence.proofs == ()


def test_nobody_checks_their_own_proof(session: Session, make_user: Callable[..., Actor], journey: None) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR)
    proof = add_proof(session, both, "bbp", now=NOW, accept=None)
    with pytest.raises(Conflict, match="Somebody else"):
        services.check_proof(session, both, proof.id, accept=True, note="", now=NOW)
    assert proof.state == "sent"


def test_a_proof_that_is_not_there_is_not_found(session: Session, instructor: Actor, runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        services.check_proof(session, instructor, instructor.user_id, accept=True, note="", now=runtime.now())
