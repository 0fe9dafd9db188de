"""Banks in other formats. Nothing here touches the database: a bank is a file under version control."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.domain.assessment.interchange import completing, formats
from app.domain.assessment.interchange.completing import Defaults
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Report, Written
from app.domain.assessment.interchange.tags import SLUG, rule_of
from app.domain.content import yaml_text
from app.domain.content.bank_file import bank_text, check_bank, check_figure, items_text, read_around
from app.domain.content.problems import Problem, Severity
from app.domain.content.reading import Reading
from app.domain.errors import FieldProblem, Invalid
from app.infra.markdown import render_prompt

MOST_RULES = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked once for a whole import; empty fields follow from the objective (its lesson, step and topic)."""

    bank: str
    objective: str
    source: str
    title: str = ""
    lesson: str = ""
    step: str = ""
    topic: str = ""
    prefix: str = ""
    difficulty: int = 1
    points: int = 1
    safety: bool = False
    explanation: str = completing.EXPLANATION
    right: str = completing.RIGHT
    wrong: str = completing.WRONG
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedBank:
    """The outcome: the report, the text of the bank file ("" when no item came of it), and what the check says."""

    format: Format
    bank: str
    report: Report
    text: str
    problems: tuple[Problem, ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """The problems that would stop a release."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


def import_bank(
    data: bytes,
    form: Format,
    choices: Choices,
    *,
    courses: Path,
    quizzes: Path,
    before: str = "",
    watch: Callable[[int], None] = lambda _count: None,
) -> ImportedBank:
    """Read a file of questions and make a bank of it that is checked beside the other content.

    `before` is the text of a bank that the items are added to. `watch` is told how many questions were read. Raises
    Invalid naming each choice that cannot be used.
    """
    _check_names(choices)
    around = read_around(courses, quizzes, choices.bank)
    taken = frozenset(id for _, id in around.register.places) | _ids_in(before)
    defaults = _defaults(choices, around, taken)
    report = formats.import_items(data, form, defaults, check_figure, watch)
    if not report.items:
        return ImportedBank(form, choices.bank, report, "")
    title = choices.title.strip() or choices.bank.replace("-", " ").capitalize()
    text = f"{before.rstrip()}\n{items_text(report.items)}" if before else ""
    text = text or bank_text(choices.bank, title, report.items)
    problems = check_bank(around, quizzes, choices.bank, text, report.figures)
    return ImportedBank(form, choices.bank, report, text, tuple(problems), report.figures)


def export_bank(items: Iterable[Mapping[str, Any]], form: Format, title: str) -> Written:
    """Write the items of a bank in another format."""
    return formats.export_items(list(items), form, title, render_prompt)


def file_name(bank: str, form: Format) -> str:
    """What the file of an export is called."""
    return f"{bank}{formats.ENDINGS[form]}"


def _check_names(choices: Choices) -> None:
    problems = []
    for name, value in (("bank", choices.bank), ("prefix", choices.prefix)):
        if (value or name == "bank") and not (SLUG.fullmatch(value) and len(value) <= 60):
            sentence = "Use lower-case letters, digits and single hyphens, for example hygiene-2."
            problems.append(FieldProblem(name, "bad_name", sentence))
    if not choices.source.strip():
        problems.append(FieldProblem("source", "missing", "Say where the questions come from."))
    if problems:
        raise Invalid(problems[0].sentence, problems)


def _defaults(choices: Choices, around: Reading, taken: frozenset[str]) -> Defaults:
    content = around.content
    home = content.objectives().get(choices.objective)
    if home is None:
        sentence = f"There is no objective {choices.objective[:60]}." if choices.objective else "Name an objective."
        raise Invalid(sentence, [FieldProblem("objective", "unknown", sentence)])
    lesson = content.lessons.get(choices.lesson or home)
    if lesson is None:
        sentence = f"There is no lesson {choices.lesson[:60]}."
        raise Invalid(sentence, [FieldProblem("lesson", "unknown", sentence)])
    return Defaults(
        objective=choices.objective,
        lesson=lesson.id,
        step=choices.step or str(lesson.step),
        topic=choices.topic or str(lesson.topic),
        source=choices.source.strip(),
        prefix=choices.prefix or _prefix(choices.bank),
        difficulty=choices.difficulty,
        safety=choices.safety,
        points=choices.points,
        explanation=choices.explanation or completing.EXPLANATION,
        right=choices.right or completing.RIGHT,
        wrong=choices.wrong or completing.WRONG,
        rules=tuple(_rules(choices.rules)),
        taken=taken,
    )


def _ids_in(text: str) -> frozenset[str]:
    """The ids of a bank that exists; raises Invalid for a file that is none."""
    if not text:
        return frozenset()
    try:
        items = yaml_text.load(text)["items"]
        return frozenset(str(item["id"]) for item in items)
    except (yaml.YAMLError, TypeError, KeyError):
        sentence = "This file is not a bank; nothing can be added to it."
        raise Invalid(sentence, [FieldProblem("bank", "no_bank", sentence)]) from None


def _prefix(bank: str) -> str:
    return "".join(word[0] for word in re.split("-", bank) if word) if "-" in bank else bank[:2]


def _rules(lines: Sequence[str]) -> Iterable[Any]:
    written = [line for line in lines if line.strip()]
    problems = []
    rules = []
    if len(written) > MOST_RULES:
        problems.append(FieldProblem("rules", "too_many", f"There are more than {MOST_RULES} rules."))
    for line in written[:MOST_RULES]:
        try:
            rules.append(rule_of(line))
        except ValueError as error:
            problems.append(FieldProblem("rules", "bad_rule", str(error)))
    if problems:
        raise Invalid(problems[0].sentence, problems)
    return rules
