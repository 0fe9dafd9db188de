"""Put an edited definition back into the text of its file; every other line, comments included, stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from app.domain.content import yaml_text
from app.domain.content.writing import source_of


def replace_item(text: str, key: str, data: Mapping[str, Any]) -> str:
    """Return the text of a bank in which the item `key` says `data`; raises KeyError when the bank has no such item."""
    node = _item(yaml_text.compose(text), key)
    if node is None:
        raise KeyError(key)
    column = node.start_mark.column
    lines = text.split("\n")
    lead = lines[node.start_mark.line][:column]
    fresh = _indented(source_of(data), lead, " " * column)
    return _verified(
        text, _put(lines, node.start_mark.line, _last_line(node, lines), fresh), _item_path(text, key), data
    )


def replace_draws(text: str, draws: list[Mapping[str, Any]]) -> str:
    """Return the text of a quiz that draws as `draws` says; raises KeyError when the file is not one of a quiz."""
    for name, value in _pairs(yaml_text.compose(text)):
        if name.value == "draws":
            lines = text.split("\n")
            fresh = _indented(source_of({"draws": list(draws)}), "", "")
            last = _last_line(value, lines)
            return _verified(text, _put(lines, name.start_mark.line, last, fresh), ("draws",), list(draws))
    raise KeyError("draws")


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _items(root: Any) -> list[Any]:
    for name, value in _pairs(root):
        if name.value == "items" and isinstance(value, yaml.SequenceNode):
            return list(value.value)
    return []


def _item(root: Any, key: str) -> Any:
    for node in _items(root):
        if any(name.value == "id" and value.value == key for name, value in _pairs(node)):
            return node
    return None


def _item_path(text: str, key: str) -> tuple[str, int]:
    node = _item(root := yaml_text.compose(text), key)
    return "items", next(i for i, one in enumerate(_items(root)) if one.start_mark.line == node.start_mark.line)


def _last_line(node: Any, lines: list[str]) -> int:
    """The 0-based line on which a node ends. A block says where the next thing begins, so its last part is asked."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, lines)
    end = int(node.end_mark.line) - (node.end_mark.column == 0)
    while end > node.start_mark.line and not lines[end].strip():
        end -= 1
    return end


def _indented(source: str, lead: str, rest: str) -> list[str]:
    first, *others = source.rstrip("\n").split("\n")
    return [lead + first, *(rest + line if line else "" for line in others)]


def _put(lines: list[str], first: int, last: int, fresh: list[str]) -> str:
    return "\n".join([*lines[:first], *fresh, *lines[last + 1 :]])


def _verified(before: str, after: str, path: tuple[str | int, ...], data: Any) -> str:
    """Read the result again: exactly what was meant changed. Raises ValueError otherwise."""
    expected = yaml_text.load(before)
    place = expected
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = yaml_text.load(source_of({"data": data}))["data"]
    try:
        is_meant = yaml_text.load(after) == expected
    except yaml.YAMLError:
        is_meant = False
    if not is_meant:
        raise ValueError("The file is laid out in a way that cannot be edited line by line.")
    return after
