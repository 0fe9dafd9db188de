"""The rubric as data: criteria with weights and four described levels, and the marks that each tier asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.procedure import SECTIONS

LEVELS: tuple[int, ...] = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row of the rubric. `core` criteria have a floor of their own, whatever the score."""

    id: str
    title: str
    step: str
    weight: int
    core: bool
    levels: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a tier asks of a piece: the score, the lowest core level, and perhaps the mean core level."""

    score: Fraction
    core: int
    core_mean: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Rubric:
    """Criteria (weights sum to 100), points per level, criteria that always apply, and marks by tier."""

    id: str
    criteria: tuple[Criterion, ...]
    points: Mapping[int, Fraction]
    always: tuple[str, ...]
    marks: Mapping[str, Mark]

    def criterion(self, criterion_id: str) -> Criterion:
        """Return a criterion by id; raises KeyError when there is none."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)

    def applicable(self, evidenced: Collection[str]) -> tuple[Criterion, ...]:
        """Return, in rubric order, the criteria that an exercise evidences plus those that always apply.

        Raises ValueError for an id that the rubric does not have.
        """
        known = {criterion.id for criterion in self.criteria}
        if not set(evidenced) <= known:
            raise ValueError(f"The rubric has no criterion {', '.join(sorted(set(evidenced) - known))}.")
        wanted = set(evidenced) | set(self.always)
        return tuple(criterion for criterion in self.criteria if criterion.id in wanted)


def rubric_from_dict(data: Mapping[str, Any]) -> Rubric:
    """Build the rubric from the canonical dict; raises ValueError with a sentence on nonsense."""
    criteria = tuple(_criterion(row) for row in data.get("criteria") or ())
    ids = [criterion.id for criterion in criteria]
    if len(set(ids)) != len(ids):
        raise ValueError("The rubric has two criteria with one id.")
    if sum(criterion.weight for criterion in criteria) != 100:
        raise ValueError("The weights of the rubric must sum to 100.")
    points = {int(level): Fraction(str(value)) for level, value in (data.get("points") or {}).items()}
    ladder = [points[level] for level in sorted(points)]
    if sorted(points) != list(LEVELS) or ladder != sorted(set(ladder)) or not 0 <= ladder[0] <= ladder[-1] <= 100:
        raise ValueError("The rubric needs rising points from 0 to 100 for the levels 1 to 4.")
    always = tuple(data.get("always") or ())
    if not set(always) <= set(ids):
        raise ValueError("The rubric always applies a criterion that it does not have.")
    marks = {tier: _mark(tier, row) for tier, row in (data.get("marks") or {}).items()}
    return Rubric(str(data.get("id") or "rubric"), criteria, points, always, marks)


def _criterion(row: Mapping[str, Any]) -> Criterion:
    criterion_id, title = row.get("id"), row.get("title")
    if not criterion_id or not title:
        raise ValueError("A criterion needs an id and a title.")
    weight = row.get("weight")
    if isinstance(weight, bool) or not isinstance(weight, int) or weight < 1:
        raise ValueError(f"The weight of {criterion_id} must be a whole number of at least 1.")
    levels = {int(level): str(text) for level, text in (row.get("levels") or {}).items()}
    if sorted(levels) != list(LEVELS) or not all(text.strip() for text in levels.values()):
        raise ValueError(f"Criterion {criterion_id} needs a description of each level from 1 to 4.")
    step = str(row.get("step") or criterion_id)
    if step not in SECTIONS:
        raise ValueError(f"Criterion {criterion_id} names the step {step!r}, which does not exist.")
    return Criterion(str(criterion_id), str(title), step, weight, bool(row.get("core", False)), levels)


def _mark(tier: str, row: Mapping[str, Any]) -> Mark:
    core = row.get("core")
    if core not in LEVELS:
        raise ValueError(f"The core level of {tier} must be from 1 to 4.")
    mean = row.get("core_mean")
    score = Fraction(str(row.get("score")))
    if not 0 <= score <= 100:
        raise ValueError(f"The score of {tier} must be from 0 to 100.")
    return Mark(score, core, None if mean is None else Fraction(str(mean)))
