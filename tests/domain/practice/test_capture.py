"""What a browser says of a photo: used when it can be, left out when not, never a reason to refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.capture import capture_from, taken_at


def test_facts_are_taken_over() -> None:
    said = {"taken": "2026:11:20 09:30:00", "zone": "+01:00", "width": "4032", "height": "3024", "bytes": "4100200"}
    found = capture_from(said)
    assert found == {"taken": said["taken"], "zone": "+01:00", "width": 4032, "height": 3024, "bytes": 4100200}
    assert taken_at(found) == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ({"taken": "2026:11:20 09:30:00"}, datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ({"taken": "2026:11:20 00:30:00", "zone": "-05:30"}, datetime(2026, 11, 20, 6, 0, tzinfo=UTC)),
        ({"taken": "2026:11:20 09:30:00", "zone": "CET"}, datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ({"taken": "2026:13:45 09:30:00"}, None),
        ({"taken": "0000:00:00 00:00:00"}, None),
        ({"taken": "0001:01:01 00:00:00", "zone": "+23:00"}, None),
        ({"taken": "yesterday", "zone": "+01:00"}, None),
        ({}, None),
    ],
)
def test_the_time_is_understood_or_left_out(said: dict[str, str], moment: datetime | None) -> None:
    assert taken_at(capture_from(said)) == moment


@given(st.dictionaries(st.sampled_from(["taken", "zone", "width", "height", "bytes", "score"]), st.text(max_size=30)))
def test_nothing_that_is_said_can_break_anything(said: dict[str, str]) -> None:
    found = capture_from(said)
    assert set(found) <= {"taken", "zone", "width", "height", "bytes"}
    moment = taken_at(found)
    assert moment is None or moment.tzinfo is not None
