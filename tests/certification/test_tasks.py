"""From an event to a certificate in the student's hands, through the job table alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification import services, tasks
from app.certification.models import Decision
from app.credentials import queries as credentials
from app.domain.access.actor import Actor
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.domain.events import AttemptSubmitted, CredentialIssued, Event, LessonCompleted, ProofChecked, ReviewCompleted
from app.domain.practice.blocks import REFRESHER
from app.infra.jobs.models import Job, JobState
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import SUBSCRIBERS
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.queries import inbox
from app.practice import queries as practice
from app.practice import services as practice_services
from tests.conftest import NOW, Clock, Outbox
from tests.factories.certification import COURSE, REQUIREMENTS, add_proof, meet
from tests.factories.content import publish_journey
from tests.factories.learning import finish_course
from tests.factories.practice import submitted_piece
from tests.factories.quizzes import exam, simple_item, take_quiz


@pytest.fixture(autouse=True)
def _keys(runtime: Runtime) -> None:
    runtime.keys.ensure(runtime.now())


def run(session: Session, runtime: Runtime) -> None:
    """Commit what was done and let the workers do the rest."""
    session.commit()
    work_off(runtime)
    with runtime.db.reading() as check:
        errors = check.scalars(select(Job.last_error).where(Job.last_error != "")).all()
    assert errors == []


def decisions(runtime: Runtime) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count(Decision.id))) or 0


def test_the_last_proof_leads_to_a_certificate_with_notice_and_mail(
    session: Session, runtime: Runtime, student: Actor, instructor: Actor, outbox: Outbox
) -> None:
    meet(session, student, now=NOW, without={"proof"})
    proof = add_proof(session, student, "bbp", now=NOW, accept=None)
    run(session, runtime)
    assert decisions(runtime) == 0
    services.check_proof(session, instructor, proof.id, accept=True, note="", now=NOW)
    run(session, runtime)
    assert decisions(runtime) == 1
    with runtime.db.reading() as check:
        (held,) = credentials.held_by(check, student.user_id)
        kinds = [notice.kind for notice in inbox(check, student.user_id)]
        found = credentials.public_view(check, held.number, NOW)
    assert found is not None
    assert (found.holder_name, found.title) == ("Amara Osei", "Vermilion Certified Lip Blush Artist")
    assert found.status.is_valid
    assert sorted(kinds) == ["credential_issued", "proof_checked"]
    (mail,) = [message for message in outbox.messages if message.subject == "Your certificate"]
    assert mail.to.startswith("amara.osei")
    assert f"https://academy.test/credentials/{held.number}" in mail.text


def test_the_last_lesson_leads_to_a_certificate(session: Session, runtime: Runtime, student: Actor) -> None:
    meet(session, student, now=NOW, without={"course"})
    run(session, runtime)
    assert decisions(runtime) == 0
    finish_course(session, student, COURSE, now=NOW)
    run(session, runtime)
    with runtime.db.reading() as check:
        assert len(credentials.held_by(check, student.user_id)) == 1


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_without_one_requirement_no_event_leads_to_a_decision(
    session: Session, runtime: Runtime, student: Actor, requirement: str
) -> None:
    meet(session, student, now=NOW, without={requirement})
    ask(session, student, *HANDLERS)
    run(session, runtime)
    assert decisions(runtime) == 0


HANDLERS = ("after_lesson", "after_attempt", "after_review", "after_proof")


def ask(session: Session, student: Actor, *names: str) -> None:
    """Queue the jobs that events put before this slice; other slices have jobs of their own."""
    session.query(Job).delete()
    for name in names:
        ids = {"user_id": student.user_id.hex, "proof_id": "0" * 32, "attempt_id": "0" * 32}
        enqueue(session, f"certification.{name}", ids, now=NOW)


@pytest.mark.parametrize(
    ("event", "handler"),
    [(LessonCompleted, "after_lesson"), (AttemptSubmitted, "after_attempt"), (ReviewCompleted, "after_review"),
     (ProofChecked, "after_proof"), (CredentialIssued, "after_credential")],
)  # fmt: skip
def test_each_event_that_counts_is_listened_to(event: type[Event], handler: str) -> None:
    assert f"certification.{handler}" in SUBSCRIBERS[event.name]


@pytest.mark.parametrize("handler", HANDLERS)
def test_each_handler_has_the_student_evaluated(
    session: Session, runtime: Runtime, student: Actor, handler: str
) -> None:
    meet(session, student, now=NOW)
    ask(session, student, handler)
    run(session, runtime)
    assert decisions(runtime) == 1


def test_an_issued_certificate_has_higher_tiers_evaluated(session: Session, runtime: Runtime, student: Actor) -> None:
    meet(session, student, now=NOW)
    session.query(Job).delete()
    context = JobContext(runtime, NOW)
    session.commit()
    tasks.after_credential(context, CredentialIssued(student.user_id.hex, "0" * 32).payload())
    assert decisions(runtime) == 1


def test_events_that_come_twice_decide_and_tell_once(
    session: Session, runtime: Runtime, student: Actor, outbox: Outbox
) -> None:
    meet(session, student, now=NOW)
    ask(session, student, *HANDLERS * 2)
    run(session, runtime)
    assert decisions(runtime) == 1
    with runtime.db.reading() as check:
        assert len(credentials.held_by(check, student.user_id)) == 1
        assert [n.kind for n in inbox(check, student.user_id)].count("credential_issued") == 1
    assert [message.subject for message in outbox.messages].count("Your certificate") == 1


def test_the_daily_sweep_finds_who_met_the_last_requirement_by_time_alone(
    session: Session, runtime: Runtime, student: Actor, make_user: Callable[..., Actor]
) -> None:
    meet(session, student, now=NOW)
    other = make_user(name="Half Way")
    meet(session, other, now=NOW, without={"quiz"})
    session.query(Job).delete()
    session.commit()
    tasks.sweep(JobContext(runtime, NOW + timedelta(days=1)), {})
    with runtime.db.reading() as check:
        assert check.scalars(select(Decision.user_id)).all() == [student.user_id]


def test_a_person_is_evaluated_on_request(session: Session, runtime: Runtime, student: Actor) -> None:
    meet(session, student, now=NOW)
    session.query(Job).delete()
    enqueue(session, "certification.evaluate", {"user_id": student.user_id.hex}, now=NOW)
    run(session, runtime)
    assert decisions(runtime) == 1
    with runtime.db.reading() as check:
        assert check.scalar(select(func.count(Job.id)).where(Job.state != JobState.DONE.value)) == 0


def test_only_a_passed_hygiene_refresher_lets_a_student_send_again(
    session: Session, runtime: Runtime, clock: Clock, student: Actor
) -> None:
    piece = submitted_piece(session, student, now=NOW)
    practice_services.mark_in_review(session, piece, held=True)
    session.flush()
    practice_services.mark_decided(session, piece, "failed", faults=["HYG"], now=NOW)
    items = [item_adapter.validate_python(simple_item(n)) for n in range(9)]
    quizzes = [Quiz.model_validate(data) for data in (exam(REFRESHER, pass_mark=90), exam("another"))]
    publish_journey(session, NOW, items=items, quizzes=quizzes)
    taken = ((REFRESHER, [1], 1), ("another", [], 1), (REFRESHER, [], 0))
    for quiz, wrong, blocks in taken:
        take_quiz(session, student, quiz, now=clock.tick(days=1), wrong=wrong)
        clock.tick(hours=1)  # answering took time
        run(session, runtime)
        with runtime.db.reading() as check:
            assert len(practice.open_blocks(check, student.user_id)) == blocks, (quiz, wrong)
