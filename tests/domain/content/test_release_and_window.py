"""What the files may say about the window of a quiz and about when its outcome is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.problems import Place, Report
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.validation import run

CLOSES = "2026-12-01T12:00:00+02:00"


def quiz(**facts: Any) -> dict[str, Any]:
    draws = [{"bank": "bank", "count": 1}]
    return {
        "id": "quiz",
        "title": "Quiz",
        "kind": "graded",
        "course": "course",
        "draws": draws,
        "pass_mark": 80.0,
        **facts,
    }


def test_a_word_or_one_for_each_part() -> None:
    assert Quiz.model_validate(quiz(release="never")).payload["release"] == "never"
    parts = Quiz.model_validate(quiz(release={"key": "after_close"}, closes_at=CLOSES))
    assert parts.payload["release"]["key"] == "after_close"
    assert parts.shows_score
    assert not Quiz.model_validate(quiz(release={"score": "never"})).shows_score


def test_a_quiz_without_a_window_keeps_its_digest() -> None:
    assert not {"opens_at", "closes_at"} & set(Quiz.model_validate(quiz()).payload)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"release": "after_close"}, "needs closes_at"),
        ({"release": {"feedback": "after_close"}}, "needs closes_at"),
        ({"opens_at": CLOSES, "closes_at": "2026-12-01T09:00:00Z"}, "close before it opens"),
        ({"closes_at": "2026-12-01T09:00:00"}, "timezone"),
    ],
)
def test_what_does_not_fit_together(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Quiz.model_validate(quiz(**facts))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"release": "soon"}, "release is 'soon'; allowed are"),
        ({"release": {"key": "soon"}}, "release.key is 'soon'; allowed are"),
        ({"release": {"grade": "never"}}, "release.grade is not a key of this block."),
    ],
)
def test_faults_are_named_as_the_file_has_them(facts: dict[str, Any], sentence: str) -> None:
    report = Report()
    assert run(lambda: Quiz.model_validate(quiz(**facts)), Place(Path("quiz.yaml")), report) is None
    assert str(report.problems[0].sentence).startswith(sentence)
