"""What the first pages read."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.home import queries
from app.home.queries import Asked, Program
from tests.conftest import NOW
from tests.factories.content import draft, publish_courses, publish_journey


def test_the_program_before_the_first_release(session: Session) -> None:
    assert queries.program(session) == Program(courses=0, lessons=0, exercises=0, asked=None)


def test_the_program_counts_what_is_live(session: Session) -> None:
    publish_courses(session, NOW, draft("prep", 6, 6, 6), draft("mapping", 6))
    publish_courses(session, NOW, draft("prep", 6, 6))
    assert queries.program(session) == Program(courses=1, lessons=2, exercises=0, asked=None)


def test_the_program_says_what_the_certificate_asks_for(session: Session) -> None:
    publish_journey(session, NOW)
    program = queries.program(session)
    assert (program.courses, program.lessons, program.exercises) == (1, 2, 1)
    assert program.asked == Asked("Vermilion Certified Lip Blush Artist", 1, 1, 1, 1, 24)
