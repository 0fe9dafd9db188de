"""A small requirement set and evidence that meets it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from app.domain.certification.evidence import (
    Evidence,
    HeldCredential,
    PieceEvidence,
    ProofEvidence,
    QuizEvidence,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

POLICY: dict[str, Any] = {
    "id": "certified",
    "title": "Vermilion Certified Lip Blush Artist",
    "scope": "Assessed on synthetic skin.",
    "not_a_licence": "Not a licence.",
    "validity_months": 24,
    "prerequisite": {"certification": "foundation", "months": 0},
    "courses": ["hygiene", "color-theory"],
    "quizzes": [{"quiz": "quiz-hygiene", "mark": 90.0}, {"quiz": "exam-certified", "mark": 80.0}],
    "hours": {"total": 100, "hygiene": 20},
    "pieces": {"total": 4, "exercises": {"e08": 2, "e09": 1}, "min_3d": 1, "min_skins": 2},
    "proofs": [
        {"kind": "bbp", "title": "Bloodborne-pathogen training", "max_age_months": 12},
        {"kind": "hbv_status", "title": "Hepatitis B status", "max_age_months": None},
    ],
    "no_critical_in_last": 3,
    "grace_days": 30,
    "adult": True,
    "renewal": {"ce_hours": 16, "ce_hygiene": 4, "pieces": 1, "window_days": 90},
}

CORE = {"lip-mapping": 3, "building-layers": 4}


def piece(number: int, exercise: str, skin: str = "lip_pad_flat", **changes: Any) -> PieceEvidence:
    """Return an approved piece decided `number` days after the first of October."""
    decided = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=number)
    facts = {"approved": True, "decided_at": decided, "score": Fraction(80), "core_levels": CORE, **changes}
    return PieceEvidence(piece_id=f"p{number}", exercise=exercise, skin=skin, **facts)


def evidence(**changes: Any) -> Evidence:
    """Return evidence that meets POLICY, changed as asked."""
    facts: dict[str, Any] = {
        "adult": True,
        "courses_finished": frozenset({"hygiene", "color-theory", "orientation"}),
        "quizzes": {
            "quiz-hygiene": QuizEvidence("quiz-hygiene", Fraction(95), True),
            "exam-certified": QuizEvidence("exam-certified", Fraction(80), True),
        },
        "minutes": {"total": 6000, "hygiene": 1200},
        "pieces": (piece(1, "e08"), piece(2, "e08"), piece(3, "e09", "lip_3d"), piece(4, "e02", "latex_sheet")),
        "proofs": (
            ProofEvidence("bbp", date(2026, 1, 10), None, True),
            ProofEvidence("hbv_status", date(2020, 5, 1), None, True),
        ),
        "credentials": (HeldCredential("foundation", NOW - timedelta(days=100), NOW + timedelta(days=265)),),
    }
    return Evidence(**{**facts, **changes})
