"""Turn what pydantic says about a spec into problems with a file, a line and a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.domain.content.problems import Place, Report
from app.domain.content.schema_items import ITEM_TYPES

S = TypeVar("S", bound=BaseModel)


def build(model: type[S], data: Any, place: Place, report: Report) -> S | None:
    """Return `data` as a spec of `model`, or None after reporting every fault in it."""
    return run(lambda: model.model_validate(data), place, report, known=_keys(model))


def run(make: Callable[[], S], place: Place, report: Report, *, known: list[str] | None = None) -> S | None:
    """Call `make`; report what it finds wrong with the data at `place` and return None, or the spec."""
    try:
        return make()
    except ValidationError as error:
        for fault in _telling(error.errors(include_url=False, include_context=True)):
            keys = [k for k in fault["loc"] if k not in ITEM_TYPES and k != "[key]" and not _is_form(k)]
            report.error(place.at(*keys), _code(fault["type"]), _sentence(fault, keys, known or []))
        return None


def _is_form(key: str | int) -> bool:
    """True for the name of one of the forms that a value may have; it stands in no file."""
    return isinstance(key, str) and key.startswith("=")


def _telling(faults: Sequence[Any]) -> list[Any]:
    """Leave out "too few entries" where entries were only dropped because they are faulty themselves."""
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if fault["type"] != "too_short"
        or not any(len(p) > len(fault["loc"]) and p[: len(fault["loc"])] == fault["loc"] for p in places)
    ]


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _code(kind: str) -> str:
    if kind == "extra_forbidden":
        return "unknown-key"
    if kind == "missing":
        return "missing-key"
    return "bad-value"


def _sentence(fault: Any, keys: list[str | int], known: list[str]) -> str:
    kind, context, given = fault["type"], fault.get("ctx", {}), fault["input"]
    name = _name(keys)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(keys[-1]), known, 1)
        return f"{name} is not a key of this block." + (f" Did you mean {near[0]}?" if near else "")
    if kind == "missing":
        return f"{name} is missing."
    if kind == "string_type":
        return f"{name} must be text; YAML reads {given!r} as {_yaml_name(given)}. Put it in quotes."
    if kind == "string_too_short":
        return f"{name} is empty."
    if kind in ("literal_error", "enum"):
        return f"{name} is {given!r}; allowed are {context['expected']}."
    if kind == "union_tag_invalid":
        return f"type is {context.get('tag')!r}; allowed are {', '.join(ITEM_TYPES)}."
    if kind == "union_tag_not_found":
        return f"type is missing; it is one of {', '.join(ITEM_TYPES)}."
    if kind == "value_error":
        return f"{str(context['error']).capitalize() if not keys else name + ': ' + str(context['error'])}."
    if kind == "string_pattern_mismatch":
        return f"{name} is {given!r}, which does not have the form {context['pattern']}."
    return f"{name}: {fault['msg']}."


def _name(keys: list[str | int]) -> str:
    text = ""
    for key in keys:
        text += f"[{key + 1}]" if isinstance(key, int) else ("." if text else "") + key
    return text or "This block"


def _yaml_name(value: Any) -> str:
    if value is None:
        return "nothing"
    return {bool: "yes or no", int: "a number", float: "a number", list: "a list", dict: "a block"}.get(
        type(value), "a date" if hasattr(value, "isoformat") else type(value).__name__
    )
