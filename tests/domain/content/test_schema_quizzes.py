"""Quizzes and their draws."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_quizzes import Quiz

BASE: dict[str, Any] = {
    "id": "quiz-x",
    "title": "X",
    "course": "x",
    "kind": "graded",
    "draws": [{"bank": "x", "count": 3}, {"bank": "x", "difficulty": 2, "safety": True, "count": 1}],
    "pass_mark": 80,
}


def quiz(**changes: Any) -> Quiz:
    return Quiz.model_validate({**BASE, **changes})


def test_a_quiz_keeps_its_kind_in_the_payload() -> None:
    found = quiz()
    assert (found.kind, found.payload["kind"], found.size) == ("quiz", "graded", 4)
    assert found.payload["draws"][1] == {
        "bank": "x", "step": None, "topic": None, "difficulty": [2], "objective": None, "lessons": None,
        "safety": True, "count": 1,
    }  # fmt: skip
    assert found.payload["time_limit_minutes"] is None


def test_an_exam_names_its_tier_and_other_quizzes_their_course() -> None:
    assert quiz(kind="exam", course=None, tier="master").tier == "master"
    with pytest.raises(ValidationError, match="an exam names its tier"):
        quiz(kind="exam")
    with pytest.raises(ValidationError, match="names its course"):
        quiz(course=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"pass_mark": 101},
        {"attempts": 0},
        {"time_limit_minutes": 0},
        {"cooldown_hours": -1},
        {"draws": []},
        {"draws": [{"bank": "x", "count": 0}]},
        {"draws": [{"bank": "x", "count": 1, "difficulty": [4]}]},
        {"draws": [{"bank": "x", "count": 1, "difficulty": True}]},
        {"draws": [{"bank": "x", "count": 1, "step": "lips"}]},
        {"draws": [{"bank": "x", "count": 1, "lessons": []}]},
        {"draws": [{"bank": "x", "count": 1, "lessons": "les-x"}]},
        {"draws": [{"bank": "x", "count": 1, "objective": "Obj X"}]},
        {"release": "at_once"},
        {"policy": "worst"},
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        quiz(**changes)
