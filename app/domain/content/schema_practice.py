"""Specs of practice exercises, the rubric and the defect codes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.domain.content.schema import (
    Count,
    Definition,
    FigurePath,
    Flag,
    Percent,
    Positive,
    Section,
    Slug,
    Spec,
    Text,
    Tier,
)
from app.domain.procedure import Step

Skin = Literal["paper", "latex_sheet", "silicone_sheet", "lip_pad_flat", "lip_3d", "head_3d", "other"]
SkinColor = Literal["light", "medium", "dark", "melanated_lip"]
SlotId = Annotated[str, StringConstraints(pattern=r"^f[0-9]{1,2}$")]
Code = Annotated[str, StringConstraints(pattern=r"^E[0-9]{2}$")]
RubricLevel = Annotated[int, Field(ge=1, le=4)]


class Slot(Spec):
    """A photo that the exercise asks for."""

    id: SlotId
    label: Text
    hint: Text
    required: Flag = True


class Healed(Spec):
    """The follow-up photo of a piece: in which weeks after the session it is taken."""

    first_week: Annotated[int, Field(strict=True, ge=1, le=26)] = 4
    last_week: Annotated[int, Field(strict=True, ge=2, le=52)] = 8
    required: Flag = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_week >= self.last_week:
            raise ValueError("first_week must lie before last_week")
        return self


class Exercise(Definition):
    """A practice task: what to make, on which skin, which photos to take, which criteria apply."""

    kind: ClassVar[str] = "exercise"
    code: Code
    title: Text
    step: Step
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    skins: Annotated[tuple[Skin, ...], Field(min_length=1)]
    skin_colors: tuple[SkinColor, ...] = ()
    target: Text
    instructions: Text
    slots: Annotated[tuple[Slot, ...], Field(min_length=1)]
    criteria: Annotated[tuple[Slug, ...], Field(min_length=1)]
    capstone: Flag = False
    minutes: Positive
    healed: Healed | None = None
    levels: dict[Annotated[int, Field(ge=2, le=4)], Text]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        slots = [slot.id for slot in self.slots]
        if len(set(slots)) != len(slots):
            raise ValueError("a photo slot id is used twice")
        if not any(slot.required for slot in self.slots):
            raise ValueError("at least one photo slot must be required")
        if set(self.levels) != {2, 3, 4}:
            raise ValueError("levels describes what a level 2, 3 and 4 result looks like")
        if len(set(self.steps)) != len(self.steps):
            raise ValueError("a step is listed twice")
        if self.step not in self.steps:
            raise ValueError("steps must contain the main step")
        return self


class Criterion(Spec):
    """A row of the rubric."""

    id: Slug
    title: Text
    step: Section
    weight: Positive
    core: Flag = False
    levels: dict[RubricLevel, Text]

    @model_validator(mode="after")
    def _four_levels(self) -> Self:
        if set(self.levels) != {1, 2, 3, 4}:
            raise ValueError("levels describes the four levels 1, 2, 3 and 4")
        return self


class Mark(Spec):
    """What a piece needs to be approved: the score in percent and the lowest level on a core criterion."""

    score: Percent
    core: RubricLevel
    core_mean: Annotated[float, Field(strict=True, ge=1, le=4)] | None = None


class Rubric(Definition):
    """The rubric by which pieces are reviewed."""

    kind: ClassVar[str] = "rubric"
    title: Text = "Piece rubric"
    points: dict[RubricLevel, Count]
    always: tuple[Slug, ...]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    marks: Annotated[dict[Tier, Mark], Field(min_length=1)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        ids = [criterion.id for criterion in self.criteria]
        if len(set(ids)) != len(ids):
            raise ValueError("a criterion id is used twice")
        total = sum(criterion.weight for criterion in self.criteria)
        if total != 100:
            raise ValueError(f"the weights must add up to 100, here {total}")
        strange = [name for name in self.always if name not in ids]
        if strange:
            raise ValueError(f"always names criteria that do not exist: {', '.join(strange)}")
        if set(self.points) != {1, 2, 3, 4}:
            raise ValueError("points gives a number for each of the levels 1 to 4")
        ladder = [self.points[level] for level in (1, 2, 3, 4)]
        if ladder != sorted(set(ladder)) or (ladder[0], ladder[3]) != (0, 100):
            raise ValueError("points must grow from level to level, from 0 at level 1 to 100 at level 4")
        return self


class Defect(Spec):
    """A defect code for pins. Severity: m minor, M major, C critical; POS is praise."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    title: Text
    seen: Text
    cause: Text | None = None
    fix: Text | None = None
    severity: Literal["m", "M", "C", "praise"]
    criterion: Slug
    figure: FigurePath | None = None
    figure_alt: Text | None = None

    @model_validator(mode="after")
    def _teaches(self) -> Self:
        if self.severity != "praise" and (self.cause is None or self.fix is None):
            raise ValueError("a defect says its usual cause and the first fix")
        if (self.figure is None) != (self.figure_alt is None):
            raise ValueError("figure and figure_alt belong together; give both or neither")
        return self


class Defects(Definition):
    """All defect codes; published as one definition.

    `figures` maps the figure path of a defect to SVG text that is safe to inline.
    """

    kind: ClassVar[str] = "defects"
    id: Slug = "defects"
    defects: Annotated[tuple[Defect, ...], Field(min_length=1)]
    figures: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        codes = [defect.code for defect in self.defects]
        if len(set(codes)) != len(codes):
            raise ValueError("a defect code is used twice")
        return self
