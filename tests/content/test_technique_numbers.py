"""The numbers that students are asked for: every arithmetic key of C4 and C7 to C9, computed once more by code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import yaml

from app.domain.practice.numbing import ceiling_mg, grams, milligrams

ROOT = Path(__file__).parents[2]
BANKS = ("equipment", "color-selection", "mapping-and-numbing", "application-to-aftercare")
FOUR = Fraction(4)


def left_on_paper(kg: int, used_g: int, percent: int) -> float:
    """Milligrams of the ceiling that are left when some grams of another product were used the same day."""
    return float(ceiling_mg(Fraction(kg)) - milligrams(Fraction(used_g), Fraction(percent)))


KEYS: dict[str, Callable[[], float]] = {
    "mn-030": lambda: float(milligrams(Fraction(1), FOUR)),
    "mn-031": lambda: float(ceiling_mg(Fraction(50))),
    "mn-032": lambda: float(ceiling_mg(Fraction(82))),
    "mn-033": lambda: float(grams(Fraction(270), FOUR)),
    "mn-034": lambda: left_on_paper(54, 3, 4),
    "mn-035": lambda: float(milligrams(Fraction(2), Fraction(5, 2))),
    "mn-051": lambda: 7.5 * 1.6,
    "mn-052": lambda: 10.4 / 8.0,
    "mn-072": lambda: 25.0 - 24.1,
    "mn-133": lambda: float(2 * milligrams(Fraction(1), Fraction(5, 2))),
    "mn-173": lambda: float(ceiling_mg(Fraction(47))),
    "mn-202": lambda: left_on_paper(44, 5, 2),
    "aa-110": lambda: 20 / 100,
    "aa-111": lambda: 0.25 * 120,
    "aa-232": lambda: 0.30 * 90,
    "aa-245": lambda: 42 / (160 / 20),
    "cs-040": lambda: math.degrees(math.atan2(22, 22)),
    "cs-041": lambda: math.hypot(24, 7),
    "cs-060": lambda: 100 / 6,
    "cs-061": lambda: 100 * 6 / 8,
    "cs-062": lambda: 4 * 9 / (9 + 3),
    "eq-021": lambda: 0.30 + 0.05 * (12 - 10) / 2,
    "eq-088": lambda: len(range(3 + 1, 6)),
    "eq-145": lambda: 15 / (75 / 10),
}


@cache
def numeric_items() -> dict[str, dict[str, object]]:
    """Return the numeric items of the four banks by id."""
    found: dict[str, dict[str, object]] = {}
    for bank in BANKS:
        data = yaml.safe_load((ROOT / "quizzes" / "banks" / f"{bank}.yaml").read_text("utf-8"))
        found |= {item["id"]: item for item in data["items"] if item["type"] == "numeric"}
    return found


def test_every_numeric_item_is_computed_here() -> None:
    assert set(numeric_items()) == set(KEYS)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_the_key_is_what_the_formula_gives(key: str) -> None:
    item = numeric_items()[key]
    tolerance = item["tolerance"]
    assert isinstance(tolerance, dict) and isinstance(item["answer"], int | float)
    assert KEYS[key]() == pytest.approx(item["answer"], abs=max(tolerance["value"], 1e-9))
    # The printed answer itself is rounded at most to its last digit.
    assert KEYS[key]() == pytest.approx(item["answer"], abs=0.051)


def test_the_table_of_ceilings_in_the_lesson_is_right() -> None:
    lesson = (ROOT / "courses/08-mapping-and-numbing/07-numbing-limits.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) kg \| ([\d.]+) mg \| (\d+) mg \| ([\d.]+) g \|$", lesson, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [50, 60, 67, 80]
    for kg, product, used, cream in rows:
        ceiling = ceiling_mg(Fraction(kg))
        assert Fraction(product) == Fraction(kg) * Fraction(9, 2)
        assert Fraction(used) == ceiling
        assert abs(float(grams(ceiling, FOUR)) - float(cream)) < 0.051


def test_the_worked_numbing_plans_are_right() -> None:
    assert ceiling_mg(Fraction(54)) == 243
    assert ceiling_mg(Fraction(61)) == Fraction("274.5")
    assert round(float(grams(ceiling_mg(Fraction(61)), FOUR)), 1) == 6.9
    assert milligrams(Fraction("0.5"), FOUR) == 20


@pytest.mark.parametrize(("a", "b", "degrees"), [(20, 15, 37), (20.3, -5.9, 344), (24, 13, 28), (19, 3, 9)])
def test_the_hue_angles_of_the_lesson_are_right(a: float, b: float, degrees: int) -> None:
    assert round(math.degrees(math.atan2(b, a))) % 360 == degrees
