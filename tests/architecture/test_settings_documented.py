"""Every setting is in .env.example with a comment, and nothing there is unknown."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from app.config import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def test_example_and_settings_name_the_same_variables() -> None:
    documented = set(re.findall(r"^# (VERMILION_[A-Z0-9_]+)=", EXAMPLE.read_text(), re.M))
    assert documented == {f"VERMILION_{field.name.upper()}" for field in fields(Settings)}


def test_every_group_of_settings_is_explained() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for before, line in pairwise(lines):
        if line.startswith("# VERMILION_") and not before.startswith("# VERMILION_"):
            assert before.startswith("# ") and len(before) > 15, line
