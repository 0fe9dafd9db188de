"""Specs of item banks and of the item types as they stand in a bank."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from app.domain.assessment.items.registry import item_from_dict
from app.domain.assessment.items.variants import VariedNumeric
from app.domain.content.schema import Definition, FigurePath, Flag, Positive, Section, Slug, Spec, Text
from app.domain.content.schema_answers import (
    ColorMatchBody,
    HotspotBody,
    MatchingBody,
    MultipleResponseBody,
    NumericBody,
    OrderingBody,
    PictureChoiceBody,
    SingleChoiceBody,
    TrueFalseBody,
)
from app.domain.content.schema_composed import CaseBody, ClozeBody
from app.domain.content.schema_written import EssayBody, ShortTextBody
from app.domain.procedure import Topic


class ItemFront(Spec):
    """What every item has, whatever its type."""

    id: Slug
    step: Section
    topic: Topic
    objective: Slug
    difficulty: Annotated[int, Field(strict=True, ge=1, le=3)]
    safety: Flag = False
    points: Positive = 1
    lesson: Slug
    source: Text
    prompt: Text
    figure: FigurePath | None = None
    figure_alt: Text | None = None
    explanation: Text

    @model_validator(mode="after")
    def _figure_has_alternative(self) -> Self:
        if (self.figure is None) != (self.figure_alt is None):
            raise ValueError("figure and figure_alt belong together; give both or neither")
        return self


class ItemBase(ItemFront, Definition):
    """An item as published: it knows its bank and carries its figure as checked SVG text."""

    kind: ClassVar[str] = "item"
    bank: Slug
    figure_svg: str | None = None

    @property
    def type_name(self) -> str:
        """The type of the item, which each kind of answer declares for itself."""
        return str(getattr(self, "type", ""))


class SingleChoice(SingleChoiceBody, ItemBase):
    """One right option among several."""


class MultipleResponse(MultipleResponseBody, ItemBase):
    """Some right and some wrong options."""


class TrueFalse(TrueFalseBody, ItemBase):
    """A statement to be judged."""


class Ordering(OrderingBody, ItemBase):
    """An order to be restored."""


class Matching(MatchingBody, ItemBase):
    """Pairs to be found."""


class Numeric(NumericBody, ItemBase):
    """A number with a tolerance and a unit."""


class Hotspot(HotspotBody, ItemBase):
    """Point at the picture."""

    @model_validator(mode="after")
    def _has_a_picture(self) -> Self:
        if self.figure is None:
            raise ValueError("a hotspot item needs a figure and figure_alt")
        return self


class ShortText(ShortTextBody, ItemBase):
    """A word or a phrase to write."""


class Cloze(ClozeBody, ItemBase):
    """A text with gaps."""


class PictureChoice(PictureChoiceBody, ItemBase):
    """A drawing to choose."""


class ColorMatch(ColorMatchBody, ItemBase):
    """A color to give by numbers."""


class Case(CaseBody, ItemBase):
    """Several questions about one client."""


class Essay(EssayBody, ItemBase):
    """A text that an instructor marks."""

    @model_validator(mode="after")
    def _no_safety(self) -> Self:
        if self.safety:
            raise ValueError("an essay cannot be a safety item: nobody could say that it is right")
        return self


AnyItem = (
    SingleChoice
    | MultipleResponse
    | TrueFalse
    | Ordering
    | Matching
    | Numeric
    | Hotspot
    | ShortText
    | Cloze
    | PictureChoice
    | ColorMatch
    | Case
    | Essay
)


def _gradable(item: AnyItem) -> AnyItem:
    """What the files may say is only what the grading can read; its refusals are sentences."""
    plain: dict[str, Any] = item.payload
    built = item_from_dict(plain)
    if isinstance(built, VariedNumeric):
        for _variant in built.variants():  # every one that a learner may meet has to make sense
            pass
    return item


Item = Annotated[AnyItem, Field(discriminator="type"), AfterValidator(_gradable)]
TypeName = Literal[
    "single_choice",
    "multiple_response",
    "true_false",
    "ordering",
    "matching",
    "numeric",
    "hotspot",
    "short_text",
    "cloze",
    "picture_choice",
    "color_match",
    "case",
    "essay",
]
ITEM_TYPES: tuple[str, ...] = get_args(TypeName)
item_adapter: TypeAdapter[AnyItem] = TypeAdapter(Item)


class Bank(Definition):
    """A named set of items; the items are definitions of their own."""

    kind: ClassVar[str] = "bank"
    title: Text
