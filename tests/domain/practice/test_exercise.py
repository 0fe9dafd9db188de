"""Reading an exercise."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.practice.exercise import PhotoSlot, exercise_from_dict
from app.domain.procedure import Step
from tests.domain.practice.samples import EXERCISE


def test_everything_is_read() -> None:
    exercise = exercise_from_dict({**EXERCISE, "skin_colors": ["melanated_lip"], "capstone": True})
    assert (exercise.id, exercise.code, exercise.title) == ("e08", "E08", "Lip blush, full lip")
    assert exercise.step is Step.PIGMENT_APPLICATION
    assert exercise.steps == tuple(Step)
    assert exercise.slots[2] == PhotoSlot("f10", "Border", "Close", False)
    assert exercise.skin_tones == ("melanated_lip",)
    assert (exercise.capstone, exercise.minutes, exercise.criteria) == (True, 90, ("lip-mapping",))
    assert exercise.levels == {2: "two", 3: "three", 4: "four"}


def test_steps_are_put_in_the_order_of_the_procedure() -> None:
    exercise = exercise_from_dict({**EXERCISE, "steps": ["pigment-application", "lip-mapping"]})
    assert exercise.steps == (Step.LIP_MAPPING, Step.PIGMENT_APPLICATION)


def test_a_short_form_is_enough() -> None:
    short = {k: EXERCISE[k] for k in ("id", "title", "step", "steps", "skins", "slots")}
    exercise = exercise_from_dict(short)
    assert (exercise.code, exercise.minutes, exercise.levels, exercise.skin_tones) == ("E08", 90, {}, ())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": ""}, "an id and a title"),
        ({"title": None}, "an id and a title"),
        ({"steps": []}, "different steps"),
        ({"steps": ["lunch", "numbing"]}, "different steps"),
        ({"steps": ["numbing", "numbing"]}, "different steps"),
        ({"steps": ["numbing"]}, "main step"),
        ({"skins": []}, "practice skins"),
        ({"skins": ["banana"]}, "practice skins"),
        ({"skin_colors": ["green"]}, "skin color"),
        ({"slots": []}, "photo slots"),
        ({"slots": [EXERCISE["slots"][0]] * 2}, "photo slots"),
        ({"slots": [EXERCISE["slots"][2]]}, "photo slots"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        exercise_from_dict({**EXERCISE, **change})
