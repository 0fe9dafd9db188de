"""The drawing of a step: every point inside, higher levels higher, one word that a mean can be held against."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.trend import EDGE, HEIGHT, WIDTH, Direction, direction_of, points_of, y_of

LEVELS = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 4)), max_size=40)


@given(LEVELS)
def test_every_piece_has_a_point_inside_the_drawing(levels: list[tuple[int, int]]) -> None:
    points = points_of(levels)
    assert [(point.piece, point.level) for point in points] == levels
    assert all(EDGE <= point.x <= WIDTH - EDGE and EDGE <= point.y <= HEIGHT - EDGE for point in points)
    assert [point.x for point in points] == sorted(point.x for point in points)


def test_a_higher_level_lies_higher() -> None:
    heights = [y_of(level) for level in (1, 2, 3, 4)]
    assert heights == sorted(heights, reverse=True)
    assert (y_of(1), y_of(4)) == (HEIGHT - EDGE, EDGE)


@pytest.mark.parametrize(
    ("levels", "direction"),
    [
        ([], Direction.NEW),
        ([2, 2, 2, 4, 4], Direction.NEW),
        ([2, 2, 2, 3, 3, 3], Direction.RISING),
        ([2, 2, 2, 2, 2, 3], Direction.STEADY),
        ([2, 2, 2, 2, 3, 3], Direction.RISING),
        ([3, 3, 3, 3, 2, 2], Direction.FALLING),
        ([1, 1, 3, 3, 3, 3, 3, 3], Direction.STEADY),
    ],
)
def test_half_a_level_is_a_move(levels: list[int], direction: Direction) -> None:
    assert direction_of(levels) is direction


@given(st.lists(st.integers(1, 4), min_size=6, max_size=12))
def test_the_way_back_is_the_opposite(levels: list[int]) -> None:
    opposite = {Direction.RISING: Direction.FALLING, Direction.FALLING: Direction.RISING}
    turned = direction_of(levels[-6:][::-1])
    found = direction_of(levels)
    assert turned is opposite.get(found, found)
