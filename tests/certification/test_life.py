"""Waivers, a second person, renewals, lapsed proofs, reminders and trials: stories through services and jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certification import queries, services
from app.certification import tasks as jobs
from app.certification.models import Application, Decision, RuleTrial, Waiver
from app.certification.services import ProofFacts
from app.credentials import queries as credentials
from app.credentials import tasks as credential_jobs
from app.credentials.models import Credential
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.certification.renewal import valid_until
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.practice.signoff import Guest
from app.infra.audit import AuditEvent, AuditTag
from app.infra.db import Base
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.practice import queries as practice_queries
from app.practice import services as practice
from tests.conftest import NOW, Clock
from tests.factories.certification import CHECKER, EXERCISE, add_piece, add_proof, meet, publish_rules
from tests.factories.credentials import issue_sample

REASON = "Trained for 40 hours at the partner school in Lyon."


@pytest.fixture
def admin(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.ADMIN, name="Ruth Amadi")


def tags(session: Session, *prefixes: str) -> list[str]:
    found = session.scalars(select(AuditEvent.tag).order_by(AuditEvent.id)).all()
    return [tag for tag in found if tag.startswith(prefixes)]


def notices(session: Session, kind: str) -> int:
    return session.scalar(select(func.count(Notice.id)).where(Notice.kind == kind)) or 0


# --- waivers ---------------------------------------------------------------------------------------------------


def test_a_waived_requirement_completes_the_decision_and_stands_in_it(
    session: Session, runtime: Runtime, student: Actor, admin: Actor
) -> None:
    publish_rules(session, NOW, waivable=["hours"], hours={"total": 50})
    meet(session, student, now=NOW)

    def grant(actor: Actor = admin, code: str = "hours:total", **facts: Any) -> Waiver:
        asked = {"reason": REASON, "until": None, "now": NOW, **facts}
        return services.grant_waiver(session, actor, student.user_id, "certified", code, **asked)

    for wrong, error in (
        ({"code": "age"}, Conflict), ({"code": "nothing:there"}, NotFound),
        ({"code": "course:lip-blush-basics"}, Conflict),
        ({"actor": student}, Conflict), ({"reason": "Because."}, Invalid),
        ({"until": NOW.date() - timedelta(days=1)}, Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            grant(**wrong)
    assert session.scalar(select(func.count(Waiver.id))) == 0
    waiver = grant(until=NOW.date())
    decision = session.scalars(select(Decision)).one()
    (line,) = [row for row in decision.lines if row["code"] == "hours:total"]
    assert (line["met"], line["waived"]) == (True, REASON)
    granted = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.WAIVER_GRANTED)).one()
    assert granted.facts["reason"] == REASON
    made = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.DECISION_MADE)).one()
    assert made.facts["waived"] == ["hours:total"]
    services.end_waiver(session, admin, waiver.id, now=NOW)
    with pytest.raises(Conflict, match="ended already"):
        services.end_waiver(session, admin, waiver.id, now=NOW)
    (evaluation,), _gathered = services.evaluate_requirements(session, student.user_id, now=NOW)
    assert [each.code for each in evaluation.outcome.missing] == ["hours:total"]


# --- complaints ------------------------------------------------------------------------------------------------


def test_an_open_complaint_holds_the_certificate_back_until_it_is_closed(
    session: Session, student: Actor, admin: Actor
) -> None:
    publish_rules(session, NOW, no_open_complaint=True)
    meet(session, student, now=NOW)
    with pytest.raises(Conflict, match="about you"):
        services.open_complaint(session, admin, admin.user_id, "A client wrote of sore lips.", now=NOW)
    with pytest.raises(Invalid):
        services.open_complaint(session, admin, student.user_id, "  Bad.  ", now=NOW)
    first, second = (
        services.open_complaint(session, admin, student.user_id, words, now=NOW)
        for words in ("A client wrote of sore lips.", "A studio wrote of an unsealed cartridge.")
    )
    assert services.record_decisions(session, SYSTEM, student.user_id, now=NOW) == []
    (evaluation,), _gathered = services.evaluate_requirements(session, student.user_id, now=NOW)
    (line,) = evaluation.outcome.missing
    assert (line.code, "sore" in line.explanation) == ("complaint", False), "the artist reads that line"
    services.close_complaint(session, admin, first.id, "The client took it back.", now=NOW)
    assert session.scalar(select(func.count(Decision.id))) == 0, "the other one is open"
    services.close_complaint(session, admin, second.id, "It was not their cartridge.", now=NOW)
    decision = session.scalars(select(Decision)).one()
    assert [row["met"] for row in decision.lines if row["code"] == "complaint"] == [True]
    with pytest.raises(Conflict, match="closed already"):
        services.close_complaint(session, admin, first.id, "The client took it back.", now=NOW)
    logged = session.scalars(select(AuditEvent).where(AuditEvent.tag.startswith("certification:complaint"))).all()
    assert [line.tag for line in logged] == [AuditTag.COMPLAINT_OPENED] * 2 + [AuditTag.COMPLAINT_CLOSED] * 2
    assert not any("sore" in str(line.facts) for line in logged), "the log outlives an erasure"


# --- a second person -------------------------------------------------------------------------------------------


def test_where_the_rule_asks_a_second_person_agrees_before_it_is_issued(
    session: Session, runtime: Runtime, student: Actor, instructor: Actor, make_user: Callable[..., Actor]
) -> None:
    publish_rules(session, NOW, approval=True)
    meet(session, student, now=NOW, reviewer=instructor)
    second = make_user(Role.INSTRUCTOR, name="Marta Second")
    for _again in range(2):
        assert services.record_decisions(session, SYSTEM, student.user_id, now=NOW) == []
    application = session.scalars(select(Application)).one()
    assert (application.kind, application.state) == ("first", "waiting")
    told = session.scalars(select(Notice.user_id).where(Notice.kind == "application_waits")).all()
    assert told == [second.user_id], "once, and not the one who marked pieces"

    def answer(actor: Actor, *, approve: bool = True, note: str = "") -> Application:
        return services.answer_application(session, actor, application.id, approve=approve, note=note, now=NOW)

    with pytest.raises(Conflict, match="your own"):
        answer(student)
    with pytest.raises(Conflict, match="You marked pieces of this artist"):
        answer(instructor)
    with pytest.raises(Invalid):
        answer(second, approve=False)
    answer(second, approve=False, note="The capstone photo is missing.")
    assert services.record_decisions(session, SYSTEM, student.user_id, now=NOW) == []
    answer(second)
    decision = session.scalars(select(Decision)).one()
    assert (application.state, application.decision_id, application.answered_by) == ("approved", decision.id, second.id)
    with pytest.raises(Conflict, match="answered already"):
        answer(second)
    assert notices(session, "application_answered") == 2
    assert tags(session, "certification:application") == [
        AuditTag.APPLICATION_MADE, AuditTag.APPLICATION_REFUSED, AuditTag.APPLICATION_APPROVED,
    ]  # fmt: skip


def test_what_is_not_met_any_more_is_not_approved(
    session: Session, student: Actor, instructor: Actor, make_user: Callable[..., Actor], journey: None
) -> None:
    publish_rules(session, NOW, approval=True)
    meet(session, student, now=NOW, reviewer=instructor)
    services.record_decisions(session, SYSTEM, student.user_id, now=NOW)
    application = session.scalars(select(Application)).one()
    add_piece(session, student, instructor.user_id, now=NOW, outcome="failed", critical=True)
    second = make_user(Role.INSTRUCTOR, name="Marta Second")
    with pytest.raises(Conflict, match="not met any more: No critical fault"):
        services.answer_application(session, second, application.id, approve=True, note="", now=NOW)
    assert application.state == "waiting"


# --- renewal ---------------------------------------------------------------------------------------------------


def educate(session: Session, student: Actor, minutes: int, topic: str, day: date) -> None:
    facts = ProofFacts("ce", "Red Cross", "", day, None, course="Refresher", minutes=minutes, topic=topic)
    sent = services.send_proof(session, student, facts, now=datetime.combine(day, NOW.timetz()))
    services.check_proof(session, CHECKER, sent.id, accept=True, note="", now=NOW)


def ready_to_renew(session: Session, runtime: Runtime, student: Actor, now: datetime) -> Credential:
    """A certificate whose renewal is complete at `now`, which is the clock's time."""
    held = issue_sample(session, runtime, student, issued_at=NOW)
    educate(session, student, 12 * 60, "other", NOW.date() + timedelta(days=30))
    educate(session, student, 4 * 60, "hygiene", NOW.date() + timedelta(days=60))
    add_piece(session, student, student.user_id, now=now - timedelta(days=3), exercise=EXERCISE)
    add_proof(session, student, "bbp", now=now - timedelta(days=2))
    session.commit()
    return held


def test_a_renewal_keeps_number_and_address_and_counts_on_from_the_old_end(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    due = valid_until(NOW, 24)
    clock.value = due - timedelta(days=10)
    held = ready_to_renew(session, runtime, student, clock())
    number, first_file = held.number, credentials.stored_file(session, held.number).digest

    def apply(agreed: bool = True) -> Application:
        return services.apply_for_renewal(session, student, "certified", agreed=agreed, now=clock())

    with pytest.raises(NotFound):
        services.apply_for_renewal(session, student, "master", agreed=True, now=clock())
    with pytest.raises(Invalid, match="Agree to the statement"):
        apply(agreed=False)
    assert services.renewal_of(session, student.user_id, "certified", now=NOW).outcome.missing[0].code == "window"
    made = apply()
    assert (made.state, made.valid_until) == ("approved", valid_until(due, 24))
    with pytest.raises(Conflict, match="already"):
        apply()
    session.commit()
    work_off(runtime)
    session.expire_all()
    renewed = credentials.credential_by_number(session, number)
    assert renewed is not None
    assert (renewed.valid_until, renewed.state, renewed.issued_at) == (valid_until(due, 24), "active", NOW)
    assert credentials.stored_file(session, number).digest != first_file
    assert [event.change for event in credentials.events(session, renewed.id)] == ["issue", "renew"]
    credential_jobs.renew(JobContext(runtime, clock()), {"application_id": made.id.hex})
    assert [event.change for event in credentials.events(session, renewed.id)] == ["issue", "renew"], "safe to repeat"
    again = services.renewal_of(session, student.user_id, "certified", now=clock())
    assert (again.held.renewals, again.phase.value, again.may_apply) == (1, "not_yet", False)
    assert {"window", "ce:total", "refresher"} <= {line.code for line in again.outcome.missing}


def test_what_is_missing_is_named_and_nothing_is_sent(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    clock.value = valid_until(NOW, 24)
    issue_sample(session, runtime, student, issued_at=NOW)
    with pytest.raises(Invalid, match=r"Still missing: .*Continuing education.*Bloodborne"):
        services.apply_for_renewal(session, student, "certified", agreed=True, now=clock())
    assert session.scalar(select(func.count(Application.id))) == 0


def test_a_renewal_that_asks_for_a_second_person_waits(
    session: Session, runtime: Runtime, student: Actor, clock: Clock, admin: Actor
) -> None:
    clock.value = valid_until(NOW, 24) + timedelta(days=29)
    rule = {"ce_hours": 16, "ce_hygiene": 4, "pieces": 1, "approval": True}
    publish_rules(session, NOW, renewal=rule)
    held = ready_to_renew(session, runtime, student, clock())
    made = services.apply_for_renewal(session, student, "certified", agreed=True, now=clock())
    assert (made.state, made.valid_until) == ("waiting", None)
    told = session.scalars(select(Notice).where(Notice.kind == "application_waits")).one()
    assert (told.user_id, told.url) == (admin.user_id, "/teach/applications"), "there is no instructor here"
    services.answer_application(session, admin, made.id, approve=True, note="", now=clock())
    session.commit()
    work_off(runtime)
    session.expire_all()
    assert session.get_one(Credential, held.id).valid_until == valid_until(valid_until(NOW, 24), 24)


# --- lapse and return ------------------------------------------------------------------------------------------


def test_a_lapsed_proof_suspends_by_itself_and_a_new_one_brings_it_back(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    held = issue_sample(session, runtime, student, issued_at=NOW)
    proof = queries.proofs_of(session, student.user_id)[0]
    session.commit()
    last = proof.issued_on.replace(year=proof.issued_on.year + 1)

    def state() -> str:
        credential_jobs.keep_standing(JobContext(runtime, clock()), {})
        session.expire_all()
        return session.get_one(Credential, held.id).state

    clock.value = datetime.combine(last, NOW.timetz()).replace(hour=23, minute=59, second=59)
    assert state() == "active", "the last day counts as a whole, in UTC"
    clock.tick(seconds=1)
    assert state() == "suspended"
    assert state() == "suspended"
    event = credentials.events(session, held.id)[-1]
    assert (event.change, event.reason_class, event.actor_name) == ("suspend", "lapsed_requirement", SYSTEM.name)
    assert str(last) in event.note
    add_proof(session, student, "bbp", now=clock(), accept=None)
    assert state() == "suspended", "handed in is not checked"
    add_proof(session, student, "bbp", now=clock())
    session.commit()
    work_off(runtime, now=clock())
    session.expire_all()
    assert session.get_one(Credential, held.id).state == "active"
    assert [e.change for e in credentials.events(session, held.id)] == ["issue", "suspend", "reinstate"]
    files = credentials.files_of(session, held.id)
    assert sorted(file.revoked_at is None for file in files) == [False, True], "an old bit never goes back"


def test_what_a_person_suspended_returns_by_a_person_alone(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    held = issue_sample(session, runtime, student, state="suspended")
    session.commit()
    credential_jobs.keep_standing(JobContext(runtime, clock()), {})
    session.expire_all()
    assert session.get_one(Credential, held.id).state == "suspended"


def test_a_proof_that_does_not_suspend_may_lapse(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    bbp = {"kind": "bbp", "title": "BBP", "max_age_months": 12, "suspends": False}
    publish_rules(session, NOW, proofs=[bbp])
    held = issue_sample(session, runtime, student, issued_at=NOW)
    session.commit()
    clock.tick(days=500)
    credential_jobs.keep_standing(JobContext(runtime, clock()), {})
    session.expire_all()
    assert session.get_one(Credential, held.id).state == "active"


# --- reminders -------------------------------------------------------------------------------------------------


def test_reminders_come_ninety_thirty_and_seven_days_before_once_each(
    session: Session, runtime: Runtime, student: Actor, clock: Clock
) -> None:
    issue_sample(session, runtime, student, issued_at=NOW)
    end = valid_until(NOW, 24)
    add_proof(session, student, "bbp", now=end - timedelta(days=100))
    session.commit()
    told = []
    for days in (91, 90, 89, 31, 30, 25, 8, 7, 7, 1, 0, -1):
        clock.value = end - timedelta(days=days)
        jobs.remind(JobContext(runtime, clock()), {})
        session.expire_all()
        told.append(notices(session, "renewal_due"))
    assert told == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]
    assert notices(session, "proof_ends") == 0
    clock.value = end - timedelta(days=200)
    for proof in queries.proofs_of(session, student.user_id):
        proof.issued_on = clock().date() - timedelta(days=360)
    session.commit()
    for _again in range(2):
        jobs.remind(JobContext(runtime, clock()), {})
    assert notices(session, "proof_ends") == 1


# --- trials ----------------------------------------------------------------------------------------------------


def test_a_trial_says_who_would_gain_or_lose_and_writes_nothing_else(
    session: Session, runtime: Runtime, make_user: Callable[..., Actor], student: Actor, admin: Actor
) -> None:
    meet(session, student, now=NOW)
    poor = make_user(Role.STUDENT, name="Lea Fontaine")
    meet(session, poor, now=NOW, without=("quiz",))
    session.commit()
    work_off(runtime)

    def rows() -> dict[str, int]:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
            if name not in {"rule_trial", "job"}
        }

    def run(**numbers: int) -> RuleTrial:
        asked = {path.replace("__", ".").replace("_", "-"): value for path, value in numbers.items()}
        trial = services.ask_trial(session, admin, "certified", asked, now=NOW)
        session.commit()
        before = rows()
        work_off(runtime)
        session.expire_all()
        assert rows() == before
        return session.get_one(RuleTrial, trial.id)

    for wrong in ({}, {"hours.total": 1}, {"hours.total": -1}, {"nothing": 3}):
        with pytest.raises(Invalid):
            services.ask_trial(session, admin, "certified", wrong, now=NOW)
    easier = run(quizzes__quiz_lip_blush_basics=0)
    assert (easier.state, easier.done, easier.total, easier.gained, easier.lost) == ("done", 2, 2, 1, 0)
    (found,) = queries.touched_people(session, easier)
    assert (found.name, found.effect, found.lines) == ("Lea Fontaine", "gains", ("Lip Blush Basics quiz",))
    harder = run(hours__total=900)
    (found,) = queries.touched_people(session, harder)
    assert (harder.gained, harder.lost, found.name, found.lines) == (0, 1, "Amara Osei", ("Learning hours",))
    assert "Amara" not in str(harder.people), "a trial keeps no names"
    assert harder.changes == {"hours.total": [1, 900]}


def test_a_trial_goes_on_where_it_was_and_can_be_stopped(
    session: Session, runtime: Runtime, student: Actor, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet(session, student, now=NOW)
    trial = services.ask_trial(session, admin, "certified", {"hours.total": 900}, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="under way"):
        services.ask_trial(session, admin, "certified", {"hours.total": 901}, now=NOW)
    context = JobContext(runtime, NOW)
    assert services.try_some(context.reading, context.transaction, trial.id, now=NOW)
    session.expire_all()
    assert (trial.state, trial.done, trial.lost) == ("running", 1, 1)
    services.stop_trial(session, trial.id, now=NOW)
    session.commit()
    assert not services.try_some(context.reading, context.transaction, trial.id, now=NOW)
    session.expire_all()
    assert (trial.state, trial.done, trial.lost) == ("stopped", 1, 1)


# --- hours that somebody signed for ---------------------------------------------------------------------------


def test_signed_sessions_count_as_practice(session: Session, student: Actor) -> None:
    meet(session, student, now=NOW)
    rubric = queries.standards(session).rubric
    before = queries.gather(session, student.user_id, rubric).evidence.minutes
    claim = practice.SessionClaim(NOW.date(), 120, "Studio", "Two full lips.")
    _link, token = practice.ask_signoff(session, student, claim, now=NOW)
    practice.sign_session(session, token, Guest("Marta Silva", "Supervisor", ""), now=NOW)
    session.flush()
    (row,) = [row for row in practice_queries.ledger(session, student.user_id).rows if row.line.source == "supervised"]
    practice.correct_hours(session, student, row.line.key, true_minutes=90, reason="We took a break.", now=NOW)
    session.flush()
    after = queries.gather(session, student.user_id, rubric).evidence.minutes
    for kind in ("practice", "technique", "total"):
        assert after[kind] - before[kind] == 90, kind
    assert after["structured"] == before["structured"]
