"""Essay: a longer text that an instructor marks by a small rubric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from app.domain.assessment.items.base import (
    Item,
    ItemGrade,
    Part,
    RawResponse,
    Verdict,
    common_fields,
    distinct,
    entries_of,
    policy_of,
    text_of,
    whole,
)
from app.domain.assessment.scoring import ZERO
from app.domain.assessment.shuffle import Seed
from app.domain.errors import FieldProblem, Invalid

TEXT = "text"
MOST_WORDS = 1_500
MAX_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class EssayResponse:
    """The text as it was written; empty when unanswered."""

    text: str = ""

    @property
    def answered(self) -> bool:
        """True when something was written."""
        return bool(self.text)

    @property
    def words(self) -> int:
        """How many words it has: what stands between spaces."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class CriterionLevel:
    """What a criterion is worth at one level, and how such a text looks."""

    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rubric; its levels go from the most points to the least."""

    id: str
    title: str
    levels: tuple[CriterionLevel, ...]

    @property
    def most(self) -> int:
        """The points of its best level."""
        return self.levels[0].points

    def level(self, points: int) -> CriterionLevel | None:
        """The level with so many points; None when there is none."""
        return next((level for level in self.levels if level.points == points), None)


@dataclass(frozen=True, slots=True)
class HandMark:
    """What an instructor gave: points by criterion id, a comment for the student, and the share of the points.

    The share is kept with the mark: a rubric that is corrected later does not change what a person gave.
    """

    points: Mapping[str, int]
    comment: str = ""
    fraction: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class Essay(Item[EssayResponse]):
    """A text of so many words. `model` is an answer that would earn everything, for the marker and after release."""

    type: ClassVar[str] = "essay"
    by_hand: ClassVar[bool] = True

    least_words: int
    most_words: int
    rubric: tuple[Criterion, ...]
    model: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Essay:
        """Build from the canonical dict; raises ValueError with a sentence on nonsense."""
        common = common_fields(data)
        item_id = common["id"]
        if common["safety"]:
            raise ValueError(
                f"Item {item_id} is an essay, so it cannot be a safety item: nobody could say it is right."
            )
        words = data.get("words") or {}
        least = whole(words.get("min", 1), f"The fewest words of item {item_id}", 1, MOST_WORDS)
        most = whole(words.get("max"), f"The most words of item {item_id}", least, MOST_WORDS)
        rubric = tuple(_criterion(item_id, row) for row in entries_of(data, "rubric", item_id, 1, 5))
        distinct([criterion.id for criterion in rubric], "criteria", item_id)
        scoring = policy_of(data, item_id, "rubric", ["rubric"])
        model = data.get("model") or ""
        return cls(**common, scoring=scoring, least_words=least, most_words=most, rubric=rubric, model=model)

    def parse_response(self, raw: RawResponse) -> EssayResponse:
        """Read the field `text`. A text of any number of words is kept; raises Invalid beyond all measure."""
        typed = "\n".join(raw.get(TEXT, ())[:1]).replace("\0", " ").replace("\r\n", "\n").strip()
        if len(typed) > MAX_LENGTH:
            sentence = f"This text is too long to be kept. Use at most {MAX_LENGTH} characters."
            raise Invalid(sentence, [FieldProblem(TEXT, "too_long", sentence)], code="too_long")
        return EssayResponse(typed)

    def to_form(self, response: EssayResponse) -> dict[str, list[str]]:
        """Return the field `text`."""
        return {TEXT: [response.text] if response.answered else []}

    def response_to_json(self, response: EssayResponse) -> dict[str, Any]:
        """Return {"text": as written}."""
        return {"text": response.text}

    def response_from_json(self, data: Mapping[str, Any]) -> EssayResponse:
        """Rebuild from {"text": ...}."""
        return self.parse_response({TEXT: [str(data.get("text") or "")]})

    def grade(self, response: EssayResponse) -> ItemGrade:
        """Nothing for an empty page; any text waits for its mark."""
        return ItemGrade(ZERO, False, response.answered, (), waiting=response.answered)

    def check_mark(self, points: Mapping[str, object]) -> dict[str, int]:
        """Return the points of a mark, one per criterion; raises Invalid naming each criterion without a level."""
        given: dict[str, int] = {}
        problems = []
        for criterion in self.rubric:
            value = points.get(criterion.id)
            if not isinstance(value, int) or criterion.level(value) is None:
                sentence = f"Choose a level for: {criterion.title}."
                problems.append(FieldProblem(criterion.id, "no_level", sentence))
            else:
                given[criterion.id] = value
        if problems:
            raise Invalid(problems[0].sentence, problems, code="no_level")
        return given

    def fraction_of(self, points: Mapping[str, int]) -> Fraction:
        """The share of the item's points that a mark gives; a criterion without points counts nothing."""
        return Fraction(sum(points.get(c.id, 0) for c in self.rubric), sum(c.most for c in self.rubric))

    def grade_by(self, response: EssayResponse, mark: HandMark) -> ItemGrade:
        """Judge a text by the mark that a person gave it."""
        fraction = self.fraction_of(mark.points) if mark.fraction is None else mark.fraction
        parts = tuple(self._part(criterion, mark.points.get(criterion.id, 0)) for criterion in self.rubric)
        return ItemGrade(fraction, fraction == 1, response.answered, parts, mark.comment)

    def _part(self, criterion: Criterion, points: int) -> Part:
        level = criterion.level(points)
        return Part(
            id=criterion.id,
            text=criterion.title,
            verdict=Verdict.RIGHT if points == criterion.most else Verdict.WRONG,
            chosen=False,
            key=True,
            feedback=level.text if level else "",
            earned=str(points),
            possible=str(criterion.most),
        )

    def option_order(self, seed: Seed) -> list[str]:
        """Return nothing: there is nothing to choose from."""
        return []

    def _criteria(self) -> list[dict[str, Any]]:
        return [{"title": criterion.title, "points": criterion.most} for criterion in self.rubric]

    def _public_body(self, seed: Seed) -> dict[str, Any]:
        # What is looked at is part of the task; how a good answer looks is not.
        return {"least_words": self.least_words, "most_words": self.most_words, "criteria": self._criteria()}

    def _released_body(self, seed: Seed) -> dict[str, Any]:
        return {"model": self.model}

    def _plain_lines(self, seed: Seed) -> list[str]:
        counted = ", ".join(f"{criterion.title} ({criterion.most})" for criterion in self.rubric)
        return [f"Write {self.least_words} to {self.most_words} words.", f"What counts: {counted}", *["_" * 60] * 8]


def _criterion(item_id: str, row: Mapping[str, Any]) -> Criterion:
    criterion_id = text_of(row, "id", f"A criterion of item {item_id}")
    owner = f"Criterion {criterion_id} of item {item_id}"
    levels = tuple(
        CriterionLevel(
            whole(level.get("points"), f"The points of a level of {owner}", 0, 20), text_of(level, "text", owner)
        )
        for level in row.get("levels") or ()
    )
    points = [level.points for level in levels]
    if len(levels) < 2 or points != sorted(set(points), reverse=True) or points[-1] != 0:
        raise ValueError(f"{owner} needs two levels or more, from the most points down to 0, no two alike.")
    return Criterion(criterion_id, text_of(row, "title", owner), levels)
