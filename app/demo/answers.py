"""Answers to items, as a page would send them: for the demo's students and for tests."""

from __future__ import annotations

from typing import Any

from app.domain.assessment.items.base import Item
from app.domain.assessment.items.matching import Matching
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.items.options import CHOICE
from app.domain.assessment.items.ordering import Ordering


def right_answer(item: Item[Any]) -> dict[str, list[str]]:
    """The form fields of the wholly right answer."""
    if isinstance(item, Ordering):
        return {"order": [entry.public_id for entry in item.entries]}
    if isinstance(item, Matching):
        texts = {text.id: text.public_id for text in item.texts}
        return {row.public_id: [texts[row.answer]] for row in item.rows}
    if isinstance(item, Numeric):
        return {"value": [f"{float(item.answer):.6f}".rstrip("0").rstrip(".")]}
    return {CHOICE: [option.public_id for option in _options(item) if option.correct]}


def wrong_answer(item: Item[Any]) -> dict[str, list[str]]:
    """The form fields of an answer that is wrong and earns as little as the type allows."""
    if isinstance(item, Ordering):
        return {"order": [entry.public_id for entry in reversed(item.entries)]}
    if isinstance(item, Matching):
        texts = [text.public_id for text in item.texts]
        right = {text.id: text.public_id for text in item.texts}
        return {row.public_id: [next(t for t in texts if t != right[row.answer])] for row in item.rows}
    if isinstance(item, Numeric):
        return {"value": [str(int(item.high) + 1000)]}
    return {CHOICE: [next(option.public_id for option in _options(item) if not option.correct)]}


def _options(item: Any) -> Any:
    return item.options
