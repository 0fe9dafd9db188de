"""Specs of answers that are chosen, ordered, matched or computed: the body of a type, in a bank or inside a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from app.domain.content.schema import FigurePath, Flag, Number, ShortId, Spec, Text

CHOICE_SCORING = Literal[
    "exact",
    "right_minus_wrong_correct",
    "right_minus_wrong_options",
    "per_decision",
    "proportional_correct",
    "halves",
    "weights",
]
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


Weight = (
    Annotated[float, Field(strict=True, ge=-1, le=1)] | Annotated[str, Field(pattern=r"^-?[0-9]{1,3}/[1-9][0-9]{0,2}$")]
)


def optional(default: Any = None) -> Any:
    """A key that is left out of what is published while it has its default: items without it keep their digest."""
    return Field(default=default, exclude_if=lambda value: value == default)


def distinct(ids: list[str], what: str) -> None:
    """Raise ValueError naming what is used twice."""
    repeated = sorted({i for i in ids if ids.count(i) > 1})
    if repeated:
        raise ValueError(f"{what} must differ; used twice: {', '.join(repeated)}")


class Option(Spec):
    """One choice, with feedback that teaches whoever picks it."""

    id: ShortId
    text: Text
    correct: Flag = False
    feedback: Text
    weight: Weight | None = optional()


def weighted(options: tuple[Option, ...], scoring: str) -> None:
    """Raise ValueError for weights without that scoring, and for a wrong option that costs nothing.

    If wrong ones cost nothing, ticking everything is a perfect answer.
    """
    if scoring != "weights":
        if any(option.weight is not None for option in options):
            raise ValueError("weights need scoring: weights")
    elif any(not option.correct and option.weight in (0, None) for option in options):
        raise ValueError("each wrong option needs a weight below 0")


class SingleChoiceBody(Spec):
    """One right option among three to five."""

    type: Literal["single_choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=3, max_length=5)]
    scoring: Literal["exact", "weights"] = optional("exact")
    negative: Flag = optional(False)
    shuffle: Flag = True

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        distinct([o.id for o in self.options], "option ids")
        distinct([o.text.casefold() for o in self.options], "option texts")
        right = sum(o.correct for o in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must be correct, here {right} are")
        if self.scoring != "weights" and any(option.weight is not None for option in self.options):
            raise ValueError("weights need scoring: weights")
        return self


class MultipleResponseBody(Spec):
    """Some right and some wrong options among four to six."""

    type: Literal["multiple_response"]
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=6)]
    scoring: CHOICE_SCORING
    negative: Flag = optional(False)
    shuffle: Flag = True

    @model_validator(mode="after")
    def _some_keys(self) -> Self:
        distinct([o.id for o in self.options], "option ids")
        distinct([o.text.casefold() for o in self.options], "option texts")
        right = sum(o.correct for o in self.options)
        if right in (0, len(self.options)):
            raise ValueError("at least one option must be correct and at least one must be wrong")
        weighted(self.options, self.scoring)
        return self


class TruthFeedback(Spec):
    """What to say to who answered "true" and to who answered "false"."""

    when_true: Text
    when_false: Text


class TrueFalseBody(Spec):
    """A statement to be judged."""

    type: Literal["true_false"]
    answer: Flag
    feedback: TruthFeedback


class Entry(Spec):
    """One thing to be put in order."""

    id: ShortId
    text: Text


class OrderingBody(Spec):
    """Three to eight entries, written in the right order."""

    type: Literal["ordering"]
    entries: Annotated[tuple[Entry, ...], Field(min_length=3, max_length=8)]
    scoring: ORDER_SCORING
    feedback: Text

    @model_validator(mode="after")
    def _entries_differ(self) -> Self:
        distinct([e.id for e in self.entries], "entry ids")
        distinct([e.text.casefold() for e in self.entries], "entry texts")
        return self


class Pair(Spec):
    """A left side and the right side that belongs to it."""

    id: ShortId
    left: Text
    right: Text
    feedback: Text


class MatchingBody(Spec):
    """Three to six pairs; distractors are right sides that belong to none."""

    type: Literal["matching"]
    pairs: Annotated[tuple[Pair, ...], Field(min_length=3, max_length=6)]
    distractors: tuple[Text, ...] = ()
    scoring: Literal["per_pair", "exact"]

    @model_validator(mode="after")
    def _sides_differ(self) -> Self:
        distinct([p.id for p in self.pairs], "pair ids")
        distinct([p.left.casefold() for p in self.pairs], "left sides")
        distinct([t.casefold() for t in (*(p.right for p in self.pairs), *self.distractors)], "right sides")
        return self


class Tolerance(Spec):
    """How far an answer may be off: nominal a ± v, relative a ± |a|·v, geometric [a/(1+v), a·(1+v)]."""

    kind: Literal["nominal", "relative", "geometric"]
    value: Annotated[Number, Field(ge=0)]


class NumericFeedback(Spec):
    """What to say to a right and to a wrong number."""

    correct: Text
    wrong: Text


Formula = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


def _is_formula(value: Any) -> str:
    """A text that begins with "=" is a formula, as in a spreadsheet; anything else has to be a number."""
    return "=formula" if isinstance(value, str) and value.lstrip().startswith("=") else "=number"


Computed = Annotated[
    Annotated[Number, Tag("=number")] | Annotated[Formula, Tag("=formula")], Discriminator(_is_formula)
]


class CommonError(Spec):
    """A wrong number that a known slip leads to, and what to say about the slip."""

    value: Computed
    feedback: Text


class Drawn(Spec):
    """A number that differs from learner to learner: from low to high in steps."""

    low: Number
    high: Number
    step: Number


class NumericBody(Spec):
    """A number with a tolerance and a unit. With parameters, prompt and feedback show them as {name}.

    Answer and common errors are then formulas over them, for example "=volume * 10 / dose".
    """

    type: Literal["numeric"]
    answer: Computed
    parameters: dict[str, Drawn] | None = optional()
    tolerance: Tolerance
    unit: Text | None = None
    feedback: NumericFeedback
    common_errors: tuple[CommonError, ...] = ()

    @model_validator(mode="after")
    def _slips_are_wrong(self) -> Self:
        if self.parameters:
            return self  # every variant is tried where the whole item is known
        if isinstance(self.answer, str) or any(isinstance(slip.value, str) for slip in self.common_errors):
            raise ValueError("a formula needs parameters")
        if self.tolerance.kind == "geometric" and self.answer <= 0:
            raise ValueError("a geometric tolerance needs an answer above 0")
        for slip in self.common_errors:
            if not isinstance(slip.value, str) and self.accepts(slip.value):
                raise ValueError(f"common error {slip.value:g} would be accepted as right")
        return self

    def accepts(self, value: float) -> bool:
        """Whether `value` lies within the tolerance around the answer."""
        assert not isinstance(self.answer, str)
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


class HotspotBody(Spec):
    """Point at the picture: three to six markers, one of them right."""

    type: Literal["hotspot"]
    regions: Annotated[tuple[Region, ...], Field(min_length=3, max_length=6)]

    @model_validator(mode="after")
    def _one_right_region(self) -> Self:
        distinct([r.id for r in self.regions], "region ids")
        distinct([r.label for r in self.regions], "region labels")
        right = sum(r.correct for r in self.regions)
        if right != 1:
            raise ValueError(f"exactly one region must be correct, here {right} are")
        return self


class PictureOption(Spec):
    """One drawing to choose; the words of `figure_alt` are all that a screen reader has, and give nothing away."""

    id: ShortId
    figure: FigurePath
    figure_alt: Text
    figure_svg: str | None = None
    correct: Flag = False
    feedback: Text


class PictureChoiceBody(Spec):
    """One right drawing among two to six."""

    type: Literal["picture_choice"]
    options: Annotated[tuple[PictureOption, ...], Field(min_length=2, max_length=6)]
    shuffle: Flag = True

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        distinct([o.id for o in self.options], "option ids")
        distinct([o.figure for o in self.options], "figures")
        distinct([o.figure_alt.casefold() for o in self.options], "text alternatives")
        right = sum(o.correct for o in self.options)
        if right != 1:
            raise ValueError(f"exactly one option must be correct, here {right} are")
        return self


class Polar(Spec):
    """A color of CIELAB by lightness, chroma and hue angle."""

    L: Annotated[Number, Field(ge=0, le=100)]
    C: Annotated[Number, Field(ge=0, le=150)]
    h: Annotated[Number, Field(ge=0, le=360)]


class ColorMatchBody(Spec):
    """A color to give by numbers; right within `tolerance`, a CIEDE2000 difference."""

    type: Literal["color_match"]
    target: Polar | Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    tolerance: Annotated[Number, Field(gt=0, le=20)]
    given_as: Literal["lch", "hex"]
    feedback: NumericFeedback
