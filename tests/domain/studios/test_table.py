"""Lists as studios keep them: any column, any separator, with and without heads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.studios.table import MOST_ROWS, Line, cells_of_text, lines_of

GOOD, OTHER = "VM-11111-11111-1", "VM-24F7K-9QX3A-1"


def read(text: str) -> list[tuple[int, str, str]]:
    return [(line.row, line.name, line.typed) for line in lines_of(cells_of_text(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Artist,Certificate\nAmara Osei,{GOOD}\n", [(2, "Amara Osei", GOOD)]),
        (f"Last name;First name;Chair;Cert\nOsei;Amara;2;{OTHER}\n", [(2, "Amara Osei", OTHER)]),
        (f"2026-01-05\t{GOOD}\tAmara Osei\ta.osei@example.com", [(1, "Amara Osei", GOOD)]),
        (f"Amara Osei {OTHER}\n\nKim T.\n", [(1, "Amara Osei", OTHER), (3, "Kim T.", "")]),
        (f"Amara Osei https://academy.test/credentials/{GOOD}", [(1, "Amara Osei", f"https://academy.test/credentials/{GOOD}")]),
        (f"{GOOD}\nvm 24f7k 9qx3a\n", [(1, "", GOOD), (2, "", "vm 24f7k 9qx3a")]),
        (f'"Osei, Amara",{GOOD}', [(1, "Osei, Amara", GOOD)]),
        ("name,number\nAmara,unknown yet\n", [(2, "Amara", "unknown yet")]),
        (f"'=cmd|' /C calc'!A0,{GOOD}", [(1, "=cmd|' /C calc'!A0", GOOD)]),
    ],
)  # fmt: skip
def test_the_name_and_the_number_are_found(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert read(text) == expected


def test_a_list_of_nobody_and_one_without_end_are_refused() -> None:
    with pytest.raises(Invalid, match="no name and no certificate number"):
        read("\n , \n")
    with pytest.raises(Invalid, match="more than 5000 rows"):
        lines_of([["Amara Osei"]] * (MOST_ROWS + 1))
    with pytest.raises(Invalid, match="longer than a table can have"):
        read('a,"' + "x" * 200_000)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    try:
        lines = lines_of(cells_of_text(text))
    except Invalid:
        return
    assert all(isinstance(line, Line) and len(line.name) <= 120 and len(line.typed) <= 80 for line in lines)
