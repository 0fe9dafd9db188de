"""Small systems of linear equations, solved exactly or by least squares. Pure Python: the largest is 8x8."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[float]
_NOTHING = 1e-12


def solve(matrix: Sequence[Row], right: Row) -> list[float]:
    """Return x of `matrix` x = `right` by elimination with row exchange; raises ValueError if there is no one x."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for step in range(size):
        pivot = max(range(step, size), key=lambda place: abs(rows[place][step]))
        if abs(rows[pivot][step]) < _NOTHING:
            raise ValueError("The equations do not have one answer.")
        rows[step], rows[pivot] = rows[pivot], rows[step]
        for place in range(step + 1, size):
            share = rows[place][step] / rows[step][step]
            rows[place] = [a - share * b for a, b in zip(rows[place], rows[step], strict=True)]
    found = [0.0] * size
    for step in reversed(range(size)):
        known = sum(rows[step][place] * found[place] for place in range(step + 1, size))
        found[step] = (rows[step][size] - known) / rows[step][step]
    return found


def fit(rows: Sequence[Row], right: Row, weights: Row | None = None) -> list[float]:
    """Return x that makes the weighted sum of squares of (`rows` x - `right`) least, by the normal equations.

    Raises ValueError when the rows leave x open.
    """
    size = len(rows[0])
    weights = weights or [1.0] * len(rows)
    square = [[0.0] * size for _ in range(size)]
    sums = [0.0] * size
    for row, value, weight in zip(rows, right, weights, strict=True):
        for i in range(size):
            sums[i] += weight * row[i] * value
            for j in range(size):
                square[i][j] += weight * row[i] * row[j]
    return solve(square, sums)
