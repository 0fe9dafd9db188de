"""What blind guesses earn, against trying them out."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.scoring import CHOICE_POLICIES, ORDERING_RULES
from app.domain.assessment.statistics.guessing import guess_score
from tests.domain.assessment.samples import item_dict

# Right and wrong ones ticked, and in how many ways.
TICKED = [(1, 0, 2), (2, 0, 1), (0, 1, 2), (0, 2, 1), (1, 1, 4), (2, 1, 2), (1, 2, 2), (2, 2, 1)]


def item(kind: str, **changes: Any) -> Item[Any]:
    return item_from_dict(item_dict(kind, **changes))


def test_one_of_several_is_one_in_so_many() -> None:
    for kind in ("single_choice", "hotspot"):
        found = item(kind)
        assert guess_score(found) == Fraction(1, len(found.options))  # type: ignore[attr-defined]
    assert guess_score(item("true_false")) == Fraction(1, 2)


def test_what_is_typed_cannot_be_guessed() -> None:
    for kind in ("numeric", "short_text", "color_match", "essay"):
        assert guess_score(item(kind)) is None


def test_a_drawing_is_an_option() -> None:
    assert guess_score(item("picture_choice")) == Fraction(1, 3)


def test_a_case_is_guessed_part_by_part_and_a_gap_that_is_typed_spoils_it() -> None:
    # One of three; two of four ticked, (R - W) / 2 over the fifteen sets; three acts, each at its place by chance.
    ticks = Fraction(sum(max(Fraction(0), Fraction(r - w, 2)) * n for r, w, n in TICKED), 15)
    assert guess_score(item("case")) == (Fraction(1, 3) + 2 * ticks + Fraction(1, 3)) / 4
    assert guess_score(item("cloze")) is None


@pytest.mark.parametrize("scoring", CHOICE_POLICIES)
def test_ticks_are_every_set_but_the_empty_one(scoring: str) -> None:
    found = item("multiple_response", scoring=scoring)
    sets = []
    for ticks in product([False, True], repeat=len(found.options)):  # type: ignore[attr-defined]
        chosen = [o.public_id for o, tick in zip(found.options, ticks, strict=True) if tick]  # type: ignore[attr-defined]
        if chosen:
            sets.append(found.grade(found.parse_response({"choice": chosen})).fraction)
    assert guess_score(found) == sum(sets) / len(sets)


@pytest.mark.parametrize("scoring", ["per_pair", "exact"])
def test_a_match_takes_any_text_for_each_row(scoring: str) -> None:
    found = item("matching", scoring=scoring)
    texts = [text.public_id for text in found.texts]  # type: ignore[attr-defined]
    rows = [row.public_id for row in found.rows]  # type: ignore[attr-defined]
    tried = [
        found.grade(found.parse_response({row: [text] for row, text in zip(rows, given, strict=True)})).fraction
        for given in product(texts, repeat=len(rows))
    ]
    assert guess_score(found) == sum(tried) / len(tried)


@pytest.mark.parametrize("scoring", ORDERING_RULES)
def test_orders_are_all_orders(scoring: str) -> None:
    found = item("ordering", scoring=scoring)
    score = guess_score(found)
    assert score is not None
    names, chance, total = [entry.public_id for entry in found.entries], random.Random(3), Fraction(0)  # type: ignore[attr-defined]
    for _ in range(3_000):
        chance.shuffle(names)
        total += found.grade(found.parse_response({"order": names})).fraction
    assert float(score) == pytest.approx(float(total / 3_000), abs=0.03)


def test_a_long_order_is_not_worked_out() -> None:
    entries = [{"id": f"e{n}", "text": f"Entry {n}"} for n in range(8)]
    assert guess_score(item("ordering", entries=entries)) is None
