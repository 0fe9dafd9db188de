"""What is gathered for a decision: the right rows, in a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from app.certification import queries, services
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import NotFound
from app.domain.rubric.rubric import rubric_from_dict
from app.learning.services import enroll
from tests.conftest import NOW, QueryCount
from tests.factories.certification import COURSE, EXERCISE, QUIZ, add_piece, add_proof, decided, meet, pass_quiz
from tests.factories.content import publish_real
from tests.factories.learning import finish_course


def gather(session: Session, student: Actor) -> queries.Gathered:
    return queries.gather(session, student.user_id, rubric_from_dict(queries.rubric_payload(session)))


def test_evidence_is_what_the_student_has_shown(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW)
    found = gather(session, student)
    evidence = found.evidence
    assert evidence.adult
    assert evidence.courses_finished == {COURSE}
    assert (evidence.quizzes[QUIZ].percent, evidence.quizzes[QUIZ].passed) == (Fraction(100), True)
    (piece,) = evidence.pieces
    assert (piece.exercise, piece.skin, piece.approved, piece.critical) == (EXERCISE, "lip_pad_flat", True, False)
    assert piece.score == 100
    assert set(piece.core_levels.values()) == {4}
    assert [(proof.kind, proof.verified) for proof in evidence.proofs] == [("bbp", True)]
    assert evidence.minutes["practice"] == 90
    assert evidence.minutes["total"] == evidence.minutes["structured"] + 90
    assert found.levels["lip-mapping"] == 4
    assert found.first_at == NOW - timedelta(days=5)


def test_someone_new_has_shown_nothing(session: Session, student: Actor) -> None:
    found = gather(session, student)
    assert (found.evidence.quizzes, found.evidence.pieces, found.evidence.credentials) == ({}, (), ())
    assert found.evidence.minutes == {"structured": 0, "practice": 0, "technique": 0, "total": 0}
    assert found.first_at is None


def test_the_best_of_several_attempts_counts(session: Session, student: Actor) -> None:
    pass_quiz(session, student, now=NOW, percent=60, passed=False)
    session.flush()
    assert gather(session, student).evidence.quizzes[QUIZ].passed is False


def test_minutes_since_a_certificate_count_from_its_issue(session: Session, student: Actor) -> None:
    decision = decided(session, student, now=NOW - timedelta(days=100))
    services.note_standing(
        session,
        decision.id,
        number="VM-1",
        issued_at=NOW - timedelta(days=100),
        valid_until=NOW + timedelta(days=600),
        in_force=True,
    )
    add_piece(session, student, student.user_id, now=NOW, minutes=45)
    since = gather(session, student).evidence.minutes_since["certified"]
    assert (since["practice"], since["total"]) == (45, 45)


def test_certifications_come_lowest_tier_first(session: Session) -> None:
    publish_real(session, NOW)
    assert [policy.rules.id for policy in queries.policies(session)] == ["foundation", "certified", "master"]


def test_nothing_is_decided_before_the_first_release(session: Session) -> None:
    with pytest.raises(NotFound, match="rubric"):
        queries.policies(session)


def test_evaluating_costs_the_same_for_much_evidence_as_for_little(
    session: Session, student: Actor, count_queries: QueryCount
) -> None:
    counts = []
    for _round in range(2):
        session.expire_all()
        count_queries.statements.clear()
        services.evaluate_requirements(session, student.user_id, now=NOW)
        counts.append(len(count_queries))
        finish_course(session, student, COURSE, now=NOW)
        for day in range(10):
            add_piece(session, student, student.user_id, now=NOW - timedelta(days=day))
            add_proof(session, student, "bbp", now=NOW, accept=day % 2 == 0)
        session.flush()
    # Ratings and corrections of time are asked for only when there are pieces.
    assert counts[1] <= counts[0] + 2
    assert counts[1] <= 13


# --- proofs that wait ------------------------------------------------------------------------------------------


def test_waiting_proofs_come_oldest_first_and_in_pages(
    session: Session, student: Actor, make_user: Callable[..., Actor], count_queries: QueryCount
) -> None:
    other = make_user(name="Lea Fontaine")
    for minutes in range(5):
        sender = other if minutes == 1 else student
        add_proof(session, sender, "bbp", now=NOW + timedelta(minutes=minutes), accept=None)
    add_proof(session, student, "first_aid", now=NOW, accept=True)
    session.flush()
    count_queries.statements.clear()
    rows = queries.waiting_proofs(session, size=2)
    assert len(count_queries) == 1
    assert [row.name for row in rows] == ["Amara Osei", "Lea Fontaine", "Amara Osei"], "one more than asked"
    last = rows[1].proof
    rest = queries.waiting_proofs(session, after=(last.sent_at, str(last.id)), size=10)
    assert [row.proof.sent_at for row in rest] == [NOW + timedelta(minutes=m) for m in (2, 3, 4)]
    assert queries.waiting_proof_count(session) == 5


def test_waiting_proofs_cost_one_statement_for_3_and_for_30(
    session: Session, student: Actor, count_queries: QueryCount
) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            add_proof(session, student, "bbp", now=NOW, accept=None)
        session.flush()
        count_queries.statements.clear()
        queries.waiting_proofs(session)
        counts.append(len(count_queries))
    assert counts == [1, 1]


def test_everybody_who_is_enrolled_is_walked_once(
    session: Session, journey: None, make_user: Callable[..., Actor]
) -> None:
    people = [make_user(Role.STUDENT) for _ in range(5)]
    make_user(Role.STUDENT, name="Not Enrolled")
    for person in people:
        enroll(session, person, COURSE, now=NOW)
    session.flush()
    seen, after = [], None
    while page := queries.people_with_activity(session, after, size=2):
        seen += page
        after = page[-1]
    assert seen == sorted(person.user_id for person in people)


def test_numbers_of_decisions_count_up(session: Session, student: Actor) -> None:
    assert queries.last_sequence(session, student.user_id, "certified") == 0
    decision = decided(session, student, now=NOW)
    assert queries.last_sequence(session, student.user_id, "certified") == 1
    services.repeat_decision(session, SYSTEM, decision.id, now=NOW)
    assert queries.last_sequence(session, student.user_id, "certified") == 2
    assert queries.last_sequence(session, student.user_id, "master") == 0


def test_a_pinned_policy_is_read_back(session: Session, student: Actor) -> None:
    decision = decided(session, student, now=NOW)
    assert queries.policy_payload(session, decision.policy_version_id)["id"] == "certified"
    assert queries.policy_version(session, decision.policy_version_id) == 1
    assert queries.titles(session)[EXERCISE] == "Lip blush, full lip, sheer"
