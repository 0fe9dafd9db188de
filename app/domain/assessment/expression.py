"""A small arithmetic for questions with numbers of their own: exact fractions, nothing but sums, and never eval().

Known: numbers (2, 0.5), names of parameters, + - * / with the usual precedence, parentheses, a leading minus, and the
functions round(x, places), min(a, b, ...), max(a, b, ...) and abs(x). round() is half away from zero, as people do it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_LENGTH = 200
MAX_DEPTH = 20
MAX_PLACES = 6

_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<mark>[-+*/(),]))")
Values = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that was read once; `names` are the parameters that it needs."""

    text: str
    names: frozenset[str]
    _compute: Callable[[Values], Fraction]

    def value(self, values: Values) -> Fraction:
        """Return the exact value; raises ValueError for a division by zero or a parameter that is not given."""
        try:
            return self._compute(values)
        except ZeroDivisionError:
            given = ", ".join(f"{name} = {values[name]}" for name in sorted(self.names))
            raise ValueError(f"{self.text} divides by zero for {given}.") from None
        except KeyError as missing:
            raise ValueError(f"{self.text} needs a value for {missing.args[0]}.") from None


def read_expression(text: str) -> Expression:
    """Read a formula; raises ValueError with a sentence that names the place."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"A formula has at most {MAX_LENGTH} characters.")
    reader = _Reader(text)
    compute = reader.sum(0)
    if reader.token:
        raise ValueError(f"{text}: there should be nothing after {text[: reader.start].strip()!r}.")
    return Expression(text, frozenset(reader.names), compute)


class _Reader:
    """Recursive descent over the tokens; each method returns how to compute what it has read."""

    def __init__(self, text: str) -> None:
        self.text, self.end, self.start = text, 0, 0
        self.kind, self.token = "", ""
        self.names: set[str] = set()
        self._next()

    def _next(self) -> None:
        self.start = self.end
        if not self.text[self.end :].strip():
            self.kind = self.token = ""
            return
        found = _TOKEN.match(self.text, self.end)
        if found is None:
            raise ValueError(f"{self.text}: {self.text[self.end :].strip()[:1]!r} has no meaning here.")
        self.end = found.end()
        self.kind = str(found.lastgroup)
        self.token = found[self.kind]

    def _take(self, *tokens: str) -> str:
        token = self.token
        if token in tokens and token:
            self._next()
            return token
        return ""

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{self.text}: {token!r} is missing after {self.text[: self.start].strip()!r}.")

    def sum(self, depth: int) -> Callable[[Values], Fraction]:
        if depth > MAX_DEPTH:
            raise ValueError(f"{self.text[:20]}...: this is nested too deep.")
        left = self._product(depth)
        while mark := self._take("+", "-"):
            left = _both(mark, left, self._product(depth))
        return left

    def _product(self, depth: int) -> Callable[[Values], Fraction]:
        left = self._signed(depth)
        while mark := self._take("*", "/"):
            left = _both(mark, left, self._signed(depth))
        return left

    def _signed(self, depth: int) -> Callable[[Values], Fraction]:
        if self._take("-"):
            inner = self._single(depth)
            return lambda values: -inner(values)
        return self._single(depth)

    def _single(self, depth: int) -> Callable[[Values], Fraction]:
        kind, token = self.kind, self.token
        if kind == "number":
            self._next()
            number = Fraction(token)
            return lambda _values: number
        if kind == "name":
            self._next()
            return self._call(token, depth) if self._take("(") else self._parameter(token)
        if self._take("("):
            inner = self.sum(depth + 1)
            self._expect(")")
            return inner
        place = self.text[: self.start].strip()
        raise ValueError(
            f"{self.text}: a number or a name is missing {'after ' + repr(place) if place else 'at first'}."
        )

    def _parameter(self, name: str) -> Callable[[Values], Fraction]:
        self.names.add(name)
        return lambda values: values[name]

    def _call(self, name: str, depth: int) -> Callable[[Values], Fraction]:
        if name not in FUNCTIONS:
            raise ValueError(f"{self.text}: there is no function {name}; known are {', '.join(sorted(FUNCTIONS))}.")
        inner = [self.sum(depth + 1)]
        while self._take(","):
            inner.append(self.sum(depth + 1))
        self._expect(")")
        function, (least, most) = FUNCTIONS[name]
        if not least <= len(inner) <= most:
            raise ValueError(f"{self.text}: {name} takes {least if least == most else f'{least} to {most}'} values.")
        return lambda values: function([compute(values) for compute in inner])


def _both(
    mark: str, left: Callable[[Values], Fraction], right: Callable[[Values], Fraction]
) -> Callable[[Values], Fraction]:
    if mark == "+":
        return lambda values: left(values) + right(values)
    if mark == "-":
        return lambda values: left(values) - right(values)
    if mark == "*":
        return lambda values: left(values) * right(values)
    return lambda values: left(values) / right(values)


def _round(given: Sequence[Fraction]) -> Fraction:
    value, places = given
    if places.denominator != 1 or not 0 <= places <= MAX_PLACES:
        raise ValueError(f"round() takes 0 to {MAX_PLACES} places.")
    scale = 10 ** int(places)
    nearest = Fraction((abs(value) * scale * 2 + 1) // 2, scale)
    return nearest if value >= 0 else -nearest


FUNCTIONS: Mapping[str, tuple[Callable[[Sequence[Fraction]], Fraction], tuple[int, int]]] = {
    "round": (_round, (2, 2)),
    "min": (min, (2, 8)),
    "max": (max, (2, 8)),
    "abs": (lambda given: abs(given[0]), (1, 1)),
}
