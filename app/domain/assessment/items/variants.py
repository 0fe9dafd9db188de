"""Numeric questions whose numbers differ from learner to learner, drawn by the seed of the attempt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.assessment.expression import Expression, read_expression
from app.domain.assessment.items.base import text_of
from app.domain.assessment.items.numeric import Numeric
from app.domain.assessment.shuffle import Seed, SeededStream

MOST_PARAMETERS = 6
MOST_VARIANTS = 2_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that is drawn: from `low` to `high`, both included, in steps."""

    name: str
    low: Fraction
    high: Fraction
    step: Fraction

    @property
    def count(self) -> int:
        """How many values it may take."""
        return int((self.high - self.low) // self.step) + 1

    def at(self, index: int) -> Fraction:
        """The value so many steps above the lowest."""
        return self.low + index * self.step


@dataclass(frozen=True, kw_only=True)
class VariedNumeric(Numeric):
    """A numeric question with parameters. By itself it shows the lowest of each; `for_seed` draws them."""

    data: Mapping[str, Any]
    parameters: tuple[Parameter, ...]

    def for_seed(self, seed: Seed) -> Numeric:
        """Return the question with the numbers that this seed draws: the same seed, the same numbers for ever."""
        return _filled(self.data, {p.name: p.at(_drawn(seed, self.id, p)) for p in self.parameters})

    def variants(self) -> Iterator[Numeric]:
        """Every question that may be drawn; raises ValueError for one that makes no sense."""
        for values in product(*([p.at(index) for index in range(p.count)] for p in self.parameters)):
            drawn = dict(zip((p.name for p in self.parameters), values, strict=True))
            item = _filled(self.data, drawn)
            if any(item.low <= (error.low + error.high) / 2 <= item.high for error in item.common_errors):
                raise ValueError(f"Item {self.id}: a common error would be right for {_said(drawn)}.")
            if not item.low <= to_fraction(decimal_text(item.answer)) <= item.high:
                raise ValueError(f"Item {self.id}: nobody can write the answer for {_said(drawn)}; give a tolerance.")
            yield item


def _drawn(seed: Seed, item_id: str, parameter: Parameter) -> int:
    return SeededStream(seed, item_id, "parameter", parameter.name).below(parameter.count)


def numeric_from_dict(data: Mapping[str, Any]) -> Numeric:
    """Build a numeric question, with parameters or without; raises ValueError with a sentence on nonsense."""
    if not data.get("parameters"):
        return Numeric.from_dict(data)
    item_id = text_of(data, "id", "The item")
    parameters = tuple(_parameter(item_id, name, row) for name, row in data["parameters"].items())
    if len(parameters) > MOST_PARAMETERS:
        raise ValueError(f"Item {item_id} has more than {MOST_PARAMETERS} parameters.")
    count = prod(parameter.count for parameter in parameters)
    if not 2 <= count <= MOST_VARIANTS:
        raise ValueError(f"Item {item_id} has {count} variants; 2 to {MOST_VARIANTS} are possible.")
    _check_names(item_id, data, {parameter.name for parameter in parameters})
    first = _filled(data, {parameter.name: parameter.low for parameter in parameters})
    facts = {field.name: getattr(first, field.name) for field in fields(first)}
    return VariedNumeric(**facts, data=data, parameters=parameters)


def _parameter(item_id: str, name: object, row: Mapping[str, Any]) -> Parameter:
    if not isinstance(name, str) or not _NAME.match(name):
        raise ValueError(f"Item {item_id}: a parameter is called by lower-case letters and digits, not {name!r}.")
    low, high, step = (to_fraction(row.get(key)) for key in ("low", "high", "step"))
    if step <= 0 or high < low:
        raise ValueError(f"Item {item_id}: {name} goes from low to high in steps above 0.")
    return Parameter(name, low, high, step)


def _check_names(item_id: str, data: Mapping[str, Any], known: set[str]) -> None:
    shown = set(_PLACE.findall(text_of(data, "prompt", f"Item {item_id}")))
    if shown != known:
        raise ValueError(
            f"Item {item_id}: the prompt shows {', '.join(sorted(shown)) or 'no parameter'}, "
            f"and the parameters are {', '.join(sorted(known))}."
        )
    used: set[str] = set()
    for row in (data.get("answer"), *(error.get("value") for error in data.get("common_errors") or ())):
        used |= _formula(row).names
    if not used <= known:
        raise ValueError(f"Item {item_id} computes with {', '.join(sorted(used - known))}, which is no parameter.")


def _formula(value: object) -> Expression:
    """What follows "=", or a number as a formula that is always the same."""
    if isinstance(value, str) and value.lstrip().startswith("="):
        return read_expression(value.lstrip()[1:].strip())
    return read_expression(decimal_text(to_fraction(value), 12))


def _filled(data: Mapping[str, Any], values: Mapping[str, Fraction]) -> Numeric:
    texts = {name: decimal_text(value) for name, value in values.items()}
    feedback = data.get("feedback") or {}
    errors = data.get("common_errors") or ()
    item = Numeric.from_dict(
        {
            **{name: value for name, value in data.items() if name != "parameters"},
            "prompt": _text(data.get("prompt"), texts),
            "explanation": _text(data.get("explanation"), texts),
            "answer": _formula(data.get("answer")).value(values),
            "feedback": {key: _text(text, texts) for key, text in feedback.items()},
            "common_errors": [
                {"value": _formula(e.get("value")).value(values), "feedback": _text(e.get("feedback"), texts)}
                for e in errors
            ],
        }
    )
    return replace(item, drawn=tuple(sorted(texts.items())))


def _text(text: object, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), str(text or ""))


def _said(values: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{name} = {decimal_text(value)}" for name, value in values.items())
