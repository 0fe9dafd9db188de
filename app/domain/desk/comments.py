"""Saved comments: a text with placeholders in braces that is filled for one piece when it is used."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDERS = ("student", "piece", "try", "exercise", "skin", "criterion", "step", "photo")
MAX_TEXT = 1000
_NAME = re.compile(r"\{([a-z_]+)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every known placeholder filled; one without a value stays as it is written."""
    return _NAME.sub(lambda found: values.get(found[1]) or found[0], text)


def unknown_placeholders(text: str) -> tuple[str, ...]:
    """The placeholders of a text that nothing fills, in their order, each once."""
    return tuple(dict.fromkeys(name for name in _NAME.findall(text) if name not in PLACEHOLDERS))
