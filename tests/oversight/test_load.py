"""Waiting times, the forecast and reminders from the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.domain.access.actor import Actor
from app.domain.turnaround.forecast import Outlook
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.oversight.models import PromiseReminder
from app.oversight.queries import load
from app.reviews import services as reviews
from tests.conftest import NOW, Clock, Outbox, QueryCount
from tests.factories.oversight import marked_twice, plan_of
from tests.factories.practice import submitted_piece

pytestmark = pytest.mark.usefixtures("journey")
HOUR = timedelta(hours=1)
Run = Callable[[str], None]


def notices(session: Session, actor: Actor) -> list[Notice]:
    query = select(Notice).where(Notice.user_id == actor.user_id, Notice.kind == "promise_near")
    return list(session.scalars(query.order_by(Notice.created_at)))


class TestPage:
    def test_counts_the_first_result_of_each_piece_once(
        self, session: Session, ines: Actor, jun: Actor, amara: Actor
    ) -> None:
        marked_twice(session, amara, [(ines.user_id, jun.user_id)] * 40, now=NOW, wait=20 * HOUR)
        page = load.load_page(session, NOW)
        assert page.whole.n == 40
        assert (page.whole.median, page.whole.ninetieth, page.whole.kept) == (20 * HOUR, 20 * HOUR, 1.0)
        assert page.whole.handling == HOUR
        assert (page.waiting, page.overdue, page.oldest) == (1, 0, NOW)
        by_name = {line.name: line.turnaround for line in page.reviewers}
        assert by_name["Ines Calloway"] is not None and by_name["Ines Calloway"].n == 40
        assert by_name["=Jun Park"] is None, "a second mark is not the result"
        assert sum(week.turnaround.n for week in page.weeks) == 40
        assert sum(week.arrived for week in page.weeks) == 41
        assert page.forecast.outlook is Outlook.RANGE
        assert page.forecast.latest == NOW.date() + timedelta(days=1)

    def test_empty(self, session: Session, ines: Actor) -> None:
        page = load.load_page(session, NOW)
        assert (page.waiting, page.whole.n, page.weeks, page.oldest) == (0, 0, [], None)
        assert page.forecast.outlook is Outlook.EMPTY
        assert [line.name for line in page.reviewers] == ["Ines Calloway"]

    def test_who_holds_what_and_who_is_away(self, session: Session, ines: Actor, jun: Actor, amara: Actor) -> None:
        piece = submitted_piece(session, amara, now=NOW - 50 * HOUR)
        reviews.claim_review(session, ines, piece.id, now=NOW)
        day = NOW.date()
        accounts.enter_absence(session, jun, jun.user_id, first_day=day, last_day=day + timedelta(days=3), now=NOW)
        session.flush()
        page = load.load_page(session, NOW)
        assert (page.waiting, page.overdue) == (1, 1)
        assert {line.name: (line.held, line.away_until) for line in page.reviewers} == {
            "=Jun Park": (0, day + timedelta(days=3)),
            "Ines Calloway": (1, None),
        }
        assert [(name, found.last_day) for found, name in page.absences] == [("=Jun Park", day + timedelta(days=3))]

    def test_as_many_statements_for_few_and_many(
        self, session: Session, count_queries: QueryCount, ines: Actor, jun: Actor, amara: Actor
    ) -> None:
        def cost() -> int:
            count_queries.statements.clear()
            load.load_page(session, NOW)
            return len(count_queries)

        marked_twice(session, amara, [(ines.user_id, jun.user_id)] * 3, now=NOW)
        few = cost()
        marked_twice(session, amara, [(jun.user_id, ines.user_id)] * 40, now=NOW, seed=2)
        assert cost() == few <= 8

    def test_results_come_from_their_index(self, session: Session, runtime: Runtime) -> None:
        assert "ix_review_given" in plan_of(session, runtime, load.RESULTS, since=NOW)
        assert "ix_submission_queue" in plan_of(session, runtime, load.NEAR_ONES, before=NOW)


class TestReminders:
    def test_each_piece_is_told_of_once_and_in_time(
        self, session: Session, run: Run, clock: Clock, outbox: Outbox, ines: Actor, jun: Actor, amara: Actor
    ) -> None:
        for hours in (41, 43, 60):
            submitted_piece(session, amara, now=NOW - hours * HOUR)
        session.commit()
        for _ in range(2):
            run("oversight.remind")
        for reviewer in (ines, jun):
            assert [notice.facts for notice in notices(session, reviewer)] == [{"pieces": 2}]
        assert len(list(session.scalars(select(PromiseReminder)))) == 2
        mails = [message for message in outbox.messages if "48 hours" in message.text]
        assert len(mails) == 2, "one mail for each reviewer"
        assert all("Amara" not in message.text for message in mails)
        clock.tick(hours=2)
        run("oversight.remind")
        assert [notice.facts["pieces"] for notice in notices(session, ines)] == [2, 1]
        assert notices(session, amara) == []

    def test_who_holds_a_piece_hears_of_it_alone(
        self, session: Session, run: Run, ines: Actor, jun: Actor, amara: Actor
    ) -> None:
        piece = submitted_piece(session, amara, now=NOW - 45 * HOUR)
        reviews.claim_review(session, ines, piece.id, now=NOW)
        session.commit()
        run("oversight.remind")
        assert (len(notices(session, ines)), len(notices(session, jun))) == (1, 0)

    def test_who_is_meant_for_it_hears_of_it_unless_away(
        self, session: Session, run: Run, ines: Actor, jun: Actor, amara: Actor
    ) -> None:
        first, second = (submitted_piece(session, amara, now=NOW - 45 * HOUR) for _ in range(2))
        reviews.assign(session, ines, first.id, jun.user_id, now=NOW)
        session.commit()
        run("oversight.remind")
        assert [notice.facts["pieces"] for notice in notices(session, jun)] == [2]
        assert [notice.facts["pieces"] for notice in notices(session, ines)] == [1]
        assert second.id != first.id

    def test_nobody_is_told_while_away(self, session: Session, run: Run, ines: Actor, jun: Actor, amara: Actor) -> None:
        submitted_piece(session, amara, now=NOW - 45 * HOUR)
        accounts.enter_absence(session, jun, jun.user_id, first_day=NOW.date(), last_day=NOW.date(), now=NOW)
        session.commit()
        run("oversight.remind")
        assert (len(notices(session, ines)), len(notices(session, jun))) == (1, 0)
