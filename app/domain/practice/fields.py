"""What the practice log asks for, step by step, as data: pages render it, rules check it.

Clients are fictional practice briefs. The log never holds health data of real people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.procedure import Step


class FieldKind(StrEnum):
    """How a field is entered. `choices` allows several values, `choice` one, `kit` several things of the kit in words.

    A `date` is the last good day of something, a `day` is one that has been; `time` is a time of that day.
    """

    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MINUTES = "minutes"
    DATE = "date"
    DAY = "day"
    TIME = "time"
    KIT = "kit"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Numbers have bounds and a unit; `carry` fields are filled in from the previous entry.

    `kit` names the kind of thing in the student's kit that is offered; `unless` another field that takes its place.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    unit: str = ""
    low: str = "0"
    high: str = "1000"
    whole: bool = False
    max_length: int = 200
    hint: str = ""
    carry: bool = True
    kit: str = ""
    unless: str = ""

    @property
    def choice_ids(self) -> tuple[str, ...]:
        """The values that the field accepts."""
        return tuple(value for value, _ in self.choices)


K = FieldKind

SKIN_TYPES: tuple[tuple[str, str], ...] = (
    ("paper", "Paper"),
    ("latex_sheet", "Latex sheet"),
    ("silicone_sheet", "Silicone sheet"),
    ("lip_pad_flat", "Flat lip pad"),
    ("lip_3d", "3D lips"),
    ("head_3d", "3D head"),
    ("other", "Other"),
)
SKINS_3D: frozenset[str] = frozenset({"lip_3d", "head_3d"})

SKIN_TONES: tuple[tuple[str, str], ...] = (
    ("light", "Light"),
    ("medium", "Medium"),
    ("dark", "Dark"),
    ("melanated_lip", "Melanated lip"),
)

PHOTOTYPES: tuple[tuple[str, str], ...] = tuple((n.lower(), n) for n in ("I", "II", "III", "IV", "V", "VI"))

DECISIONS: tuple[tuple[str, str], ...] = (
    ("proceed", "Proceed"),
    ("proceed_with_precautions", "Proceed with precautions"),
    ("written_clearance", "Ask for written clearance first"),
    ("refuse", "Refuse or rebook"),
)

NEEDLES: tuple[tuple[str, str], ...] = (
    ("1rl-025", "1RL 0.25"),
    ("1rl-030", "1RL 0.30"),
    ("1rl-035", "1RL 0.35"),
    ("3rl-030", "3RL 0.30"),
    ("3rs-030", "3RS 0.30"),
    ("5rs-030", "5RS 0.30"),
    ("flat", "Flat"),
    ("magnum", "Magnum"),
    ("other", "Other"),
)

MOVEMENTS: tuple[tuple[str, str], ...] = (
    ("lines", "Lines"),
    ("pendulum", "Pendulum"),
    ("whip", "Whip"),
    ("small-circles", "Small circles"),
    ("ovals", "Ovals"),
    ("pointillism", "Pointillism"),
    ("cross-hatch", "Cross-hatch"),
)

FINAL_CHECKS: tuple[tuple[str, str], ...] = (
    ("edge", "Edge is continuous"),
    ("corners", "Corners are complete"),
    ("bow", "Cupid's bow is even"),
    ("symmetry", "Symmetry measured again"),
    ("wiped", "Wiped clean and judged dry"),
    ("sharps", "Station torn down, sharps in the bin"),
)

PIECE_FIELDS: tuple[Field, ...] = (
    Field("skin_type", "Practice skin", K.CHOICE, SKIN_TYPES),
    Field("skin_tone", "Skin tone", K.CHOICE, SKIN_TONES),
    Field("worked_on", "Day of the session", K.DAY, required=False, carry=False),
    Field("started", "Started", K.TIME, required=False, carry=False),
    Field("ended", "Ended", K.TIME, required=False, carry=False),
    Field("minutes", "Time spent", K.MINUTES, unit="min", low="1", high="600", whole=True, carry=False),
    Field("question", "What do you want feedback on?", K.LONG_TEXT, required=False, max_length=600, carry=False),
    Field("reflection", "What would you do differently?", K.LONG_TEXT, required=False, max_length=600, carry=False),
)
"""Fields of the piece as a whole; every exercise asks for them."""

STEP_FIELDS: Mapping[Step, tuple[Field, ...]] = {
    Step.CONSULTATION: (
        Field("client_card", "Practice brief", hint="The fictional client that you worked for."),
        Field("phototype", "Phototype of the brief", K.CHOICE, PHOTOTYPES),
        Field("decision", "Contraindication decision", K.CHOICE, DECISIONS, carry=False),
        Field("decision_reason", "Reason for the decision", K.LONG_TEXT, max_length=600, carry=False),
        Field("consent_form", "Consent form", required=False, hint="Version or number of the practice form."),
    ),
    Step.COLOR_SELECTION: (
        Field("natural_tone", "Natural lip tone"),
        Field(
            "undertone",
            "Undertone",
            K.CHOICE,
            (("warm", "Warm"), ("neutral", "Neutral"), ("cool", "Cool")),
        ),
        Field("target", "Target color"),
        Field("formula", "Formula in drops", hint="For example: Brick 07 3, warm modifier 1."),
        Field("formula_reason", "Why this formula", K.LONG_TEXT, max_length=600),
    ),
    Step.LIP_MAPPING: (
        Field(
            "method",
            "Mapping method",
            K.CHOICE,
            (
                ("thread", "Thread"),
                ("caliper", "Caliper"),
                ("ruler", "Ruler"),
                ("stencil", "Stencil"),
                ("other", "Other"),
            ),
        ),
        Field("points", "Map points placed", K.NUMBER, low="0", high="20", whole=True),
        Field("symmetry_mm", "Largest left-right difference", K.NUMBER, unit="mm", high="20", carry=False),
        Field(
            "border",
            "Border",
            K.CHOICE,
            (("inside", "Stays inside the vermilion border"), ("planned-beyond", "Beyond it, with a written plan")),
        ),
        Field(
            "approval",
            "Shape approved in the mirror before numbing",
            K.CHOICE,
            (("yes", "Yes"), ("no", "No")),
            carry=False,
        ),
    ),
    Step.NUMBING: (
        Field("product", "Product (simulated)", kit="product"),
        Field("lidocaine_percent", "Lidocaine strength", K.NUMBER, unit="%", low="0.1", high="4"),
        Field("weight_kg", "Client weight in the brief", K.NUMBER, unit="kg", low="30", high="300", carry=False),
        Field("planned_g", "Planned amount", K.NUMBER, unit="g", high="30", carry=False),
        Field("contact_minutes", "Contact time", K.MINUTES, unit="min", low="1", high="60", whole=True),
        Field("applied_at", "Applied at (simulated)", K.TIME, required=False, carry=False),
        Field("wiped_at", "Wiped off at (simulated)", K.TIME, required=False, carry=False),
        Field("toxicity_signs", "Signs to watch for", K.LONG_TEXT, max_length=600),
        Field("alternative", "Alternative for an allergy", required=False),
    ),
    Step.PIGMENT_APPLICATION: (
        Field("machine", "Machine", kit="machine"),
        Field("volts", "Voltage", K.NUMBER, required=False, unit="V", low="1", high="20"),
        Field("hertz", "Frequency", K.NUMBER, required=False, unit="Hz", low="10", high="250"),
        Field("needle", "Needle", K.CHOICE, NEEDLES),
        Field("needle_other", "Other needle", required=False, hint="Code as printed, for example 1203RLST."),
        Field(
            "cartridge",
            "Cartridge as printed",
            required=False,
            kit="cartridge",
            hint="Count, shape, diameter and taper, for example 1RL 0.30 long taper.",
        ),
        Field("needle_hang", "Needle hang", K.NUMBER, required=False, unit="mm", low="0.2", high="5"),
        Field("pigments", "Pigments of my kit", K.KIT, required=False, kit="pigment"),
        Field("pigment", "Pigment", hint="Brand and shade.", unless="pigments"),
        Field("pigment_ci", "Color index numbers", required=False, hint="As printed: C.I. 77491. Several with commas."),
        Field("pigment_lot", "Lot", unless="pigments"),
        Field("pigment_expiry", "Expires", K.DATE, unless="pigments"),
        Field("diluent", "Diluent", K.CHOICE, (("none", "None"), ("sterile", "Sterile, pre-packed"))),
        Field("movements", "Movements", K.CHOICES, MOVEMENTS),
    ),
    Step.BUILDING_LAYERS: (
        Field("passes", "Passes", K.NUMBER, low="1", high="12", whole=True),
        Field("passes_note", "What each pass did", K.LONG_TEXT, max_length=600, carry=False),
        Field("wipe_notes", "Wiping and touch", required=False, carry=False, hint="What you saw and felt when wiped."),
        Field("stop_signs", "Stop signs seen", required=False, carry=False),
    ),
    Step.FINAL_TOUCH: (
        Field("checks", "Checked", K.CHOICES, FINAL_CHECKS, carry=False),
        Field("fault_found", "Fault found and solved", K.LONG_TEXT, required=False, max_length=600, carry=False),
    ),
    Step.AFTERCARE: (
        Field("aftercare_text", "Aftercare given", K.LONG_TEXT, max_length=2000),
        Field("touch_up_weeks", "Touch-up after", K.NUMBER, unit="weeks", low="4", high="12", whole=True),
    ),
}
"""For each step, the fields of its card in the log (domain 4.4)."""

PIGMENT_FIELDS: tuple[str, ...] = ("pigment", "pigment_lot", "pigment_expiry")
"""One pigment typed by hand, in place of those chosen from the kit; all three or none."""
