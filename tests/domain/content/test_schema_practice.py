"""Exercises, the rubric and the defect codes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_practice import Defect, Defects, Exercise, Rubric

EXERCISE: dict[str, Any] = {
    "id": "e02",
    "code": "E02",
    "title": "Lines",
    "step": "pigment-application",
    "steps": ["pigment-application"],
    "skins": ["latex_sheet"],
    "target": "Even.",
    "instructions": "Draw.",
    "slots": [{"id": "f1", "label": "Blank", "hint": "x"}],
    "criteria": ["pigment-application"],
    "minutes": 60,
    "levels": {2: "a", 3: "b", 4: "c"},
}
LEVELS = {1: "a", 2: "b", 3: "c", 4: "d"}
RUBRIC: dict[str, Any] = {
    "id": "piece-rubric",
    "points": {1: 0, 2: 55, 3: 80, 4: 100},
    "always": ["hygiene"],
    "criteria": [
        {"id": "lip-mapping", "title": "Map", "step": "lip-mapping", "weight": 60, "core": True, "levels": LEVELS},
        {"id": "hygiene", "title": "Clean", "step": "hygiene", "weight": 40, "levels": LEVELS},
    ],
    "marks": {"certified": {"score": 75, "core": 3}},
}
DEFECT: dict[str, Any] = {
    "code": "PAT", "title": "Patchy", "seen": "x", "cause": "y", "fix": "z", "severity": "M", "criterion": "hygiene",
}  # fmt: skip


def refused(model: type, data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate(data)  # type: ignore[attr-defined]
    assert sentence in str(error.value)


def test_an_exercise_in_its_payload_has_text_keys_for_levels() -> None:
    assert Exercise.model_validate(EXERCISE).payload["levels"] == {"2": "a", "3": "b", "4": "c"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": ["lip-mapping"]}, "steps must contain the main step"),
        ({"steps": ["pigment-application", "pigment-application"]}, "a step is listed twice"),
        ({"step": "hygiene", "steps": ["hygiene"]}, "step"),
        ({"slots": EXERCISE["slots"] * 2}, "a photo slot id is used twice"),
        ({"slots": [{**EXERCISE["slots"][0], "required": False}]}, "at least one photo slot must be required"),
        ({"levels": {2: "a", 3: "b"}}, "levels describes what a level 2, 3 and 4 result looks like"),
        ({"levels": {1: "a", 2: "b", 3: "c"}}, "levels"),
        ({"skins": ["human"]}, "skins"),
        ({"code": "E2"}, "code"),
    ],
)
def test_an_exercise_refuses(changes: dict[str, Any], sentence: str) -> None:
    refused(Exercise, {**EXERCISE, **changes}, sentence)


def test_a_rubric_adds_up() -> None:
    rubric = Rubric.model_validate(RUBRIC)
    assert rubric.payload["points"] == {"1": 0, "2": 55, "3": 80, "4": 100}
    assert rubric.payload["criteria"][1]["core"] is False


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"criteria": [{**RUBRIC["criteria"][0], "weight": 61}, RUBRIC["criteria"][1]]}, "add up to 100, here 101"),
        ({"criteria": [RUBRIC["criteria"][0]] * 2}, "a criterion id is used twice"),
        ({"always": ["record"]}, "always names criteria that do not exist: record"),
        ({"points": {1: 0, 2: 55, 3: 80}}, "points gives a number for each of the levels"),
        ({"points": {1: 0, 2: 80, 3: 55, 4: 100}}, "points must grow"),
        ({"points": {1: 10, 2: 55, 3: 80, 4: 100}}, "from 0 at level 1 to 100"),
        ({"criteria": [{**RUBRIC["criteria"][0], "levels": {1: "a"}}, RUBRIC["criteria"][1]]}, "the four levels"),
        ({"marks": {}}, "marks"),
        ({"marks": {"certified": {"score": 75, "core": 5}}}, "marks.certified.core"),
    ],
)
def test_a_rubric_refuses(changes: dict[str, Any], sentence: str) -> None:
    refused(Rubric, {**RUBRIC, **changes}, sentence)


def test_a_defect_teaches_and_praise_need_not() -> None:
    assert Defect.model_validate({**DEFECT, "severity": "praise", "cause": None, "fix": None}).cause is None
    refused(Defect, {**DEFECT, "fix": None}, "a defect says its usual cause and the first fix")
    refused(Defect, {**DEFECT, "figure": "figures/pat.svg"}, "figure and figure_alt belong together")
    refused(Defect, {**DEFECT, "severity": "X"}, "severity")
    refused(Defects, {"defects": [DEFECT, DEFECT]}, "a defect code is used twice")
