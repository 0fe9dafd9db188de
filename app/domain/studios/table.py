"""Find the name and the certificate number in each row of a list that somebody keeps in their own way."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.credentials import number
from app.domain.errors import FieldProblem, Invalid
from app.domain.studios import near

MOST_ROWS, MOST_CELLS, LONGEST_CELL = 5000, 40, 200
_SEPARATORS = (";", "\t", ",", "|")
_INSIDE = re.compile(r"(?:https?://\S*?)?\bVM[\s\-‐-―−_.·]*(?:[0-9A-Za-z][\s\-‐-―−_.·]*){8,13}\b", re.IGNORECASE)
_HEADS_NAME = frozenset({"name", "artist", "full name", "employee", "holder", "artist name", "person", "staff"})
_HEADS_FIRST = frozenset({"first name", "first", "given name", "forename", "firstname"})
_HEADS_LAST = frozenset({"last name", "last", "surname", "family name", "lastname"})
_HEADS_NUMBER = frozenset(
    {"number", "certificate", "certificate number", "certificate no", "certificate no.", "cert", "no", "no.", "license"}
)
_WORDS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a list. `row` counts from 1 as the rows of the file do; `typed` is empty without a number."""

    row: int
    name: str
    typed: str


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a head row says that things stand; None where it says nothing."""

    name: int | None = None
    first: int | None = None
    last: int | None = None
    number: int | None = None

    @property
    def found(self) -> bool:
        return any(at is not None for at in (self.name, self.first, self.last, self.number))


def cells_of_text(text: str) -> list[list[str]]:
    """The cells of CSV or pasted text, row by row; the separator is the one that most rows agree on."""
    text = text.replace("\x00", "").removeprefix("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()][:50]
    counts = {mark: sum(1 for line in lines if mark in line) for mark in _SEPARATORS}
    mark = max(_SEPARATORS, key=lambda each: counts[each])
    if not counts[mark]:
        return [[line] for line in text.splitlines()]
    try:
        return [list(row) for row in csv.reader(text.splitlines(), delimiter=mark)]
    except csv.Error as error:
        raise _unreadable(f"A row is longer than a table can have: {error}.") from None


def lines_of(rows: Iterable[Sequence[str]]) -> list[Line]:
    """The people of a table, in its order. Empty rows and a head row are left out.

    Raises Invalid when there is nobody, or more rows than one check takes.
    """
    columns = _Columns()
    found: list[Line] = []
    for at, raw in enumerate(rows, 1):
        cells = [_clean(cell) for cell in raw[:MOST_CELLS]]
        if not any(cells):
            continue
        if not found and not columns.found and (heads := _heads(cells)).found:
            columns = heads
            continue
        line = _line(at, cells, columns)
        if line.name or line.typed:
            found.append(line)
        if len(found) > MOST_ROWS:
            raise _unreadable(f"The list has more than {MOST_ROWS} rows. Send it in parts.")
    if not found:
        raise _unreadable("There is no name and no certificate number in this list. Put one person on each row.")
    return found


def _line(row: int, cells: Sequence[str], columns: _Columns) -> Line:
    at, typed, rest = _number_in(cells, columns)
    if columns.first is not None or columns.last is not None:
        parts = [_cell(cells, place) for place in (columns.first, columns.last)]
        name = " ".join(part for part in parts if part)
    elif columns.name is not None:
        name = _cell(cells, columns.name)
    else:
        name = rest or next((cell for i, cell in enumerate(cells) if i != at and _is_name(cell)), "")
    if at is None and not typed and not name:
        name = next((cell for cell in cells if cell), "")
    return Line(row, name[:120], typed[:80])


def _number_in(cells: Sequence[str], columns: _Columns) -> tuple[int | None, str, str]:
    """The place of the number, what was typed, and what else stands in the same cell."""
    for is_right in (True, False):
        for at, cell in enumerate(cells):
            inside = _INSIDE.search(cell)
            if inside is not None and (not is_right or number.check(inside.group()).ok):
                rest = (cell[: inside.start()] + " " + cell[inside.end() :]).strip(" ,;:-–|\t")
                return at, inside.group().strip(), " ".join(rest.split()) if _is_name(rest) else ""
            if is_right and cell and number.check(cell).ok:
                return at, cell, ""
    if columns.number is not None and (given := _cell(cells, columns.number)):
        return columns.number, given, ""
    for at, cell in enumerate(cells):
        if near.looks_meant(cell):
            return at, cell, ""
    return None, "", ""


def _heads(cells: Sequence[str]) -> _Columns:
    places = {" ".join(cell.casefold().replace("_", " ").split()).rstrip(":"): at for at, cell in enumerate(cells)}

    def place(words: frozenset[str]) -> int | None:
        return next((at for word, at in places.items() if word in words), None)

    return _Columns(place(_HEADS_NAME), place(_HEADS_FIRST), place(_HEADS_LAST), place(_HEADS_NUMBER))


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""


def _is_name(cell: str) -> bool:
    return bool(_WORDS.search(cell)) and "@" not in cell and sum(c.isdigit() for c in cell) <= 1


def _clean(cell: str) -> str:
    kept = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", cell[:LONGEST_CELL]))
    text = " ".join(kept.split())
    # A list that we wrote ourselves guards cells against formulas with an apostrophe.
    return text.removeprefix("'") if text[1:2] in ("=", "+", "-", "@") else text


def _unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, [FieldProblem("file", "list", sentence)])
