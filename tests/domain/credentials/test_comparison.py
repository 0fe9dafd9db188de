"""Differences of a file and the record, in words that are safe to show."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.comparison import LONGEST_VALUE, MOST_LINES, FieldLine, field_lines, nearest, shown


def test_each_changed_member_is_a_line_with_its_field(issued: dict[str, Any]) -> None:
    given_ = copy.deepcopy(issued)
    given_["credentialSubject"]["identifier"][0]["identityHash"] = "Mallory"
    given_["validUntil"] = "2099-01-01T00:00:00Z"
    given_["motto"] = {"a": 1}
    del given_["awardedDate"]
    assert field_lines(issued, given_) == (
        FieldLine("ends", "validUntil", "2099-01-01T00:00:00Z", issued["validUntil"]),
        FieldLine("awarded", "awardedDate", "", issued["awardedDate"]),
        FieldLine("name", "credentialSubject.identifier[0].identityHash", "Mallory", "Amara Osei"),
        FieldLine("other", "motto", "(1 members)", ""),
    )
    assert field_lines(issued, issued) == ()


def test_the_lines_are_counted(issued: dict[str, Any]) -> None:
    assert len(field_lines(issued, {**issued, **{f"m{n}": n for n in range(500)}})) == MOST_LINES


def test_the_nearest_of_several_files_is_the_one_it_was_made_from(issued: dict[str, Any]) -> None:
    newer = {**issued, "validFrom": "2026-12-01T00:00:00Z", "proof": {}}
    assert nearest([newer, issued], {**issued, "name": "x"}) is issued
    assert nearest([newer, issued], {**newer, "name": "x"}) is newer


@given(st.one_of(st.text(max_size=400), st.integers(), st.booleans(), st.none(), st.lists(st.none(), max_size=3)))
def test_what_is_shown_is_short_and_hides_nothing(value: Any) -> None:
    text = shown(value)
    assert len(text) <= LONGEST_VALUE + 1
    assert not any(character in text for character in "\0\a\n\u202e\u200b\u2066\ud800")


def test_values_in_words() -> None:
    assert [shown(v) for v in (None, True, 7, [1, 2], {"a": 1}, "a\u202eb")] == [
        "", "true", "7", "(2 entries)", "(1 members)", "a\ufffdb",
    ]  # fmt: skip
