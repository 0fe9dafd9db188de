"""Picture choice: drawings to pick from, each with words of its own."""

from __future__ import annotations

import pytest

from app.domain.assessment.items.picture_choice import PictureChoice
from tests.domain.assessment.samples import BODIES, item_dict


def build(**changes: object) -> PictureChoice:
    return PictureChoice.from_dict(item_dict("picture_choice", **changes))


def test_the_right_drawing_is_worth_everything() -> None:
    item = build()
    for letter in "abc":
        grade = item.grade(item.response_from_json({"chosen": letter}))
        assert (grade.fraction, grade.correct) == (int(letter == "b"), letter == "b")


def test_a_drawing_comes_with_its_words_and_in_seeded_order() -> None:
    options = build().public_view("seed")["options"]
    assert {(o["text"], o["figure_svg"]) for o in options} == {
        (f"Drawing {x}", f"<svg><title>{x}</title></svg>") for x in "abc"
    }
    assert len({tuple(build().option_order(seed)) for seed in range(20)}) > 1
    assert build(shuffle=False).option_order(5) == ["a", "b", "c"]


def test_print_describes_the_drawings() -> None:
    assert build(shuffle=False).plain_text().splitlines()[1] == "A. [Figure: Drawing a]"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"correct": True}, "exactly one right"),
        ({"figure_alt": "Drawing b"}, "text alternatives"),
        ({"figure_alt": ""}, "has no figure_alt"),
        ({"id": "b"}, "two option ids"),
    ],
)
def test_nonsense_is_refused(change: dict[str, object], reason: str) -> None:
    first, *rest = BODIES["picture_choice"]["options"]
    with pytest.raises(ValueError, match=reason):
        build(options=[{**first, **change}, *rest])
