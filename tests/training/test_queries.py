"""What is due when, in which order, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.training import queries, services
from app.training.models import TrainingItem
from tests.conftest import NOW, Clock, QueryCount
from tests.factories.quizzes import exam, simple_item
from tests.factories.training import answer_item, remember, rows_of

TODAY = date(2026, 11, 22)
Publish = Callable[..., None]


def add(session: Session, actor: Actor, number: int, due_on: date, **facts: object) -> TrainingItem:
    row = TrainingItem(
        user_id=actor.user_id, item_key=f"bank-{number:03}", source="lesson", added_at=NOW, due_on=due_on, **facts
    )
    session.add(row)
    session.flush()
    return row


def known(on: date) -> dict[str, object]:
    """What a row has that was answered on a day, and settled."""
    memory = {"stability": 2.3, "difficulty": 2.1, "last_on": on.isoformat(), "repetitions": 1, "lapses": 0}
    return {"first_on": on, "last_on": on, "answered_at": NOW, "recall": "good", "memory": memory}


@pytest.fixture
def items(publish: Publish) -> None:
    publish([simple_item(n) for n in range(40)], exam("check", release="after_submit", attempts=None))


def test_the_tally_tells_days_apart(session: Session, student: Actor, items: None) -> None:
    past = known(TODAY - timedelta(days=9))
    for number, days in enumerate([-3, 0, 1, 1, 6, 7, 30]):
        add(session, student, number, TODAY + timedelta(days=days), **past)
    for number, days in enumerate([0, 0, 1], start=10):
        add(session, student, number, TODAY + timedelta(days=days))
    add(session, student, 20, TODAY + timedelta(days=2), **known(TODAY))
    found = queries.tally(session, student.user_id, TODAY, ())
    assert (found.total, found.due, found.fresh, found.done, found.introduced) == (11, 2, 2, 1, 1)
    assert (found.today, found.tomorrow, found.coming, found.all_today) == (4, 3, 5, 5)
    silent = queries.tally(session, student.user_id, TODAY, {"bank-001", "bank-010"})
    assert (silent.due, silent.fresh, silent.waiting) == (1, 1, 2)


def test_new_items_are_limited_by_the_day_and_due_ones_are_not(session: Session, student: Actor, items: None) -> None:
    for number in range(10):
        add(session, student, number, TODAY, **known(TODAY - timedelta(days=5)))
    for number in range(10, 40):
        add(session, student, number, TODAY)
    services.set_plan(session, student, 3, now=NOW)
    found = queries.tally(session, student.user_id, TODAY, ())
    assert (found.today, found.tomorrow) == (13, 3)
    services.set_plan(session, student, 0, now=NOW)
    assert queries.tally(session, student.user_id, TODAY, ()).today == 10


def test_what_was_answered_before_comes_first_and_the_limit_ends_what_is_new(
    session: Session, trained: Actor, clock: Clock
) -> None:
    services.set_plan(session, trained, 1, now=clock.value)
    clock.tick(days=1)
    day = clock.value.date()
    first, second = sorted(rows_of(session, trained).values(), key=lambda row: row.id)
    assert queries.next_item(session, trained.user_id, day, (), new=True) == first.id
    remember(session, trained, first, "hard", now=clock.value)
    found = queries.tally(session, trained.user_id, day, ())
    assert (found.room, found.today, found.fresh) == (0, 0, 1)
    assert queries.next_item(session, trained.user_id, day, (), new=False) is None
    clock.tick(days=1)
    tomorrow = clock.value.date()
    assert queries.next_item(session, trained.user_id, tomorrow, (), new=True) == first.id
    answer_item(session, trained, first, right=False, now=clock.value)
    assert queries.next_item(session, trained.user_id, tomorrow, (), new=True) == second.id


def test_the_order_of_a_day_stays(session: Session, student: Actor, items: None) -> None:
    past = known(TODAY - timedelta(days=5))
    rows = [add(session, student, n, TODAY - timedelta(days=n % 3), **past) for n in range(12)]
    wanted = [row.id for row in sorted(rows, key=lambda row: (row.due_on, row.id))]
    met, silent = [], set[str]()
    while (found := queries.next_item(session, student.user_id, TODAY, silent, new=True)) is not None:
        met.append(found)
        silent |= {row.item_key for row in rows if row.id == found}
    assert met == wanted


def test_the_glance_is_one_statement_and_knows_running_attempts(
    session: Session, trained: Actor, take: Publish, clock: Clock, count_queries: QueryCount
) -> None:
    now = clock.tick(days=1)
    count_queries.statements.clear()
    assert queries.glance(session, trained.user_id, now).today == 2
    assert len(count_queries) == 1
    take(trained, "check", hand_in=False)
    found = queries.glance(session, trained.user_id, now)
    assert (found.today, found.waiting) == (0, 2)


def test_options_stand_in_another_order_each_time(session: Session, trained: Actor) -> None:
    row = next(iter(rows_of(session, trained).values()))
    version_id = queries.sheet(session, trained.user_id, row.id, NOW).version_id
    assert version_id is not None
    item = queries.asked(session, row, version_id, 0)
    orders = {tuple(item.option_order(queries.order_seed(row, answers))) for answers in range(20)}
    assert len(orders) > 1
    assert item.option_order(queries.order_seed(row, 3)) == item.option_order(queries.order_seed(row, 3))


def test_nobody_elses_rows_are_counted(session: Session, trained: Actor, make_user: Callable[..., Actor]) -> None:
    assert queries.glance(session, make_user().user_id, NOW).total == 0
