"""What a format cannot hold is left out with the item and the reason, by every format and for every type."""

from __future__ import annotations

import pytest

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.items.registry import ITEM_TYPES
from app.infra.markdown import render_prompt
from tests.domain.assessment.samples import BODIES, item_dict

HELD = {
    Format.AIKEN: {"single_choice", "true_false"},
    Format.GIFT: {"single_choice", "multiple_response", "true_false", "matching", "numeric", "short_text"},
    Format.MOODLE_XML: set(ITEM_TYPES) - {"hotspot", "picture_choice", "color_match", "case"},
    Format.QTI: set(ITEM_TYPES) - {"color_match", "case", "essay"},
}


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("kind", list(BODIES))
def test_every_type_is_held_or_left_out_with_a_reason(form: Format, kind: str) -> None:
    item = {"points": 1, "scoring": "exact", **item_dict(kind)}
    if item.get("figure"):
        item["figure_svg"] = '<svg viewBox="0 0 400 200"></svg>'
    if kind == "picture_choice":
        item["options"] = [{**row, "figure_svg": "<svg></svg>"} for row in item["options"]]
    written = formats.export_items([item], form, "Bank", render_prompt)
    if kind in HELD[form]:
        assert (written.exported, written.left_out) == (1, {})
        return
    assert written.exported == 0
    (reason,) = written.left_out.values()
    assert list(written.left_out) == [item["id"]]
    assert f"no items of the type {kind}. " in reason
    assert len(reason.split(". ")) >= 2, "the type alone is no reason"


@pytest.mark.parametrize(
    ("form", "kind", "said"),
    [
        (Format.GIFT, "cloze", "GIFT has one missing word"),
        (Format.AIKEN, "cloze", "no question with several gaps"),
        (Format.QTI, "case", "several questions about one card"),
        (Format.MOODLE_XML, "picture_choice", "options are drawings"),
        (Format.QTI, "color_match", "how much one color looks like another"),
        (Format.MOODLE_XML, "hotspot", "dragging markers"),
        (Format.GIFT, "hotspot", "points of a figure"),
    ],
)
def test_the_reason_says_what_is_missing(form: Format, kind: str, said: str) -> None:
    written = formats.export_items([item_dict(kind)], form, "Bank", render_prompt)
    assert said in written.left_out[BODIES[kind]["id"]]


@pytest.mark.parametrize("form", list(Format))
def test_numbers_that_are_drawn_are_left_out_by_name(form: Format) -> None:
    drawn = {
        **item_dict("numeric"),
        "prompt": "Half of {size}?",
        "answer": "=size / 2",
        "parameters": {"size": {"low": 2, "high": 8, "step": 2}},
    }
    written = formats.export_items([drawn, item_dict("true_false")], form, "Bank", render_prompt)
    assert written.exported == 1
    (reason,) = written.left_out.values()
    assert list(written.left_out) == [drawn["id"]]
    assert "differ from learner to learner. " in reason
