"""Default deny at the route: every view names its permission, or says in words why it is public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access.permissions import Permission
from app.domain.access.policy import allows
from app.domain.access.scopes import SENTENCES, Scope
from app.domain.errors import NotAllowed
from app.infra.api_keys import KeyFacts
from app.web.app import SAFE_METHODS, current_actor, current_session, request_now, runtime

V = TypeVar("V", bound=Callable[..., Any])
RULE = "__access_rule__"
PROOF = "__recent_proof__"


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What a view asks for: a permission, or a reason for being public.

    `for_programs`: the answer is the same for everybody, so nobody is looked up and no cookie is read or set.
    `by_link`: the signed link in the address is the whole permission, as for a mail program that unsubscribes
    (RFC 8058). Whoever is signed in plays no part, so there is nothing that a form token would protect.
    `only_answers`: a form that is sent to be answered and changes nothing, whoever sends it: another site that makes
    a browser send it gains nothing, so it carries no token, and the page with the form needs no cookie.
    `scope`: a key of the interface for programs is asked for, that may do this. Keys come in a header that no browser
    sends by itself, and cookies are not read, so there is nothing that a form token would protect.
    """

    permission: Permission | None
    reason: str = ""
    for_programs: bool = False
    by_link: bool = False
    only_answers: bool = False
    scope: Scope | None = None

    @property
    def needs_token(self) -> bool:
        """True where a form must prove that it comes from a page of ours."""
        return not (self.by_link or self.only_answers or self.scope)


def requires(permission: Permission) -> Callable[[V], V]:
    """Mark a view as open to actors whom the policy table grants the permission."""

    def mark(view: V) -> V:
        setattr(view, RULE, AccessRule(permission))
        return view

    return mark


def public(
    reason: str, *, for_programs: bool = False, by_link: bool = False, only_answers: bool = False
) -> Callable[[V], V]:
    """Mark a view as open to everybody; the reason is printed by the route test."""

    def mark(view: V) -> V:
        setattr(view, RULE, AccessRule(None, reason, for_programs, by_link, only_answers))
        return view

    return mark


def with_key(scope: Scope) -> Callable[[V], V]:
    """Mark a view of the interface for programs as open to keys with a scope. The view sees the key's studio only."""

    def mark(view: V) -> V:
        reason = f"A key is asked for: {SENTENCES[scope]}"
        setattr(view, RULE, AccessRule(None, reason, for_programs=True, scope=scope))
        return view

    return mark


def recent_proof(view: V) -> V:
    """Mark a view as dangerous: who opens it must have shown within ten minutes who they are (domain.access.proof).

    Put it below `@requires`. Anybody else is asked first, and what a form held is sent on after the answer, so the view
    itself has nothing to do. For views that take files there is nothing that would send those on: do not mark them.
    """
    setattr(view, PROOF, True)
    return view


def wants_recent_proof() -> bool:
    """True when the view of this request is marked by `recent_proof`."""
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), PROOF, False))


def rule_of(view: Callable[..., Any]) -> AccessRule | None:
    """The access rule of a view, or None when it has none (such a view cannot be registered)."""
    rule = getattr(view, RULE, None)
    return rule if isinstance(rule, AccessRule) else None


def is_for_programs() -> bool:
    """True when this request is answered to programs: without cookies, with problem documents for errors."""
    if g.get("for_programs", False):
        return True
    view = current_app.view_functions.get(request.endpoint or "")
    rule = rule_of(view) if view is not None else None
    return rule is not None and rule.for_programs


def answer_programs() -> None:
    """Answer this request to a program: an address that serves people and programs has found out which one asks."""
    g.for_programs = True


def check_access() -> ResponseReturnValue | None:
    """Before each request: refuse what the table does not grant. Nobody signed in is sent to the sign-in page."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    rule = rule_of(current_app.view_functions[request.endpoint])
    if rule is None:
        raise NotAllowed("This address is closed.")
    if rule.scope is not None:
        _check_key(rule.scope)
        return None
    if rule.permission is None or allows(current_actor(), rule.permission):
        return None
    if current_actor().is_authenticated:
        raise NotAllowed("Your account does not open this page.")
    if request.path.startswith("/api/") or request.method not in SAFE_METHODS or _wants_json():
        raise NotAllowed("Sign in first.", code="sign_in_needed")
    return redirect(url_for("accounts_public.sign_in", next=request.full_path.rstrip("?")), 303)


def _check_key(scope: Scope) -> None:
    key = current_key()
    if key is None:
        raise NotAllowed("Send a key of the interface: Authorization: Bearer vk_...", code="sign_in_needed")
    if scope not in key.scopes:
        text = f"This key may not do this: it lacks the scope {scope.value}."
        raise NotAllowed(text, code="scope_missing")


def current_key() -> KeyFacts | None:
    """The key that a program sent with this request; None for people, and for programs that sent none."""
    return cast("KeyFacts | None", g.get("api_key"))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


__all__ = [
    "AccessRule",
    "answer_programs",
    "check_access",
    "current_actor",
    "current_key",
    "current_session",
    "is_for_programs",
    "public",
    "recent_proof",
    "request_now",
    "requires",
    "rule_of",
    "runtime",
    "with_key",
]
