"""Quantiles of the beta and of Student's t distribution, for intervals.

The incomplete beta function by its continued fraction (DLMF 8.17.22, evaluated by Lentz's method), its quantiles by
Newton's. Both agree with SciPy to nine digits and more; docs/adr says why SciPy itself is not loaded.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt

TINY = 1e-300
STEPS = 10_000


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I_x(a, b), for a, b > 0 and x from 0 to 1."""
    if a <= 0 or b <= 0:
        raise ValueError("A beta distribution needs two positive shapes.")
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast on one side of the mean only; the other side is its mirror image.
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(x, a, b) / a
    return 1 - front * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even, odd):
            d = 1 / _not_zero(1 + numerator * d)
            c = _not_zero(1 + numerator / c)
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            return result
    raise ArithmeticError("The incomplete beta function did not converge.")


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x of 0 to 1 below which the share `p` of a beta distribution lies.

    Newton's method from the mean, held between the last point below and the last above; a step that leaves them
    is replaced by halving.
    """
    if not 0 < p < 1:
        raise ValueError("Ask for a share between 0 and 1.")
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(STEPS):
        missing = p - beta_cdf(x, a, b)
        low, high = (x, high) if missing > 0 else (low, x)
        density = exp(scale + (a - 1) * log(x) + (b - 1) * log1p(-x))
        following = x + missing / density if density > TINY else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-16 + 1e-15 * x or following in (low, high):
            return following
        x = following
    raise ArithmeticError("The quantile did not converge.")


def t_quantile(p: float, freedom: float) -> float:
    """The t below which the share `p` (over one half) of Student's distribution lies; `freedom` need not be whole."""
    if not 0.5 < p < 1 or freedom < 1:
        raise ValueError("Ask for a share between one half and one, with at least one degree of freedom.")
    # T = t^2 / (freedom + t^2) is beta distributed; its quantile gives t back.
    share = beta_quantile(2 * p - 1, 0.5, freedom / 2)
    return sqrt(freedom * share / (1 - share))
