"""Splitting a lesson file."""

from __future__ import annotations

import pytest

from app.domain.content import front_matter


def test_the_parts_and_their_lines() -> None:
    parts = front_matter.split("---\nid: a\ntitle: b\n---\n\n\nBody.\n\n---\n\nMore.\n\n")
    assert parts.front == "id: a\ntitle: b"
    assert parts.front_line == 2
    assert parts.body == "Body.\n\n---\n\nMore.\n"
    assert parts.body_line == 7


def test_a_file_without_a_body_has_an_empty_one() -> None:
    assert front_matter.split("---\nid: a\n---").body == "\n"


@pytest.mark.parametrize("text", ["", "# Title\n", "\n---\nid: a\n---\n", "---\nid: a\n"])
def test_what_is_no_front_matter(text: str) -> None:
    with pytest.raises(front_matter.NoFrontMatter) as refused:
        front_matter.split(text)
    assert refused.value.line == 1
