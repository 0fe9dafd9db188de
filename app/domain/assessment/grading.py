"""Grading an attempt: exact points, sub-scores by section, safety items, floors, and the reasons for the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import percent_text
from app.domain.assessment.items.base import Item, ItemGrade, Response
from app.domain.assessment.items.essay import Essay, HandMark
from app.domain.assessment.quiz import AttemptPolicy, QuizSpec
from app.domain.assessment.scoring import ONE, ZERO
from app.domain.procedure import section_title


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an attempt did not pass: a code for machines, a sentence for people, and the section if it is one."""

    code: str
    sentence: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of the attempt: its facts, its grade, and the points that it earned."""

    item_id: str
    section: str
    topic: str
    safety: bool
    points: int
    grade: ItemGrade

    @property
    def earned(self) -> Fraction:
        """The exact points."""
        return self.grade.fraction * self.points


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The sub-score of one step or area."""

    section: str
    earned: Fraction
    possible: int
    items: int
    correct: int

    @property
    def title(self) -> str:
        """The printed name of the section."""
        return section_title(self.section)

    @property
    def percent(self) -> Fraction:
        """The exact percentage."""
        return self.earned * 100 / self.possible


@dataclass(frozen=True, slots=True)
class AttemptGrade:
    """The grade of a whole attempt. `passed` is true exactly when there is no reason against it.

    `waiting` names the items that a person has yet to mark. As long as there are any, the points, the percentage and
    `passed` say nothing yet: such a grade is not recorded and not shown.
    """

    earned: Fraction
    possible: int
    items: tuple[ItemResult, ...]
    sections: tuple[SectionScore, ...]
    safety_missed: tuple[str, ...]
    reasons: tuple[Reason, ...]
    waiting: tuple[str, ...] = ()

    @property
    def percent(self) -> Fraction:
        """The exact percentage, 0 to 100."""
        return self.earned * 100 / self.possible

    @property
    def passed(self) -> bool:
        """True when every rule of the quiz is met."""
        return not self.reasons

    @property
    def correct(self) -> int:
        """How many items are wholly right."""
        return sum(result.grade.correct for result in self.items)

    def summary(self) -> dict[str, Any]:
        """Return the grade as JSON with exact fractions as text ("7/3"), for the append-only record."""
        return {
            "earned": str(self.earned),
            "possible": self.possible,
            "percent": str(self.percent),
            "passed": self.passed,
            "correct": self.correct,
            "items": {r.item_id: {"fraction": str(r.grade.fraction), "points": r.points} for r in self.items},
            "sections": [
                {
                    "section": s.section,
                    "earned": str(s.earned),
                    "possible": s.possible,
                    "items": s.items,
                    "correct": s.correct,
                }
                for s in self.sections
            ],
            "safety_missed": list(self.safety_missed),
            "reasons": [{"code": r.code, "sentence": r.sentence, "section": r.section} for r in self.reasons],
        }


def grade_attempt(
    spec: QuizSpec,
    items: Sequence[Item[Any]],
    responses: Mapping[str, Response | None],
    marks: Mapping[str, HandMark] | None = None,
) -> AttemptGrade:
    """Grade the items that the server drew; an item without a response is unanswered and earns nothing.

    `marks` are those that people gave, by item id. Whoever grades again must pass them on: nothing else may replace
    a human mark. Points below zero (negative marks) never make a section or an attempt worth less than nothing.
    Raises ValueError for no items, an item drawn twice, a response to an item that was not drawn, or a grade
    outside 0 to 1: each would be a fault of ours, never of the student.
    """
    ids = [item.id for item in items]
    if not ids or len(set(ids)) != len(ids):
        raise ValueError("An attempt has at least one item and none twice.")
    if not set(responses) <= set(ids):
        raise ValueError("There is a response to an item that was not drawn.")
    results = tuple(_result(item, responses.get(item.id), (marks or {}).get(item.id)) for item in items)
    sections = _sections(results)
    earned = max(sum((result.earned for result in results), ZERO), ZERO)
    possible = sum(result.points for result in results)
    missed = tuple(result.item_id for result in results if result.safety and not result.grade.correct)
    reasons = _reasons(spec, earned * 100 / possible, sections, missed)
    waiting = tuple(result.item_id for result in results if result.grade.waiting)
    return AttemptGrade(earned, possible, results, sections, missed, reasons, waiting)


def grade_item(item: Item[Any], response: Any, mark: HandMark | None = None) -> ItemGrade:
    """Judge one response: by the mark that a person gave it, if there is one, else by the rules of its type."""
    if mark is not None and isinstance(item, Essay):
        return item.grade_by(response, mark)
    grade: ItemGrade = item.grade(response)
    return grade


def _result(item: Item[Any], response: Response | None, mark: HandMark | None) -> ItemResult:
    grade = grade_item(item, item.parse_response({}) if response is None else response, mark)
    low = -ONE if item.negative else ZERO
    if not low <= grade.fraction <= ONE:
        raise ValueError(f"Item {item.id} was graded {grade.fraction}, outside {low} to 1.")
    return ItemResult(item.id, item.section, item.topic, item.safety, item.points, grade)


def _sections(results: Sequence[ItemResult]) -> tuple[SectionScore, ...]:
    order = list(dict.fromkeys(result.section for result in results))
    scores = []
    for section in order:
        own = [result for result in results if result.section == section]
        scores.append(
            SectionScore(
                section=section,
                earned=max(sum((result.earned for result in own), ZERO), ZERO),
                possible=sum(result.points for result in own),
                items=len(own),
                correct=sum(result.grade.correct for result in own),
            )
        )
    return tuple(scores)


def _reasons(
    spec: QuizSpec, percent: Fraction, sections: Sequence[SectionScore], missed: Sequence[str]
) -> tuple[Reason, ...]:
    reasons = []
    if percent < spec.pass_mark:
        sentence = f"{percent_text(spec.pass_mark)} is needed; this attempt reached {percent_text(percent)}."
        reasons.append(Reason("below_mark", sentence))
    if spec.safety_must_pass and missed:
        count = "One safety question was" if len(missed) == 1 else f"{len(missed)} safety questions were"
        reasons.append(Reason("safety_missed", f"{count} not right. All of them must be, whatever the score."))
    for section in sections:
        if spec.section_floor is not None and section.percent < spec.section_floor:
            floor, have = percent_text(spec.section_floor), percent_text(section.percent)
            sentence = f"{section.title} needs at least {floor}; it reached {have}."
            reasons.append(Reason("section_below_floor", sentence, section.section))
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class AttemptMark:
    """What counts of a finished attempt: its exact percentage and whether it passed."""

    percent: Fraction
    passed: bool


def final_mark(policy: AttemptPolicy, marks: Sequence[AttemptMark], pass_mark: Fraction) -> AttemptMark | None:
    """Return the mark that several attempts (oldest first) amount to; None when there is none.

    best: a passed attempt before a failed one, then the higher percentage (a high score that missed a safety
    item must not hide a pass). mean: the average; it passes when it reaches the mark and one attempt passed in full.
    """
    if not marks:
        return None
    if policy is AttemptPolicy.FIRST:
        return marks[0]
    if policy is AttemptPolicy.LAST:
        return marks[-1]
    if policy is AttemptPolicy.BEST:
        return max(marks, key=lambda mark: (mark.passed, mark.percent))
    mean = sum((mark.percent for mark in marks), ZERO) / len(marks)
    return AttemptMark(mean, mean >= pass_mark and any(mark.passed for mark in marks))
