"""The printed card: what the drawing holds is what the geometry says, in its true size, and a reader finds it."""

from __future__ import annotations

from datetime import date
from functools import cache

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.domain.color import card
from app.domain.color.convert import rgb_from_hex
from app.infra.color_card import CardWords, card_pdf, card_svg, dark_runs
from app.infra.color_reading import read_card

CODE = "7K3QA"
MADE = date(2026, 11, 22)
WORDS = CardWords(
    name="Color reference card",
    card_line="Card 7K3QA",
    line="This line is 50 mm long",
    title="Color reference card 7K3QA",
    author="Vermilion",
    lead="Print this page at 100 %.",
    steps=("Lay a ruler on the line.", "Cut."),
    honest="Every printer prints these colors differently.",
)
DPI = 254
PX = DPI / 25.4


@cache
def rendered(paper: str = "a4") -> Image.Image:
    return pypdfium2.PdfDocument(card_pdf(CODE, WORDS, paper, MADE))[0].render(scale=DPI / 72).to_pil().convert("RGB")  # type: ignore[arg-type]


@cache
def origin(paper: str = "a4") -> tuple[float, float]:
    """The upper left corner of the card on the sheet, in mm, told by the code in its corner A."""
    found = zxingcpp.read_barcodes(rendered(paper))
    place = next(code.position.top_left for code in found if code.text == card.fiducial_text("A", CODE))
    return place.x / PX - card.QR_INSET, place.y / PX - card.QR_INSET


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_the_sheet_shows_the_card_in_its_true_size(paper: str) -> None:
    reading = read_card(rendered(paper))
    assert (reading.problem, reading.code, reading.corners) == ("", CODE, 4)
    assert reading.pixels_per_mm == pytest.approx(PX, rel=0.001)
    assert reading.tilt < 3
    assert reading.error < 0.1


def test_every_patch_has_its_place_and_color() -> None:
    left, top = origin()
    for patch in card.PATCHES:
        x, y = patch.center
        seen = rendered().getpixel((round((left + x) * PX), round((top + y) * PX)))
        assert seen == pytest.approx(rgb_from_hex(patch.hex), abs=1), patch.id
    for x, y in card.PAPER_SPOTS:
        assert rendered().getpixel((round((left + x) * PX), round((top + y) * PX))) == (255, 255, 255)
    for x, y in card.DOTS:
        assert rendered().getpixel((round((left + x) * PX), round((top + y) * PX))) == (0, 0, 0)


def test_the_check_line_is_drawn_where_the_geometry_says() -> None:
    left, top = origin()
    (x1, y), (x2, _y) = card.CHECK_LINE
    row = [
        rendered().getpixel((round((left + x / 10) * PX), round((top + y) * PX)))[0]  # type: ignore[index]
        for x in range(round(x1 * 10) - 20, round(x2 * 10) + 21)
    ]
    dark = [place for place, level in enumerate(row) if level < 128]
    assert (dark[-1] - dark[0]) / 10 == pytest.approx(card.CHECK_MM, abs=0.5)


def test_the_drawing_has_no_style_script_or_foreign_part() -> None:
    svg = card_svg(CODE, WORDS)
    assert svg == card_svg(CODE, WORDS)
    for part in (b"<script", b"<style", b" style=", b"<image", b"<foreignObject"):
        assert part not in svg
    assert b"<title>Color reference card 7K3QA</title>" in svg


def test_equal_facts_print_equal_bytes() -> None:
    assert card_pdf(CODE, WORDS, "a4", MADE) == card_pdf(CODE, WORDS, "a4", MADE)


@pytest.mark.parametrize("code", ["", "7K3Q", "7K3QAA", "7K3Q0", "7k3qa"])
def test_a_code_that_no_card_has_is_not_drawn(code: str) -> None:
    with pytest.raises(ValueError, match="not the code of a card"):
        dark_runs("A", code)
