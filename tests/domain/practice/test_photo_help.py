"""Help with photos: silent about good ones, each hint once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain.practice.photo_help import RULES, as_data, help_codes

GOOD = {
    "edge": 4032, "sharpness": 120.0, "exposure": 0.6, "shadows": 0.01, "highlights": 0.02, "vivid": 0.05, "noise": 1.2,
}  # fmt: skip


def test_a_good_photo_gets_no_word() -> None:
    assert help_codes(GOOD) == ()


@pytest.mark.parametrize(
    ("figure", "value", "code"),
    [
        ("edge", 1200, "small"),
        ("sharpness", 8.0, "blurred"),
        ("exposure", 0.1, "dark"),
        ("shadows", 0.6, "dark"),
        ("highlights", 0.5, "bright"),
        ("exposure", 0.95, "bright"),
        ("vivid", 0.5, "vivid"),
        ("noise", 0.05, "smooth"),
    ],
)
def test_each_figure_has_its_hint(figure: str, value: float, code: str) -> None:
    assert help_codes({**GOOD, figure: value}) == (code,)


def test_dark_is_said_once_and_is_why_it_is_smooth() -> None:
    assert help_codes({**GOOD, "exposure": 0.05, "shadows": 0.9, "noise": 0.01}) == ("dark",)


def test_what_was_not_measured_is_not_judged() -> None:
    assert help_codes({}) == ()
    assert help_codes({"edge": None, "sharpness": "x"}) == ()


@pytest.mark.parametrize(
    ("software", "codes"), [("Snapseed 2.0", ("edited",)), ("Adobe Lightroom", ("edited",)), ("17.1", ())]
)
def test_an_editor_is_seen_by_its_name(software: str, codes: tuple[str, ...]) -> None:
    assert help_codes(GOOD, software) == codes


def test_the_browser_gets_the_same_rules() -> None:
    data: dict[str, Any] = json.loads(json.dumps(as_data()))
    assert [(rule["code"], rule["value"]) for rule in data["rules"]] == [(rule.code, rule.value) for rule in RULES]
    assert all(rule.why.endswith(".") for rule in RULES)


def test_a_dark_photo_is_not_called_blurred() -> None:
    assert help_codes({**GOOD, "exposure": 0.1, "sharpness": 8.0}) == ("dark",)
