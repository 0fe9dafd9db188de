"""Drawing the items of an attempt: every draw filled, no item twice, unseen items first, decided by a seed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.domain.assessment.quiz import Draw, QuizSpec
from app.domain.assessment.shuffle import Seed, shuffled
from app.domain.errors import FieldProblem, Invalid

TYPES_BY_HAND = frozenset(["essay"])


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An item as far as drawing needs to know it; `version_id` is what the attempt will pin."""

    id: str
    version_id: str
    bank: str
    step: str
    difficulty: int
    safety: bool = False
    topic: str = ""
    objective: str = ""
    lesson: str = ""
    type: str = ""


def matches(draw: Draw, item: ItemRef) -> bool:
    """True when the draw may take the item.

    What a person has to mark is drawn only by a draw that names the type: nobody is to wait for a mark by chance.
    """
    return (
        item.bank == draw.bank
        and draw.step in ("", item.step)
        and draw.topic in ("", item.topic)
        and (not draw.difficulty or item.difficulty in draw.difficulty)
        and draw.objective in ("", item.objective)
        and (not draw.lessons or item.lesson in draw.lessons)
        and (item.safety or not draw.safety)
        and (draw.type == item.type if draw.type or item.type in TYPES_BY_HAND else True)
    )


def draw(spec: QuizSpec, pool: Sequence[ItemRef], seen: Collection[str], seed: Seed) -> list[ItemRef]:
    """Return the items of one attempt, draw by draw, each draw in seeded order.

    Draws may overlap: an item that one draw took is moved to another when that fills both, so a set is found
    whenever one exists, with as many unseen items as any set can have. The order of `pool` does not matter.
    Raises Invalid listing every draw that cannot be filled, ValueError when the pool names an item twice.
    """
    if len({item.id for item in pool}) != len(pool):
        raise ValueError("The pool names an item twice.")
    order = shuffled(sorted(pool, key=lambda item: item.id), "draw", seed)
    order.sort(key=lambda item: item.id in seen)  # stable: unseen first, each group still in seeded order
    taken: list[list[ItemRef]] = [[] for _ in spec.draws]
    # Adding items by preference, whenever the set stays fillable, yields the best set (a transversal matroid).
    for item in order:
        if sum(len(items) for items in taken) == spec.item_count:
            break
        _place(item, spec.draws, taken, set())
    problems = [
        FieldProblem(f"draws.{index}", "unsatisfiable", f"{d.sentence}: only {len(have)} left to draw.")
        for index, (d, have) in enumerate(zip(spec.draws, taken, strict=True))
        if len(have) < d.count
    ]
    if problems:
        raise Invalid(f"Quiz {spec.id} cannot be filled from its banks.", problems, code="unsatisfiable")
    return [
        item
        for index, items in enumerate(taken)
        for item in shuffled(sorted(items, key=lambda item: item.id), "order", seed, index)
    ]


def _place(item: ItemRef, draws: Sequence[Draw], taken: list[list[ItemRef]], tried: set[int]) -> bool:
    """Give the item to a draw with room, if need be by moving another item on (an augmenting path)."""
    fitting = [index for index, d in enumerate(draws) if index not in tried and matches(d, item)]
    for index in fitting:
        if len(taken[index]) < draws[index].count:
            taken[index].append(item)
            return True
    for index in fitting:
        if index in tried:
            continue  # a deeper call has tried it meanwhile
        tried.add(index)
        for place, other in enumerate(taken[index]):
            if _place(other, draws, taken, tried):
                taken[index][place] = item
                return True
    return False
