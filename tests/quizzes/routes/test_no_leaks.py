"""Every type of the registry, every answer of the server while an attempt runs: no key, weight or feedback in it.

The items are the samples of the domain's tests, in which whatever may not be seen early says SECRET. A new type is
walked as soon as it has a sample.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.content.models import Definition
from app.domain.access.actor import Actor
from app.domain.assessment.answers import right_answer, wrong_answer
from app.domain.assessment.items.registry import ITEM_TYPES
from app.quizzes import queries
from tests.conftest import Browser, Clock
from tests.domain.assessment.samples import item_dict
from tests.factories.quizzes import exam, simple_item

JSON = {"Accept": "application/json"}
TOLD = re.compile(r'SECRET|EXPLANATION|"correct"|\bis-right\b|explanation|feedback|weight', re.IGNORECASE)
NONSENSE = {"choice": "x", "value": "x", "order": "x", "L": "x", "hex": "x", "text": "x" * 30_000}
STATIC = re.compile(r'(?:src|href)="(/static/[^"]+)"')

pytestmark = pytest.mark.slow


@pytest.fixture
def quiz(session: Session, publish: Callable[..., None]) -> None:
    """An exam with one sample of each type."""
    count = len(ITEM_TYPES)
    # Each type is drawn by its name; the content knows only single choices until the samples take their places.
    publish([simple_item(n) for n in range(1, count + 1)], exam(count=count, attempts=2))
    draws = [{"bank": "bank", "count": 1, "type": kind} for kind in ITEM_TYPES]
    session.execute(update(Definition).where(Definition.kind == "quiz").values(payload=exam(draws=draws, attempts=2)))
    rows = session.scalars(select(Definition).where(Definition.kind == "item").order_by(Definition.key)).all()
    for row, kind in zip(rows, ITEM_TYPES, strict=True):
        payload = item_dict(kind, id=row.key, bank="bank")
        session.execute(update(Definition).where(Definition.id == row.id).values(payload=payload, subtype=kind))
    session.commit()


class Walk:
    """Visits an attempt and keeps all that was sent, headers and linked files included."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.sent: list[tuple[str, str]] = []
        self.files: set[str] = set()

    def get(self, url: str) -> Any:
        return self._keep(url, self.browser.get(url))

    def post(self, url: str, data: dict[str, Any], **options: Any) -> Any:
        return self._keep(url, self.browser.post(url, data, **options))

    def _keep(self, url: str, response: Any) -> Any:
        body = response.get_data(as_text=True)
        self.sent.append((url, f"{response.headers}\n{body}"))
        self.files |= set(STATIC.findall(body))
        return response

    def leaks(self) -> list[tuple[str, str]]:
        return [(url, found[0]) for url, text in self.sent for found in [TOLD.search(text)] if found]


def walk_all(walk: Walk, session: Session, actor: Actor) -> set[str]:
    """Start, look at every item, save wrong, right and unreadable answers by form and by script; the types met."""
    walk.get("/learn/quizzes/exam")
    address = walk.post("/learn/quizzes/exam/start", {}).location.rsplit("/", 1)[0]
    attempt = queries.attempts_of(session, actor.user_id)[0].id
    met = set()
    for position in range(1, len(ITEM_TYPES) + 1):
        _sitting, entry = queries.entry(session, actor.user_id, attempt, position)
        session.commit()
        met.add(entry.item.type)
        url = f"{address}/{position}"
        walk.get(url)
        for answer in (wrong_answer(entry.item), right_answer(entry.item)):
            assert walk.post(url, {**answer, "go": "next"}).status_code == 303
            walk.get(url)
        walk.post(url, NONSENSE)
        walk.post(url, {**NONSENSE, "revision": "0"}, headers=JSON)
        walk.post(url, {**right_answer(entry.item), "revision": "99"}, headers=JSON)
    walk.get(f"{address}/review")
    walk.get(f"{address}/result")
    walk.get(f"{address}/paused")
    walk.get("/learn/quizzes")
    return met


def test_nothing_that_is_sent_tells_a_key(
    session: Session, quiz: None, student: Actor, browse: Callable[..., Browser], clock: Clock
) -> None:
    browser = browse(student)
    browser.get("/account/")
    walk = Walk(browser)
    assert walk_all(walk, session, student) == set(ITEM_TYPES), "one of each type was met"
    assert walk.leaks() == []
    clock.tick(minutes=21)
    attempt = queries.attempts_of(session, student.user_id)[0].id
    session.commit()
    walk.get(f"/learn/attempts/{attempt}/1")
    walk.get(f"/learn/attempts/{attempt}/result")
    assert walk.leaks() == [], "also when the time is over"
    assert len(walk.files) > 5
    for url in sorted({url.partition("#")[0] for url in walk.files}):
        answer = browser.get(url)
        assert answer.status_code == 200, url
        assert re.search("SECRET|EXPLANATION", answer.get_data().decode("latin-1")) is None, url
        answer.close()
