"""The color reference card on paper and on the screen: drawn from its geometry by the compiler of the documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal

from app.domain.color import card
from app.infra.documents import pdf_from, svg_from

TEMPLATE = "color_card.typ"
Paper = Literal["a4", "us-letter"]


@dataclass(frozen=True, slots=True)
class CardWords:
    """What is printed on and beside the card, in the language of its reader."""

    name: str
    card_line: str
    line: str
    title: str
    author: str
    lead: str
    steps: tuple[str, ...]
    honest: str
    language: str = "en"


def card_pdf(code: str, words: CardWords, paper: Paper, made: date) -> bytes:
    """Return a sheet with the card in its true size, cut marks and how to use it; equal facts give equal bytes.

    Raises DocumentProblem for words that the fonts cannot draw, ValueError for a code that is none.
    """
    return pdf_from(TEMPLATE, {**_facts(code, words), "form": "sheet", "paper": paper}, made)


def card_svg(code: str, words: CardWords) -> bytes:
    """Return the card alone, 148 x 105 mm, without styles, scripts and fonts. Raises as `card_pdf` does."""
    return svg_from(TEMPLATE, {**_facts(code, words), "form": "card", "paper": "a4"}, words.title)


def _facts(code: str, words: CardWords) -> dict[str, Any]:
    return {
        "words": {
            "name": words.name,
            "card_line": words.card_line,
            "line": words.line,
            "title": words.title,
            "author": words.author,
            "lead": words.lead,
            "steps": list(words.steps),
            "honest": words.honest,
        },
        "language": words.language,
        "size": {"width": card.WIDTH, "height": card.HEIGHT},
        "patches": [
            {"x": patch.x, "y": patch.y, "width": patch.width, "height": patch.height, "hex": patch.hex}
            for patch in card.PATCHES
        ],
        "marks": _marks(),
        "codes": [_code(corner, code) for corner in card.CORNERS],
        "dots": [list(dot) for dot in card.DOTS],
        "dot": card.DOT_DIAMETER,
        "line": [list(end) for end in card.CHECK_LINE],
    }


def _marks() -> list[dict[str, Any]]:
    """Letters of the rows and numbers of the columns, so that who measures a print can name its patches."""
    rows = [patch for patch in card.PATCHES if patch.id.endswith("1")]
    columns = card.PATCHES[: len(card.PATCHES) // len(rows)]
    return [{"x": row.x - 1.6, "y": row.center[1] - 0.9, "text": row.id[0]} for row in rows] + [
        {"x": column.center[0], "y": column.y - 2.4, "text": column.id[1]} for column in columns
    ]


def _code(corner: str, code: str) -> dict[str, Any]:
    x, y = card.corner_squares()[corner][0]
    return {"x": x, "y": y, "module": card.QR_MODULE, "runs": dark_runs(corner, code)}


def dark_runs(corner: str, code: str) -> list[tuple[int, int, int]]:
    """The dark squares of a corner's QR code as (column, row, how many in a row).

    Raises ValueError for a code that no card has: the square must be a version 1 code, as the geometry says.
    """
    import segno

    text = card.fiducial_text(corner, code)
    if card.read_fiducial(text) is None:
        raise ValueError(f"{code!r} is not the code of a card.")
    symbol = segno.make(text, version=1, error="h", mode="alphanumeric", micro=False, boost_error=False)
    found: list[tuple[int, int, int]] = []
    for row, squares in enumerate(symbol.matrix):
        column = 0
        for dark, run in groupby(squares):
            length = len(list(run))
            if dark:
                found.append((column, row, length))
            column += length
    return found
