"""One canonical dict per item type, as the content loader publishes them, for the tests of assessment."""

from __future__ import annotations

from typing import Any

FRONT: dict[str, Any] = {
    "step": "lip-mapping",
    "topic": "technique",
    "objective": "obj-map-points",
    "difficulty": 1,
    "safety": False,
    "points": 1,
    "lesson": "lip-map-points",
    "source": "P14",
    "prompt": "Which one?",
    "figure": None,
    "figure_alt": None,
    "explanation": "EXPLANATION-SECRET",
}


def item_dict(kind: str, **changes: Any) -> dict[str, Any]:
    """Return the sample of a type, changed as asked."""
    return {**FRONT, "type": kind, **BODIES[kind], **changes}


def options(letters: str, right: str) -> list[dict[str, Any]]:
    """Return options a, b, c ... of which those in `right` are correct."""
    return [
        {"id": letter, "text": f"Text {letter}", "correct": letter in right, "feedback": f"SECRET {letter}"}
        for letter in letters
    ]


STEPS = [
    "Consultation",
    "Color Selection",
    "Lip Mapping",
    "Numbing",
    "Pigment Application",
    "Building Layers",
    "Final Touch",
]

BODIES: dict[str, dict[str, Any]] = {
    "single_choice": {"id": "sc-1", "options": options("abcd", "c")},
    "multiple_response": {"id": "mr-1", "options": options("abcde", "abc"), "scoring": "exact"},
    "true_false": {
        "id": "tf-1",
        "answer": False,
        "feedback": {"when_true": "SECRET true", "when_false": "SECRET false"},
    },
    "ordering": {
        "id": "or-1",
        "entries": [{"id": "abcdefg"[i], "text": text} for i, text in enumerate(STEPS)],
        "scoring": "absolute_position",
        "feedback": "SECRET order",
    },
    "matching": {
        "id": "ma-1",
        "pairs": [
            {"id": "a", "left": "Patchy", "right": "Jumping between areas", "feedback": "SECRET a"},
            {"id": "b", "left": "Blowout", "right": "Too deep", "feedback": "SECRET b"},
            {"id": "c", "left": "Gaps", "right": "Hand too fast", "feedback": "SECRET c"},
        ],
        "distractors": ["Wrong lot"],
        "scoring": "per_pair",
    },
    "numeric": {
        "id": "nu-1",
        "answer": 225,
        "tolerance": {"kind": "nominal", "value": 1},
        "unit": "mg",
        "feedback": {"correct": "SECRET right", "wrong": "SECRET wrong"},
        "common_errors": [{"value": 300, "feedback": "SECRET the ceiling of 300"}],
    },
    "hotspot": {
        "id": "ho-1",
        "figure": "figures/map.svg",
        "figure_alt": "A mouth with lettered points.",
        "figure_svg": "<svg/>",
        "regions": [
            {"id": "r2", "label": "B", "x": 0.5, "y": 0.25, "text": "Dip", "correct": True, "feedback": "SECRET"},
            {"id": "r1", "label": "A", "x": 0.3, "y": 0.2, "text": "Peak", "correct": False, "feedback": "SECRET"},
            {"id": "r3", "label": "C", "x": 0.1, "y": 0.5, "text": "Corner", "correct": False, "feedback": "SECRET"},
        ],
    },
}
