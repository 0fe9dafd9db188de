"""Problems found in content: where, what kind, how bad, and a sentence that helps."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from app.domain.content import yaml_text

Keys = tuple[str | int, ...]


class Severity(StrEnum):
    """An error stops a release; a warning is for the author to weigh."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding. `line` is 1-based."""

    file: str
    line: int
    code: str
    severity: Severity
    sentence: str

    def __str__(self) -> str:
        mark = "" if self.severity is Severity.ERROR else " (warning)"
        return f"{self.file}:{self.line}: {self.code}{mark}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file: a path of YAML keys that is turned into a line only when a problem needs it."""

    file: Path
    keys: Keys = ()
    line: int | None = None

    def at(self, *keys: str | int) -> Place:
        """Return the place below this one."""
        return Place(self.file, (*self.keys, *keys), self.line)


@dataclass
class Report:
    """Collects problems; knows how to find the line of a YAML key by a second parse with node marks."""

    problems: list[Problem] = field(default_factory=list)
    _roots: dict[Path, tuple[Any, int]] = field(default_factory=dict)
    _yaml: dict[Path, tuple[str, int]] = field(default_factory=dict)

    def remember(self, file: Path, text: str, first_line: int = 1) -> None:
        """Keep the YAML text of `file`, which begins on `first_line`, for finding lines later."""
        self._yaml[file] = (text, first_line)

    def error(self, place: Place, code: str, sentence: str) -> None:
        """Add an error."""
        self._add(place, code, Severity.ERROR, sentence)

    def warn(self, place: Place, code: str, sentence: str) -> None:
        """Add a warning."""
        self._add(place, code, Severity.WARNING, sentence)

    def _add(self, place: Place, code: str, severity: Severity, sentence: str) -> None:
        line = place.line if place.line is not None else self._line(place)
        self.problems.append(Problem(str(place.file), line, code, severity, sentence))

    def _line(self, place: Place) -> int:
        if place.file not in self._yaml:
            return 1
        text, first = self._yaml[place.file]
        if place.file not in self._roots:
            try:
                self._roots[place.file] = (yaml_text.compose(text), first)
            except yaml.YAMLError:
                self._roots[place.file] = (None, first)
        root, first = self._roots[place.file]
        return first + yaml_text.line_of(root, place.keys)
