"""The bounded memory forgets what was not used for longest."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.infra.cache import Lru


def test_a_value_is_made_once() -> None:
    made: list[str] = []
    memory: Lru[str, str] = Lru(2)

    def make() -> str:
        made.append("x")
        return "value"

    assert memory.get("a", make) == "value"
    assert memory.get("a", make) == "value"
    assert made == ["x"]
    assert len(memory) == 1


def test_what_was_not_used_for_longest_goes_first() -> None:
    memory: Lru[str, int] = Lru(2)
    memory.get("a", lambda: 1)
    memory.get("b", lambda: 2)
    memory.get("a", lambda: 0)
    memory.get("c", lambda: 3)
    assert len(memory) == 2
    assert memory.get("a", lambda: -1) == 1
    assert memory.get("b", lambda: -2) == -2


def test_what_cannot_be_made_is_not_remembered() -> None:
    memory: Lru[str, int] = Lru(2)
    with pytest.raises(ZeroDivisionError):
        memory.get("a", lambda: 1 // 0)
    assert len(memory) == 0
    assert memory.get("a", lambda: 7) == 7


def test_several_values_are_made_by_one_call_for_those_that_are_missing() -> None:
    kept: Lru[str, int] = Lru(3)
    asked: list[list[str]] = []

    def lengths(keys: Sequence[str]) -> dict[str, int]:
        asked.append(list(keys))
        return {key: len(key) for key in keys if key != "unknown"}

    assert kept.get_many(["a", "bb"], lengths) == {"a": 1, "bb": 2}
    assert kept.get_many(["bb", "ccc", "unknown"], lengths) == {"bb": 2, "ccc": 3}
    assert kept.get_many(["a", "bb", "ccc"], lengths) == {"a": 1, "bb": 2, "ccc": 3}
    assert asked == [["a", "bb"], ["ccc", "unknown"]]
    assert len(kept) == 3
