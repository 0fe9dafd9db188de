"""What a key of the interface for programs may do: each scope with the sentence that explains it."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """subject:action, as keys, the OpenAPI document and refusals name it."""

    VERIFY = "certificates:verify"
    WATCH_READ = "watchlist:read"
    WATCH_WRITE = "watchlist:write"
    CHANGES_READ = "changes:read"
    WEBHOOKS = "webhooks:manage"


SENTENCES: dict[Scope, str] = {
    Scope.VERIFY: "Check up to 500 numbers at once, and single numbers faster than without a key.",
    Scope.WATCH_READ: "Read which certificates the studio follows.",
    Scope.WATCH_WRITE: "Follow certificates, and stop following them.",
    Scope.CHANGES_READ: "Read what happened to followed certificates.",
    Scope.WEBHOOKS: "Set up, change and remove webhooks.",
}


def scopes_in(words: object) -> frozenset[Scope]:
    """The scopes among stored words; a word of another release is left out, it grants nothing."""
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[word] for word in words if word in known) if isinstance(words, list | tuple) else frozenset()
