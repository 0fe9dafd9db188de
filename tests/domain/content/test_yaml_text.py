"""Strict YAML and the lines of its keys."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content import yaml_text

TEXT = """\
bank: x
items:
  - id: a
    options:
      - {id: o, text: one}
  - id: b
"""


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    with pytest.raises(yaml.YAMLError) as refused:
        yaml_text.load("a: 1\nb: 2\na: 3\n")
    assert "the key 'a' stands twice" in str(refused.value)
    assert yaml_text.error_line(refused.value) == 2


def test_plain_yaml_is_read() -> None:
    assert yaml_text.load("a: [1, 'x']\nb: {c: null}\n1: 2\n") == {"a": [1, "x"], "b": {"c": None}, 1: 2}


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ((), 0),
        (("bank",), 0),
        (("items",), 1),
        (("items", 0), 2),
        (("items", 0, "options", 0, "text"), 4),
        (("items", 1, "id"), 5),
        (("items", 1, "missing"), 5),
        (("items", 7), 1),
        (("items", 0, "single_choice", "options"), 3),
    ],
)
def test_the_line_of_the_deepest_key_that_exists(keys: tuple[str | int, ...], line: int) -> None:
    assert yaml_text.line_of(yaml_text.compose(TEXT), keys) == line


def test_an_empty_text_has_only_its_first_line() -> None:
    assert yaml_text.line_of(yaml_text.compose(""), ("a",)) == 0


def test_an_error_without_a_mark_points_at_the_first_line() -> None:
    assert yaml_text.error_line(yaml.YAMLError("odd")) == 0


@given(st.text(max_size=12) | st.integers() | st.floats() | st.booleans() | st.none() | st.dates())
def test_a_value_means_what_yaml_says_it_means(value: object) -> None:
    for style in (None, "'", '"'):
        text = yaml.safe_dump({"key": value}, default_style=style, allow_unicode=True)
        assert repr(yaml_text.load(text)) == repr(yaml.safe_load(text))


@pytest.mark.parametrize("word", ["yes", "No", "on", "~", "null", "", "<<x", "1_000", "0x1f", "+.inf", "2026-11-23"])
def test_words_with_a_meaning_keep_it(word: str) -> None:
    assert yaml_text.load(f"key: {word}") == yaml.safe_load(f"key: {word}")
