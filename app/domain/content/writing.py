"""Write definitions back as the YAML that the files hold, in the layout of the banks and quizzes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

FRONT = (
    "id", "type", "step", "topic", "objective", "difficulty", "safety", "points", "lesson", "source", "prompt",
    "figure", "figure_alt", "explanation", "client", "card", "text", "scoring", "answer",
)  # fmt: skip
# What the loader adds to a file's item: it is not the author's.
_ADDED = frozenset({"bank", "figure_svg"})
_WORD = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
WIDTH = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Lists are indented, short blocks stand on one line, texts are quoted, long ones keep their lines."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the entries of a list below its key."""
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|")
    is_word = _WORD.fullmatch(value) is not None and yaml.safe_load(value) == value
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if is_word else '"')


def _number(dumper: _Dumper, value: float) -> yaml.ScalarNode:
    whole = value.is_integer() and abs(value) < 1e15
    return dumper.represent_int(int(value)) if whole else dumper.represent_float(value)


def _block(dumper: _Dumper, value: dict[str, Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
    node.flow_style = isinstance(value, _Line)
    return node


def _list(dumper: _Dumper, value: list[Any]) -> yaml.SequenceNode:
    simple = not any(isinstance(entry, (dict, list)) or "\n" in str(entry) for entry in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=simple)


class _Line(dict[str, Any]):
    """A block that is written on one line."""


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)
_Dumper.add_representer(dict, _block)
_Dumper.add_representer(_Line, _block)
_Dumper.add_representer(list, _list)


def item_data(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the author of an item writes: without what the loader adds and without empty keys."""
    plain = _without(payload)
    if plain.get("client"):
        plain.pop("card", None)  # The loader copies the card of the client.
    ordered = [key for key in FRONT if key in plain]
    return {key: plain[key] for key in (*ordered, *(key for key in plain if key not in FRONT))}


def quiz_data(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the author of a quiz writes; filters that a draw does not use are left out."""
    plain = _without(payload)
    return plain | {"draws": [draw_data(draw) for draw in payload["draws"]]}


def draw_data(draw: Mapping[str, Any]) -> dict[str, Any]:
    """Return one draw as its author writes it."""
    return {key: value for key, value in draw.items() if value is not None and value is not False}


def item_source(payload: Mapping[str, Any]) -> str:
    """Return an item as YAML, beginning with its id."""
    return source_of(item_data(payload))


def quiz_source(payload: Mapping[str, Any]) -> str:
    """Return a quiz as the YAML of its file."""
    return source_of(quiz_data(payload))


def source_of(data: Mapping[str, Any]) -> str:
    """Return any data of a file as YAML."""
    text: str = yaml.dump(
        _laid_out(dict(data)),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=WIDTH,
        default_flow_style=False,
    )
    return text


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(v) for key, v in value.items() if not _is_idle(key, v)}
    return [_without(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _is_idle(key: str, value: Any) -> bool:
    """True for what the loader added, for an empty key, and for a key that says what is so anyway."""
    return key in _ADDED or value is None or value == [] or (key == "shuffle" and value is True)


def _laid_out(value: Any, *, inside: bool = False) -> Any:
    """Put blocks without blocks in them on one line, as long as no text in them has several."""
    if isinstance(value, Mapping):
        entries = {key: _laid_out(entry, inside=True) for key, entry in value.items()}
        return _Line(entries) if inside and _is_flat(entries) else entries
    return [_laid_out(entry, inside=True) for entry in value] if isinstance(value, list) else value


def _is_flat(entries: Mapping[str, Any]) -> bool:
    for entry in entries.values():
        if isinstance(entry, dict) or (isinstance(entry, str) and "\n" in entry):
            return False
        if isinstance(entry, list) and any(isinstance(part, (dict, list)) or "\n" in str(part) for part in entry):
            return False
    return True
