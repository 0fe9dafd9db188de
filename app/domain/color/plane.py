"""A plane seen by a camera: from its millimeters to the pixels of a photo and back.

A flat card seen through a lens without distortion is mapped by a homography (Hartley and Zisserman, Multiple View
Geometry in Computer Vision, 2nd ed. 2004, chapter 4). It takes tilt and distance into account by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.color.least_squares import fit

Point = tuple[float, float]
# Near 1, so that the squares of the normal equations keep their digits.
_MM, _PX = 100.0, 1000.0


@dataclass(frozen=True, slots=True)
class Plane:
    """The homography from millimeters of a plane to pixels of a photo, as the nine numbers of its matrix by rows."""

    matrix: tuple[float, float, float, float, float, float, float, float, float]

    def to_photo(self, point: Point) -> Point:
        """The pixel that a point of the plane (in mm) is seen at."""
        return _apply(self.matrix, point)

    def to_plane(self, pixel: Point) -> Point:
        """The point of the plane, in mm, that a pixel shows."""
        return _apply(self._inverse(), pixel)

    def distance(self, one: Point, two: Point) -> float:
        """Millimeters between what two pixels show, if both lie in the plane."""
        return math.dist(self.to_plane(one), self.to_plane(two))

    def scale_at(self, point: Point) -> tuple[float, float]:
        """Pixels per millimeter at a point of the plane: in the direction seen longest, and in that seen shortest.

        They are the singular values of the derivative of the map.
        """
        x, y = point
        a, b, c, d, e, f, g, h, i = self.matrix
        depth = g * x + h * y + i
        u, v = (a * x + b * y + c) / depth, (d * x + e * y + f) / depth
        j = ((a - g * u) / depth, (b - h * u) / depth, (d - g * v) / depth, (e - h * v) / depth)
        squares = sum(value * value for value in j)
        turn = abs(j[0] * j[3] - j[1] * j[2])
        root = math.sqrt(max(squares * squares - 4 * turn * turn, 0.0))
        return math.sqrt((squares + root) / 2), math.sqrt(max((squares - root) / 2, 0.0))

    def is_mirrored(self, point: Point) -> bool:
        """True when the plane is seen as in a mirror at a point: right and left exchanged."""
        u, v = self.to_photo(point)
        right, down = self.to_photo((point[0] + 1, point[1])), self.to_photo((point[0], point[1] + 1))
        return (right[0] - u) * (down[1] - v) - (right[1] - v) * (down[0] - u) < 0

    def tilt_at(self, point: Point) -> float:
        """Degrees between the plane and a plane that faces the camera, by how much it is seen foreshortened."""
        longest, shortest = self.scale_at(point)
        return math.degrees(math.acos(min(1.0, shortest / longest)))

    def _inverse(self) -> tuple[float, float, float, float, float, float, float, float, float]:
        a, b, c, d, e, f, g, h, i = self.matrix
        return (
            e * i - f * h, c * h - b * i, b * f - c * e,
            f * g - d * i, a * i - c * g, c * d - a * f,
            d * h - e * g, b * g - a * h, a * e - b * d,
        )  # fmt: skip

    def inverse_matrix(self) -> tuple[float, ...]:
        """The nine numbers of the map from pixels to millimeters (up to a common factor)."""
        return self._inverse()


def _apply(m: Sequence[float], point: Point) -> Point:
    x, y = point
    depth = m[6] * x + m[7] * y + m[8]
    if abs(depth) < 1e-12:
        return math.inf, math.inf
    return (m[0] * x + m[1] * y + m[2]) / depth, (m[3] * x + m[4] * y + m[5]) / depth


def fit_plane(pairs: Sequence[tuple[Point, Point]]) -> Plane:
    """Return the plane that fits pairs of (point in mm, pixel) best; raises ValueError for fewer than four of them.

    Direct linear transformation with the last number 1, on coordinates scaled near 1. Raises ValueError also when
    the points lie on a line.
    """
    if len(pairs) < 4:
        raise ValueError("A plane needs four points.")
    rows: list[tuple[float, ...]] = []
    right: list[float] = []
    for (x, y), (u, v) in (((p[0] / _MM, p[1] / _MM), (q[0] / _PX, q[1] / _PX)) for p, q in pairs):
        rows.append((x, y, 1, 0, 0, 0, -u * x, -u * y))
        rows.append((0, 0, 0, x, y, 1, -v * x, -v * y))
        right += [u, v]
    a, b, c, d, e, f, g, h = fit(rows, right)
    to_px, by_mm = _PX, 1 / _MM
    return Plane(
        (a * to_px * by_mm, b * to_px * by_mm, c * to_px, d * to_px * by_mm, e * to_px * by_mm, f * to_px,
         g * by_mm, h * by_mm, 1.0)
    )  # fmt: skip


def residual(plane: Plane, pairs: Sequence[tuple[Point, Point]]) -> float:
    """Root mean square of the distances, in pixels, between where a plane puts points and where they were seen."""
    squares = [math.dist(plane.to_photo(point), pixel) ** 2 for point, pixel in pairs]
    return math.sqrt(sum(squares) / len(squares))
