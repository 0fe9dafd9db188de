"""Which items a draw may take, and whether all draws of a quiz can be served without taking one twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_quizzes import Draw


def matches(draw: Draw, item: ItemBase) -> bool:
    """Whether the item passes every filter that the draw gives."""
    return (
        item.bank == draw.bank
        and (draw.step is None or item.step == draw.step)
        and (draw.topic is None or item.topic == draw.topic)
        and (draw.difficulty is None or item.difficulty in draw.difficulty)
        and (item.safety or not draw.safety)
    )


def pool(draw: Draw, items: Iterable[ItemBase]) -> list[str]:
    """Return the ids of the items that the draw may take."""
    return [item.id for item in items if matches(draw, item)]


def shortfalls(pools: Sequence[Sequence[str]], counts: Sequence[int]) -> list[int]:
    """Return per draw how many items are missing when the draws share their pools as well as possible.

    Items are handed out by augmenting paths (Kuhn), so an overlap of two pools is only a shortfall when
    no division of the shared items serves both.
    """
    holder: dict[str, int] = {}

    def place(draw: int, seen: set[str]) -> bool:
        for item in pools[draw]:
            if item in seen:
                continue
            seen.add(item)
            if item not in holder or place(holder[item], seen):
                holder[item] = draw
                return True
        return False

    return [sum(not place(draw, set()) for _ in range(count)) for draw, count in enumerate(counts)]
