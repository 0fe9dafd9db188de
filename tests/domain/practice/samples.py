"""A full exercise and a complete entry for it."""

from __future__ import annotations

from typing import Any

from app.domain.practice.completeness import EntryFacts, PhotoState, Record

EXERCISE: dict[str, Any] = {
    "id": "e08",
    "code": "E08",
    "title": "Lip blush, full lip",
    "step": "pigment-application",
    "steps": [
        "consultation",
        "color-selection",
        "lip-mapping",
        "numbing",
        "pigment-application",
        "building-layers",
        "final-touch",
        "aftercare",
    ],
    "skins": ["lip_pad_flat", "silicone_sheet"],
    "skin_colors": [],
    "target": "Sheer lip blush",
    "instructions": "Do it.",
    "slots": [
        {"id": "f1", "label": "Blank skin", "hint": "Code card", "required": True},
        {"id": "f2", "label": "Map", "hint": "Ruler", "required": True},
        {"id": "f10", "label": "Border", "hint": "Close", "required": False},
    ],
    "criteria": ["lip-mapping"],
    "capstone": False,
    "minutes": 90,
    "levels": {"2": "two", "3": "three", "4": "four"},
}

PIECE: Record = {"skin_type": "lip_pad_flat", "skin_tone": "medium", "minutes": "105"}

RECORDS: dict[str, Record] = {
    "consultation": {
        "client_card": "Brief C",
        "phototype": "iv",
        "decision": "proceed",
        "decision_reason": "No history.",
    },
    "color-selection": {
        "natural_tone": "Plum",
        "undertone": "cool",
        "target": "Rosewood",
        "formula": "Brick 07 3, warm 1",
        "formula_reason": "Warm against cool.",
    },
    "lip-mapping": {
        "method": "thread",
        "points": "10",
        "symmetry_mm": "0,5",
        "border": "inside",
        "approval": "yes",
    },
    "numbing": {
        "product": "4% cream",
        "lidocaine_percent": "4",
        "weight_kg": "60",
        "planned_g": "1.5",
        "contact_minutes": "20",
        "toxicity_signs": "Metallic taste, dizziness.",
    },
    "pigment-application": {
        "machine": "Rotary 3",
        "needle": "1rl-030",
        "pigment": "Brick 07",
        "pigment_lot": "2418",
        "pigment_expiry": "2027-03",
        "diluent": "none",
        "movements": ["pendulum", "ovals"],
    },
    "building-layers": {"passes": "3", "passes_note": "Map, fill, edge."},
    "final-touch": {"checks": ["edge", "sharps"]},
    "aftercare": {"aftercare_text": "Blot, thin film, do not pick.", "touch_up_weeks": "6"},
}

PHOTOS = {"f1": (PhotoState.READY,), "f2": (PhotoState.REJECTED, PhotoState.READY)}


def entry(**changes: Any) -> EntryFacts:
    """Return the complete entry with one step's fields changed: entry(numbing={"weight_kg": "20"})."""
    records = {name: dict(record) for name, record in RECORDS.items()}
    for name, fields in changes.items():
        records[name.replace("_", "-")].update(fields)
    return EntryFacts(PIECE, records, PHOTOS)
