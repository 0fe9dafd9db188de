"""Cursors survive a round trip; what is not ours starts the list at its beginning."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.pagination import decode_cursor, encode_cursor, page_of


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.uuids(),
)
def test_a_cursor_comes_back_as_it_was(moment: datetime, key: object) -> None:
    assert decode_cursor(encode_cursor((moment, str(key)))) == (moment, str(key))


@pytest.mark.parametrize(
    "text", [None, "", "x", "!!!!", "MjAyNi0wMS0wMXxh", "w" * 500, "é", "MjAyNi0wMS0wMVQwMDowMDowMHxh"]
)
def test_nonsense_starts_at_the_beginning(text: str | None) -> None:
    assert decode_cursor(text) is None


def test_the_extra_row_only_says_that_there_is_more() -> None:
    rows = [(datetime(2026, 1, day, tzinfo=UTC), str(uuid4())) for day in (3, 2, 1)]
    page = page_of(rows, 2, lambda row: row)
    assert list(page.rows) == rows[:2]
    assert decode_cursor(page.next_cursor) == rows[1]
    assert page_of(rows, 3, lambda row: row).next_cursor == ""
    assert page_of([], 3, lambda row: row).next_cursor == ""
