"""Agreement from the database: which marks count, that figures are kept while they hold, and the plan of the query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.agreement.verdicts import Leaning
from app.infra.jobs.registry import RECURRING
from app.infra.runtime import Runtime
from app.oversight.models import AgreementFigures
from app.oversight.queries import agreement, source
from app.reviews.models import Review
from tests.conftest import NOW, QueryCount
from tests.factories.oversight import mark_row, marked_twice, plan_of

pytestmark = pytest.mark.usefixtures("journey")
Run = Callable[[str], None]


def kept(session: Session) -> list[AgreementFigures]:
    return list(session.scalars(select(AgreementFigures).order_by(AgreementFigures.computed_at)))


def test_who_is_stricter_is_found_by_the_job(session: Session, run: Run, ines: Actor, jun: Actor, amara: Actor) -> None:
    pairs = [(ines.user_id, jun.user_id)] * 40
    marked_twice(session, amara, pairs, now=NOW, strict={jun.user_id: 0.7})
    run("oversight.refresh_agreement")
    page = agreement.agreement_page(session)
    assert page is not None
    assert (page.report.pieces, page.report.groups) == (40, 1)
    said = {page.names[line.reviewer]: line.leaning for line in page.report.reviewers}
    assert said == {"=Jun Park": Leaning.STRICTER, "Ines Calloway": Leaning.MILDER}
    assert [page.titles[line.criterion] for line in page.report.criteria] == [
        title for key, title in page.titles.items() if key in {line.criterion for line in page.report.criteria}
    ], "criteria come in the order of the rubric"
    figure = agreement.public_figure(session)
    assert figure is not None
    assert (figure.pieces, figure.whole.same_result.value) == (40, 1.0)


def test_figures_are_made_again_only_when_there_are_new_marks(
    session: Session, runtime: Runtime, run: Run, ines: Actor, jun: Actor, amara: Actor
) -> None:
    assert RECURRING["oversight.refresh_agreement"].every == timedelta(hours=1)
    marked_twice(session, amara, [(ines.user_id, jun.user_id)] * 20, now=NOW)
    for _ in range(2):
        run("oversight.refresh_agreement")
    assert len(kept(session)) == 1
    stock = source.stock(session, runtime.now())
    assert (stock.marks, source.is_stale(session, stock)) == (40, False)
    later = source.stock(session, runtime.now() + timedelta(days=360))
    assert 0 < later.marks < 40, "what is older than a year does not count"
    assert source.is_stale(session, later)


def test_only_independent_marks_count(session: Session, ines: Actor, jun: Actor, amara: Actor, head: Actor) -> None:
    """A third marker begins with what the others agree on; a confirmation looks at one flag."""
    (submission_id,) = marked_twice(session, amara, [(ines.user_id, jun.user_id)], now=NOW)
    rubric = session.scalars(select(Review.rubric_version_id)).first()
    assert rubric is not None
    for kind in ("third", "confirm"):
        row = mark_row(submission_id, head.user_id, rubric, kind=kind, state="marked", at=NOW, outcome="failed")
        with session.begin_nested() as savepoint:
            session.execute(insert(Review), [row])
            found = list(source.marks(session, NOW - source.WINDOW))
            assert sorted(mark.reviewer for mark in found) == sorted([ines.user_id.hex, jun.user_id.hex])
            assert source.stock(session, NOW).marks == 2
            savepoint.rollback()
    assert len(found[0].levels) == len(found[1].levels) > 5


def test_a_piece_that_one_person_marked_is_not_read(
    session: Session, runtime: Runtime, ines: Actor, jun: Actor, amara: Actor
) -> None:
    tries = marked_twice(session, amara, [(ines.user_id,), (ines.user_id, jun.user_id)], now=NOW)
    found = {mark.piece for mark in source.marks(session, NOW - source.WINDOW)}
    assert found == {tries[1].hex if runtime.db.is_sqlite else str(tries[1])}


def test_the_same_two_statements_for_few_and_many(
    session: Session, count_queries: QueryCount, ines: Actor, jun: Actor, amara: Actor
) -> None:
    def cost() -> int:
        count_queries.statements.clear()
        source.stock(session, NOW)
        list(source.marks(session, NOW - source.WINDOW))
        return len(count_queries)

    few = cost()
    marked_twice(session, amara, [(ines.user_id, jun.user_id)] * 30, now=NOW)
    assert cost() == few == 2


def test_marks_of_a_time_come_from_their_index(session: Session, runtime: Runtime, journey: None) -> None:
    plan = plan_of(session, runtime, source.STOCK, since=NOW)
    assert "ix_review_given" in plan
