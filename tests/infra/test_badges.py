"""The square picture of a certificate."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from app.infra.documents import BadgeFacts, DocumentProblem, badge_picture

FACTS = BadgeFacts(
    "VM-24F7K-9QX3A-B", "Amara Osei", "Certified <Artist> & more", "Vermilion Academy", date(2028, 9, 23)
)


def test_equal_facts_give_equal_bytes_and_others_other_ones() -> None:
    for form in ("png", "svg"):
        assert badge_picture(FACTS, form) == badge_picture(FACTS, form)  # type: ignore[arg-type]
        assert badge_picture(FACTS, form) != badge_picture(replace(FACTS, holder_name="Lea"), form)  # type: ignore[arg-type]


def test_the_png_is_512_dots_square() -> None:
    picture = Image.open(io.BytesIO(badge_picture(FACTS, "png")))
    assert picture.size == (512, 512)
    assert picture.convert("RGB").getpixel((5, 5)) == (0xF2, 0xD5, 0xC9), "the first color of the ramp"


def test_the_svg_needs_nothing_from_outside_and_says_what_it_shows() -> None:
    svg = badge_picture(FACTS, "svg").decode()
    names = set(re.findall(r"<([a-zA-Z]+)", svg))
    assert names <= {"svg", "title", "g", "path", "use", "symbol", "defs", "linearGradient", "stop"}
    assert not re.search(r'style=|\son\w+=|href="(?!#)', svg)
    assert (
        "<title>VM-24F7K-9QX3A-B: Amara Osei, Certified &lt;Artist&gt; &amp; more, Valid until Sep 23, 2028</title>"
        in svg
    )


@pytest.mark.parametrize(
    "name", ["Amara Osei", "W" * 80, "Đặng Thị Quỳnh Anh-Konstantinopoulos Müller", "Ян", "#let x = 1"]
)
def test_names_of_every_length_are_drawn(name: str) -> None:
    assert len(badge_picture(replace(FACTS, holder_name=name), "png")) > 10_000


@pytest.mark.parametrize("name", ["李小龍", "Amara \u202e Osei", ""])
def test_a_name_that_cannot_be_drawn_is_refused(name: str) -> None:
    with pytest.raises(DocumentProblem):
        badge_picture(replace(FACTS, holder_name=name), "svg")
