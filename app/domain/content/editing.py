"""Check one item, or the draws of one quiz, against everything that is live: what the files are checked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from app.domain.assessment.quiz import quiz_from_dict
from app.domain.content import checks, checks_items, draws, rules, yaml_text
from app.domain.content.content_set import ContentSet
from app.domain.content.problems import Keys, Place, Problem, Report, Severity
from app.domain.content.quiz_reader import read_item
from app.domain.content.reading import Reading
from app.domain.content.schema import Definition
from app.domain.content.schema_items import ItemBase
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.validation import build

D = TypeVar("D", bound=Definition)
TEXT = Path("text")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of an edited text. `line` is 1-based, None for what lies elsewhere; `keys` lead to the value."""

    line: int | None
    keys: Keys
    code: str
    is_error: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Checked(Generic[D]):
    """What an edited text means, as far as it can be read, and everything that is wrong with it."""

    definition: D | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops publishing."""
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def ok(self) -> bool:
        """Whether it may be published."""
        return self.definition is not None and not self.errors


class _Findings(Report):
    """A report that keeps the keys of each problem too."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[Place, Problem]] = []

    def _add(self, place: Place, code: str, severity: Severity, sentence: str) -> None:
        super()._add(place, code, severity, sentence)
        self.found.append((place, self.problems[-1]))

    def findings(self) -> tuple[Finding, ...]:
        """Every problem once; those of the text first, by line."""
        made = {
            Finding(
                problem.line if place.file == TEXT else None,
                place.keys if place.file == TEXT else (),
                problem.code,
                problem.severity is Severity.ERROR,
                problem.sentence,
            )
            for place, problem in self.found
        }
        return tuple(sorted(made, key=lambda f: (f.line is None, f.line or 0, not f.is_error, f.code, f.sentence)))


def check_item(source: str, before: ItemBase, live: ContentSet, quizzes: Path) -> Checked[ItemBase]:
    """Read an item's YAML that is to take the place of `before`; figures are looked up below `quizzes`."""
    reading, report = _reading(live)
    data = reading.yaml_block(TEXT, source, 1) if _is_plain(source, report) else None
    item = _read(reading, data, before, quizzes) if data is not None else None
    if item is not None:
        reading.register.places["item", item.id] = Place(TEXT)
        refused = rules.refusal(item)
        if refused is not None:
            reading.report.error(Place(TEXT), "rules", refused)
        checks.check_item(reading, item)
        _style(reading, item, live)
        _draws_that_lose(reading, item, before, live)
    return Checked(item, report.findings())


def check_draws(rows: Sequence[Mapping[str, Any]], before: Quiz, live: ContentSet) -> Checked[Quiz]:
    """Read draws that are to take the place of those of `before`. A draw must find enough for three attempts."""
    reading, report = _reading(live)
    data = {**before.payload, "draws": [dict(row) for row in rows]}
    quiz = build(Quiz, data, Place(TEXT), report)
    if quiz is not None:
        reading.content.items = live.items
        reading.register.places["quiz", quiz.id] = Place(TEXT)
        refused = rules.refusal(quiz)
        if refused is not None:
            report.error(Place(TEXT), "rules", refused)
        else:
            checks.check_quiz(reading, quiz, strict=True)
    return Checked(quiz, report.findings())


def _is_plain(source: str, report: Report) -> bool:
    """Report what no bank needs and what only serves to exhaust a reader: references, and blocks without end."""
    line = yaml_text.trick_line(source)
    if line is not None:
        report.error(
            Place(TEXT, line=line + 1), "yaml", "Write it out: anchors, aliases and deep nesting are not read."
        )
    return line is None


def _reading(live: ContentSet) -> tuple[Reading, _Findings]:
    """A reading that knows everything live by its id."""
    report = _Findings()
    reading = Reading(Path("courses"), report=report)
    reading.content.clients, reading.content.lessons = live.clients, live.lessons
    elsewhere = Place(Path("elsewhere"), line=1)
    known = {("objective", id) for id in live.objectives()}
    known |= {("bank", item.bank) for item in live.items.values()}
    for kind, named in (("lesson", live.lessons), ("item", live.items), ("course", live.courses)):
        known |= {(kind, id) for id in named}
    reading.register.places = dict.fromkeys(known, elsewhere)
    return reading, report


def _read(reading: Reading, data: dict[str, Any], before: ItemBase, quizzes: Path) -> ItemBase | None:
    """The item, unless it is not valid or pretends to be another one: records point at an id and its type."""
    fixed = {"id": before.id, "type": before.type_name}
    for key, value in fixed.items():
        if data.get(key) != value:
            reading.report.error(Place(TEXT, (key,)), f"{key}-fixed", f"The {key} stays {value}: attempts rest on it.")
    if any(data.get(key) != value for key, value in fixed.items()):
        return None
    read_item(reading, quizzes, before.bank, data, Place(TEXT))
    return reading.content.items.get(before.id)


def _style(reading: Reading, item: ItemBase, live: ContentSet) -> None:
    """Report what the style checks say of the edited bank and did not say before, and items that say the same."""
    bank = {id: one for id, one in live.items.items() if one.bank == item.bank}
    said = {(problem.code, problem.sentence) for problem in _style_of(bank, None).problems}
    now = _style_of({**bank, item.id: item}, item)
    for place, problem in now.found:
        if place.file == TEXT or (problem.code, problem.sentence) not in said:
            say = reading.report.error if problem.severity is Severity.ERROR else reading.report.warn
            say(place, problem.code, problem.sentence)
    for other in live.items.values():
        for _one, _two, share in checks_items.near_duplicates([item, other]) if other.bank != item.bank else ():
            sentence = f"The prompt is {share:.0%} the same as that of {other.id}."
            reading.report.warn(Place(TEXT, ("prompt",)), "near-duplicate", sentence)


def _style_of(bank: dict[str, ItemBase], edited: ItemBase | None) -> _Findings:
    report = _Findings()
    alone = Reading(Path("courses"), report=report, content=ContentSet(items=bank))
    for item in bank.values():
        alone.register.places["item", item.id] = Place(TEXT if item is edited else Path(item.id), line=None)
        alone.register.places["bank", item.bank] = Place(Path(item.bank), line=1)
    checks_items.check_style(alone)
    return report


def _draws_that_lose(reading: Reading, item: ItemBase, before: ItemBase, live: ContentSet) -> None:
    """Report each draw that could be served before and could not with the item as it is now."""
    if draws.reference(item) == draws.reference(before):
        return
    for quiz in live.quizzes.values():
        if not any(draw.bank == item.bank for draw in quiz.draws):
            continue
        for factor in (1, checks.POOL_FACTOR):
            lost = _lost(quiz, factor, live, {**live.items, item.id: item})
            for number in lost:
                sentence = f"{quiz.title}: draw {number + 1} would not find enough for {_times(factor)} any more."
                reading.report.error(Place(Path(quiz.id), line=1), "draw-loses", sentence)


def _times(factor: int) -> str:
    return "one attempt" if factor == 1 else f"{factor} attempts without repeats"


def _lost(quiz: Quiz, factor: int, live: ContentSet, items: Mapping[str, ItemBase]) -> list[int]:
    spec, counts = quiz_from_dict(quiz.payload), [factor * draw.count for draw in quiz.draws]
    had = draws.shortfalls(draws.pools(spec, live.items.values()), counts)
    has = draws.shortfalls(draws.pools(spec, items.values()), counts)
    return [number for number, (old, new) in enumerate(zip(had, has, strict=True)) if new > old]
