"""The finished attempts of one version of a quiz, cell by cell, kept in columns of numbers.

A hundred items of ten thousand people are a million cells. Each costs a few bytes here: marks, texts of answers and
so on are kept once and named by a number. What is done to every cell is done by functions written in C.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import compress
from math import lcm
from typing import NamedTuple, TypeVar

from app.domain.assessment.statistics.chosen import Sat
from app.domain.assessment.statistics.classical import Column
from app.domain.assessment.statistics.moments import Series

N = TypeVar("N", int, float)
UNKNOWN = -1.0
"""Stands for a time that is not known."""
FINEST = 2**48
"""The finest unit of marks. Attempts with many different sums of points would need endless whole numbers to be exact;
this one is off by less than the last digit that is printed, by a factor of a billion."""


class Cell(NamedTuple):
    """One item of one attempt.

    Which, at which version, what it earned (an exact share as text) of how many points, the stored answer as text,
    and the seconds that it took.
    """

    key: str
    version: Hashable
    share: str
    points: int
    answer: str | None
    seconds: float | None


def _numbers() -> array[int]:
    return array("I")


@dataclass(slots=True)
class _VersionCells:
    """The cells of one version of an item, one entry for each attempt that had it."""

    key: str
    attempts: array[int] = field(default_factory=_numbers)
    places: array[int] = field(default_factory=_numbers)
    codes: array[int] = field(default_factory=_numbers)
    answers: array[int] = field(default_factory=_numbers)
    seconds: array[float] = field(default_factory=lambda: array("f"))
    answer_codes: dict[str | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemCells:
    """What the chosen attempts did with one version of an item; `rows` are their places among the chosen ones.

    `answers` are places in `texts`.
    """

    key: str
    version: Hashable
    is_drawn: bool
    rows: list[int]
    column: Column
    answers: list[int]
    texts: list[str | None]
    seconds: list[float]


class Book:
    """Attempts of one version of a quiz: all have the same number of items, not all the same items.

    A mark is entered as a share of what the attempt could earn, so that attempts whose drawn items brought different
    points can be compared; where all could earn the same, every statistic is what it is in points.
    """

    def __init__(self) -> None:
        self.attempts: list[Sat] = []
        self._places: list[array[int]] = []
        self._items: dict[Hashable, _VersionCells] = {}
        self._codes: dict[tuple[str, int, int], int] = {}
        self._values: list[tuple[Fraction, Fraction]] = []

    def add(self, sat: Sat, cells: Sequence[Cell]) -> None:
        """Enter one attempt with its items in the order of their places."""
        if not self.attempts:
            self._places = [_numbers() for _ in cells]
        if len(cells) != len(self._places) or not cells:
            raise ValueError("Attempts of one version of a quiz have the same number of items.")
        possible = sum([cell.points for cell in cells])
        number, codes, items, places = len(self.attempts), self._codes, self._items, self._places
        for place, (key, version, share, points, answer, seconds) in enumerate(cells):
            kind = (share, points, possible)
            code = codes.get(kind)
            if code is None:
                code = codes[kind] = self._enter(*kind)
            places[place].append(code)
            own = items.get(version)
            if own is None:
                own = items[version] = _VersionCells(key)
            own.attempts.append(number)
            own.places.append(place)
            own.codes.append(code)
            own.answers.append(own.answer_codes.setdefault(answer, len(own.answer_codes)))
            own.seconds.append(UNKNOWN if seconds is None else seconds)
        self.attempts.append(sat)

    def _enter(self, share: str, points: int, possible: int) -> int:
        highest = Fraction(points, possible)
        self._values.append((Fraction(share), highest))
        return len(self._values) - 1

    @property
    def versions(self) -> list[Hashable]:
        """Every version of an item that somebody had."""
        return list(self._items)

    def table(self, chosen: Sequence[int]) -> Table:
        """The marks of some attempts (their places in `attempts`, ascending)."""
        return Table(self, chosen)


class Table:
    """The marks of the chosen attempts in whole numbers: `unit` of them are everything that an attempt can earn.

    A place is an item that every attempt had, or one of the random places that are left, in their order. `fixed`
    names the items of the first columns; `columns` beyond them are the random places.
    """

    def __init__(self, book: Book, chosen: Sequence[int]) -> None:
        values = book._values
        self.unit = _unit(share * highest for share, highest in values)
        self._full = _unit(share for share, _highest in values)
        self.attempts = [book.attempts[number] for number in chosen]
        self._book = book
        self._marks = [round(share * highest * self.unit) for share, highest in values]
        self._own = [round(share * self._full) for share, _highest in values]
        self._highest = [highest for _share, highest in values]
        self._row_of = dict(zip(chosen, range(len(chosen)), strict=True))
        self._has = [False] * len(book.attempts)
        for number in chosen:
            self._has[number] = True
        by_place = [list(map(self._marks.__getitem__, compress(place, self._has))) for place in book._places]
        self.totals = Series(list(map(sum, zip(*by_place, strict=True))))
        self._drawn = self._find_drawn()
        self._whole: dict[Hashable, Column] = {}
        fixed = self._fixed_places()
        self.fixed = list(fixed)
        self.columns = [*fixed.values(), *self._random_places()]

    def items(self) -> Iterator[ItemCells]:
        """Every version of an item that one of the chosen attempts had."""
        return (self._read(version) for version in self._drawn)

    def _find_drawn(self) -> dict[Hashable, bool]:
        """For each version in the table: had only some of the attempts this item?"""
        counts = {
            version: sum(map(self._has.__getitem__, cells.attempts)) for version, cells in self._book._items.items()
        }
        of_key: dict[str, int] = {}
        for version, cells in self._book._items.items():
            of_key[cells.key] = of_key.get(cells.key, 0) + counts[version]
        every = len(self.attempts)
        return {version: of_key[cells.key] < every for version, cells in self._book._items.items() if counts[version]}

    def _read(self, version: Hashable) -> ItemCells:
        cells, is_drawn = self._book._items[version], self._drawn[version]
        column = None if is_drawn else self._whole.get(version)
        attempts = self._kept(cells.attempts, cells)
        return ItemCells(
            key=cells.key,
            version=version,
            is_drawn=is_drawn,
            rows=list(map(self._row_of.__getitem__, attempts)),
            column=column or self._column(self._kept(cells.codes, cells)),
            answers=self._kept(cells.answers, cells),
            texts=list(cells.answer_codes),
            seconds=[seconds for seconds in self._kept(cells.seconds, cells) if seconds >= 0],
        )

    def _kept(self, values: array[N], cells: _VersionCells) -> list[N]:
        """The values of the chosen attempts."""
        if len(self.attempts) == len(self._has):
            return values.tolist()
        return list(compress(values, map(self._has.__getitem__, cells.attempts)))

    def _column(self, codes: Sequence[int]) -> Column:
        marks, own = list(map(self._marks.__getitem__, codes)), list(map(self._own.__getitem__, codes))
        possible = sum((count * self._highest[code] for code, count in Counter(codes).items()), Fraction(0))
        return Column(marks, own, self._full, round(possible * self.unit))

    def _fixed_places(self) -> dict[str, Column]:
        """The items that all had; versions of one item share its column."""
        versions: dict[str, list[Hashable]] = {}
        for version, is_drawn in self._drawn.items():
            if not is_drawn:
                versions.setdefault(self._book._items[version].key, []).append(version)
        return {key: self._joined(own) for key, own in versions.items()}

    def _joined(self, versions: Sequence[Hashable]) -> Column:
        if len(versions) == 1:
            cells = self._book._items[versions[0]]
            column = self._whole[versions[0]] = self._column(self._kept(cells.codes, cells))
            return column
        codes = [0] * len(self.attempts)
        for version in versions:
            cells = self._book._items[version]
            for number, code in zip(self._kept(cells.attempts, cells), self._kept(cells.codes, cells), strict=True):
                codes[self._row_of[number]] = code
        return self._column(codes)

    def _random_places(self) -> list[Column]:
        """Places that drawn items filled; where fixed items change places with them, each attempt's are moved up."""
        items = self._book._items
        of_fixed = {
            place for version, drawn in self._drawn.items() if not drawn for place in set(items[version].places)
        }
        if len(of_fixed) > len(self.fixed):
            return self._moved_up()
        free = [place for place in range(len(self._book._places)) if place not in of_fixed]
        return [self._column(list(compress(self._book._places[place], self._has))) for place in free]

    def _moved_up(self) -> list[Column]:
        drawn: list[list[tuple[int, int]]] = [[] for _ in self.attempts]
        for version, is_drawn in self._drawn.items():
            cells = self._book._items[version]
            for number, place, code in zip(cells.attempts, cells.places, cells.codes, strict=True):
                if is_drawn and self._has[number]:
                    drawn[self._row_of[number]].append((place, code))
        by_place = zip(*([code for _place, code in sorted(row)] for row in drawn), strict=True)
        return [self._column(codes) for codes in by_place]


def _unit(values: Iterable[Fraction]) -> int:
    """The whole number of which each value is a whole share, or one that is fine enough."""
    return min(lcm(1, *{value.denominator for value in values}), FINEST)
