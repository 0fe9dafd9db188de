"""Krippendorff's alpha: his own example in four metrics, missing values, intervals, and what must always hold."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agreement.alpha import Metric, alpha, clustered_alpha

OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C to E: 4 observers, 12 units."""
UNITS = [[int(v) for v in column if v != "."] for column in zip(*(row.split() for row in OBSERVERS), strict=True)]

units = st.lists(st.lists(st.integers(1, 4), min_size=0, max_size=4), min_size=1, max_size=30)


class TestPublished:
    @pytest.mark.parametrize(
        ("metric", "printed"),
        [(Metric.NOMINAL, 0.743), (Metric.ORDINAL, 0.815), (Metric.INTERVAL, 0.849), (Metric.RATIO, 0.797)],
    )
    def test_krippendorff_2011(self, metric, printed):
        found = alpha(UNITS, metric)
        assert round(found.value, 3) == printed
        assert found.n == 11  # the last unit has one value only
        assert found.interval.low < found.value < found.interval.high

    def test_two_observers_and_two_values(self):
        """Section A of the same paper: ten units, alpha = 0.095."""
        first, second = "0100000010", "1110010000"
        pairs = [(int(a), int(b)) for a, b in zip(first, second, strict=True)]
        assert round(alpha(pairs, Metric.NOMINAL).value, 3) == 0.095


def naive(found: list[list[int]]) -> float | None:
    """The ordinal alpha pair by pair, straight from the definition."""
    used = [values for values in found if len(values) > 1]
    everything = [value for values in used for value in values]
    if len(set(everything)) < 2:
        return None

    def distance(one: int, other: int) -> float:
        low, high = sorted((one, other))
        between = sum(low <= value <= high for value in everything)
        return (between - (everything.count(low) + everything.count(high)) / 2) ** 2 if low != high else 0

    n = len(everything)
    observed = sum(distance(*pair) / (len(values) - 1) for values in used for pair in permutations(values, 2)) / n
    expected = sum(distance(*pair) for pair in permutations(everything, 2)) / (n * (n - 1))
    return 1 - observed / expected


class TestAgainstASecondImplementation:
    @given(units)
    def test_is_the_same(self, found):
        result, expected = alpha(found), naive(found)
        assert (result is None) == (expected is None)
        if result is not None:
            assert result.value == pytest.approx(expected, abs=1e-9)


class TestIntervals:
    def test_same_marks_same_interval_in_any_order(self):
        shuffled = UNITS[:]
        Random(3).shuffle(shuffled)
        assert alpha(UNITS).interval == alpha(shuffled).interval
        assert alpha(UNITS, seed=1).interval != alpha(UNITS, seed=2).interval

    def test_covers_the_truth_about_as_often_as_it_says(self):
        """Pieces of a known world; the truth is alpha over very many of them."""
        truth = alpha(world(Random(1), 60_000)).value
        hits = 0
        for seed in range(50):
            found = alpha(world(Random(1000 + seed), 80), seed=seed)
            hits += found.interval.low <= truth <= found.interval.high
        assert 43 <= hits <= 50

    def test_criteria_of_a_piece_make_no_interval_narrower(self):
        random = Random(9)
        single = world(random, 60)
        once, tenfold = clustered_alpha([[pair] for pair in single]), clustered_alpha([[pair] * 10 for pair in single])
        # Alpha corrects for small samples by its number of values, so the two differ a little.
        assert tenfold.value == pytest.approx(once.value, abs=0.01)
        widths = [found.interval.high - found.interval.low for found in (once, tenfold)]
        assert widths[1] == pytest.approx(widths[0], rel=0.05)
        assert tenfold.n == 60

    def test_leaving_out_gives_about_what_resampling_gives(self):
        single = world(Random(10), 300)
        resampled, left_out = alpha(single), clustered_alpha([[pair] for pair in single])
        assert left_out.value == pytest.approx(resampled.value)
        assert left_out.interval.low == pytest.approx(resampled.interval.low, abs=0.04)
        assert left_out.interval.high == pytest.approx(resampled.interval.high, abs=0.04)


def world(random: Random, n: int) -> list[tuple[int, int]]:
    """Pairs of marks around a true level, each off by one at times."""
    found = []
    for _ in range(n):
        level = random.choices((1, 2, 3, 4), (1, 2, 4, 3))[0]
        found.append(tuple(min(4, max(1, level + random.choices((-1, 0, 1), (1, 6, 1))[0])) for _ in range(2)))
    return found


class TestNothingToAgreeOn:
    def test_no_unit_twice(self):
        assert alpha([[1], [2], []]) is None
        assert clustered_alpha([[[1], [2]]]) is None

    def test_no_variety(self):
        assert alpha([[3, 3]] * 30) is None

    def test_one_unit_has_no_interval(self):
        assert alpha([[1, 2]]).interval is None
