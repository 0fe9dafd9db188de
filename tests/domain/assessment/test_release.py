"""What is shown when, and that nothing more is in the answer."""

from __future__ import annotations

import json

import pytest

from app.demo.answers import right_answer, wrong_answer
from app.domain.assessment.items.registry import ITEM_TYPES, item_from_dict
from app.domain.assessment.quiz import QuizSpec, quiz_from_dict
from app.domain.assessment.release import EVERYTHING, NOTHING, SCORE_ONLY, Shown, item_view, shown
from tests.domain.assessment.samples import item_dict


def spec(release: str | dict[str, str]) -> QuizSpec:
    return quiz_from_dict({"id": "q", "title": "Q", "draws": [{"bank": "b", "count": 1}], "release": release})


@pytest.mark.parametrize(
    ("release", "submitted", "passed", "left", "expected"),
    [
        ("after_submit", False, False, 2, NOTHING),
        ("after_submit", False, True, 0, NOTHING),
        ("after_submit", True, False, 2, EVERYTHING),
        ("after_pass_or_last_attempt", False, True, 0, NOTHING),
        ("after_pass_or_last_attempt", True, False, 2, SCORE_ONLY),
        ("after_pass_or_last_attempt", True, False, None, SCORE_ONLY),
        ("after_pass_or_last_attempt", True, True, 2, EVERYTHING),
        ("after_pass_or_last_attempt", True, False, 0, EVERYTHING),
    ],
)
def test_what_is_shown_when(release: str, submitted: bool, passed: bool, left: int | None, expected: Shown) -> None:
    assert shown(spec(release), submitted=submitted, passed=passed, attempts_left=left) == expected


@pytest.mark.parametrize("kind", ITEM_TYPES)
@pytest.mark.parametrize("allowed", [NOTHING, SCORE_ONLY])
def test_nothing_leaks_before_release(kind: str, allowed: Shown) -> None:
    item = item_from_dict(item_dict(kind))
    response = item.parse_response({})
    for grade in (None, item.grade(response)):
        view = item_view(item, response, grade, allowed, "seed")
        assert set(view) == {"item", "answer", "answered"}
        assert "SECRET" not in json.dumps(view)
        assert view["item"] == item.public_view("seed")


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_after_release_everything_explains_itself(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    response = item.parse_response({})
    view = item_view(item, response, item.grade(response), EVERYTHING, "seed")
    assert (view["correct"], view["fraction"], view["answered"]) == (False, "0", False)
    assert view["item"] == item.released_view("seed")
    assert all(set(part) >= {"verdict", "expected", "feedback"} for part in view["parts"])
    json.dumps(view)


def test_correctness_without_the_key_shows_no_parts() -> None:
    item = item_from_dict(item_dict("single_choice"))
    response = item.parse_response({})
    view = item_view(item, response, item.grade(response), Shown(score=True, correctness=True), "seed")
    assert view["correct"] is False
    assert "parts" not in view
    assert "SECRET" not in json.dumps(view)


@pytest.mark.parametrize(
    ("rules", "closed", "passed", "expected"),
    [
        ({"score": "never"}, True, True, Shown()),
        ({"score": "after_close"}, False, True, Shown()),
        ({"score": "after_close"}, True, False, EVERYTHING),
        ({"correctness": "never"}, True, True, SCORE_ONLY),
        ({"key": "never"}, True, True, Shown(score=True, correctness=True, feedback=True)),
        ({"key": "after_close", "feedback": "never"}, False, True, Shown(score=True, correctness=True)),
        ({"key": "after_close", "feedback": "never"}, True, True, Shown(score=True, correctness=True, key=True)),
        ({"feedback": "after_pass_or_last_attempt"}, False, False, Shown(True, True, True, False)),
        ({"feedback": "after_pass_or_last_attempt"}, False, True, EVERYTHING),
    ],
)
def test_each_part_has_its_own_time(rules: dict[str, str], closed: bool, passed: bool, expected: Shown) -> None:
    assert shown(spec(rules), submitted=True, passed=passed, attempts_left=2, closed=closed) == expected
    assert shown(spec(rules), submitted=False, passed=passed, attempts_left=2, closed=closed) == NOTHING


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_the_key_without_feedback_has_no_words(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    response = item.parse_response({})
    view = item_view(item, response, item.grade(response), Shown(True, True, True, False), "seed")
    assert "SECRET" not in json.dumps(view)
    assert "feedback" not in view
    assert all({"verdict", "key"} <= set(part) for part in view["parts"])


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_feedback_without_the_key_is_about_what_was_chosen(kind: str) -> None:
    item = item_from_dict(item_dict(kind))
    for answer in (right_answer(item), wrong_answer(item)):
        response = item.parse_response(answer)
        view = item_view(item, response, item.grade(response), Shown(True, True, False, True), "seed")
        assert view["item"] == item.public_view("seed")
        assert all(part["chosen"] and not {"key", "verdict", "expected"} & set(part) for part in view["parts"])
