"""A definition written as YAML reads back as the same definition."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import yaml_text
from app.domain.content.content_set import ContentSet
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.writing import draw_data, item_data, item_source, quiz_source, source_of
from tests.factories.content import ROOT, read_once


@pytest.fixture(scope="module")
def program() -> ContentSet:
    return read_once(ROOT)


def test_every_item_of_the_banks_reads_back_as_its_author_wrote_it(program: ContentSet) -> None:
    one_of_each = {item.type_name: item for item in program.items.values()}
    for item in [*one_of_each.values(), *list(program.items.values())[::8]]:
        payload = json.loads(json.dumps(item.payload))
        assert yaml_text.load(item_source(payload)) == item_data(payload), item.id


def test_every_quiz_reads_back_with_the_same_digest(program: ContentSet) -> None:
    for quiz in program.quizzes.values():
        assert Quiz.model_validate(yaml_text.load(quiz_source(quiz.payload))).digest == quiz.digest


def test_the_layout_is_that_of_the_banks(program: ContentSet) -> None:
    text = item_source(program.items["hy-001"].payload)
    lines = text.splitlines()
    assert lines[0] == "id: hy-001"
    assert lines[9].startswith('source: "NEHA')
    assert lines[-1].startswith('  - {id: d, text: "Push it with the back')
    assert "shuffle" not in text
    assert "figure" not in text


def test_what_the_loader_adds_is_not_written() -> None:
    data = item_data(
        {
            "id": "x", "bank": "b", "figure": "figures/x.svg", "figure_svg": "<svg/>", "client": "ana",
            "card": {"name": "Ana"}, "options": [{"id": "a", "figure_svg": "<svg/>", "text": None}], "shuffle": True,
        }
    )  # fmt: skip
    assert data == {"id": "x", "figure": "figures/x.svg", "client": "ana", "options": [{"id": "a"}]}
    assert draw_data({"bank": "b", "step": None, "safety": False, "count": 2}) == {"bank": "b", "count": 2}


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029", exclude_categories=("Cc", "Cs")))
LINES = st.lists(TEXTS, min_size=1, max_size=4).map("\n".join)
VALUES = st.one_of(LINES, st.booleans(), st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False))
BLOCKS = st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), VALUES, min_size=1, max_size=4)


@settings(max_examples=40)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.one_of(VALUES, BLOCKS, st.lists(BLOCKS))))
def test_any_data_reads_back_as_it_was(data: dict[str, object]) -> None:
    assert yaml_text.load(source_of(data)) == data
