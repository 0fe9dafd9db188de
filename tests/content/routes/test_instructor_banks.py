"""Banks: counts, search, filters, pages, and nothing of it for students."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.quizzes import exam, publish_quizzes, simple_item

BANK = "/teach/banks/lip-blush-basics"


def text(page) -> str:  # type: ignore[no-untyped-def]
    assert page.status_code == 200, page.status_code
    found: str = page.get_data(as_text=True)
    return found


def ids(page: str) -> list[str]:
    return re.findall(r'href="/teach/items/([a-z0-9-]+)"', page)


def test_the_list_counts_each_bank_and_names_the_quizzes(author: Browser) -> None:
    page = text(author.get("/teach/banks"))
    assert 'href="/teach/banks/lip-blush-basics"' in page
    assert 'href="/teach/quizzes/quiz-lip-blush-basics/blueprint"' in page
    assert 'href="/teach/banks/import"' in page
    assert 'href="/teach/banks/export"' in page


def test_an_id_leads_to_its_question(author: Browser) -> None:
    answer = author.get("/teach/banks?id= LB-003 ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/teach/items/lb-003")
    assert "No live question has the id lb-999." in text(author.get("/teach/banks?id=lb-999"))


def test_a_bank_shows_its_questions_in_the_order_of_the_file(author: Browser) -> None:
    assert ids(text(author.get(BANK))) == [f"lb-00{n}" for n in range(1, 9)]


SEARCHES = (
    ("q=MIDLINE", []),
    ("q=point+map", ["lb-001"]),
    ("q=lb-004", ["lb-004"]),
    ("q=%25", []),
    ("step=lip-mapping", ["lb-001", "lb-002"]),
    ("step=hygiene&difficulty=2", ["lb-003"]),
    ("type=true_false", ["lb-004"]),
    ("topic=color", []),
    ("difficulty=nonsense&after=nonsense", [f"lb-00{n}" for n in range(1, 9)]),
    ("after=3.lb-003&step=hygiene&safety=no", []),
)


def test_search_and_filters(author: Browser) -> None:
    for query, found in SEARCHES:
        assert ids(text(author.get(f"{BANK}?{query}"))) == found, query


def test_an_unknown_bank_is_not_there(author: Browser) -> None:
    assert author.get("/teach/banks/elsewhere").status_code == 404


def test_pages_follow_each_other_with_the_same_statements(
    session: Session, author: Browser, count_queries: QueryCount
) -> None:
    counts = []
    for size in (3, 45):
        publish_quizzes(session, NOW, [simple_item(n) for n in range(1, size + 1)], exam(count=1))
        session.commit()
        count_queries.statements.clear()
        page = text(author.get("/teach/banks/bank"))
        counts.append(len(count_queries))
    assert counts[0] == counts[1]
    assert len(ids(page)) == 40
    more = re.search(r'rel="next" href="([^"]+)"', page)
    assert more is not None
    assert ids(text(author.get(more.group(1).replace("&amp;", "&")))) == [f"bank-{n:03}" for n in range(41, 46)]


PAGES = (
    "/teach/banks",
    BANK,
    "/teach/items/lb-001",
    "/teach/items/lb-001/versions",
    "/teach/items/lb-001/edit",
    "/teach/quizzes/quiz-lip-blush-basics/blueprint",
)


def test_no_key_reaches_a_student(
    author: Browser, make_user: Callable[..., Actor], browse: Callable[..., Browser]
) -> None:
    student, nobody, admin = browse(make_user(Role.STUDENT)), browse(), browse(make_user(Role.ADMIN))
    for url in PAGES:
        answer = student.get(url)
        assert answer.status_code == 404, url
        assert "midline" not in answer.get_data(as_text=True)
        assert nobody.get(url).status_code == 303
        assert admin.get(url).status_code == 200
