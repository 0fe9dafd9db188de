"""A right and a wrong answer to any item, as a page would send them: for previews, the demo's students and tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.color_match import ColorMatch
from app.domain.assessment.items.essay import Essay
from app.domain.assessment.items.matching import Matching
from app.domain.assessment.items.nested import Composite
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.options import CHOICE
from app.domain.assessment.items.ordering import Ordering
from app.domain.assessment.items.short_text import TEXT, ShortText
from app.domain.color.convert import hex_from_lab

Form = dict[str, list[str]]


def right_answer(item: Item[Any]) -> Form:
    """The form fields of the wholly right answer; to an essay a text of the length that is asked."""
    if isinstance(item, Composite):
        return _of_parts(item, right_answer)
    if isinstance(item, Ordering):
        return {"order": [entry.public_id for entry in item.entries]}
    if isinstance(item, Matching):
        texts = {text.id: text.public_id for text in item.texts}
        return {row.public_id: [texts[row.answer]] for row in item.rows}
    if isinstance(item, Numeric):
        return {"value": [f"{float(item.answer):.6f}".rstrip("0").rstrip(".")]}
    if isinstance(item, ShortText):
        return {TEXT: [item.expected]}
    if isinstance(item, Essay):
        return {TEXT: [item.model or " ".join(["word"] * item.least_words)]}
    if isinstance(item, ColorMatch):
        return _color(item, 0)
    return {CHOICE: [option.public_id for option in _options(item) if option.correct]}


def wrong_answer(item: Item[Any]) -> Form:
    """The form fields of an answer that is wrong and earns as little as the type allows."""
    if isinstance(item, Composite):
        return _of_parts(item, wrong_answer)
    if isinstance(item, Ordering):
        return {"order": [entry.public_id for entry in reversed(item.entries)]}
    if isinstance(item, Matching):
        texts = [text.public_id for text in item.texts]
        right = {text.id: text.public_id for text in item.texts}
        return {row.public_id: [next(t for t in texts if t != right[row.answer])] for row in item.rows}
    if isinstance(item, Numeric):
        return {"value": [str(int(item.high) + 1000)]}
    if isinstance(item, ShortText):
        return {TEXT: ["I do not know this word"]}
    if isinstance(item, Essay):
        return {TEXT: ["I have nothing to say about this."]}
    if isinstance(item, ColorMatch):
        return _color(item, 50)
    return {CHOICE: [next(option.public_id for option in _options(item) if not option.correct)]}


def _of_parts(item: Composite, answer: Callable[[Item[Any]], Form]) -> Form:
    return {part.prefix + name: values for part in item.nested for name, values in answer(part.item).items()}


def _color(item: ColorMatch, off: float) -> Form:
    """The target itself, or a color so much darker (or lighter, when there is no room below)."""
    polar = item.target.to_lch()
    lightness = polar.L + (off if off > polar.L else -off)
    if item.by_hex:
        return {"hex": [hex_from_lab(item.target) if not off else "#00ff00"]}
    return {"L": [f"{lightness:.4f}"], "C": [f"{polar.C:.4f}"], "h": [f"{polar.h:.4f}"]}


def _options(item: Any) -> Any:
    return item.options
