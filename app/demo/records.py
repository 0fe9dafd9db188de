"""What a careful student writes into the log: valid values for every field of every step."""

from __future__ import annotations

from app.demo.cast import PIGMENTS
from app.domain.practice.exercise import Exercise
from app.domain.procedure import Step

RAW = dict[str, list[str]]

_STEPS: dict[Step, dict[str, list[str]]] = {
    Step.CONSULTATION: {
        "client_card": ["kenji-s"],
        "phototype": ["iii"],
        "decision": ["proceed"],
        "decision_reason": [
            "All rows read, no finding: adult, sober, healthy lips. Smoking and the hot kitchen go into the aftercare."
        ],
        "consent_form": ["Practice form 3"],
    },
    Step.COLOR_SELECTION: {
        "natural_tone": ["Bluish rose, light to medium"],
        "undertone": ["cool"],
        "target": ["Soft brick"],
        "formula": ["Brick 07 4, warm modifier 1"],
        "formula_reason": ["The lip is cool, so a warm modifier keeps the healed color from turning ashy."],
    },
    Step.LIP_MAPPING: {
        "method": ["thread"],
        "points": ["10"],
        "symmetry_mm": ["0.5"],
        "border": ["inside"],
        "approval": ["yes"],
    },
    Step.NUMBING: {
        "product": ["Lidocaine cream 4 % (simulated)"],
        "lidocaine_percent": ["4"],
        "weight_kg": ["72"],
        "planned_g": ["1"],
        "contact_minutes": ["20"],
        "toxicity_signs": ["Metallic taste, tingling tongue, dizziness, ringing ears: stop, wipe off, call for help."],
        "alternative": ["Cold compress and shorter passes"],
    },
    Step.PIGMENT_APPLICATION: {
        "machine": ["Rotary pen, 3.0 mm stroke"],
        "volts": ["6.5"],
        "needle": ["1rl-030"],
        "pigment_lot": ["2418"],
        "diluent": ["none"],
        "movements": ["pendulum", "small-circles"],
    },
    Step.BUILDING_LAYERS: {
        "passes": ["3"],
        "passes_note": ["First for placement, second for evenness, third only at the border."],
    },
    Step.FINAL_TOUCH: {"checks": ["edge", "corners", "bow", "symmetry", "wiped", "sharps"]},
    Step.AFTERCARE: {
        "aftercare_text": [
            "Blot for a day, thin film of ointment, clean twice a day, do not pick. Color looks pale in the second "
            "week and comes back. No smoking, no hot or spicy tasting until healed. Redness that spreads, fever or "
            "blisters: see a doctor the same day."
        ],
        "touch_up_weeks": ["7"],
    },
}


def log_fields(exercise: Exercise, *, seed: int, expiry: str, question: str = "") -> RAW:
    """The form fields of a complete entry; `seed` varies pigment, tone and time, `expiry` is the pigment's date."""
    pigment, _hex = PIGMENTS[seed % len(PIGMENTS)]
    tones = exercise.skin_tones or ("light", "medium", "dark")
    raw: RAW = {
        "piece.skin_type": [exercise.skins[seed % len(exercise.skins)]],
        "piece.skin_tone": [tones[seed % len(tones)]],
        "piece.minutes": [str(70 + 10 * (seed % 5))],
        "piece.question": [question] if question else [],
        "piece.reflection": ["Less pressure at the corners next time."],
    }
    for step in exercise.steps:
        raw |= {f"{step.value}.{name}": values for name, values in _STEPS[step].items()}
    if Step.PIGMENT_APPLICATION in exercise.steps:
        raw["pigment-application.pigment"] = [pigment]
        raw["pigment-application.pigment_expiry"] = [expiry]
    return raw
