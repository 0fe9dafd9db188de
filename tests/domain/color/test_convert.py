"""sRGB, CIELAB and LCh: known colors, and the way there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.color.convert import Lab, LCh, hex_from_lab, lab_from_hex, rgb_from_hex


@pytest.mark.parametrize(
    ("color", "lab"),
    [
        # The corners of sRGB under D65 (Lindbloom's calculator, CSS Color 4).
        ("#ffffff", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#00ff00", (87.73, -86.18, 83.18)),
        ("#0000ff", (32.30, 79.19, -107.86)),
        ("#777777", (50.03, 0, 0)),
    ],
)
def test_known_colors(color: str, lab: tuple[float, float, float]) -> None:
    found = lab_from_hex(color)
    assert (found.L, found.a, found.b) == pytest.approx(lab, abs=0.02)


def test_a_gray_has_no_chroma() -> None:
    assert lab_from_hex("#808080").to_lch().C < 1e-3


@given(st.integers(0, 0xFFFFFF))
def test_every_screen_color_comes_back(number: int) -> None:
    text = f"#{number:06x}"
    assert hex_from_lab(lab_from_hex(text)) == text


@given(st.floats(0, 100), st.floats(0.01, 130), st.floats(0, 359.99))
def test_the_polar_form_comes_back(lightness: float, chroma: float, hue: float) -> None:
    back = LCh(lightness, chroma, hue).to_lab().to_lch()
    assert abs(back.L - lightness) < 1e-9
    assert abs(back.C - chroma) < 1e-9
    assert min(abs(back.h - hue), 360 - abs(back.h - hue)) < 1e-6


def test_a_color_outside_the_screen_is_cut_to_its_edge() -> None:
    assert hex_from_lab(Lab(50, 200, 0)).startswith("#ff00")
    assert hex_from_lab(Lab(150, 0, 0)) == "#ffffff"


@pytest.mark.parametrize(
    ("text", "rgb"), [("#B5525C", (181, 82, 92)), ("b5525c", (181, 82, 92)), ("#fa0", (255, 170, 0))]
)
def test_ways_to_write_a_color(text: str, rgb: tuple[int, int, int]) -> None:
    assert rgb_from_hex(text) == rgb


@pytest.mark.parametrize("text", ["", "#12", "red", "#12345", "#1234567", "#gggggg", "rgb(1,2,3)"])
def test_what_is_no_color_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a color"):
        rgb_from_hex(text)
