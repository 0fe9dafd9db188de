"""What joins, what an answer does, and that nothing is lost, doubled or told too early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.assessment.spacing import Memory, Recall, repeat
from app.domain.errors import Conflict, Invalid, NotFound
from app.infra.jobs.models import Job
from app.quizzes.models import Attempt, Grade
from app.quizzes.services import submit_attempt
from app.training import queries, services
from app.training.models import TrainingItem
from tests.conftest import NOW, Clock
from tests.factories.quizzes import enroll_for, essay_item, exam, simple_item
from tests.factories.training import answer_item, remember, rows_of

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
LESSON = "map-lesson"
Publish = Callable[..., None]
Take = Callable[..., None]
DAY = timedelta(days=1)


# --- what joins ------------------------------------------------------------------------------------------------


def test_missed_items_join_when_their_answers_are_out(session: Session, trained: Actor) -> None:
    rows = rows_of(session, trained)
    assert len(rows) == 2
    assert {(r.source, r.due_on, r.revision, r.memory) for r in rows.values()} == {("missed", TOMORROW, 0, None)}


def test_missing_again_or_delivering_twice_adds_nothing(session: Session, trained: Actor, take: Take) -> None:
    before = {key: row.id for key, row in rows_of(session, trained).items()}
    take(trained, "check", wrong=[1, 2, 3])
    after = rows_of(session, trained)
    assert {key: after[key].id for key in before} == before
    assert len(after) == 3
    attempt = session.scalars(select(Attempt.id).limit(1)).one()
    assert services.add_missed(session, trained.user_id, attempt, now=NOW) == 0


def test_an_unanswered_item_was_missed_and_a_right_one_was_not(
    session: Session, student: Actor, check: str, take: Take
) -> None:
    take(student, check, skip=[3])
    assert len(rows_of(session, student)) == 1


def test_an_exam_adds_its_items_only_when_it_releases_them(
    session: Session, student: Actor, publish: Publish, take: Take, clock: Clock
) -> None:
    """Two attempts, released together after the last one: the misses of the first join then too."""
    publish([simple_item(n) for n in range(3)], exam(attempts=2, release="after_pass_or_last_attempt"))
    take(student, "exam", wrong=[1, 2, 3])
    assert rows_of(session, student) == {}
    clock.tick(days=1)
    take(student, "exam", wrong=[1])
    assert len(rows_of(session, student)) == 3


def test_a_quiz_that_never_shows_its_keys_adds_nothing(
    session: Session, student: Actor, publish: Publish, take: Take
) -> None:
    release = {"score": "after_submit", "correctness": "after_submit", "key": "never", "feedback": "never"}
    publish([simple_item(n) for n in range(3)], exam(release=release, attempts=1))
    take(student, "exam", wrong=[1, 2, 3])
    assert rows_of(session, student) == {}
    assert services.add_lesson(session, student, LESSON, now=NOW) == services.Added(f"Lesson {LESSON}", 0, 0, 3)


def test_what_a_person_has_to_mark_is_no_training(
    session: Session, student: Actor, publish: Publish, take: Take
) -> None:
    draws = [{"bank": "bank", "count": 2}, {"bank": "bank", "type": "essay", "count": 1}]
    publish([simple_item(1), simple_item(2), essay_item(3)], exam("mixed", draws=draws, release="after_submit"))
    take(student, "mixed", wrong=[1, 2, 3])
    assert queries.fit_items(session, {"bank-001", "bank-003", "nothing"}) == {"bank-001"}
    assert rows_of(session, student) == {}, "the attempt waits for its mark, so nothing of it is out"


def test_a_lesson_adds_the_items_that_were_met_and_released(session: Session, trained: Actor) -> None:
    added = services.add_lesson(session, trained, LESSON, now=NOW)
    assert added == services.Added(f"Lesson {LESSON}", joined=1, known=2, silent=0)
    assert sorted((r.source, r.due_on) for r in rows_of(session, trained).values()) == [
        ("lesson", TODAY),
        ("missed", TOMORROW),
        ("missed", TOMORROW),
    ]
    assert services.add_lesson(session, trained, LESSON, now=NOW).joined == 0


def test_items_that_were_never_met_stay_out(session: Session, student: Actor, publish: Publish, take: Take) -> None:
    publish([simple_item(n) for n in range(9)], exam("check", release="after_submit", attempts=None))
    take(student, "check")
    assert services.add_lesson(session, student, LESSON, now=NOW).joined == 3
    assert len(rows_of(session, student)) == 3


def test_a_lesson_that_is_not_there(session: Session, student: Actor, check: str) -> None:
    with pytest.raises(NotFound):
        services.add_lesson(session, student, "nothing", now=NOW)


# --- answers ---------------------------------------------------------------------------------------------------


@pytest.fixture
def row(session: Session, trained: Actor, clock: Clock) -> TrainingItem:
    """A missed item on the day that it is due."""
    clock.tick(days=1)
    return min(rows_of(session, trained).values(), key=lambda row: row.item_key)


def test_a_wrong_answer_comes_back_tomorrow(session: Session, trained: Actor, row: TrainingItem, clock: Clock) -> None:
    answer_item(session, trained, row, right=False, now=clock.value)
    assert (row.recall, row.revision, row.answers) == ("again", 1, 1)
    assert (row.first_on, row.last_on, row.due_on) == (TOMORROW, TOMORROW, TOMORROW + DAY)
    assert row.memory == repeat(None, Recall.AGAIN, clock.value).to_plain()


@pytest.mark.parametrize(("recall", "days"), [("hard", 1), ("good", 2), ("easy", 8)])
def test_a_right_answer_comes_back_as_it_was_remembered(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock, recall: str, days: int
) -> None:
    answer_item(session, trained, row, right=True, now=clock.value)
    assert (row.recall, row.memory, row.due_on) == (None, None, TOMORROW), "nothing is decided for the person"
    services.rate(session, trained, row.id, recall, revision=row.revision, now=clock.value)
    assert (row.recall, row.revision) == (recall, 2)
    assert row.due_on == TOMORROW + timedelta(days=days)


def test_an_answer_that_was_not_rated_keeps_its_day(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock
) -> None:
    answered = clock.value
    answer_item(session, trained, row, right=True, now=answered)
    later = clock.tick(days=3)
    assert queries.next_item(session, trained.user_id, later.date(), (), new=True) == row.id
    services.rate(session, trained, row.id, "easy", revision=1, now=later)
    assert row.memory == repeat(None, Recall.EASY, answered).to_plain()


def test_over_days_the_memory_is_the_one_of_the_rules(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock
) -> None:
    memory: Memory | None = None
    for recall in (Recall.GOOD, Recall.HARD, Recall.AGAIN, Recall.GOOD):
        if recall is Recall.AGAIN:
            answer_item(session, trained, row, right=False, now=clock.value)
        else:
            remember(session, trained, row, recall.value, now=clock.value)
        memory = repeat(memory, recall, clock.value)
        assert queries.memory_of(row) == memory
        assert row.due_on == memory.due_on
        clock.value += timedelta(days=memory.interval)
    assert memory is not None
    assert (memory.repetitions, memory.lapses) == (4, 1)


def test_an_answer_sent_twice_counts_once(session: Session, trained: Actor, row: TrainingItem, clock: Clock) -> None:
    """Also when the second one says something else, and also after the person went on."""
    for right in (False, True):
        found = queries.sheet(session, trained.user_id, row.id, clock.value)
        item = queries.asked(session, row, found.version_id, 0)  # type: ignore[arg-type]
        raw = {"choice": [o.public_id for o in item.options if o.correct is right][:1]}
        services.answer(session, trained, row.id, raw, revision=0, now=clock.value)
    assert (row.recall, row.revision, row.answers) == ("again", 1, 1)
    session.commit()
    clock.tick(days=1)
    remember(session, trained, row, "good", now=clock.value)
    due = row.due_on
    for recall, revision in (("easy", 2), ("hard", 2), ("easy", 0), ("easy", 3)):
        services.rate(session, trained, row.id, recall, revision=revision, now=clock.value)
    assert (row.recall, row.due_on, row.revision) == ("good", due, 3)


def test_an_empty_answer_is_asked_for_or_shown(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock
) -> None:
    with pytest.raises(Invalid, match="Give an answer first"):
        services.answer(session, trained, row.id, {}, revision=0, now=clock.value)
    assert (row.revision, row.answered_at) == (0, None)
    services.answer(session, trained, row.id, {}, revision=0, now=clock.value, unknown=True)
    assert (row.recall, row.revision) == ("again", 1)


def test_what_is_chosen_does_not_count_when_the_answer_was_asked_for(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock
) -> None:
    found = queries.sheet(session, trained.user_id, row.id, clock.value)
    item = queries.asked(session, row, found.version_id, 0)  # type: ignore[arg-type]
    raw = {"choice": [o.public_id for o in item.options if o.correct]}
    services.answer(session, trained, row.id, raw, revision=0, now=clock.value, unknown=True)
    assert row.recall == "again"


@pytest.mark.parametrize("recall", ["again", "", "perfect"])
def test_a_right_answer_is_hard_good_or_easy(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock, recall: str
) -> None:
    answer_item(session, trained, row, right=True, now=clock.value)
    with pytest.raises(Invalid, match="hard, good or easy"):
        services.rate(session, trained, row.id, recall, revision=1, now=clock.value)
    assert (row.recall, row.revision) == (None, 1)


def test_an_item_that_is_not_due_takes_no_answer(session: Session, trained: Actor) -> None:
    row = next(iter(rows_of(session, trained).values()))
    with pytest.raises(Conflict, match="not due"):
        answer_item(session, trained, row, right=True, now=NOW)


def test_a_retired_item_takes_no_answer_and_is_not_asked(
    session: Session, trained: Actor, row: TrainingItem, publish: Publish, clock: Clock
) -> None:
    publish([simple_item(7)], exam("check", count=1))
    assert queries.next_item(session, trained.user_id, clock.value.date(), (), new=True) is None
    assert queries.glance(session, trained.user_id, clock.value).total == 0
    with pytest.raises(Conflict, match="not due"):
        services.answer(session, trained, row.id, {"choice": ["x"]}, revision=0, now=clock.value)


def test_another_persons_training_is_not_there(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock, make_user: Callable[..., Actor]
) -> None:
    other = make_user(Role.STUDENT)
    for training_id in (row.id, uuid4()):
        with pytest.raises(NotFound):
            queries.sheet(session, other.user_id, training_id, clock.value)
        with pytest.raises(NotFound):
            services.answer(session, other, training_id, {}, revision=0, now=clock.value, unknown=True)
        with pytest.raises(NotFound):
            services.rate(session, other, training_id, "good", revision=0, now=clock.value)
    attempt = session.scalars(select(Attempt.id).limit(1)).one()
    with pytest.raises(NotFound):
        services.add_missed(session, other.user_id, attempt, now=clock.value)


def test_training_touches_no_attempt_no_grade_and_tells_nobody(
    session: Session, trained: Actor, row: TrainingItem, clock: Clock
) -> None:
    def records() -> list[object]:
        grades = session.execute(select(Grade.id, Grade.percent, Grade.is_current).order_by(Grade.id)).all()
        return [
            session.scalar(select(func.count()).select_from(Attempt)),
            grades,
            session.scalar(select(func.count(Job.id))),
        ]

    before = records()
    services.add_lesson(session, trained, LESSON, now=clock.value)
    remember(session, trained, row, "good", now=clock.value)
    services.set_plan(session, trained, 5, now=clock.value)
    session.commit()
    assert records() == before


# --- keys that are held back -----------------------------------------------------------------------------------


def test_items_of_a_running_attempt_are_silent(
    session: Session, trained: Actor, row: TrainingItem, take: Take, clock: Clock
) -> None:
    take(trained, "check", hand_in=False)
    assert row.item_key in queries.silent_items(session, trained.user_id, clock.value)
    with pytest.raises(Conflict, match="not out yet"):
        answer_item(session, trained, row, right=True, now=clock.value)
    found = queries.sheet(session, trained.user_id, row.id, clock.value)
    assert found.is_silent
    with pytest.raises(NotFound):
        queries.outcome(session, found, clock.value)
    assert (row.revision, row.answered_at) == (0, None)


def test_an_exam_silences_its_items_until_it_releases_them(
    session: Session, student: Actor, publish: Publish, take: Take, clock: Clock
) -> None:
    """Known from a self-check, drawn by an exam: silent while it runs and until its last attempt, then heard again."""
    publish(
        [simple_item(n) for n in range(3)],
        exam("check", release="after_submit", attempts=None),
        exam(attempts=2, release="after_pass_or_last_attempt"),
    )
    everything = {f"bank-{n:03}" for n in range(3)}

    def silent() -> frozenset[str]:
        return queries.silent_items(session, student.user_id, clock.value)

    take(student, "check", wrong=[1, 2, 3])
    assert silent() == set()
    clock.tick(days=1)
    take(student, "exam", wrong=[1])
    assert silent() == everything
    assert queries.next_item(session, student.user_id, clock.value.date(), silent(), new=True) is None
    clock.tick(days=1)
    take(student, "exam", hand_in=False)
    assert silent() == everything
    attempt = session.scalars(select(Attempt).where(Attempt.state == "open")).one()
    submit_attempt(session, student, attempt.id, now=clock.value)
    assert silent() == set()


def test_a_pass_releases_and_somebody_elses_attempt_silences_nothing(
    session: Session, trained: Actor, take: Take, clock: Clock, make_user: Callable[..., Actor]
) -> None:
    take(make_user(Role.STUDENT), "check", hand_in=False)
    assert queries.silent_items(session, trained.user_id, clock.value) == set()


def test_a_quiz_that_closes_releases_to_those_who_handed_in(
    session: Session, student: Actor, publish: Publish, take: Take, clock: Clock, make_user: Callable[..., Actor]
) -> None:
    closes = (NOW + timedelta(hours=2)).isoformat()
    release = {"score": "after_submit", "correctness": "after_close", "key": "after_close", "feedback": "after_close"}
    publish([simple_item(n) for n in range(3)], exam(release=release, closes_at=closes, attempts=1))
    take(student, "exam", wrong=[1])
    assert len(queries.silent_items(session, student.user_id, clock.value)) == 3
    assert queries.silent_items(session, student.user_id, clock.tick(hours=3)) == set()


# --- the plan --------------------------------------------------------------------------------------------------


def test_a_plan_is_set_and_changed(session: Session, trained: Actor) -> None:
    assert queries.glance(session, trained.user_id, NOW).new_per_day == 20
    for number in (0, 35):
        services.set_plan(session, trained, number, now=NOW)
        assert queries.glance(session, trained.user_id, NOW).new_per_day == number
    for wrong in (-1, 201):
        with pytest.raises(Invalid):
            services.set_plan(session, trained, wrong, now=NOW)


def test_enrolling_and_quizzes_of_courses_work_the_same(
    session: Session, student: Actor, publish: Publish, take: Take
) -> None:
    publish([simple_item(n) for n in range(3)], exam("quiz", kind="graded", course="map", release="after_submit"))
    enroll_for(session, student, "quiz", now=NOW)
    take(student, "quiz", wrong=[2])
    assert len(rows_of(session, student)) == 1


def test_numbers_are_drawn_anew_for_each_answer(
    session: Session, student: Actor, publish: Publish, take: Take, clock: Clock
) -> None:
    """The page, the judgment and the explanation all have the same numbers; the next time they are others."""
    dose = {
        **{key: value for key, value in simple_item(1).items() if key not in ("type", "options")},
        "type": "numeric",
        "prompt": "What is the ceiling for a client of {weight} kg at 4.5 mg per kilogram?",
        "parameters": {"weight": {"low": 40, "high": 100, "step": 1}},
        "answer": "=weight * 4.5",
        "tolerance": {"kind": "nominal", "value": 0},
        "unit": "mg",
        "feedback": {"correct": "Right.", "wrong": "Multiply by the weight."},
    }
    publish([dose], exam("dose", count=1, release="after_submit"))
    take(student, "dose", wrong=[1])
    row = rows_of(session, student)["bank-001"]
    prompts = set()
    for _ in range(4):
        clock.value = clock.value.replace(year=row.due_on.year, month=row.due_on.month, day=row.due_on.day)
        shown = queries.sheet(session, student.user_id, row.id, clock.value)
        prompt = queries.asked(session, row, shown.version_id, row.answers).prompt  # type: ignore[arg-type]
        found = answer_item(session, student, row, right=True, now=clock.value)
        view = queries.outcome(session, found, clock.value).view
        assert view["correct"] and view["item"]["prompt"] == prompt
        prompts.add(prompt)
        services.rate(session, student, row.id, "good", revision=row.revision, now=clock.value)
    assert len(prompts) > 1
