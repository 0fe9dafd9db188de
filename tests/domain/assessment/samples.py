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
    "short_text": {
        "id": "st-1",
        "accepted": ["Cupid's bow", "bow of Cupid"],
        "patterns": ["(the )?bow of the upper lip"],
        "feedback": {"correct": "SECRET right", "wrong": "SECRET wrong"},
        "common_errors": [{"text": "philtrum", "feedback": "SECRET philtrum"}],
    },
    "cloze": {
        "id": "cl-1",
        "text": "Press {{force}} and stay {{depth}} mm deep.\nThe bow is {{name}}.",
        "gaps": [
            {"id": "force", "type": "single_choice", "share": 2, "options": options("abc", "b")},
            {
                "id": "depth",
                "type": "numeric",
                "answer": 0.8,
                "tolerance": {"kind": "nominal", "value": 0.1},
                "unit": "mm",
                "feedback": {"correct": "SECRET right", "wrong": "SECRET wrong"},
            },
            {
                "id": "name",
                "type": "short_text",
                "accepted": ["Cupid's bow"],
                "feedback": {"correct": "SECRET right", "wrong": "SECRET wrong"},
            },
        ],
    },
    "picture_choice": {
        "id": "pc-1",
        "options": [
            {
                "id": letter,
                "figure": f"figures/{letter}.svg",
                "figure_alt": f"Drawing {letter}",
                "figure_svg": f"<svg><title>{letter}</title></svg>",
                "correct": letter == "b",
                "feedback": f"SECRET {letter}",
            }
            for letter in "abc"
        ],
    },
    "color_match": {
        "id": "cm-1",
        "target": {"L": 48, "C": 41, "h": 27},
        "tolerance": 4,
        "given_as": "lch",
        "feedback": {"correct": "SECRET right", "wrong": "SECRET wrong"},
    },
    "case": {
        "id": "ca-1",
        "card": {
            "name": "Ada T.",
            "facts": [{"what": "Age", "text": "30 years"}, {"what": "Lips", "text": "Pale and even."}],
        },
        "parts": [
            {"id": "p1", "type": "single_choice", "prompt": "What first?", "options": options("abc", "a")},
            {
                "id": "p2",
                "type": "multiple_response",
                "share": 2,
                "prompt": "What else?",
                "options": options("abcd", "ab"),
                "scoring": "right_minus_wrong_correct",
                "explanation": "EXPLANATION-SECRET of part two",
            },
            {
                "id": "p3",
                "type": "ordering",
                "prompt": "In which order?",
                "entries": [{"id": i, "text": f"Act {i}"} for i in "xyz"],
                "scoring": "absolute_position",
                "feedback": "SECRET order",
            },
        ],
    },
    "essay": {
        "id": "es-1",
        "words": {"min": 5, "max": 60},
        "rubric": [
            {
                "id": "reason",
                "title": "Gives a reason",
                "levels": [
                    {"points": 2, "text": "SECRET full"},
                    {"points": 1, "text": "SECRET half"},
                    {"points": 0, "text": "SECRET none"},
                ],
            },
            {
                "id": "words",
                "title": "Clear words",
                "levels": [{"points": 1, "text": "SECRET yes"}, {"points": 0, "text": "SECRET no"}],
            },
        ],
        "model": "A MODEL-ANSWER of more than five words",
    },
}
