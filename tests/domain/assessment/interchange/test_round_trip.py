"""Export, then import: the item is the same, for every type that the format holds and any text in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.assessment.interchange import fitting, formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome
from app.domain.assessment.interchange.text_forms import (
    Losses,
    escape_line,
    markdown_from_html,
    markdown_from_plain,
    plain_from_markdown,
)
from app.domain.content import schema_answers
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.importing import SVG, take
from tests.domain.assessment.interchange.items import TYPES, lines, marked_prompts

CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HELD = {
    Format.GIFT: [kind for kind in TYPES if kind != "ordering"],
    Format.MOODLE_XML: list(TYPES),
    Format.QTI: list(TYPES),
}
CASES = [(form, kind) for form, kinds in HELD.items() for kind in kinds]


def comparable(item: dict[str, Any], form: Format) -> dict[str, Any]:
    """The item without what is only a way of writing: how a prompt is marked up where the format knows no Markdown."""
    return {**item, "prompt": render_prompt(item["prompt"])} if form is Format.QTI else item


@pytest.mark.parametrize(("form", "kind"), CASES, ids=[f"{form}-{kind}" for form, kind in CASES])
def test_export_then_import_gives_an_equal_item(form: Format, kind: str) -> None:
    @CALM
    @given(TYPES[kind])
    def same(item: dict[str, Any]) -> None:
        written = formats.export_items([item], form, "Bank", render_prompt)
        if written.left_out:  # for example an arrow in a pair of GIFT: refused by name, never garbled
            assert written.exported == 0
            return
        report = take(written.data, form)
        assert report.faults == ()
        (entry,) = report.entries
        assert entry.outcome is not Outcome.REFUSED, entry.reason
        assert entry.item is not None
        assert comparable(entry.item, form) == comparable(item, form)

    same()


@CALM
@given(st.one_of(TYPES["single_choice"], TYPES["true_false"]))
def test_aiken_keeps_question_options_and_key(item: dict[str, Any]) -> None:
    written = formats.export_items([item], Format.AIKEN, "Bank", render_prompt)
    if written.left_out:
        return
    (found,) = take(written.data, Format.AIKEN).items
    keys = ("prompt", "answer") if item["type"] == "true_false" else ("prompt",)
    assert [found[key] for key in keys] == [item[key] for key in keys]
    if item["type"] == "single_choice":
        assert [(r["text"], r["correct"]) for r in found["options"]] == [
            (r["text"], r["correct"]) for r in item["options"]
        ]


@CALM
@given(st.lists(st.integers(0, 40), min_size=3, max_size=3, unique=True), st.integers(0, 2), lines)
def test_a_hotspot_keeps_its_places_through_qti(xs: list[int], right: int, text: str) -> None:
    from tests.domain.assessment.interchange.importing import item as imported

    base = imported("Where? {T#a#b####e}", Format.GIFT)
    regions = [
        {
            "id": c,
            "label": c.upper(),
            "x": x / 40,
            "y": 0.25,
            "text": f"{text} {c}",
            "correct": i == right,
            "feedback": c,
        }
        for i, (c, x) in enumerate(zip("abc", xs, strict=True))
    ]
    body = {key: base[key] for key in base if key not in ("answer", "feedback")}
    item = {**body, "type": "hotspot", "figure": "figures/xx-lip.svg", "figure_alt": text, "regions": regions}
    svg = SVG.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    written = formats.export_items([{**item, "figure_svg": svg}], Format.QTI, "Bank", render_prompt)
    report = take(written.data, Format.QTI)
    assert report.items == [item]
    assert list(report.figures) == ["figures/xx-lip.svg"]


@given(lines)
def test_plain_text_as_markdown_shows_itself(text: str) -> None:
    shown = render_prompt(markdown_from_plain(text))
    assert markdown_from_html(shown, Losses()) == markdown_from_plain(text)
    assert plain_from_markdown(markdown_from_plain(text)) == text
    assert shown == f"<p>{shown[3:-4]}</p>"


@given(st.one_of(marked_prompts, lines.map(escape_line)))
def test_html_of_our_prompts_comes_back_as_it_was_shown(text: str) -> None:
    losses = Losses()
    shown = render_prompt(text)
    assert render_prompt(markdown_from_html(shown, losses)) == shown
    assert losses.sentence == ""


def test_the_bounds_are_those_of_the_content_schema() -> None:
    def bounds(model: Any, name: str) -> tuple[int, int]:
        schema = model.model_json_schema()["properties"][name]
        return schema["minItems"], schema["maxItems"]

    assert bounds(schema_answers.SingleChoiceBody, "options") == fitting.SINGLE
    assert bounds(schema_answers.MultipleResponseBody, "options") == fitting.MULTIPLE
    assert bounds(schema_answers.OrderingBody, "entries") == fitting.ENTRIES
    assert bounds(schema_answers.MatchingBody, "pairs") == fitting.PAIRS
    assert bounds(schema_answers.HotspotBody, "regions") == fitting.REGIONS
