"""Try a change of a rule: its numbers as a list to edit, and what the changed rule would mean for one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.certification.decision import Outcome

HOUR_KINDS = ("total", "structured", "hygiene", "color", "technique", "practice")
MOST = 1000


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a rule: `path` names it ("hours.total"), 0 means that it is not asked."""

    path: str
    value: int

    @property
    def group(self) -> str:
        """What it is about: hours, quizzes, areas, pieces, exercises, clean, proofs or months."""
        return self.path.partition(".")[0]

    @property
    def ref(self) -> str:
        """The kind, quiz, exercise or proof."""
        return self.path.partition(".")[2]


class Effect(StrEnum):
    """What the changed rule means for a person."""

    GAINS = "gains"
    LOSES = "loses"
    STAYS = "stays"


def numbers_of(payload: Mapping[str, Any], exercises: Iterable[str] = ()) -> list[Number]:
    """Return every number of a requirement set that may be tried; `exercises` are those that could be asked as well."""
    hours, pieces = payload.get("hours") or {}, payload.get("pieces") or {}
    asked = pieces.get("exercises") or {}
    known = [*asked, *(each for each in exercises if each not in asked)]
    rows = [(f"hours.{kind}", hours.get(kind, 0)) for kind in HOUR_KINDS]
    for row in payload.get("quizzes") or ():
        rows += [(f"quizzes.{row['quiz']}", row["mark"]), (f"areas.{row['quiz']}", row.get("area_min") or 0)]
    rows += [(f"pieces.{name}", pieces.get(name, 0)) for name in ("total", "min_3d", "min_skins")]
    rows += [(f"exercises.{each}", asked.get(each, 0)) for each in known]
    rows += [(f"groups.{group['id']}", group["count"]) for group in pieces.get("groups") or ()]
    rows.append(("clean.no_critical_in_last", payload.get("no_critical_in_last") or 0))
    rows += [(f"proofs.{row['kind']}", row.get("max_age_months") or 0) for row in payload.get("proofs") or ()]
    if payload.get("prerequisite"):
        rows.append(("months.prerequisite", payload["prerequisite"].get("months") or 0))
    return [Number(path, int(value)) for path, value in rows]


def with_numbers(payload: Mapping[str, Any], changed: Mapping[str, int]) -> dict[str, Any]:
    """Return the requirement set with these numbers; a requirement whose number is 0 is not asked.

    A proof with the number 0 is still asked, without an age limit. Raises ValueError for an unknown number or one
    outside 0 to 1000.
    """
    made = deepcopy(dict(payload))
    for path, value in changed.items():
        if not 0 <= value <= MOST:
            raise ValueError(f"Each number is from 0 to {MOST}.")
        group, _dot, ref = path.partition(".")
        writer = _WRITERS.get(group)
        if writer is None or not writer(made, ref, value):
            raise ValueError(f"The rule has no number {path}.")
    if made.get("pieces"):
        # A rule that asks for ten single pieces asks for ten in all, whatever its total says.
        single = sum((made["pieces"].get("exercises") or {}).values())
        made["pieces"] = {**made["pieces"], "total": max(made["pieces"].get("total") or 0, single)}
    return made


def _hours(made: dict[str, Any], ref: str, value: int) -> bool:
    if ref not in HOUR_KINDS:
        return False
    hours = dict(made.get("hours") or {})
    hours[ref] = value
    made["hours"] = {kind: hours[kind] for kind in HOUR_KINDS if hours.get(kind)}
    return True


def _quiz(made: dict[str, Any], ref: str, value: int) -> bool:
    rows = [row for row in made.get("quizzes") or () if row["quiz"] == ref]
    for row in rows:
        row["mark"] = value
    if not value:
        made["quizzes"] = [row for row in made.get("quizzes") or () if row["quiz"] != ref]
    return bool(rows)


def _area(made: dict[str, Any], ref: str, value: int) -> bool:
    for row in made.get("quizzes") or ():
        if row["quiz"] == ref:
            row["area_min"] = value or None
    # The quiz itself may have been dropped by another number of the same change.
    return True


def _piece(made: dict[str, Any], ref: str, value: int) -> bool:
    if ref not in ("total", "min_3d", "min_skins"):
        return False
    made["pieces"] = {**(made.get("pieces") or {}), ref: value}
    return True


def _exercise(made: dict[str, Any], ref: str, value: int) -> bool:
    pieces = dict(made.get("pieces") or {})
    exercises = {**(pieces.get("exercises") or {}), ref: value}
    pieces["exercises"] = {exercise: count for exercise, count in exercises.items() if count}
    made["pieces"] = pieces
    return True


def _group(made: dict[str, Any], ref: str, value: int) -> bool:
    pieces = dict(made.get("pieces") or {})
    groups = [{**row, "count": value} if row["id"] == ref else row for row in pieces.get("groups") or ()]
    known = any(row["id"] == ref for row in groups)
    made["pieces"] = {**pieces, "groups": [row for row in groups if row["count"]]}
    return known


def _clean(made: dict[str, Any], _ref: str, value: int) -> bool:
    made["no_critical_in_last"] = value
    return True


def _proof(made: dict[str, Any], ref: str, value: int) -> bool:
    rows = [row for row in made.get("proofs") or () if row["kind"] == ref]
    for row in rows:
        row["max_age_months"] = value or None
    return bool(rows)


def _months(made: dict[str, Any], _ref: str, value: int) -> bool:
    if not made.get("prerequisite"):
        return False
    made["prerequisite"] = {**made["prerequisite"], "months": value}
    return True


_WRITERS = {
    "hours": _hours,
    "quizzes": _quiz,
    "areas": _area,
    "pieces": _piece,
    "exercises": _exercise,
    "groups": _group,
    "clean": _clean,
    "proofs": _proof,
    "months": _months,
}


def effect(before: Outcome, after: Outcome) -> Effect:
    """Return what a change of the rule means for somebody who was judged by both."""
    if before.met == after.met:
        return Effect.STAYS
    return Effect.GAINS if after.met else Effect.LOSES
