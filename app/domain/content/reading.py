"""What the readers of courses and quizzes share: files, YAML, figures, and the growing content."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.domain.content import svg, yaml_text
from app.domain.content.content_set import ContentSet, Register
from app.domain.content.problems import Place, Report
from app.domain.content.schema import Definition

# Things that may share an id with a thing of another kind: a bank is named like its course.
_OWN_NAMESPACE = frozenset(["bank"])


@dataclass
class Reading:
    """One run of the loader."""

    courses_dir: Path
    report: Report = field(default_factory=Report)
    content: ContentSet = field(default_factory=ContentSet)
    register: Register = field(default_factory=Register)
    lesson_links: list[tuple[str, Place]] = field(default_factory=list)
    _ids: dict[str, Place] = field(default_factory=dict)
    _figures: dict[Path, svg.Figure | None] = field(default_factory=dict)

    def text(self, file: Path) -> str | None:
        """Return the text of a file with line feeds only, or None after reporting why it cannot be read."""
        try:
            text = file.read_bytes().decode("utf-8")
        except FileNotFoundError:
            self.report.error(Place(file, line=1), "file-missing", "This file is missing.")
            return None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.report.error(Place(file, line=line), "file-encoding", "The file is not UTF-8.")
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")

    def yaml_file(self, file: Path) -> dict[str, Any] | None:
        """Return the mapping in a YAML file, or None after reporting what is wrong with it."""
        text = self.text(file)
        return None if text is None else self.yaml_block(file, text, 1)

    def yaml_block(self, file: Path, text: str, first_line: int) -> dict[str, Any] | None:
        """Return the mapping in a YAML text that begins on `first_line` of `file`, or None."""
        self.report.remember(file, text, first_line)
        try:
            data = yaml_text.load(text)
        except yaml.YAMLError as error:
            line = first_line + yaml_text.error_line(error)
            said = getattr(error, "problem", None) or str(error)
            self.report.error(Place(file, line=line), "yaml", f"This is not valid YAML: {said}.")
            return None
        if not isinstance(data, dict):
            self.report.error(Place(file, line=first_line), "yaml", "The file must hold key: value lines.")
            return None
        return data

    def listed(self, file: Path, data: dict[str, Any], key: str) -> list[Any]:
        """Return the list under `key`, or an empty one after reporting that it is none."""
        found = data.get(key)
        if isinstance(found, list) and found:
            return found
        self.report.error(Place(file, (key,)), "missing-key", f"{key} must be a list with at least one entry.")
        return []

    def only_keys(self, file: Path, data: dict[str, Any], known: tuple[str, ...]) -> None:
        """Report every key of `data` that is not among the known ones."""
        for key in data:
            if key not in known:
                self.report.error(Place(file, (str(key),)), "unknown-key", f"{key} is not a key of this file.")

    def add(self, where: dict[str, Any], definition: Definition, place: Place) -> None:
        """Put a definition into its dictionary, and report an id that is already taken."""
        if self.claim(definition.kind, definition.id, place):
            where[definition.id] = definition

    def claim(self, kind: str, id: str, place: Place) -> bool:
        """Take an id for good; report and return False when something else has it."""
        space = f"{kind}:" if kind in _OWN_NAMESPACE else ""
        taken = self._ids.get(space + id)
        if taken is not None:
            self.report.error(place.at("id"), "id-taken", f"The id {id} is already used in {taken.file}.")
            return False
        self._ids[space + id] = place
        self.register.places[kind, id] = place
        return True

    def mark_broken(self, kind: str, data: Any) -> None:
        """Remember the id of something that did not validate, so that references to it stay quiet."""
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            self.register.broken.add((kind, data["id"]))

    def figure(self, base: Path, path: str, place: Place, prefix: str) -> str | None:
        """Return the checked SVG of the figure at `path` below `base`, its ids prefixed; None when unusable."""
        file = base / path
        if file not in self._figures:
            self._figures[file] = self._read_figure(file) if file.is_file() else None
        if not file.is_file():
            self.report.error(place, "figure-missing", f"There is no figure {path}.")
        found = self._figures[file]
        return found.markup(prefix) if found is not None else None

    def _read_figure(self, file: Path) -> svg.Figure | None:
        text = self.text(file)
        if text is None:
            return None
        figure, faults = svg.read(text)
        for fault in faults:
            self.report.error(Place(file, line=fault.line), fault.code, fault.sentence)
        return figure

    def unused_figures(self, folder: Path) -> None:
        """Check the figures below `folder` that nothing shows, and warn about each."""
        for file in sorted(folder.rglob("*.svg")):
            if file not in self._figures:
                self._figures[file] = self._read_figure(file)
                self.report.warn(Place(file, line=1), "figure-unused", "Nothing shows this figure.")
