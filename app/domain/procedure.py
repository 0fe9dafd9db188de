"""The seven steps of a lip-blush procedure, then aftercare: the one vocabulary of the house.

Lessons, item tags, the practice log, rubric rows, exam sub-scores and the certificate all use these ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """One of the seven steps or aftercare, in the order in which they are done."""

    CONSULTATION = "consultation"
    COLOR_SELECTION = "color-selection"
    LIP_MAPPING = "lip-mapping"
    NUMBING = "numbing"
    PIGMENT_APPLICATION = "pigment-application"
    BUILDING_LAYERS = "building-layers"
    FINAL_TOUCH = "final-touch"
    AFTERCARE = "aftercare"

    @property
    def title(self) -> str:  # type: ignore[override]  # a heading, not str.title()
        """The name as printed, for example "Color Selection"."""
        return self.value.replace("-", " ").title()

    @property
    def number(self) -> int:
        """The place in the procedure, 1 to 8; aftercare is 8."""
        return list(Step).index(self) + 1


class Area(StrEnum):
    """Subjects that cut across the steps and are not steps themselves."""

    HYGIENE = "hygiene"
    ANATOMY = "anatomy"
    ORIENTATION = "orientation"
    RECORD = "record"

    @property
    def title(self) -> str:  # type: ignore[override]  # a heading, not str.title()
        """The name as printed."""
        return {
            Area.HYGIENE: "Hygiene and safety",
            Area.ANATOMY: "Skin and lip anatomy",
            Area.ORIENTATION: "Orientation and law",
            Area.RECORD: "Evidence and record",
        }[self]


class Topic(StrEnum):
    """The three subjects that the academy teaches."""

    TECHNIQUE = "technique"
    COLOR = "color"
    HYGIENE = "hygiene"


STEPS: tuple[Step, ...] = tuple(Step)
SECTIONS: tuple[str, ...] = tuple(str(s) for s in Step) + tuple(str(a) for a in Area)


@dataclass(frozen=True, slots=True)
class StepFace:
    """What a page needs to show a step: id, title, number and icon name in the sprite."""

    id: str
    title: str
    number: int
    icon: str


STEP_FACES: tuple[StepFace, ...] = tuple(StepFace(s.value, s.title, s.number, f"s{s.number}") for s in Step)


def section_title(section: str) -> str:
    """Return the printed name of a step or area id; raises ValueError for an unknown one."""
    try:
        return Step(section).title
    except ValueError:
        return Area(section).title
