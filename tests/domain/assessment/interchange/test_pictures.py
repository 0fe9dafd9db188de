"""Choices among drawings through QTI: the drawings go along, and other pictures leave a choice among words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Outcome, Report
from app.infra.markdown import render_prompt
from tests.domain.assessment.interchange.importing import SVG, take
from tests.domain.assessment.interchange.items import differing, fronts, lines
from tests.domain.assessment.interchange.test_qti import declared, package, resource, v2

Q = Format.QTI
PLAIN = SVG.replace(' xmlns="http://www.w3.org/2000/svg"', "")


@st.composite
def pictures(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(st.integers(2, 6).flatmap(differing))
    right = draw(st.integers(0, len(words) - 1))
    rows = [
        {
            "id": chr(ord("a") + i),
            "figure": f"figures/xx-{i}.svg",
            "figure_alt": alt,
            "correct": i == right,
            "feedback": draw(lines),
        }
        for i, alt in enumerate(words)
    ]
    return {**draw(fronts("picture_choice")), "shuffle": draw(st.booleans()), "options": rows}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pictures())
def test_export_then_import_gives_an_equal_choice_of_pictures(item: dict[str, Any]) -> None:
    rows = [{**row, "figure_svg": PLAIN.replace("Lips", f"Lips {row['id']}")} for row in item["options"]]
    written = formats.export_items([{**item, "options": rows}], Q, "Bank", render_prompt)
    report = take(written.data, Q)
    (found,) = report.items
    assert {**found, "prompt": render_prompt(found["prompt"])} == {**item, "prompt": render_prompt(item["prompt"])}
    assert report.figures == {row["figure"]: SVG.replace("Lips", f"Lips {row['id']}") for row in item["options"]}


def _choice(options: str, files: dict[str, str | bytes]) -> Report:
    body = (
        '<p>Which?</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1" shuffle="true">'
        f"{options}</choiceInteraction>"
    )
    return take(package({"items/a.xml": v2(declared(), body), **files}, resource("items/a.xml")), Q)


def _option(name: str, alt: str, more: str = "") -> str:
    return f'<simpleChoice identifier="{name}"><p><img src="../{name}.svg" alt="{alt}"/>{more}</p></simpleChoice>'


FILES: dict[str, str | bytes] = {f"{name}.svg": SVG.replace("Lips", f"Lips {name}") for name in "ABC"}


def test_pictures_of_others_are_options() -> None:
    report = _choice("".join(_option(name, f"Lip {name}") for name in "ABC"), FILES)
    (found,) = report.items
    assert found["type"] == "picture_choice"
    assert [(row["figure_alt"], row["correct"]) for row in found["options"]] == [
        ("Lip A", True),
        ("Lip B", False),
        ("Lip C", False),
    ]
    assert len(report.figures) == 3


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ("".join(_option(name, f"Lip {name}", "see") for name in "ABC"), FILES),
        ("".join(_option(name, f"Lip {name}") for name in "ABC"), {**FILES, "B.svg": b"\x89PNG"}),
    ],
)
def test_other_pictures_become_words_and_are_named(options: str, files: dict[str, str | bytes]) -> None:
    report = _choice(options, files)
    (entry,) = report.entries
    assert entry.item is not None
    assert entry.item["type"] == "single_choice"
    assert any("picture" in change for change in entry.changes)
    assert report.figures == {}


def test_pictures_that_words_cannot_tell_apart_are_refused() -> None:
    (entry,) = _choice("".join(_option(name, "A lip") for name in "ABC"), FILES).entries
    assert entry.outcome is Outcome.REFUSED
    assert "the same words" in entry.reason
