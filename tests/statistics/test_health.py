"""What the pages of a bank are told about the health of its items."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.content import queries as content
from app.domain.access.actor import Actor
from app.infra.runtime import Runtime
from tests.conftest import Browser
from tests.factories import quizzes as quiz_factory
from tests.factories import statistics as factory
from tests.statistics.conftest import BANK


def test_a_bank_shows_the_most_urgent_finding_of_each_live_item_and_filters_by_it(
    session: Session,
    runtime: Runtime,
    exam: str,
    calculate: Callable[[str], None],
    teacher: Actor,
    browse: Callable[..., Browser],
) -> None:
    assert content.health_of(session, "bank") == {}
    persons = factory.people(session, 120, runtime.now())
    factory.sit(
        session,
        exam,
        persons,
        now=runtime.now(),
        answering=lambda person, item, _chance: (person % 10 < 4) == (item.id == "bank-004"),
    )
    session.commit()
    calculate(exam)
    found = content.health_of(session, "bank")
    assert found["bank-004"] == "key_wrong"
    assert content.health_of(session, "elsewhere") == {}
    browser = browse(teacher)
    page = browser.get("/teach/banks/bank?health=key_wrong").get_data(as_text=True)
    assert re.findall(r'href="/teach/items/([a-z0-9-]+)"', page) == ["bank-004"]
    assert "Check the key" in browser.get("/teach/items/bank-004").get_data(as_text=True)
    # A corrected item has a clean slate: its new version has not been judged yet.
    corrected = [item if item["id"] != "bank-004" else {**item, "prompt": "What else is asked?"} for item in BANK]
    quiz_factory.publish_quizzes(session, runtime.now(), corrected, quiz_factory.exam(count=3, pass_mark=60))
    session.commit()
    assert "bank-004" not in content.health_of(session, "bank")
