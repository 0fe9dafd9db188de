"""Fields of QTI items to write into: numbers and short texts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.interchange import fitting
from app.domain.assessment.interchange.fitting import Accepted, Wording, number
from app.domain.assessment.interchange.qti_answers import Answers
from app.domain.assessment.interchange.qti_processing import Scalar, read_value
from app.domain.assessment.interchange.report import Refused
from app.domain.assessment.interchange.xml_tree import Node
from app.domain.assessment.scoring import ONE

_MOST_VALUES = 40
_NUMBERS = frozenset(["integer", "float"])


def entry(reader: Answers) -> dict[str, Any]:
    """Return the body of a field to write into: a number or a short text, as the response is declared."""
    if reader.interaction.get("pattern-mask"):
        reader.question.change("The pattern of the field was left out.")
    if reader.declared.base_type in ("integer", "float"):
        return _number(reader)
    if reader.declared.base_type == "string":
        return _text(reader)
    raise Refused(f"A field for a {reader.declared.base_type[:20]} is not held.")


def _text(reader: Answers) -> dict[str, Any]:
    reader.question.kind = "short text"
    key = reader.declared.correct
    named = [value for value in _values(reader) if isinstance(value, str)]
    if key is None and named:
        key = max(named, key=reader.processing.score)
    if not isinstance(key, str):
        raise Refused("It declares no right text.")
    best = reader.best(key, named)
    other = "\ufffd" * 3
    always = reader.always([key, other])
    wrong = reader.said(other, always)
    wordings = []
    for value in dict.fromkeys([key, *named]):
        share, said = reader.marks(value, best), reader.said(value, always)
        if share > 0 or said != wrong:
            wordings.append(Wording(value, share, said))
    written = reader.own.get("case", "")
    sensitive = written == "sensitive" or (
        written != "ignored"
        and any(reader.marks(value.swapcase(), best) != reader.marks(value, best) for value in (key, *named))
    )
    punctuation = "ignore" if reader.own.get("punctuation") == "ignore" else "keep"
    body = fitting.short_text(reader.question, wordings, case_sensitive=sensitive, punctuation=punctuation, wrong=wrong)
    return {**body, "explanation": reader.explanation(always)}


def _number(reader: Answers) -> dict[str, Any]:
    reader.question.kind = "numeric"
    key = reader.declared.correct
    if key is None and reader.declared.mapping is not None and reader.declared.mapping.entries:
        key = max(reader.declared.mapping.entries, key=lambda entry: entry[1])[0]
    if not isinstance(key, Fraction):
        raise Refused("It declares no right number.")
    named = [value for value in _values(reader) if isinstance(value, Fraction)]
    best = reader.best(key, named)
    low, high = _bounds(reader, key, best)
    far = max([high, *named]) + abs(high - low) + 1_000_003
    always = reader.always([key, far])
    wrong = reader.said(far, always)
    accepted = [Accepted(low, high, ONE, reader.said(key, always))]
    for value in named:
        share = reader.marks(value, best)
        said = reader.said(value, always)
        if not low <= value <= high and (share > 0 or said != wrong):
            accepted.append(Accepted(value - (high - low) / 2, value + (high - low) / 2, share, said))
    unit, tolerance = reader.own.get("unit", ""), reader.own.get("tolerance", "")
    body = fitting.numeric(reader.question, accepted, unit=unit, wrong=wrong, tolerance=tolerance)
    return {**body, "explanation": reader.explanation(always)}


def _values(reader: Answers) -> list[Scalar]:
    """The values that the processing or the mapping names, each once."""
    base = reader.declared.base_type
    marks = {id(child) for node in reader.item.walk() if node.name == "set-outcome-value" for child in node.children}
    found = [
        read_value(node.text, base)
        for node in reader.item.walk()
        if id(node) not in marks
        and node.name == "base-value"
        and (node.get("base-type") == base or {node.get("base-type"), base} <= _NUMBERS)
    ]
    if reader.declared.mapping is not None:
        found += [entry[0] for entry in reader.declared.mapping.entries]
    found = list(dict.fromkeys(found))
    if len(found) > _MOST_VALUES:
        raise Refused(f"Its response processing names more than {_MOST_VALUES} values.")
    return found


def _bounds(reader: Answers, key: Fraction, best: Fraction) -> tuple[Fraction, Fraction]:
    """The range around the key that pays all: the widest tolerance of the processing that holds at both ends."""
    found = (key, key)
    for node in reader.item.walk():
        widths = [number(word) for word in node.get("tolerance").split()] if node.name == "equal" else []
        if not widths or not _around(node, key, reader.declared.base_type):
            continue
        scale = abs(key) / 100 if node.get("tolerance-mode") == "relative" else ONE
        low, high = key - widths[0] * scale, key + widths[-1] * scale
        holds = reader.marks(low, best) == ONE == reader.marks(high, best)
        if not holds and widths[0] == widths[-1]:
            reader.question.change(f"The bounds around {decimal_text(key)} count as right now.")
        if holds and high - low > found[1] - found[0]:
            found = (low, high)
    return found


def _around(node: Node, key: Fraction, base: str) -> bool:
    """Whether a comparison is with the key, and not with another number that has a feedback of its own."""
    named = [child for child in node.children if child.name == "base-value"]
    return any(child.name == "correct" for child in node.children) or any(
        read_value(child.text, base) == key for child in named
    )
