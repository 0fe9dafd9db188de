"""What a reader says about a file of questions: one entry per question, and nothing left out in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Outcome(StrEnum):
    """What became of one question."""

    IMPORTED = "imported"
    CHANGED = "changed"
    REFUSED = "refused"


class Refused(Exception):
    """A question that cannot become an item: the reason as a sentence, and the line where it shows (0: its first)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass
class Question:
    """One question of a file on its way to an item.

    `line` is 1-based. `body` holds the fields of the item that the question itself gives (type, prompt, options ...);
    what every item of the house needs besides comes later. `tags` and `category` are as written in the file.
    """

    number: int
    line: int
    kind: str = ""
    name: str = ""
    key: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    points: Fraction | None = None
    body: dict[str, Any] | None = None
    figure: str = ""
    changes: list[str] = field(default_factory=list)
    refusal: str = ""

    def change(self, sentence: str) -> None:
        """Note one thing that is not as it was in the file; the same sentence is kept once."""
        if sentence not in self.changes:
            self.changes.append(sentence)

    def refuse(self, refused: Refused) -> None:
        """Give the question up, with the reason."""
        self.body, self.refusal, self.line = None, refused.reason, refused.line or self.line


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a whole file, or a part of it that is no question, cannot be read. `line` is 1-based, 0 when unknown."""

    line: int
    sentence: str


@dataclass
class Reading:
    """All that a reader found: questions in the order of the file, faults of the file, remarks that concern many."""

    questions: list[Question] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    watch: Callable[[int], None] = field(default=lambda _count: None)
    _remarks: Counter[str] = field(default_factory=Counter)

    def add(self, question: Question) -> None:
        """Take the next question, and tell who watches how many there are."""
        self.questions.append(question)
        self.watch(len(self.questions))

    def remark(self, sentence: str) -> None:
        """Note something that concerns the file; how often it was said is counted."""
        self._remarks[sentence] += 1

    @property
    def remarks(self) -> list[str]:
        """The remarks, each once, with how often it was met when more than once."""
        return [text if count == 1 else f"{text} ({count} times)" for text, count in self._remarks.items()]

    def fault(self, line: int, sentence: str) -> None:
        """Note that the file, or a part of it, cannot be read."""
        self.faults.append(Fault(line, sentence))


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one question: the id and the item that it got, or the reason for none."""

    number: int
    line: int
    kind: str
    name: str
    outcome: Outcome
    item_id: str = ""
    item: dict[str, Any] | None = None
    changes: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of an import: entries in the order of the file, faults of the file, and remarks on all of it.

    `figures` are drawings that came with the file and passed the check: path in the bank to SVG text.
    """

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items that came of it, in order."""
        return [entry.item for entry in self.entries if entry.item is not None]

    def count(self, outcome: Outcome) -> int:
        """How many questions had this outcome."""
        return sum(entry.outcome is outcome for entry in self.entries)

    @property
    def whole(self) -> bool:
        """Whether everything in the file became an item."""
        return not self.faults and not self.count(Outcome.REFUSED)


@dataclass(frozen=True, slots=True)
class Written:
    """An export: the file, and per item what the format cannot hold (`lost`) or why it was left out (`left_out`)."""

    data: bytes
    exported: int
    lost: dict[str, list[str]]
    left_out: dict[str, str]
