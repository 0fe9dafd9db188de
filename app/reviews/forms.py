"""Reads the workspace's form. Its fields depend on exercise, photos and pins, so they are read by name:

`level.<criterion>`, `reason.<criterion>`; `pin.<key>.photo/x/y/shape/w/h/criterion/defect/note/remove` with x, y, w
and h in percent, the pins in the order of the page; `flag.<code>`, `flag.<code>.evidence` ("pin.<key>" or
"log.<step>.<field>"), `flag.<code>.reason`; `note`, `revision`. The script of the page sends the same form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import nan
from uuid import UUID

from flask_babel import gettext as _

from app.domain.errors import FieldProblem, Invalid
from app.domain.practice.fields import SKIN_TYPES
from app.domain.procedure import Step
from app.domain.review.appeal import Answer
from app.reviews.queries import QueueFilter
from app.reviews.services import DraftInput, FlagAnswer, FlagInput, PinInput

Values = Mapping[str, str]
TIERS = ("foundation", "certified", "master")
TAB = re.compile(r"[0-9a-z-]{1,40}")


def read_draft(values: Values) -> DraftInput:
    """Return what was entered; services judge it. Raises Invalid for values that no page of ours sends."""
    keys = _pin_keys(values)
    try:
        return DraftInput(
            revision=int(values.get("revision", "")),
            ratings={name: int(value) for name, value in _named(values, "level.").items() if value},
            reasons={name: text for name, text in _named(values, "reason.").items() if text},
            pins=[_pin(values, key) for key in keys],
            critical=_flags(values, {key: number for number, key in enumerate(keys, start=1)}),
            note=_text(values, "note"),
        )
    except ValueError as error:
        sentence = _("This form cannot be read. Reload the page.")
        raise Invalid(sentence, [FieldProblem("", "form", sentence)]) from error


def _text(values: Values, name: str) -> str:
    return values.get(name, "").replace("\r\n", "\n").strip()


def _named(values: Values, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): _text(values, name) for name in values if name.startswith(prefix)}


def _pin_keys(values: Values) -> list[str]:
    """The keys of the pins that stay: a row without a place is a row that nobody filled in."""
    rows = [name.split(".")[1] for name in values if name.startswith("pin.") and name.endswith(".photo")]
    return [key for key in rows if f"pin.{key}.remove" not in values and _has_place(values, key)]


def _has_place(values: Values, key: str) -> bool:
    return bool(_text(values, f"pin.{key}.x") or _text(values, f"pin.{key}.y"))


def _pin(values: Values, key: str) -> PinInput:
    shape = _text(values, f"pin.{key}.shape") or "point"
    return PinInput(
        photo_id=UUID(_text(values, f"pin.{key}.photo")),
        x=_share(_text(values, f"pin.{key}.x")),
        y=_share(_text(values, f"pin.{key}.y")),
        criterion=_text(values, f"pin.{key}.criterion"),
        defect=_text(values, f"pin.{key}.defect"),
        note=_text(values, f"pin.{key}.note"),
        shape=shape,
        # The fields of a point may still say how large the area was that it has been before.
        w=0.0 if shape == "point" else _share(_text(values, f"pin.{key}.w") or "0"),
        h=0.0 if shape == "point" else _share(_text(values, f"pin.{key}.h") or "0"),
    )


def _share(percent: str) -> float:
    """A fraction from a percentage as typed; not a number for what is none, which services refuse with the pin."""
    try:
        return round(float(percent.replace(",", ".")) / 100, 4)
    except ValueError:
        return nan


def _flags(values: Values, numbers: Mapping[str, int]) -> list[FlagInput]:
    codes = [name.removeprefix("flag.") for name in values if name.startswith("flag.") and name.count(".") == 1]
    flags = []
    for code in codes:
        kind, _dot, what = _text(values, f"flag.{code}.evidence").partition(".")
        flags.append(
            FlagInput(
                code=code,
                reason=_text(values, f"flag.{code}.reason"),
                pin=numbers.get(what, 0) if kind == "pin" else 0,
                log_field=what if kind == "log" else "",
            )
        )
    return flags


def read_filter(values: Values) -> QueueFilter:
    """The filters of a queue page from its address or a form; what is not known is no filter."""

    def one_of(name: str, known: Sequence[str]) -> str:
        value = values.get(name, "")
        return value if value in known else ""

    return QueueFilter(
        exercise=values.get("exercise", "")[:120],
        step=one_of("step", [step.value for step in Step]),
        skin=one_of("skin", [skin for skin, _title in SKIN_TYPES]),
        tier=one_of("tier", TIERS),
        whose=one_of("whose", ("mine", "free")),
        tries=one_of("tries", ("redo",)),
        overdue=values.get("overdue") == "1",
    )


def read_tab(values: Values) -> str:
    """The mark of the window that a draft comes from; empty when it says none (a page without script)."""
    tab = values.get("tab", "")
    return tab if TAB.fullmatch(tab) else ""


def read_ids(text: str) -> list[UUID]:
    """Ids from a text with commas; what is no id is left out."""
    found = []
    for part in text.split(","):
        try:
            found.append(UUID(part.strip()))
        except ValueError:
            continue
    return found


def read_pairs(values: Sequence[str]) -> dict[UUID, UUID]:
    """Who gets which piece, from "<piece>,<reviewer>"; what cannot be read is left out."""
    pairs = [read_ids(value) for value in values]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def read_flag_answers(values: Values) -> dict[str, FlagAnswer]:
    """A second look: `confirmed.<code>` (yes, no) and `reason.<code>`."""
    said = _named(values, "confirmed.")
    reasons = _named(values, "reason.")
    return {
        code: FlagAnswer({"yes": True, "no": False}.get(said.get(code, "")), reasons.get(code, ""))
        for code in {*said, *reasons}
    }


def read_rulings(values: Values) -> dict[str, Answer]:
    """The answers to an appeal: `level.<criterion>`, `stays.<code>` (yes, no) and `reason.<criterion or code>`."""
    levels, stays, reasons = (_named(values, prefix) for prefix in ("level.", "stays.", "reason."))
    return {
        point: Answer(
            reason=reasons.get(point, ""),
            level=int(levels[point]) if levels.get(point, "") in ("1", "2", "3", "4") else 0,
            stays=stays.get(point, "yes") != "no",
        )
        for point in {*levels, *stays, *reasons}
    }


def read_levels(values: Values) -> dict[str, int]:
    """The levels that were chosen: `level.<criterion>`."""
    return {name: int(value) for name, value in _named(values, "level.").items() if value in ("1", "2", "3", "4")}
