"""Read quizzes/: item banks and quizzes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.domain.content.problems import Place
from app.domain.content.reading import Reading
from app.domain.content.schema_clients import Client
from app.domain.content.schema_items import Bank, item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.domain.content.validation import build, run

_KNOWN = frozenset(["README.md", "banks", "quizzes", "figures", "schema"])


def read_quizzes(reading: Reading, root: Path, *, without: str = "") -> None:
    """Read everything below `root` into the reading, but for the bank `without`."""
    if not root.is_dir():
        reading.report.error(Place(root, line=1), "file-missing", "This folder is missing.")
        return
    for entry in sorted(root.iterdir()):
        if entry.name not in _KNOWN and not entry.name.startswith("."):
            reading.report.error(Place(entry, line=1), "file-unknown", "This is not part of the format.")
    for file in sorted((root / "banks").glob("*.yaml")):
        if file.stem != without:
            read_bank(reading, root, file)
    for file in sorted((root / "quizzes").glob("*.yaml")):
        _read_quiz(reading, file)
    reading.unused_figures(root)


def read_bank(reading: Reading, root: Path, file: Path) -> None:
    """Read one bank; the figures of its items are looked for below `root`."""
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
        read_item(reading, root, bank.id, raw, Place(file, ("items", index)))


def read_item(reading: Reading, root: Path, bank: str, raw: Any, place: Place) -> None:
    """Read one item of a bank, with the figures below `root`, into the reading."""
    if not isinstance(raw, dict):
        reading.report.error(place, "bad-value", "An item is a block of keys.")
        return
    if "bank" in raw:
        reading.report.error(place.at("bank"), "unknown-key", "bank is not a key of an item.")
    data = {**_with_figures(reading, root, raw, place, str(raw.get("id"))), "bank": bank}
    if data.get("type") == "case" and "client" in data:
        _put_card(reading, data, place)
    item = run(lambda: item_adapter.validate_python(data), place, reading.report)
    if item is None:
        reading.mark_broken("item", raw)
        reading.register.broken.add(("bank", bank))
        return
    reading.add(reading.content.items, item, place)


def _with_figures(reading: Reading, root: Path, value: Any, place: Place, prefix: str) -> Any:
    """Put the drawing beside every `figure`, however deep it lies; ids inside differ from drawing to drawing."""
    if isinstance(value, list):
        return [_with_figures(reading, root, v, place.at(i), f"{prefix}-{i + 1}") for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "figure_svg" in value:
        reading.report.error(place.at("figure_svg"), "unknown-key", "figure_svg is not a key of an item.")
    data = {
        key: _with_figures(reading, root, v, place.at(key), f"{prefix}-{key}" if isinstance(v, dict | list) else prefix)
        for key, v in value.items()
    }
    if isinstance(value.get("figure"), str):
        data["figure_svg"] = reading.figure(root, value["figure"], place.at("figure"), prefix)
    return data


def _put_card(reading: Reading, data: dict[str, Any], place: Place) -> None:
    """Copy the card of the client that a case names: an attempt keeps the card as it was."""
    if "card" in data:
        reading.report.error(place.at("card"), "bad-value", "A case has a client or a card of its own, not both.")
        return
    bank = reading.content.clients
    client = next((c for c in bank.clients if c.id == data["client"]), None) if bank else None
    if client is None:
        reading.report.error(place.at("client"), "unknown-client", f"There is no client {data['client']}.")
        # Stands in, so that nothing else is reported; the error stops the release.
        data["card"] = {"name": "Unknown", "facts": [{"what": "Unknown", "text": "Unknown"}] * 2}
        return
    if data.get("id") not in client.worked_in:
        sentence = (
            f"List this item under worked_in of {client.id}: its card is answered here, so practice leaves it out."
        )
        reading.report.error(place.at("client"), "client-worked", sentence)
    data["card"] = card_of(client)


def card_of(client: Client) -> dict[str, Any]:
    """Return what a student reads of a client, as the card of a case; the key stays behind."""
    rows = ("work", "skin", "lips", "history", "medication", "allergies", "timing", "wishes")
    facts = [
        {"what": "Age and weight", "text": f"{client.age} years, {client.weight_kg} kg"},
        {
            "what": "Skin type",
            "text": f"Phototype {client.phototype.upper()}, {client.undertone} undertone of the face",
        },
    ]
    facts += [{"what": row.capitalize(), "text": getattr(client, row)} for row in rows]
    return {"name": client.name, "facts": facts}


def _read_quiz(reading: Reading, file: Path) -> None:
    data = reading.yaml_file(file)
    quiz = build(Quiz, data, Place(file), reading.report) if data is not None else None
    if quiz is None:
        reading.register.broken.add(("quiz", file.stem))
        return
    if quiz.id != file.stem:
        reading.report.error(Place(file, ("id",)), "id-file", f"The id must be {file.stem}, like the file.")
    reading.add(reading.content.quizzes, quiz, Place(file))
