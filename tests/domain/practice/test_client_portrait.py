"""The drawn face: safe to inline, the same every time, and different where the card differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.content import svg
from app.domain.practice.client import Portrait
from app.domain.practice.client_portrait import MARKS, SHAPES, draw, mixed

PLAIN = Portrait(skin="#c98f6b", lip="#a5645f", shape="balanced")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_passes_the_allow_list_of_figures(shape: str) -> None:
    figure, faults = svg.read(draw(replace(PLAIN, shape=shape), "Portrait", "Lips."))
    assert faults == []
    assert figure is not None
    assert (figure.title, figure.desc, figure.height) == ("Portrait", "Lips.", 300)


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_passes_too_and_can_be_seen(mark: str) -> None:
    marked = draw(replace(PLAIN, marks=(mark,)), "Portrait", "Lips.")
    assert svg.read(marked)[1] == []
    assert len(marked) > len(draw(PLAIN, "Portrait", "Lips."))


def test_colors_of_skin_lips_and_rim_are_in_the_drawing() -> None:
    two = draw(replace(PLAIN, upper="#6b4658", rim="#402020"), "T", "D")
    assert two.count('fill="#402020"') == 2
    assert f'fill="{mixed("#6b4658", "#1a0d0a", 0.06)}"' in two
    assert 'fill="#a5645f"' in two
    assert '<rect x="0" y="0" width="400" height="300" fill="#c98f6b"/>' in two


def test_shapes_differ_where_their_names_say() -> None:
    def upper_lip(shape: str) -> str:
        return draw(replace(PLAIN, shape=shape), "T", "D").split(f'fill="{mixed("#a5645f", "#1a0d0a", 0.06)}"')[0][
            -400:
        ]

    assert len({upper_lip(shape) for shape in SHAPES}) == len(SHAPES)


def test_words_are_escaped_and_nothing_refers_elsewhere() -> None:
    text = draw(PLAIN, 'Ada <script>"', "A & B </desc><image href='x'/>")
    assert "<script" not in text and "<image" not in text and "href=" not in text.replace("href='x'", "")
    assert svg.read(text)[1] == []


def test_the_same_portrait_is_the_same_text() -> None:
    first = draw(replace(PLAIN, marks=("stubble", "freckles")), "T", "D")
    draw.cache_clear()
    assert draw(replace(PLAIN, marks=("freckles", "stubble")), "T", "D") == first


@pytest.mark.parametrize(
    "portrait", [replace(PLAIN, skin="red"), replace(PLAIN, lip='#fff"/>'), replace(PLAIN, marks=("tattoo",))]
)
def test_what_is_no_color_or_no_mark_is_refused(portrait: Portrait) -> None:
    with pytest.raises(ValueError, match=r"must be colors|no mark"):
        draw(portrait, "T", "D")


def test_mixing_moves_each_channel_by_the_share() -> None:
    assert mixed("#000000", "#ff8040", 0.5) == "#804020"
    assert mixed("#123456", "#ffffff", 0) == "#123456"
