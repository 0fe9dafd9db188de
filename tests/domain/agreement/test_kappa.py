"""Weighted kappa: the published examples to their digits, a second implementation, and what must always hold."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.agreement.kappa import (
    adjacent_count,
    clustered_kappa,
    exact_count,
    kappa,
    quadratic_weights,
    table_of,
)

COHEN = [[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]]
"""Cohen (1968), table 1: 200 cases."""
FLEISS = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
"""Fleiss, Cohen and Everitt (1969), table 1: 200 cases."""
FLEISS_WEIGHTS = [[1.0, 0.0, 0.4444], [0.0, 1.0, 0.6667], [0.4444, 0.6667, 1.0]]
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
"""Two dermatologists, 88 patients: the first example of PROC FREQ in the manual of SAS."""
PLAIN = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]

levels = st.integers(1, 4)
pairs = st.lists(st.tuples(levels, levels), min_size=1, max_size=60)


def agreement_weights(disagreement: list[list[int]], most: int) -> list[list[float]]:
    return [[1 - weight / most for weight in row] for row in disagreement]


class TestPublished:
    def test_cohen_1968(self):
        weights = agreement_weights([[0, 1, 3], [1, 0, 6], [3, 6, 0]], 6)
        plain, weighted = kappa(COHEN, PLAIN, n=200), kappa(COHEN, weights, n=200)
        assert (round(plain.value, 3), round(weighted.value, 3)) == (0.492, 0.348)

    def test_cohen_1968_where_one_error_is_worse_than_its_reverse(self):
        weights = agreement_weights([[0, 1, 4], [1, 0, 6], [2, 2, 0]], 6)
        assert round(kappa(COHEN, weights, n=200).value, 3) == 0.353

    def test_fleiss_cohen_everitt_1969(self):
        found = kappa(FLEISS, FLEISS_WEIGHTS)
        assert (round(found.observed, 3), round(found.chance, 3)) == (0.787, 0.567)
        assert round(found.value, 2) == 0.51
        assert found.error**2 == pytest.approx(0.003248, abs=5e-7)

    def test_the_manual_of_sas(self):
        identity = [[float(i == j) for j in range(4)] for i in range(4)]
        found = kappa(SKIN, identity)
        assert (round(found.value, 4), round(found.error, 4)) == (0.3449, 0.0724)
        assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (0.2030, 0.4868)


def naive(found: list[tuple[int, int]]) -> tuple[float, float, float]:
    """Kappa, and exact and adjacent shares, from the list of pairs and from every pair that might have been."""
    first, second = (np.array([pair[at] for pair in found], dtype=float) for at in (0, 1))
    apart = (first - second) ** 2
    expected = ((first[:, None] - second[None, :]) ** 2).mean()
    return 1 - apart.mean() / expected, (apart == 0).mean(), (apart <= 1).mean()


class TestAgainstASecondImplementation:
    @given(pairs)
    def test_is_the_same(self, found):
        table = table_of(found)
        result = kappa(table)
        if result is None:
            assert len({level for pair in found for level in pair}) == 1
            return
        value, exact, adjacent = naive(found)
        assert result.value == pytest.approx(value, abs=1e-9)
        assert exact_count(table) / len(found) == pytest.approx(exact)
        assert adjacent_count(table) / len(found) == pytest.approx(adjacent)

    @given(pairs)
    def test_standard_error_is_that_of_the_delta_method(self, found):
        """The same variance by numerical derivatives of kappa over the shares of a multinomial."""
        table = np.array(table_of(found), dtype=float)
        result = kappa(table.tolist())
        if result is None:
            return
        shares, step = table / table.sum(), 1e-6
        slopes = np.zeros_like(shares)
        for cell in np.ndindex(*shares.shape):
            ends = []
            for sign in (1, -1):
                moved = shares.copy()
                moved[cell] += sign * step
                ends.append(free_value(moved))
            slopes[cell] = (ends[0] - ends[1]) / (2 * step)
        variance = ((shares * slopes**2).sum() - (shares * slopes).sum() ** 2) / table.sum()
        assert result.error**2 == pytest.approx(variance, abs=1e-5)


def free_value(shares: np.ndarray) -> float:
    """Kappa of shares that need not sum to one, with marginals as they are."""
    weights = np.array(quadratic_weights(4))
    chance = (weights * np.outer(shares.sum(1), shares.sum(0))).sum()
    return ((weights * shares).sum() - chance) / (1 - chance)


class TestAlways:
    @given(pairs)
    def test_it_does_not_matter_who_is_called_first(self, found):
        one, other = kappa(table_of(found)), kappa(table_of([(b, a) for a, b in found]))
        assert (one is None) == (other is None)
        if one is not None:
            assert one.value == pytest.approx(other.value)
            assert one.error == pytest.approx(other.error)
            assert -1 <= one.interval.low <= one.value + 1e-12 <= one.interval.high + 1e-9

    def test_who_always_agrees_has_one(self):
        found = kappa(table_of([(1, 1), (2, 2), (4, 4)]))
        assert (found.value, found.error) == (pytest.approx(1), pytest.approx(0, abs=1e-9))

    def test_without_variety_there_is_no_kappa(self):
        assert kappa(table_of([(3, 3)] * 40)) is None
        assert kappa(table_of([])) is None

    def test_a_level_off_the_scale_is_refused(self):
        with pytest.raises(IndexError):
            table_of([(0, 2)])


class TestPieces:
    def test_the_same_criterion_ten_times_is_not_ten_pieces(self):
        random = Random(5)
        levels = [(random.randint(1, 4), random.randint(1, 4)) for _ in range(60)]
        once = clustered_kappa([[pair] for pair in levels])
        tenfold = clustered_kappa([[pair] * 10 for pair in levels])
        assert once.value == pytest.approx(tenfold.value)
        assert tenfold.error == pytest.approx(once.error, rel=1e-6)
        naive_error = kappa(table_of(levels * 10)).error
        assert naive_error == pytest.approx(tenfold.error / 10**0.5, rel=0.1)

    def test_error_is_near_the_formula_where_every_piece_has_one_criterion(self):
        random = Random(6)
        levels = [(a, min(4, max(1, a + random.choice((-1, 0, 0, 1))))) for a in random.choices((1, 2, 3, 4), k=400)]
        assert clustered_kappa([[pair] for pair in levels]).error == pytest.approx(
            kappa(table_of(levels)).error, rel=0.05
        )

    @given(st.lists(st.lists(st.tuples(levels, levels), min_size=1, max_size=4), min_size=2, max_size=12))
    def test_slope_is_the_limit_of_a_small_part_of_a_piece_more(self, pieces):
        whole = [pair for piece in pieces for pair in piece]
        if kappa(table_of(whole)) is None:
            assert clustered_kappa(pieces) is None
            return
        step, influences = 1e-5, []
        for piece in pieces:
            moved = np.array(table_of(whole), dtype=float)
            for first, second in piece:
                moved[first - 1, second - 1] += step
            influences.append((kappa(moved.tolist()).value - kappa(table_of(whole)).value) / step)
        error = np.std(influences, ddof=1) * len(pieces) ** 0.5
        assert clustered_kappa(pieces).error == pytest.approx(error, rel=1e-3, abs=1e-3)

    def test_one_piece_has_no_error(self):
        assert clustered_kappa([[(1, 2), (3, 3)]]) is None
