"""The numbers of a rule: read, changed, and judged."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.decision import decide
from app.domain.certification.policy import policy_from_dict
from app.domain.certification.trial import Effect, effect, numbers_of, with_numbers
from tests.domain.certification.samples import NOW, POLICY, evidence

GROUPED = {
    **POLICY,
    "pieces": {**POLICY["pieces"], "groups": [{"id": "g", "title": "G", "exercises": ["e08"], "count": 2}]},
}


def test_every_number_is_there_once_and_unchanged_numbers_change_nothing() -> None:
    numbers = numbers_of(GROUPED, ["e08", "e16"])
    paths = {number.path: number.value for number in numbers}
    assert len(paths) == len(numbers)
    assert paths["hours.total"] == 100 and paths["hours.color"] == 0
    assert paths["quizzes.quiz-hygiene"] == 90 and paths["areas.quiz-hygiene"] == 0
    assert paths["exercises.e08"] == 2 and paths["exercises.e16"] == 0
    assert paths["groups.g"] == 2 and paths["proofs.bbp"] == 12 and paths["proofs.hbv_status"] == 0
    assert policy_from_dict(with_numbers(GROUPED, paths)) == policy_from_dict(GROUPED)
    assert GROUPED["pieces"]["exercises"] == {"e08": 2, "e09": 1}, "the rule itself is left alone"


@given(st.dictionaries(st.sampled_from([n.path for n in numbers_of(GROUPED, ["e16"])]), st.integers(0, 90)))
def test_whatever_is_changed_the_rule_stays_a_rule(changed: dict[str, int]) -> None:
    made = policy_from_dict(with_numbers(GROUPED, changed))
    assert made.pieces.total >= sum(made.pieces.exercises.values())
    assert all(hours > 0 for hours in made.hours.values())


@pytest.mark.parametrize(
    "changed", [{"hours.sleep": 3}, {"quizzes.none": 50}, {"x": 1}, {"hours.total": -1}, {"hours.total": 1001},
                {"proofs.none": 3}, {"pieces.best": 1}, {"groups.none": 1}],
)  # fmt: skip
def test_what_the_rule_does_not_have_is_refused(changed: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="number"):
        with_numbers(GROUPED, changed)


def test_a_change_lets_people_gain_or_lose() -> None:
    before = policy_from_dict(POLICY)
    harder = policy_from_dict(with_numbers(POLICY, {"hours.hygiene": 21}))
    easier = policy_from_dict(with_numbers(POLICY, {"quizzes.quiz-hygiene": 0}))
    full = evidence()
    assert effect(decide(before, full, NOW), decide(harder, full, NOW)) is Effect.LOSES
    short = evidence(quizzes={k: v for k, v in full.quizzes.items() if k != "quiz-hygiene"})
    assert effect(decide(before, short, NOW), decide(easier, short, NOW)) is Effect.GAINS
    assert effect(decide(before, full, NOW), decide(easier, full, NOW)) is Effect.STAYS
    assert before.quizzes[0].mark == Fraction(90)
