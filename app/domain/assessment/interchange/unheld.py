"""Why a format cannot hold an item: the report of an export names every item that is left out, and the reason."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from app.domain.assessment.interchange.report import Refused

GIFT, AIKEN, MOODLE, QTI = "GIFT", "Aiken", "Moodle XML", "QTI"
_ELSEWHERE = "Moodle XML and QTI hold it."

_ANY: Mapping[str, str] = {
    "case": "A case asks several questions about one card and adds up their shares; there each question stands alone.",
    "color_match": "Nothing there measures how much one color looks like another.",
    "essay": "An essay needs its rubric and its model answer, which have no field there.",
    "picture_choice": "Its options are drawings, and options are written there as words. QTI holds it.",
    "hotspot": "Its places are points of a figure, which have no field there. QTI holds it.",
    "cloze": f"There is no question with several gaps. {_ELSEWHERE}",
    "ordering": f"There is no order of entries. {_ELSEWHERE}",
}
_ONE: Mapping[tuple[str, str], str] = {
    ("cloze", GIFT): f"GIFT has one missing word, which is read back as a question without a text. {_ELSEWHERE}",
    ("hotspot", MOODLE): (
        "Moodle asks for a place by dragging markers, which is another task with other marks. QTI holds it."
    ),
}
_DRAWN: Mapping[str, str] = {
    MOODLE: "Moodle draws from lists of rounded numbers, so a right answer could be marked wrong.",
    QTI: "Its templates count in binary floating point, so an answer at the edge could be marked otherwise.",
}


def check(form: str, item: Mapping[str, Any], held: Container[str]) -> None:
    """Raise Refused with the reason when the format cannot hold the item; `held` are the types that it writes."""
    if item.get("parameters"):
        reason = _DRAWN.get(form, "There is no field for formulas.")
        raise Refused(f"{form} holds no numbers that differ from learner to learner. {reason}")
    kind = item["type"]
    if kind not in held:
        reason = _ONE.get((kind, form)) or _ANY.get(kind) or f"There is no such question. {_ELSEWHERE}"
        raise Refused(f"{form} holds no items of the type {kind}. {reason}")
