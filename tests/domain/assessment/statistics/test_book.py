"""From cells to columns: items that all had, items that were drawn, versions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.assessment.statistics.book import FINEST, Book, Cell, Table
from app.domain.assessment.statistics.chosen import Sat


def cell(key: str, share: str = "1", points: int = 1, version: str = "", **facts: object) -> Cell:
    return Cell(key, version or f"{key}/1", share, points, facts.get("answer"), facts.get("seconds"))  # type: ignore[arg-type]


def book(*attempts: list[Cell]) -> Book:
    made = Book()
    for number, cells in enumerate(attempts):
        made.add(Sat(number, 1, Fraction(1, 2), False), cells)
    return made


def shares(table: Table, place: int) -> list[Fraction]:
    return [Fraction(mark, table.unit) for mark in table.columns[place].marks.values]


def test_items_that_all_had_are_places_wherever_they_stood() -> None:
    table = book([cell("a"), cell("b", "0")], [cell("b"), cell("a", "1/2")]).table([0, 1])
    assert table.fixed == ["a", "b"]
    assert shares(table, 0) == [Fraction(1, 2), Fraction(1, 4)]
    assert shares(table, 1) == [0, Fraction(1, 2)]
    assert [Fraction(total, table.unit) for total in table.totals.values] == [Fraction(1, 2), Fraction(3, 4)]
    assert [item.is_drawn for item in table.items()] == [False, False]


def test_what_is_left_are_random_places_in_order() -> None:
    table = book([cell("a"), cell("x"), cell("y", "0")], [cell("a", "0"), cell("z", "0"), cell("w")]).table([0, 1])
    assert table.fixed == ["a"]
    assert [shares(table, place) for place in (1, 2)] == [[Fraction(1, 3), 0], [0, Fraction(1, 3)]]
    assert {item.key: item.is_drawn for item in table.items()} == {
        "a": False,
        "x": True,
        "y": True,
        "z": True,
        "w": True,
    }


def test_random_places_move_up_where_a_fixed_item_stands_between_them() -> None:
    table = book([cell("a"), cell("x"), cell("y", "0")], [cell("z", "1/2"), cell("a"), cell("w")]).table([0, 1])
    assert table.fixed == ["a"]
    assert [shares(table, place) for place in (1, 2)] == [[Fraction(1, 3), Fraction(1, 6)], [0, Fraction(1, 3)]]


def test_versions_of_an_item_share_its_place_and_keep_their_own_rows() -> None:
    attempts = [[cell("a", "1"), cell("b")], [cell("a", "0", version="a/2"), cell("b")]]
    table = book(*attempts).table([0, 1])
    assert table.fixed == ["a", "b"]
    assert shares(table, 0) == [Fraction(1, 2), 0]
    assert {item.version: item.rows for item in table.items()} == {"a/1": [0], "a/2": [1], "b/1": [0, 1]}


def test_only_the_chosen_attempts_count() -> None:
    made = book(
        [cell("a", answer="one", seconds=4)], [cell("b", "0", answer="two", seconds=5)], [cell("a", answer="three")]
    )
    table = made.table([0, 2])
    (item,) = table.items()
    assert (item.key, item.is_drawn, item.rows) == ("a", False, [0, 1])
    assert [item.texts[code] for code in item.answers] == ["one", "three"]
    assert item.seconds == [4]
    assert made.versions == ["a/1", "b/1"]


def test_different_points_weigh_by_what_the_attempt_could_earn() -> None:
    table = book([cell("a"), cell("x", "1", 3)], [cell("a"), cell("y", "0", 1)]).table([0, 1])
    assert shares(table, 0) == [Fraction(1, 4), Fraction(1, 2)]
    assert Fraction(table.columns[0].possible, table.unit) == Fraction(3, 4)
    assert table.columns[0].facility == 1


def test_endless_denominators_are_cut_fine() -> None:
    primes = [101, 103, 107, 109, 113, 127, 131, 137]
    table = book(*([cell("a", "1/3"), cell(f"x{p}", "1", p - 1)] for p in primes)).table(range(len(primes)))
    assert table.unit == FINEST
    for prime, total in zip(primes, table.totals.values, strict=True):
        assert total / table.unit == pytest.approx((Fraction(1, 3) + prime - 1) / prime, abs=1e-13)


def test_attempts_of_different_length_are_refused() -> None:
    made = book([cell("a")])
    with pytest.raises(ValueError, match="same number"):
        made.add(Sat(2, 1, Fraction(0), False), [cell("a"), cell("b")])
    with pytest.raises(ValueError, match="same number"):
        Book().add(Sat(2, 1, Fraction(0), False), [])
