"""The color in the place of a photo: the nearest of a few, and the stylesheet has the same ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.placeholder import PALETTE, nearest_tint

STYLES = Path(__file__).parents[3] / "app/static/css/work.css"


@pytest.mark.parametrize(("place", "color"), list(enumerate(PALETTE)))
def test_a_color_of_the_palette_is_its_own_place(place: int, color: str) -> None:
    assert nearest_tint(color) == place


@pytest.mark.parametrize(("mean", "place"), [("#d3b3a0", 1), ("#000000", 10), ("#ffffff", 0), ("#5a372d", 5)])
def test_the_nearest_is_taken(mean: str, place: int) -> None:
    assert nearest_tint(mean) == place


@given(st.text(max_size=9))
def test_anything_else_has_no_color(text: str) -> None:
    found = nearest_tint(text)
    assert (found is not None) == bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def test_the_stylesheet_has_the_same_colors() -> None:
    rules = re.findall(r"\.tint-(\d+) \{ background-color: (#[0-9a-f]{6}); \}", STYLES.read_text("utf-8"))
    assert rules == [(str(place), color) for place, color in enumerate(PALETTE)]
