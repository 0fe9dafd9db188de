"""What the files may say about weights, drawings and colors; and that new keys leave old items as they were."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.schema_items import item_adapter
from tests.domain.assessment.samples import BODIES
from tests.domain.content.samples import single_choice

COMMON = {k: v for k, v in single_choice().items() if k not in ("options", "type")}


def options(*weights: Any, right: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "id": f"o{n}",
            "text": f"Text {n}",
            "correct": n < right,
            "feedback": "x",
            **({} if w is None else {"weight": w}),
        }
        for n, w in enumerate(weights)
    ]


def make(kind: str, **changes: Any) -> Any:
    return item_adapter.validate_python({**COMMON, **BODIES[kind], "id": "x-001", "type": kind, **changes})


def test_what_is_not_used_is_not_published() -> None:
    payload = make("single_choice", options=options(None, None, None)).payload
    assert not {"scoring", "negative"} & set(payload)
    assert not any("weight" in option for option in payload["options"])


def test_weights_may_be_written_as_fractions() -> None:
    rows = options("1/2", "1/2", -0.5, -0.5, right=2)
    item = make("multiple_response", options=rows, scoring="weights", negative=True)
    assert item.payload["options"][0]["weight"] == "1/2"
    assert item.payload["negative"] is True


@pytest.mark.parametrize(
    ("rows", "scoring", "reason"),
    [
        (options("1/2", "1/2", 0, 0, right=2), "weights", "needs a weight below 0"),
        (options("1/2", "1/2", None, -1, right=2), "weights", "needs a weight below 0"),
        (options("1/3", "1/3", -1, -1, right=2), "weights", "must add up to 1"),
        (options("1/2", "1/2", -1, -1, right=2), "exact", "weights need scoring"),
        (options("1/2", "half", -1, -1, right=2), "weights", "weight"),
    ],
)
def test_weights_hold_together(rows: list[dict[str, Any]], scoring: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        make("multiple_response", options=rows, scoring=scoring)


def test_negative_marks_need_a_policy_that_has_them() -> None:
    with pytest.raises(ValidationError, match="negative marks"):
        make("multiple_response", options=options(None, None, None, None, right=2), scoring="exact", negative=True)


def test_a_single_choice_may_weigh_its_wrong_options() -> None:
    assert make("single_choice", options=options(1, "1/2", -0.5), scoring="weights").payload["scoring"] == "weights"
    with pytest.raises(ValidationError, match="right option weighs 1"):
        make("single_choice", options=options(1, 1, -0.5), scoring="weights")


def test_drawings_differ_in_file_and_words() -> None:
    first, second, third = BODIES["picture_choice"]["options"]
    with pytest.raises(ValidationError, match="figures must differ"):
        make("picture_choice", options=[first, {**second, "figure": first["figure"]}, third])
    with pytest.raises(ValidationError, match="text alternatives must differ"):
        make("picture_choice", options=[first, {**second, "figure_alt": "DRAWING a"}, third])


@pytest.mark.parametrize(
    "changes", [{"target": "red"}, {"target": {"L": 101, "C": 1, "h": 1}}, {"tolerance": 0}, {"given_as": "rgb"}]
)
def test_a_color_is_a_color(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make("color_match", **changes)
