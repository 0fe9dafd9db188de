"""The workspace's form, read into a draft."""

from __future__ import annotations

from math import isnan
from uuid import UUID

import pytest
from flask import Flask

from app.domain.errors import Invalid
from app.reviews.forms import read_draft
from app.reviews.services import DraftInput, FlagInput, PinInput

PHOTO = UUID(int=7)


def pin(key: str, **values: str) -> dict[str, str]:
    row = {"photo": PHOTO.hex, "x": "24.5", "y": "43", "criterion": "", "defect": "", "note": "", **values}
    return {f"pin.{key}.{name}": value for name, value in row.items()}


def test_everything_is_read() -> None:
    draft = read_draft(
        {
            "csrf_token": "x",
            "revision": "4",
            "level.lip-mapping": "1",
            "level.numbing": "4",
            "reason.lip-mapping": " No map. \r\n",
            "reason.numbing": "",
            "note": "First line.\r\nSecond line.",
            **pin("1", defect="ASY", criterion="lip-mapping", note=" Look. "),
        }
    )
    assert draft == DraftInput(
        revision=4,
        ratings={"lip-mapping": 1, "numbing": 4},
        reasons={"lip-mapping": "No map."},
        pins=[PinInput(PHOTO, 0.245, 0.43, "lip-mapping", "ASY", "Look.")],
        critical=[],
        note="First line.\nSecond line.",
    )


def test_pins_come_in_the_order_of_the_page_without_removed_and_empty_rows() -> None:
    values = {
        "revision": "0",
        **pin("9", note="second is first here"),
        **pin("2", note="removed"),
        "pin.2.remove": "1",
        **pin("new1", x="", y="", note="never placed"),
        **pin("n3", x="0", y="100,0"),
    }
    draft = read_draft(values)
    assert [(p.note, p.x, p.y) for p in draft.pins] == [("second is first here", 0.245, 0.43), ("", 0, 1)]


def test_evidence_follows_its_pin_when_numbers_change() -> None:
    values = {
        "revision": "0",
        **pin("a"),
        "pin.a.remove": "1",
        **pin("b"),
        "flag.HYG": "1",
        "flag.HYG.evidence": "pin.b",
        "flag.HYG.reason": "A used cap.",
        "flag.SHP": "1",
        "flag.SHP.evidence": "log.numbing.product",
        "flag.SHP.reason": "",
        "flag.DUP": "1",
        "flag.DUP.evidence": "pin.a",
        "flag.CON.evidence": "pin.b",
        "flag.CON.reason": "Not ticked, so not raised.",
    }
    assert read_draft(values).critical == [
        FlagInput("HYG", "A used cap.", pin=1),
        FlagInput("SHP", "", log_field="numbing.product"),
        FlagInput("DUP"),
    ]


@pytest.mark.parametrize("typed", ["", "left", "inf"])
def test_a_place_that_is_no_number_is_left_to_the_services(typed: str) -> None:
    (entered,) = read_draft({"revision": "0", **pin("1", x=typed)}).pins
    assert not 0 <= entered.x <= 1
    assert isnan(entered.x) or typed == "inf"


@pytest.mark.parametrize(
    "values",
    [{}, {"revision": "x"}, {"revision": "1", "level.numbing": "high"}, {"revision": "1", **pin("1", photo="?")}],
)
def test_what_no_page_sends_is_refused(app: Flask, values: dict[str, str]) -> None:
    with app.test_request_context(), pytest.raises(Invalid, match="cannot be read"):
        read_draft(values)
