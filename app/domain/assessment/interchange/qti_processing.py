"""What a QTI item pays: its response processing is run for a given answer, never guessed from its declared key.

The standard templates and the expressions below are known; an item that uses others is refused by name.
Values are None (null), text, Fraction, bool, or a list of these (multiple, ordered).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.assessment.interchange.fitting import number
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import Node

Scalar = str | Fraction | bool
Value = Scalar | list[Scalar] | None
_NUMBERS = frozenset(["integer", "float"])
_TEMPLATES = {
    "match_correct": "match",
    "cc2_match": "match",
    "cc2_match_basic": "match",
    "map_response": "map",
    "cc2_map_response": "map",
}
_MOST_STEPS = 2_000
_MOST_WORK = 250_000  # of all runs of one item, about a second
_MOST_BITS = 8_192


@dataclass(frozen=True, slots=True)
class Declaration:
    """A response variable: its form, the declared key, and the mapping of values to marks."""

    identifier: str
    cardinality: str
    base_type: str
    correct: Value
    mapping: Marks | None


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks per value. Each distinct value of a container counts once; null counts as one unmapped value."""

    entries: tuple[tuple[Scalar, Fraction, bool], ...]
    default: Fraction
    lower: Fraction | None
    upper: Fraction | None

    def score(self, value: Value) -> Fraction:
        """Sum up the mapped marks of a value and hold them within the bounds."""
        values: list[Scalar | None] = list(value) if isinstance(value, list) else [value]
        distinct: list[Scalar | None] = []
        for one in values or [None]:
            if one not in distinct:
                distinct.append(one)
        total = sum((self._of(one) for one in distinct), Fraction(0))
        if self.lower is not None:
            total = max(total, self.lower)
        return min(total, self.upper) if self.upper is not None else total

    def _of(self, value: Scalar | None) -> Fraction:
        for key, mark, sensitive in self.entries:
            folded = isinstance(value, str) and isinstance(key, str) and not sensitive
            if value == key or (folded and str(value).casefold() == str(key).casefold()):
                return mark
        return self.default


def read_value(text: str, base_type: str) -> Scalar:
    """Return a written value by its base type; raises Refused for a number that is none."""
    plain = " ".join(text.split())
    if base_type in _NUMBERS:
        return number(plain)
    if base_type == "boolean":
        return plain == "true"
    return plain


def declaration(node: Node) -> Declaration:
    """Read a response declaration."""
    base, cardinality = node.get("base-type", "identifier"), node.get("cardinality", "single")
    held = node.first("correct-response")
    values = [read_value(value.text, base) for value in held.all("value")] if held is not None else []
    correct: Value = values if cardinality != "single" else (values[0] if values else None)
    mapping = node.first("mapping")
    return Declaration(
        node.get("identifier"),
        cardinality,
        base,
        correct if values else None,
        _mapping(mapping, base) if mapping is not None else None,
    )


def _mapping(node: Node, base: str) -> Marks:
    entries = tuple(
        (read_value(e.get("map-key"), base), number(e.get("mapped-value", "0")), e.get("case-sensitive") != "false")
        for e in node.all("map-entry")
    )
    bounds = [number(node.get(name)) if node.get(name) else None for name in ("lower-bound", "upper-bound")]
    return Marks(entries, number(node.get("default-value", "0")), bounds[0], bounds[1])


@dataclass
class Processing:
    """The response processing of one item, ready to be run."""

    item: Node
    responses: dict[str, Declaration]
    rules: list[Node] = field(default_factory=list)
    template: str = ""
    defaults: dict[str, Value] = field(default_factory=dict)
    _steps: int = 0
    _work: int = 0

    def __post_init__(self) -> None:
        for node in self.item.all("outcome-declaration"):
            base, held = node.get("base-type", "identifier"), node.first("default-value")
            values = [read_value(value.text, base) for value in held.all("value")] if held is not None else []
            single = node.get("cardinality", "single") == "single"
            start: Value = (Fraction(0) if base in _NUMBERS else None) if single else []
            self.defaults[node.get("identifier")] = (values[0] if single else values) if values else start
        processing = self.item.first("response-processing")
        if processing is None:
            raise Refused("It has no response processing, so nothing says what an answer is worth.")
        self.rules = processing.children
        name = processing.get("template").rpartition("/")[2].removesuffix(".xml").lower()
        if name and not self.rules:
            if name not in _TEMPLATES:
                raise Refused(f"The response processing template {name[:40]} is not known.", processing.line)
            self.template = _TEMPLATES[name]
        elif not self.rules:
            raise Refused("Its response processing is empty, so nothing says what an answer is worth.", processing.line)

    def run(self, answer: Value) -> dict[str, Value]:
        """Return the outcomes for an answer to the only response."""
        (declared,) = self.responses.values()
        return self.run_all({declared.identifier: answer})

    def run_all(self, answers: Mapping[str, Value]) -> dict[str, Value]:
        """Return the outcomes for answers by the identifiers of their responses; what is not named has none."""
        if self.template:
            if len(self.responses) > 1:
                line = next((node.line for node in self.item.all("response-processing")), 0)
                raise Refused("Its response processing is a template, which pays only one of its answers.", line)
            ((name, declared),) = self.responses.items()
            return {**self.defaults, "SCORE": self._template(declared, answers.get(name))}
        self._steps = 0
        return _Run(self, answers).outcomes()

    def score(self, answer: Value) -> Fraction:
        """Return the marks for an answer to the only response."""
        return marks_of(self.run(answer))

    def score_all(self, answers: Mapping[str, Value]) -> Fraction:
        """Return the marks for answers by the identifiers of their responses."""
        return marks_of(self.run_all(answers))

    def _template(self, declared: Declaration, answer: Value) -> Fraction:
        if self.template == "match":
            return Fraction(int(same(answer, declared.correct, declared)))
        if declared.mapping is None:
            raise Refused("Its processing asks for a mapping of answers to marks, which is missing.")
        return declared.mapping.score(answer)

    def step(self, node: Node) -> None:
        """Count the work; an item that asks for too much is refused."""
        self._steps += 1
        self._work += 1
        if self._steps > _MOST_STEPS or self._work > _MOST_WORK:
            raise Refused("Its response processing is too long.", node.line)


def marks_of(outcomes: Mapping[str, Value]) -> Fraction:
    """Return the marks among the outcomes; none when there are none."""
    mark = outcomes.get("SCORE")
    return mark if isinstance(mark, Fraction) else Fraction(0)


def same(one: Value, other: Value, declared: Declaration | None) -> bool:
    """Whether two values match: a multiple one in any order, an ordered one in its order; null matches nothing."""
    if one is None or other is None or one == [] or other == []:
        return False
    if isinstance(one, list) and isinstance(other, list) and declared and declared.cardinality == "multiple":
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other


class _Stop(Exception):
    pass


class _Run:
    def __init__(self, processing: Processing, answers: Mapping[str, Value]) -> None:
        self.processing = processing
        self.declared = processing.responses
        given = {name: answers.get(name) for name in processing.responses}
        self.values: dict[str, Value] = {**processing.defaults, **given}

    def outcomes(self) -> dict[str, Value]:
        with suppress(_Stop):
            self.rules(self.processing.rules)
        return self.values

    def rules(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            self.processing.step(node)
            if node.name == "response-condition":
                self.condition(node)
            elif node.name == "set-outcome-value":
                self.values[node.get("identifier")] = self.value(_only(node))
            elif node.name == "response-processing-fragment":
                self.rules(node.children)
            elif node.name == "exit-response":
                raise _Stop
            else:
                raise Refused(f"Its response processing uses <{node.name[:40]}>, which is not known.", node.line)

    def condition(self, node: Node) -> None:
        for branch in node.children:
            if branch.name == "response-else":
                self.rules(branch.children)
                return
            if branch.name not in ("response-if", "response-else-if") or not branch.children:
                raise Refused(f"Its response processing uses <{branch.name[:40]}>, which is not known.", branch.line)
            if self.value(branch.children[0]) is True:
                self.rules(branch.children[1:])
                return

    def value(self, node: Node) -> Value:
        self.processing.step(node)
        known = _EXPRESSIONS.get(node.name)
        if known is None:
            raise Refused(f"Its response processing uses <{node.name[:40]}>, which is not known.", node.line)
        return known(self, node)

    def inner(self, node: Node) -> list[Value]:
        return [self.value(child) for child in node.children]

    def pair(self, node: Node) -> tuple[Value, Value]:
        values = self.inner(node)
        if len(values) != 2:
            raise Refused(f"<{node.name}> needs two values.", node.line)
        return values[0], values[1]

    def numbers(self, node: Node) -> list[Fraction] | None:
        """The numbers inside; None when one of them is null, which makes the whole null."""
        flat: list[Scalar | None] = []
        for value in self.inner(node):
            flat += value if isinstance(value, list) else [value]
        if any(one is None for one in flat):
            return None
        found = [one for one in flat if isinstance(one, Fraction)]
        if len(found) != len(flat) or not found:
            raise Refused(f"<{node.name}> counts with something that is no number.", node.line)
        return found

    def variable(self, node: Node) -> Value:
        name = node.get("identifier")
        if name not in self.values:
            raise Refused(f"Its response processing names {name[:40]}, which is not declared.", node.line)
        return self.values[name]

    def mapped(self, node: Node) -> Value:
        declared = self.declared.get(node.get("identifier"))
        if declared is None or declared.mapping is None:
            raise Refused("Its processing asks for a mapping of answers to marks, which is missing.", node.line)
        return declared.mapping.score(self.values[declared.identifier])

    def key(self, node: Node) -> Value:
        declared = self.declared.get(node.get("identifier"))
        if declared is None:
            raise Refused("Its processing asks for the key of a response that is not declared.", node.line)
        return declared.correct

    def equal(self, node: Node) -> Value:
        one, two = self.pair(node)
        if one is None or two is None:
            return None
        if not isinstance(one, Fraction) or not isinstance(two, Fraction):
            raise Refused("<equal> compares something that is no number.", node.line)
        mode = node.get("tolerance-mode", "exact")
        widths = [number(word) for word in node.get("tolerance").split()] or [Fraction(0)]
        low, high = widths[0], widths[-1]
        if mode == "exact":
            return one == two
        if mode not in ("absolute", "relative"):
            raise Refused(f"The tolerance mode {mode[:20]} is not known.", node.line)
        reach = (low, high) if mode == "absolute" else (abs(one) * low / 100, abs(one) * high / 100)
        above = two >= one - reach[0] and (two > one - reach[0] or node.get("include-lower-bound") != "false")
        below = two <= one + reach[1] and (two < one + reach[1] or node.get("include-upper-bound") != "false")
        return above and below

    def compare(self, node: Node) -> Value:
        one, two = self.pair(node)
        if not isinstance(one, Fraction) or not isinstance(two, Fraction):
            return None
        return {"lt": one < two, "lte": one <= two, "gt": one > two, "gte": one >= two}[node.name]

    def member(self, node: Node) -> Value:
        one, holder = self.pair(node)
        return None if one is None or not isinstance(holder, list) else one in holder

    def string_match(self, node: Node) -> Value:
        one, two = (" ".join(v.split()) if isinstance(v, str) else v for v in self.pair(node))
        if not isinstance(one, str) or not isinstance(two, str):
            return None
        return one == two if node.get("case-sensitive") == "true" else one.casefold() == two.casefold()

    def container(self, node: Node) -> Value:
        flat: list[Scalar] = []
        for value in self.inner(node):
            flat += value if isinstance(value, list) else ([] if value is None else [value])
        return flat

    def arithmetic(self, node: Node) -> Value:
        found = self.numbers(node)
        if found is None:
            return None
        total = found[0]
        for other in found[1:]:
            if node.name == "divide" and other == 0:
                return None
            total = _ARITHMETIC[node.name](total, other)
            if max(total.denominator.bit_length(), total.numerator.bit_length()) > _MOST_BITS:
                raise Refused("Its response processing counts with numbers that are too long.", node.line)
        return total

    def match(self, node: Node) -> Value:
        named = (self.declared.get(child.get("identifier")) for child in node.children)
        only = next(iter(self.declared.values())) if len(self.declared) == 1 else None
        return same(*self.pair(node), next((one for one in named if one is not None), only))


def _only(node: Node) -> Node:
    if len(node.children) != 1:
        raise Refused(f"<{node.name}> needs one value.", node.line)
    return node.children[0]


def _negated(run: _Run, node: Node) -> Value:
    value = run.value(_only(node))
    return None if value is None else value is not True


_ARITHMETIC: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "sum": operator.add,
    "product": operator.mul,
    "subtract": operator.sub,
    "divide": operator.truediv,
    "max": max,
    "min": min,
}
_EXPRESSIONS: dict[str, Callable[[_Run, Node], Value]] = {
    "variable": _Run.variable,
    "correct": _Run.key,
    "map-response": _Run.mapped,
    "base-value": lambda run, node: read_value(node.text, node.get("base-type", "identifier")),
    "null": lambda run, node: None,
    "is-null": lambda run, node: run.value(_only(node)) in (None, []),
    "match": _Run.match,
    "string-match": _Run.string_match,
    "equal": _Run.equal,
    "member": _Run.member,
    "multiple": _Run.container,
    "ordered": _Run.container,
    "and": lambda run, node: all(value is True for value in run.inner(node)),
    "or": lambda run, node: any(value is True for value in run.inner(node)),
    "not": _negated,
    **dict.fromkeys(("lt", "lte", "gt", "gte"), _Run.compare),
    **dict.fromkeys(("sum", "product", "subtract", "divide", "max", "min"), _Run.arithmetic),
}
