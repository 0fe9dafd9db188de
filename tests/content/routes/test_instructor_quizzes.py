"""The builder of a quiz: what the draws find and cover, and how they are changed."""

from __future__ import annotations

import html
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.content import queries
from app.content.forms import draw_rows
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.quizzes import course_quiz, exam, publish_quizzes, simple_item

BLUEPRINT = "/teach/quizzes/exam/blueprint"


def text(page, status: int = 200) -> str:  # type: ignore[no-untyped-def]
    assert page.status_code == status, page.get_data(as_text=True)[:2000]
    return html.unescape(page.get_data(as_text=True))


@pytest.fixture
def builder(session: Session, author: Browser) -> Browser:
    items = [simple_item(n, difficulty=1 + n % 2, step="numbing" if n > 9 else "lip-mapping") for n in range(1, 13)]
    quiz = course_quiz("check", "basics", draws=[{"bank": "bank", "step": "numbing", "count": 1}], tier="certified")
    publish_quizzes(session, NOW, items, exam(count=3), quiz)
    session.commit()
    author.get(BLUEPRINT)
    return author


def draws(session: Session) -> list[tuple[str, int]]:
    session.expire_all()
    found = queries.quiz(session, "exam")
    assert found is not None
    return [(draw["step"] or "", draw["count"]) for draw in found.payload["draws"]]


def rows(*given: dict[str, Any], **fields: str) -> dict[str, Any]:
    values: dict[str, Any] = {"base": "1", "note": "Two parts instead of one.", **fields}
    for number, row in enumerate(given):
        values |= {f"d{number}-{name}": value for name, value in row.items()}
    return values


TWO = (
    {"bank": "bank", "step": "lip-mapping", "count": "2", "difficulty": ["1", "2"]},
    {"bank": "bank", "step": "numbing", "count": "1"},
)


def test_the_page_shows_what_is_drawn_found_and_covered(builder: Browser, count_queries: QueryCount) -> None:
    count_queries.statements.clear()
    page = text(builder.get(BLUEPRINT))
    assert len(count_queries) <= 10
    assert "3 from bank bank" in page
    assert "4 attempts" in page
    assert "Any step" in page
    beside = text(builder.get("/teach/quizzes/check/blueprint"))
    assert "1 (100 %)" in beside
    assert 'data-l="Exam"' in beside
    assert builder.get("/teach/quizzes/nothing/blueprint").status_code == 404


def test_check_says_what_other_draws_would_find_and_saves_nothing(builder: Browser, session: Session) -> None:
    page = text(builder.post(f"{BLUEPRINT}/check", rows(*TWO)))
    assert "The check finds no problem." in page
    assert "2 (67 %)" in page
    assert 'value="1" checked' in page
    assert draws(session) == [("", 3)]
    page = text(builder.post(f"{BLUEPRINT}/check", rows({"bank": "bank", "count": "5"})))
    assert 'href="#draw-0">Draw 1</a>: Drawing 5 items three times over takes 15; 12 match' in page
    page = text(builder.post(f"{BLUEPRINT}/check", rows({"bank": "bank", "count": "some"})))
    assert 'name="d0-count" inputmode="numeric" maxlength="5" value="some"' in page
    assert "These are the live draws" in page


def test_publishing_makes_the_draws_live(builder: Browser, session: Session) -> None:
    answer = builder.post(BLUEPRINT, rows(*TWO))
    assert (answer.status_code, answer.headers["Location"]) == (303, BLUEPRINT)
    assert draws(session) == [("lip-mapping", 2), ("numbing", 1)]
    assert "exam: Two parts instead of one." in text(builder.get(BLUEPRINT))
    taken_away = rows(TWO[0], {**TWO[1], "gone": "1"}, base="2")
    assert builder.post(BLUEPRINT, taken_away).status_code == 303
    assert draws(session) == [("lip-mapping", 2)]


def test_a_draw_that_is_too_thin_is_not_published_and_stays_in_the_form(builder: Browser, session: Session) -> None:
    page = text(builder.post(BLUEPRINT, rows({"bank": "bank", "step": "numbing", "count": "2"})), 422)
    assert "Drawing 2 items three times over takes 6; 3 match" in page
    assert 'name="d0-count" inputmode="numeric" maxlength="5" value="2"' in page
    assert text(builder.post(BLUEPRINT, {"base": "1", "note": "Nothing at all."}), 422)
    assert text(builder.post(BLUEPRINT, {}), 422)
    assert draws(session) == [("", 3)]


def test_who_was_overtaken_sees_both(builder: Browser, session: Session) -> None:
    builder.post(BLUEPRINT, rows(*TWO))
    page = text(builder.post(BLUEPRINT, rows({"bank": "bank", "count": "4"})), 409)
    assert "Somebody published version 2 while you edited" in page
    assert "2 from bank bank (Lip Mapping; difficulty 1, 2)" in page
    assert 'maxlength="5" value="4"' in page
    assert draws(session) == [("lip-mapping", 2), ("numbing", 1)]
    assert builder.post(BLUEPRINT, rows({"bank": "bank", "count": "4"}, base="2")).status_code == 303


def test_rows_are_read_from_their_fields() -> None:
    given = {
        "d0-bank": ["a"], "d0-count": ["2"], "d0-difficulty": ["1", "3"], "d0-safety": ["1"], "d0-lessons": ["x, y z"],
        "d2-bank": [" b "], "d2-count": [""], "d3-bank": ["c"], "d3-gone": ["1"], "d4-step": ["numbing"],
        "d5-count": ["²"],
    }  # fmt: skip
    assert draw_rows(given) == [
        {"bank": "a", "difficulty": [1, 3], "lessons": ["x", "y", "z"], "safety": True, "count": 2},
        {"bank": "b"},
        {"count": "²"},
    ]
