"""What changed between two versions of a definition, field by field, in an order that a person reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.domain.content.writing import FRONT

DRAWING = "figure_svg"
_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")


class Mark(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: where it is ("options", "b", "text"), and what was and is there.

    None stands for nothing. A drawing is only named: its text says nothing to a reader.
    """

    path: tuple[str, ...]
    before: str | None
    after: str | None

    @property
    def is_drawing(self) -> bool:
        """True for the text of a figure."""
        return self.path[-1] == DRAWING

    @property
    def words(self) -> tuple[tuple[Mark, str], ...]:
        """Both texts merged: what stayed, what is gone, what is new, in the order of reading."""
        return tuple(_merged(self.before or "", self.after or ""))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return every field that differs. Entries of a list are compared by their id, or by place without one.

    A new order of the same entries is one change, of their order.
    """
    return list(_fields((), before, after))


def _fields(path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    names = [*before, *(name for name in after if name not in before)]
    rank = {name: place for place, name in enumerate(FRONT)}
    for name in sorted(names, key=lambda name: rank.get(name, len(rank))) if not path else names:
        yield from _values((*path, name), before.get(name), after.get(name))


def _values(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _fields(path, before, after)
    elif _listed(before) and _listed(after):
        yield from _lists(path, before or [], after or [])
    elif _text(before) != _text(after):
        yield Change(path, _text(before), _text(after))


def _listed(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, Mapping) for one in value))


def _lists(path: tuple[str, ...], before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _values((*path, name), old.get(name), new.get(name))
    common = [name for name in old if name in new]
    moved = [name for name in new if name in old]
    if common != moved:
        yield Change((*path, "order"), ", ".join(common), ", ".join(moved))


def _named(entries: Sequence[Any]) -> dict[str, Any]:
    ids = [str(entry["id"]) for entry in entries if "id" in entry]
    if len(set(ids)) == len(entries):
        return dict(zip(ids, entries, strict=True))
    return {str(place): entry for place, entry in enumerate(entries, start=1)}


def _text(value: Any) -> str | None:
    """A value as its author would write it; a block on one line, its parts by name."""
    if value is None or value == []:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        named = ((name, _text(part)) for name, part in value.items() if name != DRAWING)
        return "; ".join(f"{name}: {text}" for name, text in named if text is not None)
    if isinstance(value, list):
        return ", ".join(_text(part) or "" for part in value)
    return str(value)


def _merged(before: str, after: str) -> Iterator[tuple[Mark, str]]:
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Mark.SAME, "".join(old[a:b])
            continue
        if b > a:
            yield Mark.GONE, "".join(old[a:b])
        if d > c:
            yield Mark.NEW, "".join(new[c:d])
