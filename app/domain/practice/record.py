"""The log of a piece as a reader sees it: labeled values part by part, and the numbing plan beside its ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.domain.practice.completeness import Record, Value
from app.domain.practice.fields import PIECE_FIELDS, STEP_FIELDS, Field, FieldKind
from app.domain.practice.numbing import NumbingPlan, numbing_plan
from app.domain.procedure import Step

PIECE = "piece"
CARD = "client_card"
"""The field of the consultation that holds the id of the fictional client."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One field of the log: `key` is "<part>.<field>"; `value` is as a person reads it, empty when nothing was written.

    `is_long` fields are sentences, to be shown under their label and not beside it.
    """

    key: str
    label: str
    value: str
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class RecordPart:
    """The lines of the piece as a whole ("piece") or of one step (its id)."""

    part: str
    lines: tuple[RecordLine, ...]


def record_parts(records: Mapping[str, Record], steps: Iterable[Step]) -> tuple[RecordPart, ...]:
    """Return the whole log, every field of every step that the exercise records, in the order of the page."""
    return (
        _part(PIECE, PIECE_FIELDS, records.get(PIECE, {})),
        *(_part(step.value, STEP_FIELDS[step], records.get(step.value, {})) for step in steps),
    )


def readable_records(records: Mapping[str, Record], keys: Iterable[str]) -> list[list[str]]:
    """Return [label, value] of the named fields ("<part>.<field>") that were filled in, in the order of `keys`."""
    found = []
    for key in keys:
        part, _, name = key.partition(".")
        fields = PIECE_FIELDS if part == PIECE else STEP_FIELDS[Step(part)]
        spec = next(field for field in fields if field.name == name)
        if value := readable(spec, records.get(part, {}).get(name, "")):
            found.append([spec.label, value])
    return found


def with_card(records: Mapping[str, Record], label: str) -> dict[str, Record]:
    """Return the log with the label of its client card in place of the card's id."""
    consultation = Step.CONSULTATION.value
    return {**records, consultation: {**records.get(consultation, {}), CARD: label}}


def card_of(records: Mapping[str, Record]) -> str:
    """Return the id of the client card that a log names, or the empty string."""
    return str(records.get(Step.CONSULTATION.value, {}).get(CARD, ""))


def log_keys(steps: Iterable[Step]) -> frozenset[str]:
    """Return the keys of all fields that such a log has."""
    return frozenset(line.key for part in record_parts({}, steps) for line in part.lines)


def _part(part: str, fields: Sequence[Field], record: Record) -> RecordPart:
    lines = (
        RecordLine(f"{part}.{spec.name}", spec.label, readable(spec, record.get(spec.name, "")), _is_long(spec))
        for spec in fields
    )
    return RecordPart(part, tuple(lines))


def _is_long(spec: Field) -> bool:
    return spec.kind is FieldKind.LONG_TEXT


def readable(spec: Field, value: Value) -> str:
    """Return a stored value with the labels of its choices and with its unit; what is no choice stays as it is."""
    labels = dict(spec.choices)
    if isinstance(value, list):
        return ", ".join(labels.get(one, one) for one in value)
    shown = labels.get(value, value)
    return f"{shown} {spec.unit}" if shown and spec.unit else shown


def plan_of(record: Record) -> NumbingPlan | None:
    """Return the numbing plan of a log, or None when its numbers are not all there."""
    try:
        weight, percent, planned = (
            Fraction(str(record[name]).replace(",", ".")) for name in ("weight_kg", "lidocaine_percent", "planned_g")
        )
        return numbing_plan(weight, percent, planned)
    except (KeyError, ValueError, ZeroDivisionError):
        return None
