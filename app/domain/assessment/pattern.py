r"""Patterns for short answers: a small regular-expression language that cannot be slow.

Known: literal characters, ``\d \w \s``, escaped marks, ``.``, ``[a-z]`` and ``[^a-z]``, ``( )`` and ``(?: )``, ``|``,
and ``? * + {m} {m,} {m,n}``. A pattern always has to match the whole answer, so ``^`` and ``$`` at its ends say
nothing new. There is no backtracking: all ways through a pattern are followed at once (Thompson, "Regular expression
search algorithm", CACM 11, 1968), so the time grows with the length of the answer times the size of the pattern and
no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

MAX_SOURCE = 300
MAX_STATES = 600
MAX_REPEAT = 60

Test = Callable[[str], bool]
_CLASSES: dict[str, Test] = {
    "d": str.isdecimal,
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
}
_SPECIAL = frozenset("\\.[](){}|?*+^$")


class BadPattern(ValueError):
    """A pattern that cannot be read; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One state: `test` takes a character and goes on to `to`; without a test the way goes to all of `to` at once."""

    test: Test | None
    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to match. `words` are its literal runs; `takes_digits` when it asks for any digit by itself."""

    source: str
    words: tuple[str, ...]
    takes_digits: bool
    _steps: tuple[_Step, ...] = field(repr=False)
    _start: int = field(repr=False)

    def matches(self, text: str) -> bool:
        """True when the whole text has the shape of the pattern."""
        here = self._spread({self._start})
        for character in text:
            here = self._spread(
                {
                    target
                    for state in here
                    if (test := self._steps[state].test) is not None and test(character)
                    for target in self._steps[state].to
                }
            )
            if not here:
                return False
        return 0 in here

    def _spread(self, states: Iterable[int]) -> set[int]:
        """Everything that can be reached without taking a character."""
        waiting, found = list(states), set[int]()
        while waiting:
            state = waiting.pop()
            if state in found:
                continue
            found.add(state)
            if self._steps[state].test is None:
                waiting.extend(self._steps[state].to)
        return found


@lru_cache(maxsize=2_000)
def compile_pattern(source: str, *, fold: bool = True) -> Pattern:
    """Read a pattern; with `fold` it is matched against folded text (see `wording.tidy`). Raises BadPattern."""
    if not source or len(source) > MAX_SOURCE:
        raise BadPattern(f"A pattern has 1 to {MAX_SOURCE} characters.")
    inner = source[1:] if source.startswith("^") else source
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    reader = _Reader(inner, fold)
    build = reader.alternatives()
    if reader.at < len(inner):
        raise BadPattern("A bracket is closed that was never opened.")
    steps: list[_Step] = [_Step(None, ())]  # state 0 is the end
    start = build(steps, 0)
    words = tuple("".join(reader.literals).split("\0"))
    return Pattern(source, tuple(word for word in words if word), reader.takes_digits, tuple(steps), start)


# A part of a pattern, as a function that adds its states before a given one and returns where it begins.
Build = Callable[[list[_Step], int], int]


def _add(steps: list[_Step], test: Test | None, *to: int) -> int:
    if len(steps) >= MAX_STATES:
        raise BadPattern("This pattern is too big; write shorter repetitions.")
    steps.append(_Step(test, to))
    return len(steps) - 1


class _Reader:
    """Reads a pattern from left to right, once."""

    def __init__(self, source: str, fold: bool) -> None:
        self.source, self.fold, self.at, self.depth = source, fold, 0, 0
        self.literals: list[str] = []
        self.takes_digits = False

    def alternatives(self) -> Build:
        choices = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            self.literals.append("\0")
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else _either(choices)

    def _next(self) -> str:
        return self.source[self.at : self.at + 1]

    def _take(self) -> str:
        if self.at >= len(self.source):
            raise BadPattern("The pattern ends in the middle of something.")
        self.at += 1
        return self.source[self.at - 1]

    def _sequence(self) -> Build:
        parts = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return _in_a_row(parts)

    def _atom(self) -> Build:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == ".":
            return self._tested(lambda _c: True)
        if character == "\\":
            return self._escaped()
        if character in _SPECIAL:
            raise BadPattern(f"{character} cannot stand here; write \\{character} for the character itself.")
        return self._literal(character)

    def _group(self) -> Build:
        if self._next() == "?":
            if self.source[self.at : self.at + 2] != "?:":
                raise BadPattern("Only plain groups are known: ( ) and (?: ).")
            self.at += 2
        self.depth += 1
        if self.depth > 20:
            raise BadPattern("This pattern nests its groups too deeply.")
        self.literals.append("\0")
        inner = self.alternatives()
        if self._next() != ")":
            raise BadPattern("A bracket is opened and never closed.")
        self.at += 1
        self.depth -= 1
        self.literals.append("\0")
        return inner

    def _escaped(self) -> Build:
        character = self._take()
        if character in _CLASSES:
            self.takes_digits = self.takes_digits or character == "d"
            return self._tested(_CLASSES[character])
        if character.isalnum():
            raise BadPattern(f"\\{character} is not known; there are \\d, \\w and \\s.")
        return self._literal(character)

    def _literal(self, character: str) -> Build:
        folded = character.casefold() if self.fold else character
        self.literals.append(folded)
        return _in_a_row([_one(folded_character.__eq__) for folded_character in folded])

    def _tested(self, test: Test) -> Build:
        self.literals.append("\0")
        return _one(test)

    def _class(self) -> Build:
        negated = self._next() == "^"
        self.at += negated
        tests: list[Test] = []
        while (character := self._take()) != "]":
            tests.append(self._member(character, negated))
        if not tests:
            raise BadPattern("[] has no characters in it.")
        return self._tested(lambda c: any(test(c) for test in tests) is not negated)

    def _member(self, character: str, negated: bool) -> Test:
        if character == "\\":
            character = self._take()
            if character in _CLASSES:
                self.takes_digits = self.takes_digits or (character == "d" and not negated)
                return _CLASSES[character]
        last = character
        if self._next() == "-" and self.source[self.at + 1 : self.at + 2] not in ("", "]"):
            self.at += 1
            last = self._take()
        if last < character:
            raise BadPattern(f"[{character}-{last}] runs backward.")
        if character.isdecimal() and not negated:
            self.takes_digits = True
        if not self.fold:
            return lambda c: character <= c <= last
        return lambda c: any(character <= variant <= last for variant in (c, c.upper(), c.lower()))

    def _repeated(self, inner: Build) -> Build:
        mark = self._next()
        if mark not in ("?", "*", "+", "{") or not mark:
            return inner
        self.at += 1
        self.literals.append("\0")
        low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(mark) or self._counts()
        if self._next() in ("?", "*", "+", "{") and self._next():
            raise BadPattern("One repetition directly after another; put a group between them if it is meant.")
        return _times(inner, low, high)

    def _counts(self) -> tuple[int, int | None]:
        end = self.source.find("}", self.at)
        first, comma, second = self.source[self.at : max(end, self.at)].partition(",")
        if end < 0 or not _number(first) or (second and not _number(second)):
            raise BadPattern("Repetitions are written {2}, {2,} or {2,4}; for the character itself write \\{.")
        self.at = end + 1
        low = int(first)
        high = (int(second) if second else None) if comma else low
        if max(low, high or 0) > MAX_REPEAT or (high is not None and high < low):
            raise BadPattern(f"Repetitions go upward and to {MAX_REPEAT} at most.")
        return low, high


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4


def _one(test: Test) -> Build:
    return lambda steps, after: _add(steps, test, after)


def _in_a_row(parts: list[Build]) -> Build:
    def build(steps: list[_Step], after: int) -> int:
        for part in reversed(parts):
            after = part(steps, after)
        return after

    return build


def _either(choices: list[Build]) -> Build:
    def build(steps: list[_Step], after: int) -> int:
        return _add(steps, None, *[choice(steps, after) for choice in choices])

    return build


def _times(inner: Build, low: int, high: int | None) -> Build:
    def build(steps: list[_Step], after: int) -> int:
        if high is None:
            turn = _add(steps, None)
            steps[turn] = _Step(None, (inner(steps, turn), after))
            after = turn
        else:
            end = after
            for _ in range(high - low):
                after = _add(steps, None, inner(steps, after), end)
        for _ in range(low):
            after = inner(steps, after)
        return after

    return build
