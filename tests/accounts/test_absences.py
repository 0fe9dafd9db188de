"""Days away: what may be entered, who counts as away, and that people see and change their own only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.domain.access.actor import Actor, Role
from app.domain.errors import Invalid, NotFound
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser

TODAY = NOW.date()
Browse = Callable[..., Browser]
MakeUser = Callable[..., Actor]


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def enter(session: Session, actor: Actor, first: int, last: int) -> object:
    found = services.enter_absence(session, actor, actor.user_id, first_day=day(first), last_day=day(last), now=NOW)
    session.flush()
    return found


class TestRules:
    def test_both_ends_are_days_away(self, session: Session, make_user: MakeUser) -> None:
        actor, other = make_user(Role.INSTRUCTOR), make_user(Role.INSTRUCTOR)
        enter(session, actor, 2, 4)
        both = [actor.user_id, other.user_id]
        found = [set(queries.away(session, both, day(at))) for at in range(1, 6)]
        away = {actor.user_id}
        assert found == [set(), away, away, away, set()]
        assert queries.away(session, both, day(3)) == {actor.user_id: day(4)}
        assert queries.away(session, None, day(3)) == {actor.user_id: day(4)}
        assert queries.away(session, [], day(3)) == {}
        assert queries.away(session, [other.user_id], day(3)) == {}

    @pytest.mark.parametrize(
        ("first", "last", "code"), [(3, 2, "order"), (-9, -1, "over"), (0, 400, "long"), (4, 9, "overlap")]
    )
    def test_what_makes_no_sense_is_refused(
        self, session: Session, make_user: MakeUser, first: int, last: int, code: str
    ) -> None:
        actor = make_user(Role.INSTRUCTOR)
        enter(session, actor, 1, 4) if code == "overlap" else None
        with pytest.raises(Invalid) as refused:
            enter(session, actor, first, last)
        assert [problem.code for problem in refused.value.problems] == [code]

    def test_entering_twice_is_once_and_taking_back_twice_is_no_error(
        self, session: Session, make_user: MakeUser
    ) -> None:
        actor, stranger = make_user(Role.INSTRUCTOR), make_user(Role.INSTRUCTOR)
        found = enter(session, actor, 0, 1)
        assert enter(session, actor, 0, 1) is found
        with pytest.raises(NotFound):
            services.withdraw_absence(session, stranger, stranger.user_id, found.id, now=NOW)  # type: ignore[attr-defined]
        for _ in range(2):
            services.withdraw_absence(session, actor, actor.user_id, found.id, now=NOW)  # type: ignore[attr-defined]
        session.flush()
        assert queries.away(session, [actor.user_id], TODAY) == {}
        assert queries.coming_absences(session, TODAY, actor.user_id) == []
        assert enter(session, actor, 0, 1) is not found


def test_the_page(browse: Browse, make_user: MakeUser, session: Session, runtime: Runtime) -> None:
    actor, other = make_user(Role.INSTRUCTOR), make_user(Role.INSTRUCTOR)
    browser, stranger = browse(actor), browse(other)
    assert "No days are entered" in browser.get("/account/away").text
    wrong = browser.post("/account/away", {"first_day": day(4).isoformat(), "last_day": day(2).isoformat()})
    assert wrong.status_code == 422
    assert "lies before the first" in wrong.text
    assert day(4).isoformat() in wrong.text, "what was entered is still there"
    assert browser.post("/account/away", {"first_day": TODAY.isoformat(), "last_day": day(2).isoformat()}).location
    absence = queries.coming_absences(session, TODAY, actor.user_id)[0]
    assert "Take back" in browser.get("/account/away").text
    stranger.get("/account/away")
    assert stranger.post(f"/account/away/{absence.id}/withdraw").status_code == 404
    assert browser.post(f"/account/away/{absence.id}/withdraw").status_code == 303
    assert queries.away(session, [actor.user_id], TODAY) == {}


def test_students_have_no_days_away(browse: Browse, make_user: MakeUser) -> None:
    student = browse(make_user(Role.STUDENT))
    assert student.get("/account/away").status_code == 404
    assert "Days away" not in student.get("/account/").text
