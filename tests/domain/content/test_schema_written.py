"""What the files may say about written answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_items import item_adapter
from tests.domain.assessment.samples import BODIES
from tests.domain.content.samples import single_choice

COMMON = {k: v for k, v in single_choice().items() if k not in ("options", "type")}


def make(kind: str, **changes: Any) -> Any:
    return item_adapter.validate_python({**COMMON, **BODIES[kind], "id": "x-001", "type": kind, **changes})


@pytest.mark.parametrize("kind", ["short_text", "essay", "cloze", "case", "picture_choice", "color_match"])
def test_the_samples_of_the_grading_are_valid_files(kind: str) -> None:
    body: dict[str, Any] = {}
    if kind == "case":
        parts = [dict(part) for part in BODIES[kind]["parts"]]
        body = {"parts": parts}
    assert make(kind, **body).payload["type"] == kind


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accepted": []}, "at least 1 item"),
        ({"accepted": ["Bow", "bow."]}, "used twice: bow"),
        ({"accepted": ["!"]}, "nothing left"),
        ({"patterns": ["(a+"]}, "never closed"),
        ({"patterns": ["a*"]}, "takes an empty answer"),
        ({"patterns": [r"(?=x)"]}, "Only plain groups"),
        ({"common_errors": [{"text": "cupids bow!", "feedback": "x"}]}, "would be accepted as right"),
        ({"common_errors": [{"pattern": ".*bow", "feedback": "x"}]}, "takes an accepted answer"),
        ({"common_errors": [{"feedback": "x"}]}, "a text or a pattern"),
        ({"punctuation": "some"}, "punctuation"),
    ],
)
def test_a_short_text_holds_together(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        make("short_text", **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"safety": True}, "cannot be a safety item"),
        ({"words": {"min": 9, "max": 5}}, "max is below min"),
        ({"model": "Too short."}, "the model has 2 words; 5 to 60 are asked"),
        ({"words": {"min": 5, "max": 5_000}}, "less than or equal to 1500"),
    ],
)
def test_an_essay_holds_together(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        make("essay", **changes)


def test_levels_of_an_essay_go_down_to_nothing() -> None:
    levels = [{"points": 0, "text": "x"}, {"points": 1, "text": "y"}]
    with pytest.raises(ValidationError, match="down to 0"):
        make("essay", rubric=[{"id": "a", "title": "A", "levels": levels}])
