"""The pages of agreement and turnaround: what they say, to whom, and what their files hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.oversight import marked_twice
from tests.factories.practice import submitted_piece

pytestmark = pytest.mark.usefixtures("journey")
Browse = Callable[..., Browser]
Run = Callable[[str], None]


@pytest.fixture
def marked(session: Session, run: Run, ines: Actor, jun: Actor, amara: Actor) -> None:
    """Sixty pieces that Ines and Jun marked; Jun is stricter by more than half a level."""
    pairs = [(ines.user_id, jun.user_id)] * 60
    marked_twice(session, amara, pairs, now=NOW, strict={jun.user_id: 0.6})
    run("oversight.agreement")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


class TestAgreement:
    def test_says_it_in_a_sentence(self, browse: Browse, marked: None, head: Actor) -> None:
        page = browse(head).get("/teach/agreement").text
        assert "Two reviewers come to the same result on 100% of pieces" in page
        assert "=Jun Park marks about half a level stricter than colleagues on the same pieces" in page
        assert "Ines Calloway marks about half a level milder" in page
        assert "95 % interval +0." in page
        assert "Pairs" in page
        assert page.count("<svg") - page.count("<use") >= 2

    def test_a_reviewer_sees_own_figures_only(self, browse: Browse, marked: None, ines: Actor) -> None:
        page = browse(ines).get("/teach/agreement").text
        assert "Ines Calloway marks about half a level milder" in page
        assert "Jun Park" not in page
        assert "Lip mapping" in page or "Mapping" in page, "criteria are for all reviewers"
        names = {row["name"] for row in table(browse(ines).get("/teach/agreement.csv").text)}
        assert "Ines Calloway" in names
        assert not any("Jun" in name for name in names)

    def test_the_file_runs_nothing_and_has_the_figures(self, browse: Browse, marked: None, head: Actor) -> None:
        answer = browse(head).get("/teach/agreement.csv")
        assert answer.mimetype == "text/csv"
        rows = table(answer.text)
        jun = next(row for row in rows if row["of"] == "reviewer" and "Jun" in row["name"])
        assert jun["name"] == "'=Jun Park"
        assert 0.4 < float(jun["severity"]) < 0.8
        assert float(jun["severity_low"]) < float(jun["severity"]) < float(jun["severity_high"])
        assert {row["of"] for row in rows} == {"academy", "criterion", "pair", "reviewer"}
        assert all(len(row) == 23 and None not in row for row in rows)

    def test_too_few_pieces_have_no_figure(
        self, browse: Browse, session: Session, run: Run, ines: Actor, jun: Actor, head: Actor, amara: Actor
    ) -> None:
        marked_twice(session, amara, [(ines.user_id, jun.user_id)] * 7, now=NOW)
        run("oversight.agreement")
        page = browse(head).get("/teach/agreement").text
        assert "Too few pieces marked twice (7 of 20)." in page
        assert "stricter" not in page.split("How these figures are made")[0]
        assert "There is no figure yet" in browse(None).get("/agreement").text

    def test_before_the_first_calculation_it_can_be_asked_for(
        self, browse: Browse, ines: Actor, run: Run, session: Session
    ) -> None:
        browser = browse(ines)
        assert "Nothing is worked out yet" in browser.get("/teach/agreement").text
        assert table(browser.get("/teach/agreement.csv").text) == []
        assert browser.post("/teach/agreement/calculate").status_code == 303
        run("oversight.refresh_agreement")
        assert "Too few pieces marked twice (0 of 20)." in browser.get("/teach/agreement").text

    def test_students_see_nothing_of_it(self, browse: Browse, amara: Actor) -> None:
        browser = browse(amara)
        for address in ("/teach/agreement", "/teach/agreement.csv", "/teach/turnaround", "/teach/turnaround.csv"):
            assert browser.get(address).status_code == 404

    def test_statements(self, browse: Browse, marked: None, head: Actor, count_queries: QueryCount) -> None:
        browser = browse(head)
        browser.get("/teach/agreement")
        count_queries.statements.clear()
        browser.get("/teach/agreement")
        assert len(count_queries) <= 6


class TestPublic:
    def test_everybody_may_know(self, browse: Browse, marked: None) -> None:
        page = browse(None).get("/agreement").text
        assert "From 60 pieces marked twice between" in page
        assert "95 % interval" in page
        assert "Jun" not in page and "Ines" not in page


class TestTurnaround:
    def test_says_how_long_and_until_when(self, browse: Browse, marked: None, head: Actor) -> None:
        page = browse(head).get("/teach/turnaround").text
        assert "20 h" in page
        assert "The 1 piece that waits now will have its result" in page
        assert "=Jun Park" in page and "Ines Calloway" in page
        rows = table(browse(head).get("/teach/turnaround.csv").text)
        whole = rows[0]
        assert (whole["results"], whole["median_hours"], whole["within_promise"]) == ("60", "20.0", "1.0")
        assert {row["of"] for row in rows} == {"academy", "week", "reviewer"}

    def test_a_reviewer_sees_the_queue_and_oneself(self, browse: Browse, marked: None, ines: Actor) -> None:
        page = browse(ines).get("/teach/turnaround").text
        assert "Ines Calloway" in page
        assert "Jun Park" not in page
        assert "Jun" not in browse(ines).get("/teach/turnaround.csv").text

    def test_with_little_to_say_it_says_so(self, browse: Browse, session: Session, ines: Actor, amara: Actor) -> None:
        empty = browse(ines).get("/teach/turnaround").text
        assert "No piece waits." in empty
        assert "Too few results for figures (0 of 10)." in empty
        submitted_piece(session, amara, now=NOW - timedelta(hours=50))
        session.commit()
        page = browse(ines).get("/teach/turnaround").text
        assert "waiting, 1 of them overdue" in page
        assert "Too little is known for a forecast" in page
