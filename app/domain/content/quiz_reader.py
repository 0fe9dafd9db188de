"""Read quizzes/: item banks and quizzes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_items import Bank, item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.validation import build, run

_KNOWN = frozenset(["README.md", "banks", "quizzes", "figures", "schema"])


def read_quizzes(reading: Reading, root: Path) -> None:
    """Read everything below `root` into the reading."""
    if not root.is_dir():
        reading.report.error(Place(root, line=1), "file-missing", "This folder is missing.")
        return
    for entry in sorted(root.iterdir()):
        if entry.name not in _KNOWN and not entry.name.startswith("."):
            reading.report.error(Place(entry, line=1), "file-unknown", "This is not part of the format.")
    for file in sorted((root / "banks").glob("*.yaml")):
        _read_bank(reading, root, file)
    for file in sorted((root / "quizzes").glob("*.yaml")):
        _read_quiz(reading, file)
    reading.unused_figures(root)


def _read_bank(reading: Reading, root: Path, file: Path) -> None:
    data = reading.yaml_file(file)
    if data is None:
        reading.register.broken.add(("bank", file.stem))
        return
    reading.only_keys(file, data, ("bank", "title", "items"))
    head = {"id": data.get("bank"), "title": data.get("title")}
    bank = build(Bank, head, Place(file), reading.report)
    if bank is None:
        reading.register.broken.add(("bank", file.stem))
        return
    if bank.id != file.stem:
        sentence = f"The bank must be called {file.stem}, like the file."
        reading.report.error(Place(file, ("bank",)), "id-file", sentence)
    reading.add(reading.content.banks, bank, Place(file))
    for index, raw in enumerate(reading.listed(file, data, "items")):
        _read_item(reading, root, bank.id, raw, Place(file, ("items", index)))


def _read_item(reading: Reading, root: Path, bank: str, raw: Any, place: Place) -> None:
    if not isinstance(raw, dict):
        reading.report.error(place, "bad-value", "An item is a block of keys.")
        return
    for key in ("bank", "figure_svg"):
        if key in raw:
            reading.report.error(place.at(key), "unknown-key", f"{key} is not a key of an item.")
    data = {**raw, "bank": bank}
    figure, item_id = raw.get("figure"), raw.get("id")
    if isinstance(figure, str) and isinstance(item_id, str):
        data["figure_svg"] = reading.figure(root, figure, place.at("figure"), item_id)
    item = run(lambda: item_adapter.validate_python(data), place, reading.report)
    if item is None:
        reading.mark_broken("item", raw)
        reading.register.broken.add(("bank", bank))
        return
    reading.add(reading.content.items, item, place)


def _read_quiz(reading: Reading, file: Path) -> None:
    data = reading.yaml_file(file)
    quiz = build(Quiz, data, Place(file), reading.report) if data is not None else None
    if quiz is None:
        reading.register.broken.add(("quiz", file.stem))
        return
    if quiz.id != file.stem:
        reading.report.error(Place(file, ("id",)), "id-file", f"The id must be {file.stem}, like the file.")
    reading.add(reading.content.quizzes, quiz, Place(file))
