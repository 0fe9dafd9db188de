"""What a blind guess earns on average: 1 for all points, 0 for none. Exact.

A guess is a complete answer picked evenly among all that the page allows: one option, any set of ticks (with at
least one), a text for each row of a matching item, any order; of an item with several parts, of each. None where
something is typed, mixed or written: there is no list to guess from.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.hotspot import Hotspot
from app.domain.assessment.items.matching import Matching
from app.domain.assessment.items.multiple_response import MultipleResponse, TickResponse
from app.domain.assessment.items.nested import Composite
from app.domain.assessment.items.options import PickResponse
from app.domain.assessment.items.ordering import Ordering
from app.domain.assessment.items.picture_choice import PictureChoice
from app.domain.assessment.items.single_choice import SingleChoice
from app.domain.assessment.items.true_false import TrueFalse
from app.domain.assessment.scoring import order_score

MOST_ORDERED = 7
"""Longer orders are not listed one by one: eight entries have 40,320."""


def guess_score(item: Item[Any]) -> Fraction | None:
    """The mean share of the points that blind guesses at the item earn; None where there is nothing to guess from."""
    if isinstance(item, SingleChoice | TrueFalse | Hotspot):
        return _mean([item.grade(PickResponse(option.id)).fraction for option in item.options])
    if isinstance(item, PictureChoice):
        return _mean([item.grade(PickResponse(picture.option.id)).fraction for picture in item.pictures])
    if isinstance(item, Composite):
        return _parts(item)
    if isinstance(item, MultipleResponse):
        return _ticks(item)
    if isinstance(item, Matching):
        return _matches(item)
    if isinstance(item, Ordering) and len(item.entries) <= MOST_ORDERED:
        return _orders(item.scoring, len(item.entries))
    return None


def _mean(fractions: Sequence[Fraction]) -> Fraction:
    return sum(fractions, Fraction(0)) / len(fractions)


def _parts(item: Composite) -> Fraction | None:
    guesses = [(part.share, guess_score(part.item)) for part in item.nested]
    shares = sum(share for share, _guess in guesses)
    known = [share * guess for share, guess in guesses if guess is not None]
    return sum(known, Fraction(0)) / shares if len(known) == len(guesses) else None


def _ticks(item: MultipleResponse) -> Fraction:
    ids = [option.id for option in item.options]
    sets = [frozenset(some) for size in range(1, len(ids) + 1) for some in combinations(ids, size)]
    return _mean([item.grade(TickResponse(ticked)).fraction for ticked in sets])


def _matches(item: Matching) -> Fraction:
    right_by_chance = Fraction(1, len(item.texts))
    return right_by_chance if item.scoring == "per_pair" else right_by_chance ** len(item.rows)


@lru_cache(maxsize=100)
def _orders(rule: str, size: int) -> Fraction:
    right = [str(place) for place in range(size)]
    return _mean([order_score(rule, right, order) for order in permutations(right)])
