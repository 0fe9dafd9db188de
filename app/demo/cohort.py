"""A hundred and fifty people of an online cohort, so that the statistics of a quiz have something to say.

Each answers by an ability of their own. One question fools the able ones: the page of statistics finds it, and an
instructor can correct and regrade it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from math import exp
from typing import TYPE_CHECKING, Any, Final

from app.demo.answers import right_answer, wrong_answer
from app.demo.cast import DOMAIN, Person
from app.domain.access.actor import Actor
from app.domain.assessment.items.base import Item
from app.quizzes import queries as quizzes
from app.quizzes import services as quiz_services
from app.statistics import services as statistics

if TYPE_CHECKING:
    from app.demo.academy import Academy
    from app.demo.acts import Stage

COURSE: Final = "orientation"
QUIZ: Final = "quiz-orientation"
FOOLING: Final = "or-001"
"""The question that able people of the cohort get wrong. Each draws it with a chance of a third."""
_FIRST: Final = (
    *("Abril", "Aisha", "Anouk", "Bea", "Carmen", "Chiara", "Dana", "Elif", "Farah", "Gala", "Hana", "Ilse", "Jana"),
    *("Kaya", "Lila", "Maren", "Nadia", "Olena", "Paula", "Rosa", "Saskia", "Talia", "Uma", "Vera", "Yara"),
)
_LAST: Final = ("Alvarez", "Bergmann", "Cho", "Dubois", "Eriksen", "Fofana")


@dataclass(frozen=True, slots=True)
class Member(Person):
    """One of many: first names repeat, so the e-mail has the whole name."""

    @property
    def email(self) -> str:
        """The name at the demo's domain."""
        return f"{self.name.replace(' ', '.').lower()}@{DOMAIN}"


MEMBERS: Final = tuple(Member(f"{first} {last}") for last in _LAST for first in _FIRST)


def write(academy: Academy) -> None:
    """Put the cohort's quiz into the script, and the working out of its statistics after it."""
    chance = random.Random(26)
    acts = [partial(_sit, academy, person, chance.gauss(0, 1)) for person in MEMBERS]
    academy.script.spread(acts, academy.day(26), academy.day(19))
    academy.script.at(academy.day(18), lambda: _ask(academy))


def _sit(academy: Academy, person: Member, ability: float) -> None:
    stage = academy.stage
    student = academy.people[person.name] = stage.account(person)
    stage.enroll(student, COURSE)
    chance = random.Random(person.name)
    with stage.runtime.transaction() as session:
        attempt = quiz_services.start_attempt(session, student, QUIZ, now=stage.now)
        rows = quizzes.items_of(session, attempt.id)
        items = quizzes.definitions_of(session, [row.item_version_id for row in rows])
        for row in rows:
            item = items[row.item_version_id].for_seed(attempt.seed)
            raw = right_answer(item) if _knows(item, ability, chance) else wrong_answer(item)
            stage.clock.value += timedelta(seconds=chance.randint(12, 48))
            quiz_services.save_response(session, student, attempt.id, row.position, raw, now=stage.now)
    _hand_in(stage, student, attempt.id)


def _knows(item: Item[Any], ability: float, chance: random.Random) -> bool:
    if item.id == FOOLING:
        return ability < -0.2
    hardness = random.Random(item.id).uniform(-3.0, -0.4) + (0 if item.safety else 0.3)
    return chance.random() < 1 / (1 + exp(hardness - 1.2 * ability))


def _hand_in(stage: Stage, student: Actor, attempt_id: Any) -> None:
    with stage.runtime.transaction() as session:
        quiz_services.submit_attempt(session, student, attempt_id, now=stage.now)


def _ask(academy: Academy) -> None:
    with academy.stage.runtime.transaction() as session:
        statistics.ask_for(session, QUIZ, now=academy.stage.now)
