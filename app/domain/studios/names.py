"""Compare names of people as a careful person would: case, accents, order and small slips do not hide who is meant."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

_APART = re.compile(r"[^\w]+|_+")
_SILENT = re.compile(r"['’`´]")  # O'Neill is one word
# Letters that do not come apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
LONGEST = 120
SHORT, MIDDLING = 4, 9
"""Below SHORT letters a slip makes another name; below MIDDLING one slip is forgiven, from there on two."""


class Likeness(StrEnum):
    """How well two names agree."""

    SAME = "same"
    CLOSE = "close"
    DIFFERENT = "different"


def fold(text: str) -> str:
    """The text in plain small letters: without accents, and with the special ones of Europe spelled out."""
    folded = unicodedata.normalize("NFKD", text[:LONGEST]).casefold().translate(_PLAIN)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in plain small letters, sorted: "Osei, Amára" and "amara OSEI" give the same."""
    return tuple(sorted(word for word in _APART.split(_SILENT.sub("", fold(name))) if word))


def key_of(name: str) -> str:
    """The words of a name as one text, to compare with."""
    return " ".join(words_of(name))


def distance(one: str, other: str) -> int:
    """The least number of letters to insert, delete, replace or swap with a neighbor (Damerau and Levenshtein).

    The unrestricted distance, which is a metric: a pair that was swapped may be edited again (Lowrance and Wagner,
    "An Extension of the String-to-String Correction Problem", J. ACM 22, 1975).
    """
    last_row_of: dict[str, int] = defaultdict(int)
    far = len(one) + len(other)
    table = [[far] * (len(other) + 2) for _ in range(len(one) + 2)]
    for i in range(len(one) + 1):
        table[i + 1][1] = i
    for j in range(len(other) + 1):
        table[1][j + 1] = j
    for i, left in enumerate(one, 1):
        last_match = 0
        for j, right in enumerate(other, 1):
            row, column = last_row_of[right], last_match
            if left == right:
                last_match = j
            table[i + 1][j + 1] = min(
                table[i][j] + (left != right),
                table[i + 1][j] + 1,
                table[i][j + 1] + 1,
                table[row][column] + (i - row - 1) + 1 + (j - column - 1),
            )
        last_row_of[left] = i
    return table[-1][-1]


def slips(key: str) -> int:
    """How many slips a name of this length forgives."""
    letters = len(key.replace(" ", ""))
    return 0 if letters < SHORT else 1 if letters < MIDDLING else 2


def likeness(one: str, other: str) -> Likeness:
    """Whether two names are of the same person, as far as letters can tell.

    CLOSE are a slip or two, and a middle name or initial that only one of them has.
    """
    left, right = words_of(one), words_of(other)
    if left == right:
        return Likeness.SAME if left else Likeness.DIFFERENT
    few, many = sorted((set(left), set(right)), key=len)
    if len(few) >= 2 and few < many:
        return Likeness.CLOSE
    left_key, right_key = " ".join(left), " ".join(right)
    allowed = min(slips(left_key), slips(right_key))
    near = abs(len(left_key) - len(right_key)) <= allowed and distance(left_key, right_key) <= allowed
    return Likeness.CLOSE if near else Likeness.DIFFERENT


class NameIndex:
    """Names to look near misses up in: every name is filed under itself and under what it is without a letter or two.

    Two names that are at most two slips apart meet in one of these files, so a look-up costs the length of the name,
    not the number of names.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names` are pairs of (what to give back, name)."""
        self._names: dict[str, tuple[str, str]] = {}
        self._files: defaultdict[str, set[str]] = defaultdict(set)
        for given, name in names:
            key = key_of(name)
            if key and given not in self._names:
                self._names[given] = (key, name)
                for form in set(_shortened(key, slips(key))):
                    self._files[form].add(given)

    def nearest(self, name: str) -> tuple[str, str] | None:
        """The one entry that is nearest to a name, as (what to give back, its name); None when none or several are."""
        key = key_of(name)
        met = {given for form in set(_shortened(key, slips(key))) for given in self._files.get(form, ())}
        found: dict[int, list[str]] = defaultdict(list)
        for given in met:
            other = self._names[given][0]
            away = distance(key, other)
            if away <= min(slips(key), slips(other)):
                found[away].append(given)
        if not found:
            return None
        best = found[min(found)]
        return (best[0], self._names[best[0]][1]) if len(best) == 1 else None


def _shortened(key: str, letters: int) -> Iterator[str]:
    yield key
    if letters:
        for at in range(len(key)):
            yield from _shortened(key[:at] + key[at + 1 :], letters - 1)
