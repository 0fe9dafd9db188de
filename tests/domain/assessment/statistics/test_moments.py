"""Moments against numpy and scipy, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.assessment.statistics.moments import Series, kurtosis, skewness

WHOLE = st.integers(-(10**6), 10**6)


def test_a_small_case_by_hand() -> None:
    marks = Series([1, 2, 4, 5])  # mean 3, distances -2 -1 1 2
    assert marks.mean == 3
    assert marks.variance == pytest.approx(10 / 3)
    assert marks.covariance(Series([0, 0, 2, 2])) == 2  # distances -1 -1 1 1: (2 + 1 + 1 + 2) / 3
    assert skewness([1, 2, 4, 5]) == 0


@given(st.lists(st.tuples(WHOLE, WHOLE), min_size=2, max_size=40))
def test_variance_and_covariance_are_those_of_numpy(rows: list[tuple[int, int]]) -> None:
    xs, ys = [row[0] for row in rows], [row[1] for row in rows]
    table = np.cov(np.array(xs, dtype=float), np.array(ys, dtype=float))
    close = {"rel": 1e-9, "abs": 1e-3}  # the tolerance is numpy's: a million squared leaves it few digits
    assert float(Series(xs).variance or 0) == pytest.approx(table[0, 0], **close)
    assert float(Series(xs).covariance(Series(ys)) or 0) == pytest.approx(table[0, 1], **close)


@pytest.mark.parametrize("n", [3, 4, 5, 30, 400])
def test_skewness_and_kurtosis_are_those_of_scipy(n: int) -> None:
    values = np.random.default_rng(n).integers(0, 1000, n)
    centered = values - values.mean()  # the statistics do not change, and floats keep their digits
    k2, k3 = stats.kstat(centered, 2), stats.kstat(centered, 3)
    assert skewness(values.tolist()) == pytest.approx(k3 / k2**1.5, rel=1e-9, abs=1e-12)
    if n >= 4:
        assert kurtosis(values.tolist()) == pytest.approx(stats.kstat(centered, 4) / k2**2, rel=1e-9, abs=1e-12)


def test_the_undefined_is_none() -> None:
    assert Series([]).mean is None
    assert Series([7]).variance is None
    assert Series([7]).deviation is None
    assert Series([7]).covariance(Series([8])) is None
    assert Series([7]).greatest_covariance([8]) is None
    assert skewness([1, 2]) is None
    assert skewness([4, 4, 4]) is None
    assert kurtosis([1, 2, 3]) is None
    assert kurtosis([4, 4, 4, 4]) is None


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same rows"):
        Series([1, 2]).covariance(Series([1]))
    with pytest.raises(ValueError, match="same rows"):
        Series([1, 2]).greatest_covariance([1])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60)), min_size=2, max_size=30))
def test_the_greatest_covariance_is_that_of_the_sorted_columns(rows: list[tuple[int, int]]) -> None:
    xs, ys = [row[0] for row in rows], [row[1] for row in rows]
    greatest = Series(xs).greatest_covariance(ys)
    assert greatest == Series(sorted(xs)).covariance(Series(sorted(ys)))
    assert greatest is not None and greatest >= (Series(xs).covariance(Series(ys)) or 0)
