"""Cloze: each gap is marked by itself and has its share."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.assessment.items.base import Verdict
from app.domain.assessment.items.cloze import Cloze
from app.domain.errors import Invalid
from tests.domain.assessment.samples import item_dict


def build(**changes: object) -> Cloze:
    return Cloze.from_dict(item_dict("cloze", **changes))


def form(item: Cloze, force: str = "", depth: str = "", name: str = "") -> dict[str, list[str]]:
    """The fields of a page: the text of the choice, a number, a name."""
    gaps = item.public_view(1)["gaps"]
    choice = [o["id"] for o in gaps[0]["options"] if o["text"] == force]
    return {
        gaps[0]["prefix"] + "choice": choice,
        gaps[1]["prefix"] + "value": [depth],
        gaps[2]["prefix"] + "text": [name],
    }


@pytest.mark.parametrize(
    ("answers", "worth"),
    [
        ({"force": "Text b", "depth": "0.8", "name": "Cupid's bow"}, Fraction(1)),
        ({"force": "Text b"}, Fraction(1, 2)),
        ({"depth": "0.9 mm"}, Fraction(1, 4)),
        ({"force": "Text a", "name": "Cupids bow"}, Fraction(1, 4)),
        ({}, Fraction(0)),
    ],
)
def test_the_shares_add_up(answers: dict[str, str], worth: Fraction) -> None:
    item = build()
    grade = item.grade(item.parse_response(form(item, **answers)))
    assert (grade.fraction, grade.correct) == (worth, worth == 1)


def test_each_gap_says_what_was_given_and_why() -> None:
    item = build(points=2)
    parts = item.grade(item.parse_response(form(item, force="Text a", depth="2"))).parts
    assert [(p.verdict, p.given, p.expected, p.feedback) for p in parts] == [
        (Verdict.WRONG, "Text a", "Text b", "SECRET a"),
        (Verdict.WRONG, "2", "0.8 mm (0.7 to 0.9 is accepted)", "SECRET wrong"),
        (Verdict.MISSED, "", "Cupid's bow", "SECRET wrong"),
    ]
    assert [(p.earned, p.possible) for p in parts] == [("0", "1"), ("0", "0.5"), ("0", "0.5")]


def test_a_problem_stands_at_its_own_gap() -> None:
    item = build()
    gaps = item.public_view(1)["gaps"]
    with pytest.raises(Invalid) as caught:
        item.parse_response(form(item, depth="deep", name="x" * 300))
    assert [p.field for p in caught.value.problems] == [gaps[1]["prefix"] + "value", gaps[2]["prefix"] + "text"]


def test_the_text_is_cut_into_lines_words_and_gaps() -> None:
    assert build().lines == (("Press ", 0, " and stay ", 1, " mm deep."), ("The bow is ", 2, "."))
    assert build().plain_text().splitlines()[1:3] == [
        "Press (1) ________ and stay (2) ________ mm mm deep.",
        "The bow is (3) ________.",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "No gaps at all."}, "must name each of its gaps once"),
        ({"text": "{{depth}} {{force}} {{name}}"}, "in their order"),
        ({"gaps": []}, "1 to 10 gaps"),
        ({"gaps": [{"id": "a", "type": "ordering"}]}, "is 'ordering'; it may be"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build(**changes)


def test_a_stored_gap_that_is_gone_is_refused() -> None:
    with pytest.raises(Invalid):
        build().response_from_json({"parts": {"gone": {"text": "x"}}})
