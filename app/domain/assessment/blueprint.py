"""What the draws of a quiz find and cover: how many items match, for how many attempts, and how much of each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.assessment.quiz import Draw, QuizSpec
from app.domain.assessment.selection import ItemRef, matches

ATTEMPTS = 3
"""For how many attempts without a common item a quiz must suffice."""
ANY = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """One draw: how many items match, and for how many attempts alone they would do."""

    draw: Draw
    available: int

    @property
    def attempts(self) -> int:
        """Attempts without a common item, if no other draw took from the same items."""
        return self.available // self.draw.count


@dataclass(frozen=True, slots=True)
class Coverage:
    """One step or area (empty: draws of any step): items drawn, and their share of the quiz in percent."""

    section: str
    drawn: int
    percent: float


def supplies(spec: QuizSpec, pool: Sequence[ItemRef]) -> list[Supply]:
    """What each draw finds in the pool."""
    return [Supply(draw, sum(matches(draw, item) for item in pool)) for draw in spec.draws]


def coverage(spec: QuizSpec) -> list[Coverage]:
    """How the items of one attempt divide into steps, in the order of the draws."""
    counted: Counter[str] = Counter()
    for draw in spec.draws:
        counted[draw.step or ANY] += draw.count
    size = sum(counted.values())
    return [Coverage(section, count, 100 * count / size) for section, count in counted.items()]
