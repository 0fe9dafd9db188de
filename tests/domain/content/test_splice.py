"""An edit goes into exactly its own block of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.content import yaml_text
from app.domain.content.splice import replace_draws, replace_item

ROOT = Path(__file__).parents[3]
BANK = """# Who keeps this bank: Ana.
bank: sample
title: Sample
items:
  # The first one is easy.
  - id: sa-001
    prompt: "One?"  # asked at the start
    options:
      - {id: a, text: "Yes"}

  # The second is hard.
  - id: sa-002
    prompt: |
      Two lines
      of text.

    answer: 3
  - {id: sa-003, prompt: "Three?"}
"""


def test_only_the_block_of_the_item_changes() -> None:
    after = replace_item(BANK, "sa-002", {"id": "sa-002", "prompt": "Two\nlines?", "answer": 4})
    expected = (
        '  - id: sa-002\n    prompt: |-\n      Two\n      lines?\n    answer: 4\n  - {id: sa-003, prompt: "Three?"}\n'
    )
    assert after == BANK[: BANK.index("  - id: sa-002")] + expected


def test_comments_between_items_stay_where_they_are() -> None:
    after = replace_item(BANK, "sa-001", {"id": "sa-001", "prompt": "Another?"})
    assert '  - id: sa-001\n    prompt: "Another?"\n\n  # The second is hard.\n' in after
    assert "# The first one is easy." in after


def test_an_item_on_one_line_and_the_last_of_the_file() -> None:
    after = replace_item(BANK, "sa-003", {"id": "sa-003", "prompt": "Four?"})
    assert yaml_text.load(after)["items"][2] == {"id": "sa-003", "prompt": "Four?"}
    assert after.endswith("\n")


def test_what_is_not_there_cannot_be_replaced() -> None:
    with pytest.raises(KeyError):
        replace_item(BANK, "sa-009", {"id": "sa-009"})
    with pytest.raises(KeyError):
        replace_draws(BANK, [])


def test_a_layout_that_cannot_be_edited_by_lines_is_refused_and_not_broken() -> None:
    with pytest.raises(ValueError, match="laid out"):
        replace_item("items: [{id: a, x: 1}, {id: b, x: 2}]\n", "a", {"id": "a", "x": 3})


def test_draws_are_replaced_and_the_comments_around_them_stay() -> None:
    draws = "  - {bank: a, count: 1}\n  # more\n  - {bank: b, count: 2}\n"
    text = f"# Why these.\nid: q\ndraws:\n{draws}pass_mark: 80  # usual\n"
    after = replace_draws(text, [{"bank": "a", "difficulty": [1, 2], "count": 3}])
    assert after == (
        "# Why these.\nid: q\ndraws:\n  - {bank: a, difficulty: [1, 2], count: 3}\npass_mark: 80  # usual\n"
    )


def test_items_of_the_banks_can_be_replaced_in_place() -> None:
    for file in sorted((ROOT / "quizzes" / "banks").glob("*.yaml"))[:2]:
        text = file.read_text(encoding="utf-8")
        for item in yaml_text.load(text)["items"][::60]:
            after = replace_item(text, item["id"], {**item, "points": 7})
            assert len(after.splitlines()) <= len(text.splitlines()) + 5
