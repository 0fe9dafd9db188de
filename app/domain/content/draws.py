"""Which items each draw of a quiz may take, and whether all draws can be served without taking one twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.assessment.quiz import QuizSpec
from app.domain.assessment.selection import ItemRef, matches
from app.domain.content.schema_items import ItemBase


def reference(item: ItemBase) -> ItemRef:
    """Return the item as far as drawing needs to know it; it has no version yet."""
    return ItemRef(
        id=item.id,
        version_id="",
        bank=item.bank,
        step=str(item.step),
        difficulty=item.difficulty,
        safety=item.safety,
        topic=str(item.topic),
        objective=item.objective,
        lesson=item.lesson,
        type=item.type_name,
    )


def pools(quiz: QuizSpec, items: Iterable[ItemBase]) -> list[list[ItemRef]]:
    """Return for each draw the items that it may take."""
    banks = {draw.bank for draw in quiz.draws}
    references = [reference(item) for item in items if item.bank in banks]
    return [[item for item in references if matches(draw, item)] for draw in quiz.draws]


def shortfalls(pools: Sequence[Sequence[ItemRef]], counts: Sequence[int]) -> list[int]:
    """Return per draw how many items are missing when the draws share their pools as well as possible.

    Items are handed out by augmenting paths (Kuhn), so an overlap of two pools is only a shortfall when
    no division of the shared items serves both.
    """
    holder: dict[str, int] = {}

    def place(draw: int, seen: set[str]) -> bool:
        for item in pools[draw]:
            if item.id in seen:
                continue
            seen.add(item.id)
            if item.id not in holder or place(holder[item.id], seen):
                holder[item.id] = draw
                return True
        return False

    return [sum(not place(draw, set()) for _ in range(count)) for draw, count in enumerate(counts)]
