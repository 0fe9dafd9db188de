"""Intervals against scipy and published examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.assessment.statistics.intervals import (
    Interval,
    Sample,
    clopper_pearson,
    correlation_interval,
    drift,
    facility_interval,
    pooled,
)


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_has_the_exact_interval(case: tuple[int, int]) -> None:
    right, n = case
    known = stats.binomtest(right, n).proportion_ci(0.95, "exact")
    found = clopper_pearson(right, n)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), rel=1e-9, abs=1e-11)
    assert 0 <= found.low <= right / n <= found.high <= 1


def test_nobody_and_everybody_right_leave_one_end_open() -> None:
    assert clopper_pearson(0, 10).low == 0
    assert clopper_pearson(0, 10).high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert clopper_pearson(10, 10).high == 1


def test_partial_marks_have_the_interval_of_a_mean() -> None:
    marks = np.random.default_rng(5).random(40)
    known = stats.t.interval(0.95, 39, loc=marks.mean(), scale=stats.sem(marks))
    found = facility_interval(Sample(40, float(marks.mean()), float(marks.var(ddof=1))))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(known, rel=1e-9)


def test_the_interval_of_a_mean_stays_in_the_possible() -> None:
    assert facility_interval(Sample(2, 0.9, 0.5)) == Interval(0, 1)
    assert facility_interval(Sample(1, 0.5, None)) is None


@pytest.mark.parametrize("noise", [0.01, 0.5, 3, 1_000])
def test_a_correlation_has_the_interval_of_fisher(noise: float) -> None:
    chance = np.random.default_rng(4)
    xs = chance.random(50)
    known = stats.pearsonr(xs, noise * chance.random(50) - xs)
    limits = known.confidence_interval(0.95)
    found = correlation_interval(float(known.statistic), 50)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((limits.low, limits.high), rel=1e-9)


def test_a_correlation_of_few_has_none_and_a_perfect_one_is_a_point() -> None:
    assert correlation_interval(0.5, 3) is None
    assert correlation_interval(-1.0, 30) == Interval(-1, -1)


def test_a_difference_of_shares_is_the_published_example() -> None:
    # Newcombe 1998, table II, (a) 56/70 and 48/80: method 10 gives 0.0524 to 0.3339.
    found = drift(Sample(80, 0.6, None, 48), Sample(70, 0.8, None, 56))
    assert found.difference == pytest.approx(0.2)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.is_clear


def test_a_difference_of_means_has_the_interval_of_welch() -> None:
    chance = np.random.default_rng(8)
    older, newer = chance.random(25), chance.random(60) * 0.8
    known = stats.ttest_ind(newer, older, equal_var=False).confidence_interval(0.95)
    samples = [Sample(len(x), float(x.mean()), float(x.var(ddof=1))) for x in (older, newer)]
    found = drift(*samples).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((known.low, known.high), rel=1e-9)


def test_a_difference_without_spread_is_sure_and_of_one_person_unknown() -> None:
    assert drift(Sample(5, 0.5, 0.0), Sample(5, 0.25, 0.0)).interval == Interval(-0.25, -0.25)
    assert drift(Sample(5, 0.5, 0.1), Sample(1, 0.25, None)).interval is None
    assert not drift(Sample(5, 0.5, 0.1), Sample(1, 0.25, None)).is_clear


def test_samples_of_one_thing_are_pooled() -> None:
    chance = np.random.default_rng(2)
    parts = [chance.random(n) for n in (4, 9, 30)]
    whole = np.concatenate(parts)
    found = pooled([Sample(len(x), float(x.mean()), float(x.var(ddof=1))) for x in parts])
    assert (found.n, found.mean) == (43, pytest.approx(whole.mean(), rel=1e-12))
    assert found.variance == pytest.approx(whole.var(ddof=1), rel=1e-9)
    assert found.right is None
    assert pooled([Sample(4, 0.5, 0.3, 2), Sample(6, 0.5, 0.3, 3)]).right == 5
    assert pooled([Sample(1, 1.0, None, 1)]).variance is None


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="goes up"):
        Interval(2, 1)
    with pytest.raises(ValueError, match="somebody"):
        Sample(0, 0.5, None)
