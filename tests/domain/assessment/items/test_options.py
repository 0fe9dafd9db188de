"""Options: what makes a set of them usable."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.domain.assessment.items.base import Verdict
from app.domain.assessment.items.options import lettered, one_correct, option_part, options_of
from tests.domain.assessment.samples import options

PROBLEMS: list[tuple[Any, str]] = [
    (None, "needs 2 to 5 options"),
    ([{"id": "a", "text": "A"}], "needs 2 to 5 options"),
    (options("abcdef", "a"), "needs 2 to 5 options"),
    (["a", "b"], "needs named fields"),
    ([{"text": "A"}, {"id": "b", "text": "B"}], "An option of item i has no id"),
    ([{"id": "a"}, {"id": "b", "text": "B"}], "Option a of item i has no text"),
    ([{"id": "a", "text": "A"}, {"id": "a", "text": "B"}], "two option ids"),
    ([{"id": "a", "text": "A"}, {"id": "b", "text": "A"}], "two options"),
]


@pytest.mark.parametrize(("rows", "sentence"), PROBLEMS)
def test_unusable_options_are_refused(rows: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        options_of({"options": rows}, "i", 2, 5)


@pytest.mark.parametrize("right", ["", "ab"])
def test_exactly_one_may_be_right(right: str) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        one_correct(options_of({"options": options("abc", right)}, "i", 2, 5), "i")


def test_weights_are_exact() -> None:
    rows = [{"id": "a", "text": "A", "weight": "1/3"}, {"id": "b", "text": "B", "weight": -0.5}]
    assert [o.weight for o in options_of({"options": rows}, "i", 2, 5)] == [Fraction(1, 3), Fraction(-1, 2)]


@pytest.mark.parametrize(
    ("correct", "chosen", "verdict"),
    [
        (True, True, Verdict.RIGHT),
        (False, True, Verdict.WRONG),
        (True, False, Verdict.MISSED),
        (False, False, Verdict.NEUTRAL),
    ],
)
def test_verdicts(correct: bool, chosen: bool, verdict: Verdict) -> None:
    option = options_of({"options": options("ab", "a" if correct else "")}, "i", 2, 5)[0]
    part = option_part(option, chosen)
    assert (part.verdict, part.chosen, part.key, part.feedback) == (verdict, chosen, correct, "SECRET a")


def test_letters_for_print() -> None:
    assert lettered(["x", "y"]) == ["A. x", "B. y"]
