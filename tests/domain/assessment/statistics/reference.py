"""The definitions written once more, with numpy and scipy, straight from the learning reference."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Table = NDArray[np.float64]


def reference(marks: Table, highest: Table) -> dict[str, Any]:
    """Every figure of a quiz; rows are attempts, columns places. For data in which all of them are defined."""
    places = marks.shape[1]
    totals = marks.sum(axis=1)
    alpha = 100 * places / (places - 1) * (1 - marks.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
    ratio = 100 * np.sqrt(1 - alpha / 100)
    k2, k3, k4 = (stats.kstat(totals - totals.mean(), n) for n in (2, 3, 4))
    with_total = np.array([np.cov(marks[:, j], totals)[0, 1] for j in range(places)])
    roots = np.sqrt(np.where(with_total >= 0, with_total, 0))
    found = []
    for j in range(places):
        strength = discrimination(marks[:, j], totals - marks[:, j])
        found.append(
            {
                "facility": marks[:, j].mean() / highest[j],
                "spread": marks[:, j].std(ddof=1) / highest[j],
                "intended_weight": 100 * highest[j] / highest.sum(),
                "effective_weight": None if with_total[j] < 0 else 100 * roots[j] / roots.sum(),
                **strength,
            }
        )
    return {
        "mean": totals.mean(),
        "median": np.median(totals),
        "spread": totals.std(ddof=1),
        "skewness": k3 / k2**1.5,
        "kurtosis": k4 / k2**2,
        "cic": alpha,
        "error_ratio": ratio,
        "standard_error": ratio * totals.std(ddof=1) / 100,
        "places": found,
    }


def discrimination(marks: Table, others: Table) -> dict[str, float | None]:
    """Discrimination and efficiency of marks against what stands beside them."""
    if np.ptp(marks) == 0 or np.ptp(others) == 0:
        return {"discrimination": None, "efficiency": None}
    together = np.cov(marks, others)[0, 1]
    greatest = np.cov(np.sort(marks), np.sort(others))[0, 1]
    return {
        "discrimination": 100 * float(stats.pearsonr(marks, others).statistic),
        "efficiency": float(100 * together / greatest),
    }
