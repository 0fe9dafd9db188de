"""Make items of what was read: ids, the fields that every item has, and the defaults for what the file lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.interchange.report import Entry, Outcome, Question, Reading, Report
from app.domain.assessment.interchange.tags import LONGEST_ID, META, MOST_POINTS, SLUG, Rule, own
from app.domain.assessment.items.registry import item_from_dict

EXPLANATION = "The lesson that this item belongs to explains it."
RIGHT = "This is right."
WRONG = "This is not right."
_MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is taken where neither the question nor a rule says it; asked for once for a whole file.

    New ids are `prefix`-001 and on; those in `taken` are never given again.
    """

    objective: str
    lesson: str
    step: str
    topic: str
    source: str
    prefix: str
    difficulty: int = 1
    safety: bool = False
    points: int = 1
    explanation: str = EXPLANATION
    right: str = RIGHT
    wrong: str = WRONG
    rules: tuple[Rule, ...] = ()
    taken: frozenset[str] = frozenset()


def complete(reading: Reading, defaults: Defaults) -> Report:
    """Return the report: an item, its changes or a refusal for every question of the reading."""
    taken = set(defaults.taken)
    unused: Counter[str] = Counter()
    entries = [_entry(question, defaults, taken, unused) for question in reading.questions]
    remarks = reading.remarks
    if unused:
        shown = ", ".join(f"{name} ({count})" for name, count in unused.most_common(_MOST_TAGS))
        more = f" and {len(unused) - _MOST_TAGS} more" if len(unused) > _MOST_TAGS else ""
        remarks.append(f"Tags and categories without a rule, not kept: {shown}{more}.")
    if any(entry.name and entry.item for entry in entries):
        remarks.append("Items have no names: the names in the file stand in this report only.")
    return Report(tuple(entries), tuple(reading.faults), tuple(remarks))


def _entry(question: Question, defaults: Defaults, taken: set[str], unused: Counter[str]) -> Entry:
    if question.body is None:
        return _refused(question, question.refusal or "It could not be read.")
    item_id = _id(question, defaults.prefix, taken)
    item = {**_meta(question, defaults, unused), **_filled(question, defaults)}
    item = {"id": item_id, "type": item.pop("type"), **item}
    try:
        item_from_dict(item)
    except ValueError as error:
        return _refused(question, str(error))
    taken.add(item_id)
    outcome = Outcome.CHANGED if question.changes else Outcome.IMPORTED
    return Entry(
        question.number, question.line, question.kind, question.name, outcome, item_id, item, tuple(question.changes)
    )


def _refused(question: Question, reason: str) -> Entry:
    return Entry(question.number, question.line, question.kind, question.name, Outcome.REFUSED, reason=reason)


def _id(question: Question, prefix: str, taken: set[str]) -> str:
    key = question.key
    usable = bool(SLUG.fullmatch(key)) and len(key) <= LONGEST_ID
    if usable and key not in taken:
        return key
    count = 1
    while f"{prefix}-{count:03d}" in taken:
        count += 1
    given = f"{prefix}-{count:03d}"
    if key:
        why = "is already used" if usable else "does not have the form of our ids"
        question.change(f"The id {key[:60]} {why}; it is {given} now.")
    return given


def _meta(question: Question, defaults: Defaults, unused: Counter[str]) -> dict[str, Any]:
    found: dict[str, Any] = {key: getattr(defaults, key) for key in META}
    if question.points is not None:
        found["points"] = _points(question, question.points)
    tags = own(question.tags)
    names = [*tags.other, *(() if tags.meta else _category(question.category))]
    for name in names:
        rules = [rule for rule in defaults.rules if rule.name == name.casefold()]
        found |= {rule.key: rule.value for rule in rules}
        if not rules:
            unused[name] += 1
    for key, written in tags.meta.items():
        value = META[key](written)
        if value is None:
            question.change(f"The tag {key}:{written[:60]} cannot be used; {found[key]} was taken.")
        else:
            found[key] = value
    return found


def _category(path: str) -> list[str]:
    """The last part of a category, which says most; `$course$/top/Hygiene` is Hygiene."""
    parts = [part.strip() for part in path.replace("//", "\0").split("/")]
    last = parts[-1].replace("\0", "/") if parts else ""
    return [last] if last and last not in ("top", "$course$", "$system$", "$module$") else []


def _points(question: Question, points: Fraction) -> int:
    whole = min(max(int(points + Fraction(1, 2)), 1), MOST_POINTS)
    if whole != points:
        question.change(f"{decimal_text(points)} points are {whole} now: points are whole numbers from 1.")
    return whole


def _filled(question: Question, defaults: Defaults) -> dict[str, Any]:
    """The body with a text wherever the house asks for one; what was filled in is a change."""
    body = dict(question.body or {})
    filler = _Filler(defaults)
    if body["type"] == "cloze":
        body["gaps"] = [_told(gap, filler) for gap in body["gaps"]]
    else:
        body = _told(body, filler)
    if filler.count:
        where = f"{filler.count} of {filler.asked} places"
        question.change(f"It had no feedback in {where}; the default text was put there.")
    if not body.get("explanation"):
        question.change("It had no explanation (general feedback); the default text was put there.")
    order = ("type", "prompt", "figure", "figure_alt", "explanation")
    first = {key: body.get(key) or defaults.explanation for key in order if key in body or key == "explanation"}
    return first | {key: value for key, value in body.items() if key not in order}


def _told(given: Mapping[str, Any], filler: _Filler) -> dict[str, Any]:
    """An item, or a gap of one, with a feedback wherever one belongs."""
    body = dict(given)
    right, wrong = filler.defaults.right, filler.defaults.wrong
    if body["type"] in ("single_choice", "multiple_response", "picture_choice"):
        body["options"] = [filler.row(row, row["correct"]) for row in body["options"]]
    elif body["type"] == "hotspot":
        body["regions"] = [filler.row(row, row["correct"]) for row in body["regions"]]
    elif body["type"] == "matching":
        body["pairs"] = [filler.row(row, True) for row in body["pairs"]]
    elif body["type"] == "ordering":
        body["feedback"] = filler.text(body["feedback"], filler.defaults.explanation)
    elif body["type"] == "true_false":
        words = body["feedback"]
        yes, no = (right, wrong) if body["answer"] else (wrong, right)
        body["feedback"] = {
            "when_true": filler.text(words["when_true"], yes),
            "when_false": filler.text(words["when_false"], no),
        }
    elif body["type"] in ("numeric", "short_text"):
        words = body["feedback"]
        body["feedback"] = {
            "correct": filler.text(words["correct"], right),
            "wrong": filler.text(words["wrong"], wrong),
        }
        if "common_errors" in body:
            body["common_errors"] = [filler.row(row, False) for row in body["common_errors"]]
    return body


class _Filler:
    def __init__(self, defaults: Defaults) -> None:
        self.defaults = defaults
        self.count = 0
        self.asked = 0

    def text(self, given: str, default: str) -> str:
        self.asked += 1
        self.count += not given
        return given or default

    def row(self, row: Mapping[str, Any], right: bool) -> dict[str, Any]:
        default = self.defaults.right if right else self.defaults.wrong
        return {**row, "feedback": self.text(row["feedback"], default)}
