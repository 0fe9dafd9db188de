"""The rubric of domain 4.6 as a canonical dict."""

from __future__ import annotations

from typing import Any

WEIGHTS = {
    "consultation": 6,
    "color-selection": 12,
    "lip-mapping": 14,
    "numbing": 5,
    "pigment-application": 18,
    "building-layers": 16,
    "final-touch": 8,
    "aftercare": 5,
    "hygiene": 10,
    "record": 6,
}
CORE = ("color-selection", "lip-mapping", "pigment-application", "building-layers")


def rubric_dict(**changes: Any) -> dict[str, Any]:
    """Return the rubric as the content loader publishes it (JSON: keys are texts), changed as asked."""
    return {
        "id": "piece-rubric",
        "title": "Piece rubric",
        "points": {"1": 0.0, "2": 55.0, "3": 80.0, "4": 100.0},
        "always": ["hygiene", "record"],
        "criteria": [criterion(name, weight) for name, weight in WEIGHTS.items()],
        "marks": {
            "foundation": {"score": 70.0, "core": 2, "core_mean": None},
            "certified": {"score": 75.0, "core": 3},
            "master": {"score": 85.0, "core": 3, "core_mean": 3.5},
        },
        **changes,
    }


def criterion(name: str, weight: int, **changes: Any) -> dict[str, Any]:
    """Return one criterion."""
    title = name.replace("-", " ").title()
    levels = {str(level): f"Level {level} of {title}" for level in (1, 2, 3, 4)}
    row = {"id": name, "title": title, "step": name, "weight": weight, "core": name in CORE, "levels": levels}
    return {**row, **changes}
