"""Bank files that a program writes: they read back as what they were, and the content check sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.interchange.formats import Format
from app.domain.content import yaml_text
from app.domain.content.bank_file import bank_text, check_bank, check_figure, items_text, read_around
from tests.domain.assessment.interchange.importing import SVG
from tests.domain.assessment.interchange.importing import item as imported

JOURNEY = Path(__file__).parents[2] / "journey_content"
AROUND = {"objective": "obj-map-check", "lesson": "map-to-last-look", "step": "lip-mapping", "topic": "technique"}
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=30)
values = st.one_of(texts, st.booleans(), st.integers(-9999, 9999), st.floats(-1e12, 1e12))


@given(st.lists(st.tuples(texts, values, st.lists(values, max_size=3)), min_size=1, max_size=3))
def test_any_value_reads_back_as_it_was(rows: list[tuple[str, Any, list[Any]]]) -> None:
    items = [
        {"id": f"x-{i}", "prompt": prompt, "value": value, "options": [{"id": "a", "text": prompt, "all": more}]}
        for i, (prompt, value, more) in enumerate(rows)
    ]
    read = yaml_text.load(bank_text("a-bank", "Title: “x”", items))
    assert read == {"bank": "a-bank", "title": "Title: “x”", "items": items}


@pytest.mark.parametrize(
    "word", ["yes", "no", "null", "true", "on", "1", "1e3", "2026-11-22", "1:30", "~", "- a", "x: y"]
)
def test_words_that_yaml_reads_otherwise_stay_text(word: str) -> None:
    assert yaml_text.load(bank_text("b", word, [{"id": "i", "text": word, "rows": [word, {"k": word}]}])) == {
        "bank": "b",
        "title": word,
        "items": [{"id": "i", "text": word, "rows": [word, {"k": word}]}],
    }


def _item(**changes: Any) -> dict[str, Any]:
    text = "How long do gloves stay on one client? {=Until the tear ~All day long ~Until lunch####See.}"
    return {**imported(text, Format.GIFT, **AROUND), **changes}


def _check(items: list[dict[str, Any]], bank: str = "new-bank", **more: Any) -> list[str]:
    around = read_around(JOURNEY / "courses", JOURNEY / "quizzes", bank)
    problems = check_bank(around, JOURNEY / "quizzes", bank, bank_text(bank, "New", items), **more)
    assert {problem.file for problem in problems} <= {f"{bank}.yaml"}
    return [f"{problem.line}: {problem.code}" for problem in problems]


def test_a_good_bank_passes_beside_the_others() -> None:
    assert _check([_item()]) == []


def test_what_does_not_resolve_or_is_taken_is_told_with_its_line() -> None:
    assert _check([_item(lesson="nowhere")]) == ["12: unknown-lesson"]
    assert _check([_item(id="lb-001")]) == ["4: id-taken"]
    assert _check([_item(id="lb-001")], "lip-blush-basics") == []


def test_figures_that_come_along_are_looked_for_and_those_of_the_files_stay() -> None:
    new = {"figure": "figures/xx-lip.svg", "figure_alt": "A lip"}
    assert _check([_item(**new)]) == ["21: figure-missing"]
    assert _check([_item(**new)], figures={"figures/xx-lip.svg": SVG}) == []
    assert _check([_item(figure="figures/lips-front.svg", figure_alt="Lips")]) == []


def test_items_can_be_put_at_the_end_of_a_bank() -> None:
    first = bank_text("b", "B", [_item()])
    both = yaml_text.load(first + items_text([_item(id="xx-002")]))
    assert [item["id"] for item in both["items"]] == ["xx-001", "xx-002"]


def test_a_drawing_is_judged_by_the_rules_of_figures() -> None:
    assert check_figure(SVG) == []
    assert check_figure(SVG.replace("circle", "image")) != []
