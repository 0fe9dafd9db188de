"""Specs of item banks and of the seven item types."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from app.domain.content.schema import (
    Definition,
    FigurePath,
    Flag,
    Number,
    Positive,
    Section,
    ShortId,
    Slug,
    Spec,
    Text,
)
from app.domain.procedure import Topic

CHOICE_SCORING = Literal["exact", "right_minus_wrong_correct", "right_minus_wrong_options", "per_decision"]
ORDER_SCORING = Literal[
    "all_or_nothing",
    "absolute_position",
    "next_exclude_last",
    "next_include_last",
    "one_previous_next",
    "all_previous_next",
    "longest_ordered",
    "longest_contiguous",
    "distance",
]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]


def _distinct(ids: list[str], what: str) -> None:
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise ValueError(f"{what} must differ; used twice: {', '.join(repeated)}")


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


class Option(Spec):
    """One choice, with feedback that teaches whoever picks it."""

    id: ShortId
    text: Text
    correct: Flag = False
    feedback: Text


class SingleChoice(ItemBase):
    """One right option among three to five."""

    type: Literal["single_choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=5)]
    shuffle: Flag = True

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        _distinct([o.id for o in self.options], "option ids")
        _distinct([o.text.casefold() for o in self.options], "option texts")
        right = sum(o.correct for o in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must be correct, here {right} are")
        return self


class MultipleResponse(ItemBase):
    """Some right and some wrong options among four to six."""

    type: Literal["multiple_response"]
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=6)]
    scoring: CHOICE_SCORING
    shuffle: Flag = True

    @model_validator(mode="after")
    def _some_keys(self) -> Self:
        _distinct([o.id for o in self.options], "option ids")
        _distinct([o.text.casefold() for o in self.options], "option texts")
        right = sum(o.correct for o in self.options)
        if right in (0, len(self.options)):
            raise ValueError("at least one option must be correct and at least one must be wrong")
        return self


class TruthFeedback(Spec):
    """What to say to who answered "true" and to who answered "false"."""

    when_true: Text
    when_false: Text


class TrueFalse(ItemBase):
    """A statement to be judged."""

    type: Literal["true_false"]
    answer: Flag
    feedback: TruthFeedback


class Entry(Spec):
    """One thing to be put in order."""

    id: ShortId
    text: Text


class Ordering(ItemBase):
    """Three to eight entries, written in the right order."""

    type: Literal["ordering"]
    entries: Annotated[tuple[Entry, ...], Field(min_length=3, max_length=8)]
    scoring: ORDER_SCORING
    feedback: Text

    @model_validator(mode="after")
    def _entries_differ(self) -> Self:
        _distinct([e.id for e in self.entries], "entry ids")
        _distinct([e.text.casefold() for e in self.entries], "entry texts")
        return self


class Pair(Spec):
    """A left side and the right side that belongs to it."""

    id: ShortId
    left: Text
    right: Text
    feedback: Text


class Matching(ItemBase):
    """Three to six pairs; distractors are right sides that belong to none."""

    type: Literal["matching"]
    pairs: Annotated[tuple[Pair, ...], Field(min_length=3, max_length=6)]
    distractors: tuple[Text, ...] = ()
    scoring: Literal["per_pair", "exact"]

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        _distinct([p.id for p in self.pairs], "pair ids")
        _distinct([p.left.casefold() for p in self.pairs], "left sides")
        _distinct([t.casefold() for t in (*(p.right for p in self.pairs), *self.distractors)], "right sides")
        return self


class Tolerance(Spec):
    """How far an answer may be off: nominal a ± v, relative a ± |a|·v, geometric [a/(1+v), a·(1+v)]."""

    kind: Literal["nominal", "relative", "geometric"]
    value: Annotated[Number, Field(ge=0)]


class NumericFeedback(Spec):
    """What to say to a right and to a wrong number."""

    correct: Text
    wrong: Text


class CommonError(Spec):
    """A wrong number that a known slip leads to, and what to say about the slip."""

    value: Number
    feedback: Text


class Numeric(ItemBase):
    """A number with a tolerance and a unit."""

    type: Literal["numeric"]
    answer: Number
    tolerance: Tolerance
    unit: Text | None = None
    feedback: NumericFeedback
    common_errors: tuple[CommonError, ...] = ()

    @model_validator(mode="after")
    def _slips_are_wrong(self) -> Self:
        if self.tolerance.kind == "geometric" and self.answer <= 0:
            raise ValueError("a geometric tolerance needs an answer above 0")
        for slip in self.common_errors:
            if self.accepts(slip.value):
                raise ValueError(f"common error {slip.value:g} would be accepted as right")
        return self

    def accepts(self, value: float) -> bool:
        """Whether `value` lies within the tolerance around the answer."""
        width = self.tolerance.value
        if self.tolerance.kind == "geometric":
            return self.answer / (1 + width) <= value <= self.answer * (1 + width)
        reach = width * abs(self.answer) if self.tolerance.kind == "relative" else width
        return abs(value - self.answer) <= reach


class Region(Spec):
    """A lettered marker on the figure; x and y are shares of its width and height, from the top left."""

    id: ShortId
    label: Annotated[str, Field(pattern=r"^[A-H]$")]
    x: Fraction
    y: Fraction
    text: Text
    correct: Flag = False
    feedback: Text


class Hotspot(ItemBase):
    """Point at the picture: three to six markers, one of them right."""

    type: Literal["hotspot"]
    regions: Annotated[tuple[Region, ...], Field(min_length=3, max_length=6)]

    @model_validator(mode="after")
    def _one_right_region(self) -> Self:
        _distinct([r.id for r in self.regions], "region ids")
        _distinct([r.label for r in self.regions], "region labels")
        right = sum(r.correct for r in self.regions)
        if right != 1:
            raise ValueError(f"exactly one region must be correct, here {right} are")
        if self.figure is None:
            raise ValueError("a hotspot item needs a figure and figure_alt")
        return self


Item = Annotated[
    SingleChoice | MultipleResponse | TrueFalse | Ordering | Matching | Numeric | Hotspot,
    Field(discriminator="type"),
]
ITEM_TYPES: tuple[str, ...] = (
    "single_choice",
    "multiple_response",
    "true_false",
    "ordering",
    "matching",
    "numeric",
    "hotspot",
)
item_adapter: TypeAdapter[SingleChoice | MultipleResponse | TrueFalse | Ordering | Matching | Numeric | Hotspot] = (
    TypeAdapter(Item)
)


class Bank(Definition):
    """A named set of items; the items are definitions of their own."""

    kind: ClassVar[str] = "bank"
    title: Text
