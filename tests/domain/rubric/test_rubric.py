"""Reading the rubric."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.domain.rubric.rubric import Mark, rubric_from_dict
from tests.domain.rubric.samples import CORE, WEIGHTS, criterion, rubric_dict


def test_everything_is_read() -> None:
    rubric = rubric_from_dict(rubric_dict())
    assert [(c.id, c.weight) for c in rubric.criteria] == list(WEIGHTS.items())
    assert tuple(c.id for c in rubric.criteria if c.core) == CORE
    assert rubric.points == {1: 0, 2: 55, 3: 80, 4: 100}
    assert rubric.criterion("hygiene").levels[4] == "Level 4 of Hygiene"
    assert rubric.marks == {
        "foundation": Mark(Fraction(70), 2),
        "certified": Mark(Fraction(75), 3),
        "master": Mark(Fraction(85), 3, Fraction(7, 2)),
    }
    with pytest.raises(KeyError):
        rubric.criterion("charm")


def test_what_applies_is_what_the_exercise_shows_plus_what_always_applies() -> None:
    rubric = rubric_from_dict(rubric_dict())
    assert [c.id for c in rubric.applicable(["lip-mapping"])] == ["lip-mapping", "hygiene", "record"]
    assert len(rubric.applicable(list(WEIGHTS))) == 10
    with pytest.raises(ValueError, match="no criterion charm"):
        rubric.applicable(["charm"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"criteria": []}, "sum to 100"),
        ({"criteria": [criterion("hygiene", 50), criterion("hygiene", 50)]}, "two criteria with one id"),
        ({"criteria": [criterion("hygiene", 99)]}, "sum to 100"),
        ({"criteria": [criterion("hygiene", 0)]}, "weight of hygiene"),
        ({"criteria": [criterion("hygiene", True)]}, "weight of hygiene"),
        ({"criteria": [criterion("hygiene", 100, title="")]}, "an id and a title"),
        ({"criteria": [criterion("charm", 100)]}, "names the step 'charm'"),
        ({"criteria": [criterion("hygiene", 100, levels={1: "a", 2: "b", 3: "c"})]}, "each level"),
        ({"criteria": [criterion("hygiene", 100, levels={1: "a", 2: "b", 3: "c", 4: " "})]}, "each level"),
        ({"points": {1: 0, 2: 55, 3: 80}}, "rising points"),
        ({"points": {1: 0, 2: 80, 3: 55, 4: 100}}, "rising points"),
        ({"points": {1: 0, 2: 55, 3: 55, 4: 100}}, "rising points"),
        ({"points": {1: 0, 2: 55, 3: 80, 4: 101}}, "rising points"),
        ({"points": None}, "rising points"),
        ({"always": ["charm"]}, "always applies"),
        ({"marks": {"certified": {"score": 75, "core": 5}}}, "core level of certified"),
        ({"marks": {"certified": {"score": 175, "core": 3}}}, "score of certified"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        rubric_from_dict(rubric_dict(**change))


def test_a_criterion_named_after_its_step_need_not_repeat_it() -> None:
    rows = [criterion(name, weight, step=None) for name, weight in WEIGHTS.items()]
    assert rubric_from_dict(rubric_dict(criteria=rows)).criterion("numbing").step == "numbing"
