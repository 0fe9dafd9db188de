"""Compile each address rule once for a test process: every test has an application of its own with the same rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_built: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder


def _once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    # What comes out depends on nothing else, and looks at the rule that it is called with.
    key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), rule.is_leaf, append_unknown)
    if key not in _built:
        _built[key] = _compile(rule, append_unknown)
    return _built[key]


def compile_once() -> None:
    """Let applications that are made from now on share what is compiled."""
    Rule._compile_builder = _once  # type: ignore[method-assign]
