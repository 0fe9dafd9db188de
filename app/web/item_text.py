"""What templates need to show an item of a quiz: its prompt, its drawing, exact numbers. One for all who show items."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from app.domain.assessment.exact import decimal_text, floor_text, percent_text
from app.infra.markdown import render_inline, render_prompt

BLOCKS = ("<p", "<ul", "<ol", "<table", "<pre", "<blockquote")


@lru_cache(maxsize=4_096)
def _prompt(text: str) -> Markup:
    return Markup(render_prompt(text))


@lru_cache(maxsize=4_096)
def _prompt_line(text: str) -> Markup:
    """A prompt of one paragraph, fit for a heading; empty for a longer one."""
    inside = render_inline(text)
    return Markup("") if inside.startswith(BLOCKS) else Markup(inside)


def _drawing(svg: str) -> Markup:
    """A figure; the content check wrote it out from an allow-list."""
    return Markup(svg)


def item_words() -> dict[str, Any]:
    """Return the context that the templates of items expect; for `Blueprint.context_processor`."""
    return {
        "prompt": _prompt,
        "prompt_line": _prompt_line,
        "drawing": _drawing,
        "percent_text": percent_text,
        "decimal_text": decimal_text,
        "points_text": floor_text,
    }
