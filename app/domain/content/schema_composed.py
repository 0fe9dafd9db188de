"""Specs of items with several answers: a text with gaps, and the case of a client."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.domain.assessment.items.cloze import gap_ids
from app.domain.content.schema import FigurePath, Positive, ShortId, Slug, Spec, Text
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
    distinct,
)
from app.domain.content.schema_written import ShortTextBody


class PartFront(Spec):
    """What every part of an item has: an id, and its share of the points."""

    id: ShortId
    share: Annotated[Positive, Field(le=100)] = 1


class ChoiceGap(PartFront, SingleChoiceBody):
    """A gap to fill from a list."""


class TextGap(PartFront, ShortTextBody):
    """A gap to write into."""


class NumberGap(PartFront, NumericBody):
    """A gap for a number."""


Gap = Annotated[ChoiceGap | TextGap | NumberGap, Field(discriminator="type")]


class ClozeBody(Spec):
    """A text in which {{id}} stands for each gap, in the order of `gaps`. Plain words, no Markdown."""

    type: Literal["cloze"]
    text: Text
    gaps: Annotated[tuple[Gap, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _each_gap_once(self) -> Self:
        ids = [gap.id for gap in self.gaps]
        distinct(ids, "gap ids")
        if gap_ids(self.text) != ids:
            raise ValueError("the text must name each gap once, as {{id}}, in the order of gaps")
        return self


class QuestionFront(PartFront):
    """What every question of a case has."""

    prompt: Text
    figure: FigurePath | None = None
    figure_alt: Text | None = None
    figure_svg: str | None = None
    explanation: Text | None = None

    @model_validator(mode="after")
    def _figure_has_alternative(self) -> Self:
        if (self.figure is None) != (self.figure_alt is None):
            raise ValueError("figure and figure_alt belong together; give both or neither")
        return self


class SingleChoicePart(QuestionFront, SingleChoiceBody):
    """One right option."""


class MultipleResponsePart(QuestionFront, MultipleResponseBody):
    """Several right options."""


class TrueFalsePart(QuestionFront, TrueFalseBody):
    """A statement."""


class OrderingPart(QuestionFront, OrderingBody):
    """An order."""


class MatchingPart(QuestionFront, MatchingBody):
    """Pairs."""


class NumericPart(QuestionFront, NumericBody):
    """A number."""


class ShortTextPart(QuestionFront, ShortTextBody):
    """A word or a phrase."""


class HotspotPart(QuestionFront, HotspotBody):
    """A place on a figure."""


class PictureChoicePart(QuestionFront, PictureChoiceBody):
    """A drawing."""


class ColorMatchPart(QuestionFront, ColorMatchBody):
    """A color."""


Question = Annotated[
    SingleChoicePart
    | MultipleResponsePart
    | TrueFalsePart
    | OrderingPart
    | MatchingPart
    | NumericPart
    | ShortTextPart
    | HotspotPart
    | PictureChoicePart
    | ColorMatchPart,
    Field(discriminator="type"),
]


class Fact(Spec):
    """One line of a card."""

    what: Text
    text: Text


class Card(Spec):
    """A fictional client, as far as the questions need her."""

    name: Text
    facts: Annotated[tuple[Fact, ...], Field(min_length=2, max_length=14)]


class CaseBody(Spec):
    """Two to six questions about a client: the card is written here, or `client` names one of courses/clients.yaml."""

    type: Literal["case"]
    client: Slug | None = None
    card: Card
    parts: Annotated[tuple[Question, ...], Field(min_length=2, max_length=6)]

    @model_validator(mode="after")
    def _parts_differ(self) -> Self:
        distinct([part.id for part in self.parts], "part ids")
        return self
