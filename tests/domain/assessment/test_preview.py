"""Every item of the banks can be shown in every state, and tells nothing before it is released."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.assessment.answers import right_answer, wrong_answer
from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.preview import State, preview
from app.domain.content.content_set import ContentSet
from tests.factories.content import ROOT, read_once


@pytest.fixture(scope="module")
def program() -> ContentSet:
    return read_once(ROOT)


def test_the_right_answer_is_right_and_the_wrong_one_is_not(program: ContentSet) -> None:
    for spec in list(program.items.values())[::4]:
        item = item_from_dict(spec.payload).for_seed(spec.id)
        right = item.grade(item.parse_response(right_answer(item)))
        wrong = item.grade(item.parse_response(wrong_answer(item)))
        assert right.waiting or (right.correct and right.fraction == Fraction(1)), spec.id
        assert not wrong.correct, spec.id


def test_each_state_shows_what_it_says(program: ContentSet) -> None:
    one_of_each = {spec.type_name: spec for spec in program.items.values()}
    for spec in one_of_each.values():
        item = item_from_dict(spec.payload)
        for state in State:
            shown = preview(item, state)
            assert (shown.outcome is not None) is state.is_released
            answered = any(value for values in shown.form.values() for value in values)
            assert answered is (state not in (State.UNANSWERED, State.RELEASED_UNANSWERED)), (spec.id, state)
            assert "explanation" not in shown.item
        released = preview(item, State.RELEASED_WRONG).outcome
        assert released is not None
        assert released["item"]["explanation"] == spec.explanation
