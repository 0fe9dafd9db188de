"""Read YAML strictly and quickly, and find the line of a key in it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

# The C loader is about ten times as fast; PyYAML has it wherever its wheel is built with libyaml.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# A case in a bank lies seven blocks deep.
DEEPEST = 12


class _StrictLoader(_Base):
    """Refuses a key that stands twice in one mapping; plain YAML would silently keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice in this block", key.start_mark
                )
            seen.add(str(key.value))
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """The tag of a node, as PyYAML says it, with a short way for most: what is quoted, or begins like prose."""
        if kind is yaml.ScalarNode and (not implicit[0] or (value and value[0] not in self.yaml_implicit_resolvers)):
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)


def load(text: str) -> Any:
    """Return the data of one YAML document; raises yaml.YAMLError, most with a `problem_mark`."""
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except ValueError as error:  # 30 February, or a number of thousands of digits
        raise yaml.constructor.ConstructorError(None, None, f"a value means nothing ({error})") from error


def trick_line(text: str) -> int | None:
    """Return the 0-based line of the first anchor, alias or too deep block; None for a plain text or a broken one."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Base):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if getattr(event, "anchor", None) is not None or depth > DEEPEST:
                return int(event.start_mark.line) if event.start_mark is not None else 0
    except yaml.YAMLError:
        return None  # whoever loads it says why
    return None


def compose(text: str) -> Any:
    """Return the node tree of one YAML document; nodes carry marks with 0-based lines."""
    return yaml.compose(text, Loader=_Base)


def error_line(error: yaml.YAMLError) -> int:
    """Return the 0-based line that a YAML error points at, 0 when it points nowhere."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return int(mark.line) if mark is not None else 0


def line_of(root: Any, keys: tuple[str | int, ...]) -> int:
    """Return the 0-based line of the node that `keys` lead to, or of the deepest one that exists."""
    node = root
    line = node.start_mark.line if node is not None else 0
    for key in keys:
        found = _child(node, key)
        if found is None:
            # Names that only the schema knows (the type of an item) are not in the file: go on below.
            continue
        line, node = found
    return int(line)


def _child(node: Any, key: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        value = node.value[key]
        return value.start_mark.line, value
    return None
