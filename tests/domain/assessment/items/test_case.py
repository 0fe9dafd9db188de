"""Case: a card and several questions, marked with their shares."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.demo.answers import right_answer, wrong_answer
from app.domain.assessment.items.base import Verdict
from app.domain.assessment.items.case import Case
from tests.domain.assessment.samples import BODIES, item_dict


def build(**changes: object) -> Case:
    return Case.from_dict(item_dict("case", **changes))


def graded(item: Case, *right: bool) -> Any:
    fields: dict[str, list[str]] = {}
    for part, is_right in zip(item.nested, right, strict=True):
        answer = right_answer(part.item) if is_right else wrong_answer(part.item)
        fields |= {part.prefix + name: values for name, values in answer.items()}
    return item.grade(item.parse_response(fields))


def test_the_shares_add_up_and_all_must_be_right() -> None:
    item = build()
    assert graded(item, True, True, True).fraction == 1
    assert graded(item, True, True, True).correct
    # Shares 1, 2 and 1; the reversed order of three keeps its middle entry: a third of its share.
    assert graded(item, True, False, False).fraction == Fraction(1, 4) + Fraction(1, 4) * Fraction(1, 3)
    assert graded(item, False, True, False).fraction == Fraction(1, 2) + Fraction(1, 12)
    assert not graded(item, True, True, False).correct


def test_each_part_tells_its_own_parts() -> None:
    parts = graded(build(points=4), True, False, True).parts
    assert [part.verdict for part in parts] == [Verdict.RIGHT, Verdict.WRONG, Verdict.RIGHT]
    assert [(part.earned, part.possible) for part in parts] == [("1", "1"), ("0", "2"), ("1", "1")]
    assert [len(part.parts) for part in parts] == [3, 4, 3]


def test_two_parts_that_read_the_same_have_fields_of_their_own() -> None:
    part = BODIES["case"]["parts"][0]
    item = build(parts=[part, {**part, "id": "again"}])
    prefixes = [view["prefix"] for view in item.public_view(1)["parts"]]
    assert len(set(prefixes)) == 2


def test_print_has_the_card_and_the_numbered_questions() -> None:
    lines = build().plain_text(3).splitlines()
    assert lines[:4] == ["Which one?", "Ada T.", "Age: 30 years", "Lips: Pale and even."]
    assert "1) What first?" in lines and "3) In which order?" in lines


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"card": None}, "has no name"),
        ({"card": {"name": "A"}}, "needs facts"),
        ({"parts": BODIES["case"]["parts"][:1]}, "2 to 6 parts"),
        ({"parts": [BODIES["case"]["parts"][0]] * 2}, "two part ids"),
        ({"parts": [{"id": "a", "type": "essay"}, {"id": "b", "type": "case"}]}, "is 'essay'; it may be"),
        ({"scoring": "exact"}, "its type offers shares"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(**changes)
