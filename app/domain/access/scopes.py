"""What a key of the interface for programs may do: each scope with the sentence that explains it."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """subject:action, as keys, the OpenAPI document and refusals name it."""

    SELF = "key:self"
    VERIFY = "certificates:verify"
    WATCH_READ = "watchlist:read"
    WATCH_WRITE = "watchlist:write"
    CHANGES_READ = "changes:read"
    WEBHOOKS = "webhooks:manage"


SENTENCES: dict[Scope, str] = {
    Scope.SELF: "Show the key that asks, and make a second secret for it. Every key may do this.",
    Scope.VERIFY: "Check up to 500 numbers at once, and single numbers faster than without a key.",
    Scope.WATCH_READ: "Read which certificates the studio follows.",
    Scope.WATCH_WRITE: "Follow certificates, and stop following them.",
    Scope.CHANGES_READ: "Read what happened to followed certificates.",
    Scope.WEBHOOKS: "Set up, change and remove webhooks.",
}


OFFERED = tuple(scope for scope in Scope if scope is not Scope.SELF)
"""What is chosen when a key is made."""


def scopes_in(words: object) -> frozenset[Scope]:
    """The scopes of a key from its stored words; a word of another release is left out, it grants nothing."""
    known = {scope.value: scope for scope in OFFERED}
    chosen = words if isinstance(words, list | tuple) else ()
    return frozenset({Scope.SELF, *(known[word] for word in chosen if word in known)})
