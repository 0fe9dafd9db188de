"""Start, save and hand in: the server alone decides about items, time, tries and marks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.demo.answers import right_answer, wrong_answer
from app.domain.access.actor import Actor, Role
from app.domain.assessment.grading import grade_attempt
from app.domain.errors import Conflict, Expired, Invalid, NotFound
from app.infra.audit import AuditEvent
from app.infra.jobs.models import Job
from app.infra.jobs.registry import SUBSCRIBERS
from app.infra.runtime import Runtime
from app.quizzes import queries, services
from app.quizzes.models import Attempt, AttemptItem, Grade
from tests.conftest import NOW, Clock
from tests.factories import quizzes as factory
from tests.factories.quizzes import course_quiz, exam, simple_item, take_quiz

Publish = Callable[..., None]


def items(count: int, **facts: object) -> list[dict]:
    return [simple_item(n, **facts) for n in range(1, count + 1)]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def start(session: Session, actor: Actor, quiz: str = "exam", at: timedelta = timedelta(0)) -> Attempt:
    return services.start_attempt(session, actor, quiz, now=NOW + at)


def row_at(session: Session, attempt: Attempt, position: int) -> AttemptItem:
    return queries.items_of(session, attempt.id)[position - 1]


def answer_for(session: Session, attempt: Attempt, position: int, *, right: bool = True) -> factory.Answer:
    item = queries.pinned_item(session, row_at(session, attempt, position).item_version_id)
    return right_answer(item) if right else wrong_answer(item)


# --- start -----------------------------------------------------------------------------------------------------


def test_an_attempt_is_a_row_with_items_order_seed_and_deadline(
    session: Session, student: Actor, publish: Publish
) -> None:
    publish(items(5), exam(count=3))
    attempt = start(session, student)
    rows = queries.items_of(session, attempt.id)
    assert (attempt.number, attempt.state, len(attempt.seed)) == (1, "open", 32)
    assert attempt.deadline_at == NOW + timedelta(minutes=20)
    assert [row.position for row in rows] == [1, 2, 3]
    assert len({row.item_key for row in rows}) == 3
    assert all(row.response is None and row.revision == 0 for row in rows)
    audit = session.scalars(select(AuditEvent).where(AuditEvent.target_id == str(attempt.id))).one()
    assert (audit.tag, audit.actor_id, audit.facts["quiz"]) == ("quizzes:attempt:started", student.id, "exam")


@pytest.mark.parametrize("filters", [{"lessons": ["other-lesson"]}, {"objective": "obj-other"}])
def test_a_draw_by_lesson_or_objective_takes_only_its_items(
    session: Session, student: Actor, publish: Publish, filters: dict[str, object]
) -> None:
    rest = [simple_item(n, lesson="other-lesson", objective="obj-other") for n in (6, 7, 8)]
    publish([*items(5), *rest], exam(draws=[{"bank": "bank", "count": 3, **filters}]))
    rows = queries.items_of(session, start(session, student).id)
    assert {row.item_key for row in rows} == {"bank-006", "bank-007", "bank-008"}


def test_starting_again_goes_on_with_the_attempt_that_runs(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(5), exam(count=3))
    first = start(session, student)
    again = start(session, student, at=timedelta(minutes=5))
    assert again.id == first.id
    assert count(session, Attempt) == 1


def test_own_time_stretches_the_deadline(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    session.get_one(User, student.user_id).time_factor_percent = 150
    assert start(session, student).deadline_at == NOW + timedelta(minutes=30)


def test_without_a_limit_there_is_no_deadline(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(time_limit_minutes=None))
    assert start(session, student).deadline_at is None


def test_a_course_quiz_needs_enrollment_and_an_exam_does_not(
    session: Session, student: Actor, publish: Publish
) -> None:
    publish(items(3), exam(), course_quiz("quiz", "course"))
    with pytest.raises(Conflict) as refused:
        start(session, student, "quiz")
    assert refused.value.code == "not_enrolled"
    assert start(session, student, "exam").quiz_key == "exam"
    factory.enroll_for(session, student, "quiz", now=NOW)
    assert start(session, student, "quiz").quiz_key == "quiz"


def test_an_unknown_quiz_is_not_found(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    with pytest.raises(NotFound):
        start(session, student, "nothing")


def test_no_more_attempts_than_allowed(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(attempts=2))
    take_quiz(session, student, "exam", now=NOW)
    take_quiz(session, student, "exam", now=NOW + timedelta(hours=1))
    with pytest.raises(Conflict) as refused:
        start(session, student, at=timedelta(hours=2))
    assert refused.value.code == "no_attempts_left"
    assert count(session, Attempt) == 2


def test_the_waiting_time_counts_from_the_hand_in(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam(cooldown_hours=24))
    attempt, _grade = take_quiz(session, student, "exam", now=NOW)
    assert attempt.submitted_at is not None
    with pytest.raises(Conflict) as refused:
        start(session, student, at=timedelta(hours=24) - timedelta(seconds=1))
    assert refused.value.code == "cooling_down"
    services.start_attempt(session, student, "exam", now=attempt.submitted_at + timedelta(hours=24))
    assert count(session, Attempt) == 2


def test_an_attempt_that_ran_out_is_handed_in_before_the_next_starts(
    session: Session, student: Actor, publish: Publish
) -> None:
    publish(items(3), exam())
    first, _none = take_quiz(session, student, "exam", now=NOW, skip=[3], hand_in=False)
    second = start(session, student, at=timedelta(hours=3))
    assert second.number == 2
    assert (first.state, first.closed_by_time, first.submitted_at) == ("submitted", True, first.deadline_at)
    grade = queries.current_grade(session, first.id)
    assert grade is not None and grade.percent == Decimal("66.66")


def test_new_items_come_before_seen_ones(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(6), exam(count=3))
    take_quiz(session, student, "exam", now=NOW)
    second, _grade = take_quiz(session, student, "exam", now=NOW + timedelta(hours=1))
    seen = list(session.scalars(select(AttemptItem.item_key)))
    assert len(set(seen)) == 6
    assert second.number == 2


def test_an_attempt_keeps_its_versions(session: Session, student: Actor, publish: Publish) -> None:
    publish(items(3), exam())
    attempt = start(session, student)
    publish(items(3, prompt="Something else is asked now?"), exam(pass_mark=10, time_limit_minutes=5))
    item = queries.pinned_item(session, row_at(session, attempt, 1).item_version_id)
    assert item.prompt.startswith("What is asked in bank-")
    assert queries.sitting(session, student.user_id, attempt.id).spec.pass_mark == 80


# --- save ------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(session: Session, enrolled: Actor, journey: str) -> Attempt:
    """A running attempt with one item of each type, in the order of the quiz."""
    attempt = services.start_attempt(session, enrolled, journey, now=NOW)
    session.flush()
    return attempt


def save(session: Session, actor: Actor, attempt: Attempt, position: int, raw: factory.Answer, **options: object):  # type: ignore[no-untyped-def]
    options.setdefault("now", NOW + timedelta(minutes=1))
    return services.save_response(session, actor, attempt.id, position, raw, **options)  # type: ignore[arg-type]


def test_an_answer_is_stored_in_the_ids_of_the_author(session: Session, enrolled: Actor, running: Attempt) -> None:
    saved = save(session, enrolled, running, 4, answer_for(session, running, 4))
    row = row_at(session, running, 4)
    assert row.response == {"places": ["wash", "barriers", "gloves", "cartridge"]}
    assert (row.revision, row.saved_at) == (1, NOW + timedelta(minutes=1))
    assert (saved.revision, saved.answered, saved.items, saved.seconds_left) == (1, True, 7, 19 * 60)


def test_an_empty_answer_takes_the_saved_one_away(session: Session, enrolled: Actor, running: Attempt) -> None:
    save(session, enrolled, running, 1, answer_for(session, running, 1))
    saved = save(session, enrolled, running, 1, {})
    row = row_at(session, running, 1)
    assert (saved.answered, row.response, row.saved_at, row.revision) == (False, None, None, 2)
    empty = select(func.count()).where(AttemptItem.id == row.id, AttemptItem.response.is_(None))
    assert session.scalar(empty) == 1, "nothing, and not a JSON null"


def test_the_flag_is_kept_unless_it_is_sent(session: Session, enrolled: Actor, running: Attempt) -> None:
    save(session, enrolled, running, 1, {}, flagged=True)
    saved = save(session, enrolled, running, 1, answer_for(session, running, 1))
    assert saved.flagged and row_at(session, running, 1).is_flagged
    assert not save(session, enrolled, running, 1, {}, flagged=False).flagged


def test_an_answer_that_cannot_be_read_leaves_the_saved_one(
    session: Session, enrolled: Actor, running: Attempt
) -> None:
    save(session, enrolled, running, 6, {"value": ["225"]})
    with pytest.raises(Invalid) as refused:
        save(session, enrolled, running, 6, {"value": ["a lot"]})
    assert refused.value.problems[0].field == "value"
    assert row_at(session, running, 6).response == {"text": "225"}


def test_a_request_that_was_overtaken_changes_nothing(session: Session, enrolled: Actor, running: Attempt) -> None:
    right, wrong = answer_for(session, running, 1), answer_for(session, running, 1, right=False)
    save(session, enrolled, running, 1, right, base=0)
    with pytest.raises(services.Stale) as refused:
        save(session, enrolled, running, 1, wrong, base=0)
    assert (refused.value.code, refused.value.revision) == ("stale", 1)
    assert save(session, enrolled, running, 1, wrong, base=1).revision == 2


def test_a_request_that_arrives_twice_is_saved_once(session: Session, enrolled: Actor, running: Attempt) -> None:
    right = answer_for(session, running, 1)
    assert [save(session, enrolled, running, 1, right, base=0).revision for _ in range(3)] == [1, 1, 1]


def test_going_back_to_the_first_answer_also_beats_a_late_request(
    session: Session, enrolled: Actor, running: Attempt
) -> None:
    right, wrong = answer_for(session, running, 1), answer_for(session, running, 1, right=False)
    save(session, enrolled, running, 1, right, base=0)
    save(session, enrolled, running, 1, right)  # the person changed it and changed it back, then pressed Next
    with pytest.raises(services.Stale):
        save(session, enrolled, running, 1, wrong, base=1)


def test_nothing_is_saved_after_the_hand_in(session: Session, enrolled: Actor, running: Attempt) -> None:
    right = answer_for(session, running, 1)
    services.submit_attempt(session, enrolled, running.id, now=NOW)
    with pytest.raises(Conflict) as refused:
        save(session, enrolled, running, 1, right)
    assert refused.value.code == "submitted"


def test_the_network_has_half_a_minute_after_the_deadline(session: Session, enrolled: Actor, running: Attempt) -> None:
    assert running.deadline_at is not None
    right = answer_for(session, running, 1)
    saved = save(session, enrolled, running, 1, right, now=running.deadline_at + timedelta(seconds=30))
    assert saved.answered and saved.seconds_left == 0
    with pytest.raises(Expired) as refused:
        save(session, enrolled, running, 1, {}, now=running.deadline_at + timedelta(seconds=31))
    assert refused.value.code == "time_over"
    assert row_at(session, running, 1).response is not None


def test_only_the_own_attempt_and_its_own_places_can_be_saved(
    session: Session, enrolled: Actor, running: Attempt, make_user: Callable[..., Actor]
) -> None:
    right = answer_for(session, running, 1)
    with pytest.raises(NotFound):
        save(session, make_user(Role.STUDENT), running, 1, right)
    for position in (0, 8):
        with pytest.raises(NotFound):
            save(session, enrolled, running, position, right)


# --- hand in ---------------------------------------------------------------------------------------------------


def test_everything_right_of_every_type_is_a_pass(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, grade = take_quiz(session, enrolled, journey, now=NOW)
    assert grade is not None
    assert (grade.percent, grade.passed, grade.safety_missed, grade.sequence) == (Decimal(100), True, 0, 1)
    assert grade.report["correct"] == 7
    assert (attempt.state, attempt.closed_by_time) == ("submitted", False)


@pytest.mark.parametrize("position", range(1, 8))
def test_one_wrong_answer_costs_at_least_a_part(session: Session, enrolled: Actor, journey: str, position: int) -> None:
    attempt, grade = take_quiz(session, enrolled, journey, now=NOW, wrong=[position])
    assert grade is not None
    key = queries.items_of(session, attempt.id)[position - 1].item_key
    fractions = {item: Fraction(row["fraction"]) for item, row in grade.report["items"].items()}
    assert fractions.pop(key) < 1
    assert set(fractions.values()) == {Fraction(1)}


def test_a_safety_item_decides_whatever_the_score(session: Session, enrolled: Actor, journey: str) -> None:
    _attempt, grade = take_quiz(session, enrolled, journey, now=NOW, wrong=[4])
    assert grade is not None
    assert grade.percent > 80 and not grade.passed and grade.safety_missed == 1
    assert [reason["code"] for reason in grade.report["reasons"]] == ["safety_missed"]


def test_handing_in_again_returns_the_same_grade(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, grade = take_quiz(session, enrolled, journey, now=NOW)
    assert grade is not None
    again = services.submit_attempt(session, enrolled, attempt.id, now=NOW + timedelta(days=1))
    assert again.id == grade.id
    assert count(session, Grade) == 1
    tags = select(func.count()).where(AuditEvent.tag == "quizzes:attempt:submitted")
    assert session.scalar(tags) == 1


def test_the_event_is_told_once(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, _grade = take_quiz(session, enrolled, journey, now=NOW)
    services.submit_attempt(session, enrolled, attempt.id, now=NOW)
    told = [job.handler for job in session.scalars(select(Job)) if job.payload.get("attempt_id") == attempt.id.hex]
    assert sorted(told) == sorted(SUBSCRIBERS["attempt_submitted"]) != []


def test_handing_in_late_grades_what_was_saved_in_time(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, _none = take_quiz(session, enrolled, journey, now=NOW, skip=[7], hand_in=False)
    grade = services.submit_attempt(session, enrolled, attempt.id, now=NOW + timedelta(hours=5))
    assert (attempt.closed_by_time, attempt.submitted_at) == (True, attempt.deadline_at)
    assert grade.report["correct"] == 6


def test_a_click_in_the_last_second_is_the_persons_own(session: Session, enrolled: Actor, running: Attempt) -> None:
    assert running.deadline_at is not None
    at = running.deadline_at + timedelta(seconds=10)
    services.submit_attempt(session, enrolled, running.id, now=at)
    assert (running.closed_by_time, running.submitted_at) == (False, at)


def test_nobody_hands_in_for_another(session: Session, running: Attempt, make_user: Callable[..., Actor]) -> None:
    with pytest.raises(NotFound):
        services.submit_attempt(session, make_user(Role.STUDENT), running.id, now=NOW)
    assert running.state == "open"


def test_a_submitted_attempt_without_a_grade_is_said_not_hidden(
    session: Session, enrolled: Actor, running: Attempt
) -> None:
    running.state, running.submitted_at = "submitted", NOW
    session.flush()
    with pytest.raises(Conflict) as refused:
        services.submit_attempt(session, enrolled, running.id, now=NOW)
    assert refused.value.code == "no_grade"


def test_a_correction_is_added_and_the_first_grade_stays(session: Session, enrolled: Actor, journey: str) -> None:
    attempt, first = take_quiz(session, enrolled, journey, now=NOW, wrong=[1])
    assert first is not None
    rows = queries.items_of(session, attempt.id)
    definitions = queries.definitions_of(session, [row.item_version_id for row in rows])
    spec = queries.pinned_spec(session, attempt.quiz_version_id)
    everything = {row.item_key: row.item_version_id for row in rows}
    right = {
        key: definitions[version].parse_response(right_answer(definitions[version]))
        for key, version in everything.items()
    }
    better = grade_attempt(spec, [definitions[version] for version in everything.values()], right)
    second = services.add_grade(session, attempt, better, now=NOW, reason="The key of lb-001 was wrong.")
    session.refresh(first)
    assert (first.is_current, first.sequence, second.is_current, second.sequence) == (False, 1, True, 2)
    assert queries.current_grade(session, attempt.id) is second
    assert first.percent < second.percent == 100


# --- time runs out ---------------------------------------------------------------------------------------------


def test_an_attempt_is_closed_only_when_its_time_is_over(
    session: Session, enrolled: Actor, running: Attempt, runtime: Runtime, clock: Clock
) -> None:
    assert running.deadline_at is not None
    assert services.close_overdue(session, running.id, now=running.deadline_at + timedelta(seconds=30)) is None
    closed = services.close_overdue(session, running.id, now=running.deadline_at + timedelta(seconds=31))
    assert closed is running and running.closed_by_time
    assert services.close_overdue(session, running.id, now=running.deadline_at + timedelta(hours=1)) is None
    assert services.close_overdue(session, enrolled.user_id, now=NOW) is None, "no such attempt"
    assert count(session, Grade) == 1
