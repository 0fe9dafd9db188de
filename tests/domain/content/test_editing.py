"""One item and the draws of one quiz are checked as the files are."""

from __future__ import annotations

import pytest

from app.domain.content.content_set import ContentSet
from app.domain.content.editing import Checked, check_draws, check_item
from app.domain.content.schema_items import ItemBase
from app.domain.content.writing import draw_data, item_source
from tests.factories.content import ROOT, read_once

QUIZZES = ROOT / "quizzes"


@pytest.fixture(scope="module")
def live() -> ContentSet:
    return read_once(ROOT)


def checked(live: ContentSet, key: str, *changes: tuple[str, str]) -> Checked[ItemBase]:
    text = item_source(live.items[key].payload)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return check_item(text, live.items[key], live, QUIZZES)


def codes(found: Checked[ItemBase]) -> list[tuple[int | None, str]]:
    return [(one.line, one.code) for one in found.findings]


def test_an_untouched_item_is_the_same_and_has_no_problem(live: ContentSet) -> None:
    types = {item.type_name: item.id for item in live.items.values()}
    for key in types.values():
        found = checked(live, key)
        assert (found.ok, found.findings) == (True, ()), key
        assert found.definition is not None
        assert found.definition.digest == live.items[key].digest


def test_problems_stand_at_their_lines(live: ContentSet) -> None:
    assert codes(checked(live, "hy-001", ("lesson: ", "lesson: x-"))) == [(9, "unknown-lesson")]
    assert codes(checked(live, "hy-001", ("objective: ", "objective: x-"))) == [(5, "unknown-objective")]
    assert codes(checked(live, "hy-001", ("{id: b, text:", "{id: b, txt:"))) == [
        (15, "missing-key"),
        (15, "unknown-key"),
    ]
    assert codes(checked(live, "hy-001", ("correct: true", "correct: false"))) == [(1, "bad-value")]


def test_id_and_type_are_what_attempts_rest_on(live: ContentSet) -> None:
    assert codes(checked(live, "hy-001", ("id: hy-001", "id: hy-901"))) == [(1, "id-fixed")]
    assert codes(checked(live, "hy-001", ("type: single_choice", "type: multiple_response"))) == [(2, "type-fixed")]


def test_a_lazy_option_is_an_error(live: ContentSet) -> None:
    option = live.items["hy-001"].payload["options"][0]["text"]
    assert (1, "lazy-option") in codes(checked(live, "hy-001", (option, "All of the above")))


def test_an_item_that_says_the_same_as_another_is_advised_against(live: ContentSet) -> None:
    statements = [item for item in live.items.values() if item.type_name == "true_false" and '"' not in item.prompt]
    one = statements[0]
    for other in (
        next(item for item in statements[1:] if item.bank == one.bank),
        next(item for item in statements if item.bank != one.bank and len(item.prompt) > 40),
    ):
        found = checked(live, one.id, (one.prompt, other.prompt))
        assert [(f.code, f.is_error) for f in found.findings] == [("near-duplicate", False)]
        assert other.id in found.findings[0].sentence or one.id in found.findings[0].sentence
        assert found.ok


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [b", 2), ("a: &x [1]\nb: *x", 1), ("[" * 5000, 1), ("- a list\n", 1), ("a: 1\na: 2\n", 2), ("", 1)],
)
def test_text_that_is_no_item_is_a_problem_and_nothing_worse(live: ContentSet, text: str, line: int) -> None:
    found = check_item(text, live.items["hy-001"], live, QUIZZES)
    assert found.definition is None
    assert found.findings[0].code in {"yaml", "id-fixed"}
    assert (found.ok, found.findings[0].line) == (False, line)


def test_a_figure_that_does_not_exist_is_named(live: ContentSet) -> None:
    key = next(item.id for item in live.items.values() if item.type_name == "hotspot")
    found = checked(live, key, (live.items[key].payload["figure"], "figures/nowhere.svg"))
    assert "figure-missing" in {one.code for one in found.errors}


def test_draws_are_placed_by_their_number(live: ContentSet) -> None:
    quiz = live.quizzes["exam-certified"]
    rows = [draw_data(draw) for draw in quiz.payload["draws"]]
    same = check_draws(rows, quiz, live)
    assert (same.ok, same.findings) == (True, ())
    assert same.definition is not None
    assert same.definition.digest == quiz.digest
    rows[0]["count"] = 200
    found = check_draws(rows, quiz, live)
    assert ("draws", 0) in {one.keys for one in found.errors}
    assert {one.code for one in found.errors} <= {"draw-unsatisfiable", "draw-thin"}
