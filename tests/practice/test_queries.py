"""Reads of the log: whose they are, in which order, and at what price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor, Role
from app.domain.errors import NotFound
from app.learning import services as learning
from app.practice import queries
from app.practice.models import PracticeEntry
from tests.conftest import NOW, QueryCount
from tests.factories.content import draft, publish_courses, publish_journey
from tests.factories.practice import complete_piece, decide, draft_piece, ready_photo, submitted_piece

MakeUser = Callable[..., Actor]


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


def statements(count_queries: QueryCount, work: Callable[[], object]) -> int:
    count_queries.statements.clear()
    work()
    return len(count_queries)


# ---------------------------------------------------------------- one entry


def test_the_page_of_an_entry_is_two_statements(session: Session, student: Actor, count_queries: QueryCount) -> None:
    entry = draft_piece(session, student, now=NOW)
    for slot in ("f8", "f1", "f0", "f2", "f1"):
        ready_photo(session, entry, slot, now=NOW)
    session.flush()
    session.expunge_all()
    count = statements(count_queries, lambda: queries.entry_page(session, student.user_id, entry.id))
    assert count == 2
    page = queries.entry_page(session, student.user_id, entry.id)
    assert (page.number, page.state, page.is_open, page.exercise.code) == (1, "draft", True, "E08")
    assert [photo.slot for photo in page.photos] == ["f0", "f1", "f1", "f2", "f8"]
    assert page.facts.piece["minutes"] == "105"
    assert list(page.facts.photos["f1"]) == ["ready", "ready"]


def test_slots_are_in_the_order_of_the_sheet_and_not_of_the_alphabet() -> None:
    assert sorted(["f10", "f9", "f0", "f11", "f2"], key=queries.slot_order) == ["f0", "f2", "f9", "f10", "f11"]


def test_nobody_reads_the_entry_or_photo_of_another(session: Session, student: Actor, make_user: MakeUser) -> None:
    entry = complete_piece(session, student, now=NOW)
    photo = queries.photos_of(session, entry.id)[0]
    other = make_user(Role.STUDENT)
    for read in (queries.entry_for, queries.entry_page):
        with pytest.raises(NotFound):
            read(session, other.user_id, entry.id)
        with pytest.raises(NotFound):
            read(session, student.user_id, uuid4())
    for look in (queries.photo_for, queries.renditions_for):
        with pytest.raises(NotFound):
            look(session, other.user_id, photo.id)
    assert queries.renditions_for(session, student.user_id, photo.id)["large"]["width"] == 2016
    assert queries.photo_for(session, student.user_id, photo.id).id == photo.id


def test_a_removed_photo_is_served_only_where_a_submission_shows_it(session: Session, student: Actor) -> None:
    submission = submitted_piece(session, student, now=NOW)
    sent = queries.photos_of(session, submission.entry_id)[0]
    never = ready_photo(session, draft_piece(session, student, now=NOW), "f1", now=NOW)
    sent.removed_at = never.removed_at = NOW
    session.flush()
    assert queries.renditions_for(session, student.user_id, sent.id)
    with pytest.raises(NotFound):
        queries.renditions_for(session, student.user_id, never.id)


def test_a_photo_in_preparation_has_no_renditions_yet(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = ready_photo(session, entry, "f1", now=NOW)
    photo.state, photo.renditions = "processing", {}
    session.flush()
    assert queries.renditions_for(session, student.user_id, photo.id) == {}


def test_the_files_that_are_needed(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    kept, removed = ready_photo(session, entry, "f1", now=NOW), ready_photo(session, entry, "f2", now=NOW)
    removed.removed_at = NOW
    session.flush()
    found = list(queries.kept_files(session))
    assert {photo_id for photo_id, _key in found} == {kept.id}
    assert len(found) == 4


def test_reviewers_get_what_was_sent_and_nothing_else(session: Session, student: Actor) -> None:
    submission = submitted_piece(session, student, now=NOW)
    sent = queries.submission_photos(session, submission.id)[0]
    kept = ready_photo(session, draft_piece(session, student, now=NOW), "f1", now=NOW)
    assert queries.sent_photo(session, sent.id) is sent
    assert queries.sent_photo(session, kept.id) is None
    assert queries.submission(session, submission.id) is submission
    with pytest.raises(NotFound):
        queries.submission(session, uuid4())


# ---------------------------------------------------------------- the log


def test_the_log_is_newest_first_and_pages_by_the_last_number(session: Session, student: Actor) -> None:
    for day in range(5):
        draft_piece(session, student, now=NOW + timedelta(days=day))
    first = queries.log(session, student.user_id, size=2)
    assert [line.number for line in first] == [5, 4, 3], "one more than asked for says that there is more"
    assert [line.number for line in queries.log(session, student.user_id, size=2, after=4)] == [3, 2, 1]
    assert queries.log(session, student.user_id, size=2, after=1) == []
    line = first[0]
    assert (line.exercise_code, line.exercise_title) == ("E08", "Lip blush, full lip, sheer")
    assert (line.month, line.minutes, line.photo_id) == ("2026-11", 105, None)


def test_the_log_shows_one_state_and_one_person(session: Session, student: Actor, make_user: MakeUser) -> None:
    draft_piece(session, student, now=NOW)
    submitted_piece(session, student, now=NOW)
    draft_piece(session, make_user(Role.STUDENT), now=NOW)
    only = queries.LogFilter(state="submitted")
    assert [line.state for line in queries.log(session, student.user_id, only=only)] == ["submitted"]
    assert len(queries.log(session, student.user_id)) == 2
    figures = queries.log_figures(session, student.user_id)
    assert (figures.by_state, figures.pieces, figures.minutes) == ({"draft": 1, "submitted": 1}, 2, 210)


def test_the_final_front_stands_for_a_piece_else_its_last_slot(session: Session, student: Actor) -> None:
    whole = draft_piece(session, student, now=NOW)
    front = ready_photo(session, whole, "f8", now=NOW)
    ready_photo(session, whole, "f11", now=NOW)
    half = draft_piece(session, student, now=NOW)
    ready_photo(session, half, "f2", now=NOW)
    last = ready_photo(session, half, "f10", now=NOW)
    removed = ready_photo(session, half, "f8", now=NOW)
    removed.removed_at = NOW
    session.flush()
    faces = {line.number: line.photo_id for line in queries.log(session, student.user_id)}
    assert faces == {1: front.id, 2: last.id}


def test_the_price_of_the_log_does_not_grow(session: Session, student: Actor, count_queries: QueryCount) -> None:
    def price() -> int:
        session.flush()
        session.expunge_all()
        return statements(count_queries, lambda: queries.log(session, student.user_id, size=40))

    for _ in range(3):
        complete_piece(session, student, now=NOW)
    three = price()
    for _ in range(27):
        complete_piece(session, student, now=NOW)
    assert price() == three == 2
    assert len(queries.log(session, student.user_id, size=40)) == 30


# ---------------------------------------------------------------- have and need


def approve(session: Session, student: Actor, count: int) -> None:
    for _ in range(count):
        decide(session, submitted_piece(session, student, now=NOW), "approved", now=NOW)


def test_have_and_need_come_from_the_published_requirements(
    session: Session, student: Actor, count_queries: QueryCount
) -> None:
    learning.enroll(session, student, "lip-blush-basics", now=NOW)
    approve(session, student, 2)
    session.flush()
    assert statements(count_queries, lambda: queries.goal(session, student.user_id)) == 4
    goal = queries.goal(session, student.user_id)
    assert (goal.title, goal.have, goal.need) == ("Vermilion Certified Lip Blush Artist", 2, 1)
    assert [(line.key, line.code, line.have, line.need) for line in goal.exercises] == [("e08", "E08", 2, 1)]


def test_without_requirements_only_what_was_done_is_shown(session: Session, student: Actor) -> None:
    assert queries.goal_tier(session, student.user_id) == "foundation"
    goal = queries.goal(session, student.user_id)
    assert (goal.title, goal.have, goal.need, goal.exercises) == ("", 0, 0, ())
    approve(session, student, 1)
    assert [(line.have, line.need) for line in queries.goal(session, student.user_id).exercises] == [(1, 0)]


def test_the_goal_is_the_highest_tier_that_is_studied(session: Session, make_user: MakeUser) -> None:
    publish_courses(
        session, NOW, draft("basic", 6), draft("upper", 6, tier="master"), draft("middle", 6, tier="certified")
    )
    student = make_user(Role.STUDENT)
    for course, tier in (("basic", "foundation"), ("middle", "certified"), ("upper", "master")):
        learning.enroll(session, student, course, now=NOW)
        session.flush()
        assert queries.goal_tier(session, student.user_id) == tier


# ---------------------------------------------------------------- starting from


def test_the_exercise_of_the_newest_piece_comes_first(
    session: Session, student: Actor, count_queries: QueryCount
) -> None:
    empty = queries.exercise_choices(session, student.user_id)
    assert ([choice.exercise.id for choice in empty.rows], empty.last, empty.number) == (["e08"], None, 0)
    draft_piece(session, student, now=NOW)
    approve(session, student, 1)
    session.flush()
    assert statements(count_queries, lambda: queries.exercise_choices(session, student.user_id)) == 3
    choices = queries.exercise_choices(session, student.user_id)
    assert choices.last is not None
    assert (choices.last.exercise.id, choices.last.have, choices.number) == ("e08", 1, 2)


def test_a_retired_exercise_is_not_offered_again(session: Session, student: Actor) -> None:
    draft_piece(session, student, now=NOW)
    publish_courses(session, NOW, draft("basic", 6))
    choices = queries.exercise_choices(session, student.user_id)
    assert (choices.rows, choices.last, choices.number) == ((), None, 1)
    assert queries.live_rubric(session) is None
    assert content.exercises(session) == []


def test_which_piece_a_new_one_was_filled_in_from(session: Session, student: Actor) -> None:
    for key in ("e08", "e01", "e08", "e02"):
        entry = draft_piece(session, student, now=NOW)
        entry.exercise_key = key
    session.flush()
    assert queries.previous_number(session, student.user_id, "e08", 4) == 3
    assert queries.previous_number(session, student.user_id, "e08", 3) == 1
    assert queries.previous_number(session, student.user_id, "e77", 4) == 3
    assert queries.previous_number(session, student.user_id, "e08", 1) is None


def test_photos_of_several_submissions_come_together(
    session: Session, student: Actor, count_queries: QueryCount
) -> None:
    one, two = submitted_piece(session, student, now=NOW), submitted_piece(session, student, now=NOW)
    session.flush()
    session.expunge_all()
    assert statements(count_queries, lambda: queries.photos_sent(session, [one.id, two.id])) == 1
    found = queries.photos_sent(session, [one.id, two.id])
    assert {key: [photo.slot for photo in photos] for key, photos in found.items()} == {
        one.id: ["f1", "f2", "f8"],
        two.id: ["f1", "f2", "f8"],
    }
    assert queries.photos_sent(session, []) == {}
    assert [entry.number for entry in (session.get_one(PracticeEntry, s.entry_id) for s in (one, two))] == [1, 2]
