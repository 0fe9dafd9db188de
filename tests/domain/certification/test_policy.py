"""Reading a requirement set."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.domain.certification.policy import (
    Prerequisite,
    ProofRequirement,
    QuizRequirement,
    RenewalRule,
    policy_from_dict,
)
from app.domain.rubric.rubric import Mark
from tests.domain.certification.samples import POLICY


def test_everything_is_read() -> None:
    mark = Mark(Fraction(75), 3)
    policy = policy_from_dict(POLICY, mark)
    assert (policy.id, policy.validity_months, policy.grace_days) == ("certified", 24, 30)
    assert (policy.scope, policy.not_a_licence) == ("Assessed on synthetic skin.", "Not a licence.")
    assert policy.prerequisite == Prerequisite("foundation", 0)
    assert policy.courses == ("hygiene", "color-theory")
    assert policy.quizzes[0] == QuizRequirement("quiz-hygiene", Fraction(90))
    assert policy.hours == {"total": 100, "hygiene": 20}
    assert policy.pieces.exercises == {"e08": 2, "e09": 1}
    assert (policy.pieces.total, policy.pieces.min_3d, policy.pieces.min_skins) == (4, 1, 2)
    assert policy.pieces.mark == mark
    assert policy.proofs[0] == ProofRequirement("bbp", "Bloodborne-pathogen training", 12)
    assert policy.proofs[1].max_age_months is None
    assert (policy.no_critical_in_last, policy.adult, policy.since_prerequisite) == (3, True, False)
    assert policy.renewal == RenewalRule(window_days=90, ce_hours=16, ce_hygiene=4, pieces=1)


def test_what_is_left_out_is_not_asked() -> None:
    policy = policy_from_dict({"id": "x", "title": "X", "validity_months": 12, "pieces": None, "adult": False})
    assert policy.prerequisite is None
    assert (policy.courses, policy.quizzes, policy.hours, policy.proofs) == ((), (), {}, ())
    assert (policy.pieces.total, policy.pieces.mark, policy.renewal, policy.adult) == (0, None, None, False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": None}, "an id and a title"),
        ({"title": ""}, "an id and a title"),
        ({"charm": 3, "luck": 1}, "unknown keys charm, luck"),
        ({"validity_months": 0}, "validity of certified"),
        ({"validity_months": True}, "validity of certified"),
        ({"courses": ["a", "a"]}, "names a course twice"),
        ({"prerequisite": {"months": 3}}, "names no certification"),
        ({"prerequisite": {"certification": "x", "months": -1}}, "months of the prerequisite"),
        ({"quizzes": [{"quiz": "", "mark": 80}]}, "without a mark"),
        ({"quizzes": [{"quiz": "q", "mark": 0}]}, "without a mark"),
        ({"quizzes": [{"quiz": "q", "mark": 101}]}, "without a mark"),
        ({"quizzes": [{"quiz": "q", "mark": 80}, {"quiz": "q", "mark": 90}]}, "names a quiz twice"),
        ({"hours": {"total": -1}}, "total hours"),
        ({"pieces": {"sum": 3}}, "unknown keys sum"),
        ({"pieces": {"exercises": {"e08": 0}}}, "number of pieces"),
        ({"proofs": [{"kind": "bbp"}]}, "a kind and a title"),
        ({"proofs": [{"kind": "bbp", "title": "B", "max_age_months": 0}]}, "age of the proof bbp"),
        ({"renewal": {"gifts": 1}}, "unknown keys gifts"),
        ({"renewal": {"ce_hours": -1}}, "ce_hours"),
        ({"since_prerequisite": True, "prerequisite": None}, "counts from a prerequisite"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        policy_from_dict({**POLICY, **change})


def test_counting_since_the_prerequisite_is_kept() -> None:
    assert policy_from_dict({**POLICY, "since_prerequisite": True}).since_prerequisite
