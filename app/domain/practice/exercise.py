"""An exercise of the practice program: which steps it records, which photos and criteria it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.practice.fields import SKIN_TONES, SKIN_TYPES
from app.domain.practice.healed import HealedAsk
from app.domain.procedure import Step


@dataclass(frozen=True, slots=True)
class PhotoSlot:
    """One photo that the entry has a place for."""

    id: str
    label: str
    hint: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise at one version. `minutes` is the planned time, `criteria` are rubric criterion ids.

    Empty `skin_tones` means that any tone will do. `healed` is the follow-up photo that it asks for, if any.
    """

    id: str
    code: str
    title: str
    step: Step
    steps: tuple[Step, ...]
    skins: tuple[str, ...]
    skin_tones: tuple[str, ...]
    slots: tuple[PhotoSlot, ...]
    criteria: tuple[str, ...]
    target: str = ""
    instructions: str = ""
    capstone: bool = False
    minutes: int = 90
    levels: Mapping[int, str] | None = None
    healed: HealedAsk | None = None


def exercise_from_dict(data: Mapping[str, Any]) -> Exercise:
    """Build the exercise from the canonical dict; raises ValueError with a sentence on nonsense."""
    exercise_id = str(data.get("id") or "")
    if not exercise_id or not data.get("title"):
        raise ValueError("An exercise needs an id and a title.")
    steps = tuple(step for step in Step if step in (data.get("steps") or ()))
    if not steps or len(steps) != len(data["steps"]):
        raise ValueError(f"Exercise {exercise_id} needs a list of different steps that exist.")
    main = data.get("step")
    if main not in steps:
        raise ValueError(f"The main step of exercise {exercise_id} must be one of its steps.")
    skins = tuple(data.get("skins") or ())
    if not skins or not set(skins) <= {skin for skin, _ in SKIN_TYPES}:
        raise ValueError(f"Exercise {exercise_id} needs one or more of the known practice skins.")
    tones = tuple(data.get("skin_colors") or ())
    if not set(tones) <= {tone for tone, _ in SKIN_TONES}:
        raise ValueError(f"Exercise {exercise_id} names a skin color that does not exist.")
    slots = tuple(
        PhotoSlot(str(row["id"]), str(row["label"]), row.get("hint") or "", bool(row.get("required", True)))
        for row in data.get("slots") or ()
    )
    if len({slot.id for slot in slots}) != len(slots) or not any(slot.required for slot in slots):
        raise ValueError(f"Exercise {exercise_id} needs different photo slots, at least one of them required.")
    return Exercise(
        id=exercise_id,
        code=str(data.get("code") or exercise_id.upper()),
        title=str(data["title"]),
        step=Step(main),
        steps=steps,
        skins=skins,
        skin_tones=tones,
        slots=slots,
        criteria=tuple(data.get("criteria") or ()),
        target=data.get("target") or "",
        instructions=data.get("instructions") or "",
        capstone=bool(data.get("capstone", False)),
        minutes=int(data.get("minutes") or 90),
        levels={int(level): str(text) for level, text in (data.get("levels") or {}).items()},
        healed=_healed(exercise_id, data.get("healed")),
    )


def _healed(exercise_id: str, data: Mapping[str, Any] | None) -> HealedAsk | None:
    if not data:
        return None
    ask = HealedAsk(int(data["first_week"]), int(data["last_week"]), bool(data.get("required", False)))
    if not 1 <= ask.first_week < ask.last_week:
        raise ValueError(f"The follow-up photo of exercise {exercise_id} needs a first week before the last.")
    return ask
