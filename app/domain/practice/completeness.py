"""When a practice entry is complete, and what is missing when it is not.

Values are kept as text, exactly as typed, so that a draft is never lost to a rule; the rules run when the page is
shown and again when the entry is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from app.domain.practice.exercise import Exercise
from app.domain.practice.fields import PIECE_FIELDS, PIGMENT_FIELDS, STEP_FIELDS, Field, FieldKind
from app.domain.practice.healed import SLOT as HEALED
from app.domain.practice.healed import window_of
from app.domain.practice.kit import KitKind, expired_sentence, expiry_of, read_day
from app.domain.practice.numbing import NumbingPlan, ceiling_mg, grams, numbing_plan
from app.domain.procedure import Step

Value = str | list[str]
Record = Mapping[str, Value]

MOST_CHARACTERS = 4000
MOST_KIT_THINGS = 8


class PhotoState(StrEnum):
    """Where a photo stands: its renditions are being made, it can be seen, or it cannot be used."""

    PROCESSING = "processing"
    READY = "ready"
    REJECTED = "rejected"


class Part(StrEnum):
    """The part of the entry that something is missing from."""

    PIECE = "piece"
    STEP = "step"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps an entry from being complete.

    `ref` is the step or slot id (empty for the piece), `field` the field name; `waiting` means that the site is
    still at work (a photo in preparation) and the student has nothing to do.
    """

    code: str
    part: Part
    ref: str
    field: str
    sentence: str
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry as the rules see it: the piece's own fields, a record per step, photo states per slot."""

    piece: Record = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    photos: Mapping[str, Sequence[PhotoState]] = field(default_factory=dict)


def tidy(fields: Sequence[Field], raw: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """Return what was typed, trimmed, known fields only: the form in which a draft is stored.

    Values are not judged here; a text of more than 4,000 characters is cut, as no field takes so much. Browsers send
    line ends as two characters and count them as one: they are stored as one. NUL, which no database takes, is dropped.
    """
    record: dict[str, Value] = {}
    for spec in fields:
        values = [value.replace("\r\n", "\n").replace("\0", "").strip() for value in raw.get(spec.name, ())]
        typed = [value[:MOST_CHARACTERS] for value in values if value]
        if spec.kind is FieldKind.CHOICES:
            record[spec.name] = [choice for choice in spec.choice_ids if choice in typed]
        elif spec.kind is FieldKind.KIT and typed:
            record[spec.name] = list(dict.fromkeys(value[:300] for value in typed))[:MOST_KIT_THINGS]
        elif typed:
            record[spec.name] = typed[0]
    return record


def missing(exercise: Exercise, entry: EntryFacts, today: date) -> list[Missing]:
    """Return all that keeps the entry from being complete, in the order of the page; empty when it is complete.

    What may spoil is judged by the day of the session, which a piece may name; today where it does not.
    """
    day = session_day(entry.piece, today)
    return [
        *piece_problems(exercise, entry.piece, today),
        *photo_problems(exercise, entry.photos),
        *_healed_problems(exercise, entry, day, today),
        *[problem for step in exercise.steps for problem in step_problems(step, entry.records.get(step, {}), day)],
    ]


def session_day(piece: Record, today: date) -> date:
    """Return the day on which a piece was made: the one it names, unless that is unreadable or still to come."""
    day = read_day(piece.get("worked_on"))
    return day if day is not None and day <= today else today


def _healed_problems(exercise: Exercise, entry: EntryFacts, day: date, today: date) -> list[Missing]:
    ask = exercise.healed
    if ask is None or not ask.required or PhotoState.READY in entry.photos.get(HEALED, ()):
        return []
    window = window_of(ask, day)
    sentence = f"Add the healed photo between {window.opens.isoformat()} and {window.closes.isoformat()}."
    return [Missing("healed_missing", Part.PHOTO, HEALED, "", sentence, waiting=today < window.opens)]


def piece_problems(exercise: Exercise, record: Record, today: date) -> list[Missing]:
    """Return what is missing from or wrong in the fields of the piece as a whole."""
    problems = _field_problems(Part.PIECE, "", PIECE_FIELDS, record, today)
    skin = record.get("skin_type")
    if skin and skin not in exercise.skins and not problems_on(problems, "skin_type"):
        sentence = f"{exercise.code} is done on another practice skin."
        problems.append(Missing("wrong_skin", Part.PIECE, "", "skin_type", sentence))
    tone = record.get("skin_tone")
    if exercise.skin_tones and tone and tone not in exercise.skin_tones and not problems_on(problems, "skin_tone"):
        sentence = f"{exercise.code} is done on another skin tone."
        problems.append(Missing("wrong_tone", Part.PIECE, "", "skin_tone", sentence))
    return problems


def step_problems(step: Step, record: Record, today: date) -> list[Missing]:
    """Return what is missing from or wrong in the card of one step."""
    problems = _field_problems(Part.STEP, step.value, STEP_FIELDS[step], record, today)
    if step is Step.PIGMENT_APPLICATION and record.get("needle") == "other" and not record.get("needle_other"):
        sentence = "Write the code of the other needle."
        problems.append(Missing("missing", Part.STEP, step.value, "needle_other", sentence))
    if step is Step.PIGMENT_APPLICATION:
        problems += _half_typed(record, problems)
    if step is Step.NUMBING and not problems:
        plan = numbing_plan(
            _number(record["weight_kg"]), _number(record["lidocaine_percent"]), _number(record["planned_g"])
        )
        if not plan.within:
            sentence = (
                f"The plan is {_plain(plan.planned_mg)} mg; the ceiling for this weight is "
                f"{_plain(plan.ceiling_mg)} mg, {_plain(plan.ceiling_g)} g of this product."
            )
            problems.append(Missing("over_ceiling", Part.STEP, step.value, "planned_g", sentence))
    return problems


def _half_typed(record: Record, known: Sequence[Missing]) -> list[Missing]:
    """What lacks from a pigment that was typed beside those of the kit: all of its fields or none."""
    if not record.get("pigments") or not any(record.get(name) for name in PIGMENT_FIELDS):
        return []
    labels = {spec.name: spec.label for spec in STEP_FIELDS[Step.PIGMENT_APPLICATION]}
    return [
        Missing("missing", Part.STEP, Step.PIGMENT_APPLICATION.value, name, f"Fill in: {labels[name]}.")
        for name in PIGMENT_FIELDS
        if not record.get(name) and not problems_on(known, name)
    ]


def photo_problems(exercise: Exercise, photos: Mapping[str, Sequence[PhotoState]]) -> list[Missing]:
    """Return the required slots without a photo that can be reviewed."""
    problems = []
    for slot in exercise.slots:
        states = photos.get(slot.id, ())
        if PhotoState.READY in states or not (slot.required or states):
            continue
        if PhotoState.PROCESSING in states:
            sentence = f"{slot.label}: the photo is being prepared."
            problems.append(Missing("photo_processing", Part.PHOTO, slot.id, "", sentence, waiting=True))
        elif states and slot.required:
            sentence = f"{slot.label}: the photo could not be used. Take another."
            problems.append(Missing("photo_rejected", Part.PHOTO, slot.id, "", sentence))
        elif slot.required:
            problems.append(Missing("photo_missing", Part.PHOTO, slot.id, "", f"Add the photo: {slot.label}."))
    return problems


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the numbing card shows beside the plan, as text for people: milligrams and grams, cut to two decimals.

    `planned_mg` is empty before an amount is planned; `within` is true unless the plan is over the ceiling.
    """

    mg: str
    grams: str
    planned_mg: str
    within: bool


def numbing_ceiling(record: Record) -> Ceiling | None:
    """Return the ceiling of a numbing record; None until weight and strength can be computed with."""
    try:
        weight, percent = _number(record.get("weight_kg", "")), _number(record.get("lidocaine_percent", ""))
        most = ceiling_mg(weight)
        ceiling = Ceiling(_plain(most), _plain(grams(most, percent)), "", True)
    except ValueError:
        return None
    try:
        plan: NumbingPlan = numbing_plan(weight, percent, _number(record.get("planned_g", "")))
    except ValueError:
        return ceiling
    return Ceiling(ceiling.mg, ceiling.grams, _plain(plan.planned_mg), plan.within)


def problems_on(problems: Sequence[Missing], field_name: str) -> list[Missing]:
    """Return the problems of one field."""
    return [problem for problem in problems if problem.field == field_name]


def prefill(
    exercise: Exercise, previous_piece: Record, previous_records: Mapping[str, Record], today: date
) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
    """Return (piece, records) of a new entry, filled in from the previous one.

    Only fields that carry over, only steps of this exercise, and only values that still hold: a skin that the
    exercise does not use and a pigment that has expired are left out.
    """
    piece = _carried(PIECE_FIELDS, previous_piece)
    if piece.get("skin_type") not in exercise.skins:
        piece.pop("skin_type", None)
    if exercise.skin_tones and piece.get("skin_tone") not in exercise.skin_tones:
        piece.pop("skin_tone", None)
    records = {}
    for step in exercise.steps:
        records[step.value] = _in_date(_carried(STEP_FIELDS[step], previous_records.get(step, {})), today)
    return piece, records


def repeat(
    exercise: Exercise, previous_piece: Record, previous_records: Mapping[str, Record], today: date
) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
    """Return (piece, records) of a new entry in which nothing changed since the previous one of the same exercise.

    All of it is copied, measured values too, but for what was asked and thought of that piece, its times of the day,
    and what has expired since. The page and the log say from which piece it came.
    """
    piece, records = prefill(exercise, previous_piece, previous_records, today)
    if previous_piece.get("minutes"):
        piece["minutes"] = previous_piece["minutes"]
    for step in exercise.steps:
        kept = previous_records.get(step, {})
        whole = {spec.name: kept[spec.name] for spec in STEP_FIELDS[step] if kept.get(spec.name)}
        times = {spec.name for spec in STEP_FIELDS[step] if spec.kind is FieldKind.TIME}
        records[step.value] = _in_date({name: whole[name] for name in whole if name not in times}, today)
    return piece, records


def _carried(fields: Sequence[Field], record: Record) -> dict[str, Value]:
    return {spec.name: record[spec.name] for spec in fields if spec.carry and record.get(spec.name)}


def _in_date(record: dict[str, Value], today: date) -> dict[str, Value]:
    """The record without what has expired."""
    expiry = read_day(record.get("pigment_expiry"))
    if expiry is None or expiry < today:
        for name in (*PIGMENT_FIELDS, "pigment_ci"):
            record.pop(name, None)
    for name, value in list(record.items()):
        lines = value if isinstance(value, list) else [value]
        good = [line for line in lines if (day := expiry_of(line)) is None or day >= today]
        if len(good) < len(lines):
            if isinstance(value, list) and good:
                record[name] = good
            else:
                del record[name]
    return record


def _field_problems(part: Part, ref: str, fields: Sequence[Field], record: Record, today: date) -> list[Missing]:
    problems = []
    for spec in fields:
        value = record.get(spec.name)
        if not value:
            needed = spec.required and not (spec.unless and record.get(spec.unless))
            found = ("missing", f"Fill in: {spec.label}.") if needed else None
        else:
            found = _wrong(spec, value, today)
        if found:
            problems.append(Missing(found[0], part, ref, spec.name, found[1]))
    return problems


def _wrong(spec: Field, value: Value, today: date) -> tuple[str, str] | None:
    if spec.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        chosen = [value] if isinstance(value, str) else value
        unknown = not set(chosen) <= set(spec.choice_ids)
        return ("unknown_choice", f"{spec.label}: choose one of the list.") if unknown else None
    if spec.kind is FieldKind.KIT:
        return _wrong_kit(spec, [value] if isinstance(value, str) else value, today)
    if not isinstance(value, str):
        return "unreadable", f"{spec.label}: give one value."
    if spec.kind in (FieldKind.NUMBER, FieldKind.MINUTES):
        return _wrong_number(spec, value)
    if spec.kind is FieldKind.DATE:
        return _wrong_date(spec, value, today)
    if spec.kind is FieldKind.DAY:
        return _wrong_day(spec, value, today)
    if spec.kind is FieldKind.TIME:
        return None if _is_time(value) else ("not_a_time", f"{spec.label}: write a time, for example 14:30.")
    if spec.kit and (found := _wrong_kit(spec, [value], today)):
        return found
    too_long = len(value) > spec.max_length
    return ("too_long", f"{spec.label}: at most {spec.max_length} characters.") if too_long else None


def _wrong_number(spec: Field, value: str) -> tuple[str, str] | None:
    try:
        number = _number(value)
    except ValueError:
        return "not_a_number", f"{spec.label}: write a number, for example 6.75."
    if spec.whole and number.denominator != 1:
        return "not_whole", f"{spec.label}: write a whole number."
    if not Fraction(spec.low) <= number <= Fraction(spec.high):
        unit = f" {spec.unit}" if spec.unit else ""
        return "out_of_range", f"{spec.label}: from {spec.low} to {spec.high}{unit}."
    return None


def _wrong_date(spec: Field, value: str, today: date) -> tuple[str, str] | None:
    day = read_day(value)
    if day is None:
        return "not_a_date", f"{spec.label}: write a date, for example 2027-03-31."
    if day < today:
        return "expired", "This pigment has expired. Expired pigment is never used, not even on practice skin."
    return None


def _wrong_day(spec: Field, value: str, today: date) -> tuple[str, str] | None:
    day = read_day(value) if len(value) == 10 else None
    if day is None:
        return "not_a_date", f"{spec.label}: write a date, for example 2026-11-22."
    # Tomorrow here may be today where the student works.
    if day > today + timedelta(days=1):
        return "in_future", f"{spec.label}: this day is still to come."
    return None


def _wrong_kit(spec: Field, lines: Sequence[str], today: date) -> tuple[str, str] | None:
    """Whether something was past its day on the day of the session."""
    for line in lines:
        day = expiry_of(line)
        if day is not None and day < today:
            return "expired", expired_sentence(spec.kit == KitKind.PIGMENT, day)
    return None


def _is_time(value: str) -> bool:
    try:
        time.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 5


def _number(value: Value) -> Fraction:
    """Read a decimal number with point or comma; raises ValueError."""
    text = str(value).replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number.") from None
    if not number.is_finite() or abs(number.adjusted()) > 12:
        raise ValueError(f"{text!r} is not a number.")
    return Fraction(number)


def _plain(value: Fraction) -> str:
    """At most two decimals, cut: a ceiling is never rounded up."""
    hundredths = value.numerator * 100 // value.denominator
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
