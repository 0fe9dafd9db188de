"""Write items as a bank file, as quizzes/README.md shows it, and check the result as the content check does."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.domain.content import svg
from app.domain.content.checks import check
from app.domain.content.course_reader import read_courses
from app.domain.content.problems import Problem
from app.domain.content.quiz_reader import read_bank, read_quizzes
from app.domain.content.reading import Reading

# JSON's text is YAML's double-quoted text but for what YAML does not print raw or takes for a line break.
_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BLOCK = re.compile("[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ROWS = frozenset(["options", "entries", "pairs", "regions", "common_errors", "gaps"])


def bank_text(bank: str, title: str, items: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of a bank file."""
    return f"bank: {bank}\ntitle: {_flow(title)}\nitems:\n{items_text(items)}"


def items_text(items: Sequence[Mapping[str, Any]]) -> str:
    """Return items as they stand in a bank file, ready to be put at its end."""
    return "".join(_item(item) for item in items)


def _item(item: Mapping[str, Any]) -> str:
    lines = []
    for key, value in item.items():
        if key in _ROWS and value:
            lines.append(f"{key}:\n" + "\n".join(f"      - {_flow(row)}" for row in value))
        elif isinstance(value, str) and _reads_as_block(value):
            lines.append(f"{key}: |-\n" + "\n".join(f"      {line}" if line else "" for line in value.split("\n")))
        elif isinstance(value, str) and re.fullmatch(r"[a-z]+(?:[-_][a-z0-9]+)*", value) and key != "prompt":
            lines.append(f"{key}: {value if value not in _WORDS else json.dumps(value)}")
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "  - " + "\n    ".join(lines) + "\n"


_WORDS = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])


def _reads_as_block(text: str) -> bool:
    return "\n" in text and text[0] not in " \n" and not text.endswith("\n") and not _BLOCK.search(text)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str) and re.fullmatch(r"[a-z]{1,3}", value) and value not in _WORDS:
        return value
    return _ESCAPE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))


def _number(value: float) -> str:
    """YAML 1.1 reads 1e-07 as text: a number needs a point before the exponent and a sign behind it."""
    text = repr(value)
    mantissa, mark, exponent = text.partition("e")
    return text if not mark or "." in mantissa else f"{mantissa}.0e{exponent}"


def check_figure(text: str) -> list[str]:
    """Return what is wrong with a drawing, as sentences."""
    return [fault.sentence for fault in svg.read(text)[1]]


def read_around(courses: Path, quizzes: Path, bank: str) -> Reading:
    """Read the files but for one bank: what its items may name, and the ids that are taken."""
    reading = Reading(courses)
    read_courses(reading, courses, complete=False)
    read_quizzes(reading, quizzes, without=bank)
    return reading


def check_bank(
    around: Reading, quizzes: Path, bank: str, text: str, figures: Mapping[str, str] | None = None
) -> list[Problem]:
    """Return what the content check says about a bank file of this text, beside the files that were read.

    `around` takes the bank in, so it serves one check. `figures` are drawings that come with the bank, by path. The
    file in the problems is the bank's own name.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "figures").mkdir()
        for source in (quizzes / "figures").rglob("*.svg"):
            target = root / source.relative_to(quizzes)
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(source.resolve())
        for path, drawing in (figures or {}).items():
            target = root / path
            target.unlink(missing_ok=True)
            target.write_text(drawing, encoding="utf-8")
        file = root / f"{bank}.yaml"
        file.write_text(text, encoding="utf-8")
        read_bank(around, root, file)
        check(around, complete=False)
        found = [problem for problem in around.report.problems if Path(problem.file).is_relative_to(root)]
    return sorted({Problem(Path(p.file).name, p.line, p.code, p.severity, p.sentence) for p in found})
