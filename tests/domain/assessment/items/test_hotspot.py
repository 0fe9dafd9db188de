"""Point at the picture."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.assessment.items.hotspot import Hotspot
from app.domain.assessment.items.options import PickResponse
from tests.domain.assessment.samples import item_dict

ITEM = Hotspot.from_dict(item_dict("hotspot"))


def test_the_right_marker_earns_the_points() -> None:
    assert [ITEM.grade(PickResponse(region)).fraction for region in ("r1", "r2", "r3", None)] == [0, 1, 0, 0]


def test_markers_stand_in_the_order_of_their_letters_under_every_seed() -> None:
    assert {tuple(ITEM.option_order(seed)) for seed in range(9)} == {("r1", "r2", "r3")}
    shown = ITEM.public_view(1)["options"]
    assert [(o["label"], o["x"], o["y"], o["text"]) for o in shown] == [
        ("A", 0.3, 0.2, "Peak"),
        ("B", 0.5, 0.25, "Dip"),
        ("C", 0.1, 0.5, "Corner"),
    ]
    assert [o["correct"] for o in ITEM.released_view(1)["options"]] == [False, True, False]
    assert ITEM.public_view(1)["figure_svg"] == "<svg/>"


def regions(**change: Any) -> list[dict[str, Any]]:
    rows = [dict(row) for row in item_dict("hotspot")["regions"]]
    rows[0] |= change
    return rows


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"figure": None}, "has no figure"),
        ({"regions": regions(x=1.01)}, "outside its figure"),
        ({"regions": regions(y=-0.1)}, "outside its figure"),
        ({"regions": regions(x=None)}, "is not a number"),
        ({"regions": regions(label="A")}, "two labels"),
        ({"regions": regions(id="r1")}, "two region ids"),
        ({"regions": regions(correct=False)}, "exactly one right option"),
        ({"regions": regions(text="")}, "has no text"),
    ],
)
def test_unusable_pictures_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Hotspot.from_dict(item_dict("hotspot", **change))
