"""Tables as CSV: nothing in them runs, and nothing in them is lost."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.spreadsheets import BYTE_ORDER_MARK, FORMULA_STARTS, csv_response, csv_text, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("https://evil.example","click")',
        "+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\uff1d1+1",
        "|calc",
    ],
)
def test_a_text_that_looks_like_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_plain_texts_and_numbers_stay_as_they_are() -> None:
    assert safe_cell("Lip Mapping = 4 of 5") == "Lip Mapping = 4 of 5"
    assert safe_cell("") == ""
    assert safe_cell(None) == ""
    assert safe_cell(-0.11) == -0.11
    assert safe_cell(12) == 12
    assert safe_cell(True) == "true"
    assert safe_cell(datetime(2026, 11, 22, 12, tzinfo=UTC)) == "2026-11-22T12:00:00+00:00"
    assert safe_cell("a\x00b") == "ab"
    assert safe_cell("\x00=1") == "'=1"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_what_is_written_is_read_back_and_starts_no_formula(texts: list[str]) -> None:
    written = csv_text(["head"] * len(texts), [texts])
    (_heads, row) = csv.reader(io.StringIO(written.removeprefix(BYTE_ORDER_MARK), newline=""))
    assert [cell.removeprefix("'") for cell in row] == [text.replace("\x00", "").removeprefix("'") for text in texts]
    assert not [cell for cell in row if cell.startswith(FORMULA_STARTS)]


def test_every_field_is_quoted_so_that_none_can_start_another() -> None:
    assert csv_text(["a", "b"], [['x","=1', 2]]) == BYTE_ORDER_MARK + '"a","b"\r\n"x"",""=1","2"\r\n'


def test_the_file_is_a_download() -> None:
    response = csv_response("items.csv", ["a"], [["é"]])
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="items.csv"'
    assert response.get_data(as_text=True).endswith('"é"\r\n')
