"""Planes and the small equations under them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.color.least_squares import fit, solve
from app.domain.color.plane import Plane, fit_plane, residual

coordinate = st.floats(0, 150)
tilts = st.floats(-0.0008, 0.0008)


@st.composite
def planes(draw: st.DrawFn) -> Plane:
    """A card somewhere in a photo: turned, tilted, 3 to 15 pixels on a millimeter."""
    turn, scale = draw(st.floats(0, 2 * math.pi)), draw(st.floats(3, 15))
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    return Plane((c, -s, 900, s, c, 700, draw(tilts), draw(tilts), 1.0))


def test_equations_without_one_answer_are_refused() -> None:
    assert solve([[2, 1], [1, 3]], [5, 10]) == pytest.approx([1, 3])
    with pytest.raises(ValueError, match="one answer"):
        solve([[1, 2], [2, 4]], [1, 2])


def test_the_best_line_through_points_is_that_of_the_textbook() -> None:
    """Anscombe's first data set: y = 3.00 + 0.500 x (The American Statistician 27, 1973)."""
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    offset, slope = fit([(1.0, value) for value in x], y)
    assert (round(offset, 2), round(slope, 3)) == (3.00, 0.500)


def test_a_weight_of_two_is_the_point_twice() -> None:
    rows, right = [(1.0, 0.0), (1.0, 1.0), (1.0, 2.0)], [0.0, 1.0, 5.0]
    assert fit(rows, right, [1, 1, 2]) == pytest.approx(fit([*rows, rows[2]], [*right, 5.0]))


@given(planes(), coordinate, coordinate)
def test_there_and_back(plane: Plane, x: float, y: float) -> None:
    assert plane.to_plane(plane.to_photo((x, y))) == pytest.approx((x, y), abs=1e-6)


@given(planes())
def test_a_plane_is_found_again_from_its_points(plane: Plane) -> None:
    pairs = [(point, plane.to_photo(point)) for point in ((0, 0), (148, 0), (148, 105), (0, 105), (70, 40))]
    found = fit_plane(pairs)
    assert residual(found, pairs) < 1e-3
    for point in ((10.0, 90.0), (200.0, 150.0)):
        assert math.dist(found.to_photo(point), plane.to_photo(point)) < 0.05


def test_noise_in_many_points_is_averaged_out() -> None:
    dice = random.Random(4)
    plane = Plane((6.0, 0.4, 300, -0.3, 5.8, 200, 0.0003, 0.0002, 1.0))
    points = [(x, y) for x in range(0, 150, 15) for y in range(0, 106, 15)]
    pairs = [((x, y), tuple(v + dice.gauss(0, 0.5) for v in plane.to_photo((x, y)))) for x, y in points]
    found = fit_plane(pairs)  # type: ignore[arg-type]
    assert max(math.dist(found.to_photo(p), plane.to_photo(p)) for p in ((0, 0), (148, 105), (74, 52))) < 0.5


@pytest.mark.parametrize(
    "points", [[(0, 0), (1, 0), (2, 0)], [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]], ids=["three", "on a line"]
)
def test_too_little_makes_no_plane(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"four points|one answer"):
        fit_plane([(point, point) for point in points])


@given(planes(), coordinate, coordinate, st.floats(-50, 50), st.floats(-50, 50))
def test_lengths_are_those_of_the_plane(plane: Plane, x: float, y: float, dx: float, dy: float) -> None:
    assume(math.hypot(dx, dy) > 0.1)
    one, two = (x, y), (x + dx, y + dy)
    assert plane.distance(plane.to_photo(one), plane.to_photo(two)) == pytest.approx(math.hypot(dx, dy), abs=1e-5)


@given(planes(), coordinate, coordinate)
def test_the_scale_is_that_of_a_small_step(plane: Plane, x: float, y: float) -> None:
    here = plane.to_photo((x, y))
    steps = [
        math.dist(plane.to_photo((x + 1e-4 * math.cos(a), y + 1e-4 * math.sin(a))), here) / 1e-4
        for a in (k * math.pi / 90 for k in range(90))
    ]
    longest, shortest = plane.scale_at((x, y))
    assert longest == pytest.approx(max(steps), rel=2e-3)
    assert shortest == pytest.approx(min(steps), rel=2e-3)


@pytest.mark.parametrize("tilt", [0, 15, 30, 45])
def test_tilt_and_mirror(tilt: float) -> None:
    flat = math.cos(math.radians(tilt))
    seen = Plane((5.0 * flat, 0, 0, 0, 5.0, 0, 0, 0, 1.0))
    assert seen.tilt_at((0, 0)) == pytest.approx(tilt, abs=1e-6)
    assert not seen.is_mirrored((10, 10))
    assert Plane((-5.0, 0, 900, 0, 5.0, 0, 0, 0, 1.0)).is_mirrored((10, 10))
