"""One item of each type that has no place in the small journey, ready to publish."""

from __future__ import annotations

from typing import Any

from tests.factories.quizzes import essay_item, simple_item

FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 160" role="img"><title>{0}</title><desc>{0}</desc>'
FIGURE += '<rect x="{1}" y="20" width="80" height="120" class="f-lip"/></svg>'
FEEDBACK = {"correct": "So it is.", "wrong": "Look it up again."}


def _item(number: int, kind: str, bank: str, **body: Any) -> dict[str, Any]:
    front = {key: value for key, value in simple_item(number, bank).items() if key not in ("options", "type")}
    return {**front, "type": kind, **body}


def options(right: str, *wrong: str) -> list[dict[str, Any]]:
    """Options by their texts, the right one first."""
    texts = [right, *wrong]
    return [
        {"id": "abcdef"[n], "text": text, "correct": n == 0, "feedback": f"About {text}."}
        for n, text in enumerate(texts)
    ]


def short_text(bank: str = "bank") -> dict[str, Any]:
    """A word to write, with a named wrong answer."""
    errors = [{"text": "philtrum", "feedback": "That is the groove above it."}]
    accepted = ["Cupid's bow", "bow of Cupid"]
    return _item(11, "short_text", bank, accepted=accepted, feedback=FEEDBACK, common_errors=errors)


def cloze(bank: str = "bank") -> dict[str, Any]:
    """A text with a gap of each kind."""
    gaps: list[dict[str, Any]] = [
        {"id": "hand", "type": "single_choice", "share": 2, "options": options("light", "heavy", "none")},
        {
            "id": "depth",
            "type": "numeric",
            "answer": 0.8,
            "tolerance": {"kind": "nominal", "value": 0.1},
            "unit": "mm",
            "feedback": FEEDBACK,
        },
        {"id": "name", "type": "short_text", "accepted": ["orbicularis"], "feedback": FEEDBACK},
    ]
    words = "Work with a {{hand}} hand, about {{depth}} deep.\nThe muscle below is the {{name}}."
    return _item(12, "cloze", bank, text=words, gaps=gaps)


def picture_choice(bank: str = "bank") -> dict[str, Any]:
    """Three drawings."""
    rows = [
        {
            "id": letter,
            "figure": f"figures/{letter}.svg",
            "figure_alt": f"A bar at place {place}",
            "figure_svg": FIGURE.format(letter, 40 + 120 * place),
            "correct": letter == "b",
            "feedback": f"About drawing {place}.",
        }
        for place, letter in enumerate("abc")
    ]
    return _item(13, "picture_choice", bank, options=rows)


def color_match(bank: str = "bank", given_as: str = "lch") -> dict[str, Any]:
    """A color to give by numbers."""
    target = {"L": 48, "C": 41, "h": 27}
    return _item(14, "color_match", bank, target=target, tolerance=4, given_as=given_as, feedback=FEEDBACK)


def case(bank: str = "bank") -> dict[str, Any]:
    """A card with three questions, one of them an order."""
    parts: list[dict[str, Any]] = [
        {
            "id": "p1",
            "type": "single_choice",
            "prompt": "What do you do first?",
            "options": options("Ask", "Go", "Stop"),
        },
        {
            "id": "p2",
            "type": "numeric",
            "share": 2,
            "prompt": "How many milligrams?",
            "answer": 225,
            "tolerance": {"kind": "nominal", "value": 1},
            "unit": "mg",
            "feedback": FEEDBACK,
        },
        {
            "id": "p3",
            "type": "ordering",
            "prompt": "In which order?",
            "entries": [{"id": x, "text": f"Act {x}"} for x in "xyz"],
            "scoring": "absolute_position",
            "feedback": "One after the other.",
        },
    ]
    facts = [{"what": "Age", "text": "30 years"}, {"what": "Lips", "text": "Pale and even."}]
    return _item(15, "case", bank, card={"name": "Ada T.", "facts": facts}, parts=parts)


def every_new_type(bank: str = "bank") -> list[dict[str, Any]]:
    """One of each that a machine marks."""
    return [short_text(bank), cloze(bank), picture_choice(bank), color_match(bank), case(bank)]


def essay(bank: str = "bank") -> dict[str, Any]:
    """A text that a person marks."""
    return essay_item(16, bank)
