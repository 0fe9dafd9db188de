"""Quantiles against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.domain.assessment.statistics import distributions
from app.domain.assessment.statistics.distributions import beta_cdf, beta_quantile, t_quantile

SHAPES = st.sampled_from([0.5, 1, 2, 3.5, 17, 250, 5_000])


@given(st.floats(0.001, 0.999), SHAPES, SHAPES)
def test_the_incomplete_beta_function_is_that_of_scipy(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-9, abs=1e-12)


@given(st.sampled_from([0.005, 0.025, 0.5, 0.975, 0.995]), SHAPES, SHAPES)
def test_beta_quantiles_are_those_of_scipy(p: float, a: float, b: float) -> None:
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 3, 10, 29, 100, 999, 9_999])
@pytest.mark.parametrize("p", [0.6, 0.95, 0.975, 0.999])
def test_t_quantiles_are_those_of_scipy(p: float, freedom: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9)


def test_the_ends_of_the_range_are_certain() -> None:
    assert beta_cdf(0, 2, 3) == 0
    assert beta_cdf(1, 2, 3) == 1


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        beta_cdf(0.5, 0, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        beta_quantile(1, 2, 3)
    with pytest.raises(ValueError, match="one half"):
        t_quantile(0.2, 5)
    with pytest.raises(ValueError, match="freedom"):
        t_quantile(0.9, 0.5)


def test_what_does_not_converge_is_said_and_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributions, "STEPS", 2)
    with pytest.raises(ArithmeticError, match="function"):
        beta_cdf(0.45, 500, 600)
    monkeypatch.setattr(distributions, "beta_cdf", lambda _x, _a, _b: 0.5)
    with pytest.raises(ArithmeticError, match="quantile"):
        beta_quantile(0.975, 5, 6)
