"""The pieces of a QTI 3 item that every type is written with."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from app.domain.assessment.exact import decimal_text
from app.domain.assessment.interchange.xml_writing import Xml, tag

_PLACES = 12


@dataclass
class Parts:
    """What one item of a type adds to the file.

    `told` are feedbacks by the value of the outcome FEEDBACK; `outcomes` and `modals` are those of its own.
    """

    declaration: Xml
    interaction: Xml
    rules: list[Xml]
    told: dict[str, str] = field(default_factory=dict)
    cardinality: str = "single"
    lost: list[str] = field(default_factory=list)
    outcomes: list[Xml] = field(default_factory=list)
    modals: list[Xml] = field(default_factory=list)


def outcome(name: str, cardinality: str, base: str, default: str = "") -> Xml:
    """Return the declaration of an outcome."""
    held = [tag("qti-default-value", tag("qti-value", default))] if default else []
    return tag("qti-outcome-declaration", *held, identifier=name, cardinality=cardinality, base_type=base)


def modal(name: str, identifier: str, words: str) -> Xml:
    """Return a feedback that is shown when the outcome has this value."""
    body = tag("qti-content-body", tag("p", words))
    return tag("qti-modal-feedback", body, outcome_identifier=name, identifier=identifier, show_hide="show")


def set_to(name: str, value: Xml) -> Xml:
    """Return the rule that gives an outcome a value."""
    return tag("qti-set-outcome-value", value, identifier=name)


def float_of(value: Fraction | int) -> Xml:
    """Return a number as an expression."""
    return tag("qti-base-value", number(Fraction(value)), base_type="float")


def number(value: Fraction) -> str:
    """Return a number as QTI writes it."""
    return decimal_text(value, _PLACES)
