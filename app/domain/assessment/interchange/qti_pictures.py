"""Choices among drawings: each option of a QTI choice is one picture with its words, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.assessment.interchange.fitting import identifiers, percent
from app.domain.assessment.interchange.qti_answers import Answers
from app.domain.assessment.interchange.qti_choices import choice, shares
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import Node
from app.domain.assessment.scoring import ONE, ZERO

_MOST = 6
_PICTURES = frozenset(["img", "object", "picture"])


def choice_of_any(reader: Answers) -> dict[str, Any]:
    """Return the body of a choice: a picture choice when every option is a drawing that is kept, else as it is."""
    nodes = reader.interaction.all("simple-choice")
    pictures = [_picture(node) for node in nodes]
    if reader.declared.cardinality != "single" or not 1 < len(nodes) <= _MOST or None in pictures:
        return choice(reader)
    rows = [_drawn(reader, picture) for picture in pictures if picture is not None]
    words = [row["figure_alt"].casefold() for row in rows]
    if not all(row["figure"] for row in rows) or len({row["figure"] for row in rows}) < len(rows):
        return choice(reader)  # what was left out of it has been named
    if len(set(words)) < len(words):
        raise Refused("Two of its pictures have the same words, so who does not see them cannot tell them apart.")
    return _body(reader, nodes, rows)


def _body(reader: Answers, nodes: Sequence[Node], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    reader.question.kind = "picture choice"
    found, always = shares(reader, nodes, [row["figure_alt"] for row in rows])
    if sum(one.share == ONE for one in found) != 1:
        raise Refused("A choice of pictures needs exactly one right picture.")
    for one in found:
        if one.share not in (ZERO, ONE):
            reader.question.change(f"“{one.text[:60]}” paid {percent(one.share)}; it pays nothing now.")
    options = [
        {"id": key, **row, "correct": one.share == ONE, "feedback": one.feedback}
        for key, row, one in zip(identifiers(len(rows)), rows, found, strict=True)
    ]
    shuffle = reader.interaction.get("shuffle") == "true"
    return {
        "type": "picture_choice",
        "shuffle": shuffle,
        "options": options,
        "explanation": reader.explanation(always),
    }


def _picture(node: Node) -> Node | None:
    """The only picture of an option that holds nothing else; None for any other option."""
    inside = [one for one in node.children if one.name not in ("feedback-inline", "feedback-block")]
    words = "".join(one for one in node.inside if isinstance(one, str)).strip()
    while len(inside) == 1 and not words and inside[0].name in ("p", "div", "span"):
        words = "".join(one for one in inside[0].inside if isinstance(one, str)).strip()
        inside = inside[0].children
    return inside[0] if len(inside) == 1 and not words and inside[0].name in _PICTURES else None


def _drawn(reader: Answers, picture: Node) -> dict[str, str]:
    source = picture.get("src") or picture.get("data")
    words = " ".join((picture.get("alt") or picture.get("aria-label") or picture.text).split())
    path = reader.texts.figures.take(reader.question, source, reader.texts.find(source), words)
    return {"figure": path, "figure_alt": words}
