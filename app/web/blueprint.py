"""Blueprints by audience. A route without an access rule cannot be registered."""

from __future__ import annotations

from enum import Enum
from typing import Any

from flask import Blueprint
from flask.typing import RouteCallable

from app.web.access import rule_of


class Audience(Enum):
    """Who a routes file speaks to, and the address that its pages start with."""

    STUDENT = "/learn"
    INSTRUCTOR = "/teach"
    STUDIO = "/studio"
    PUBLIC = ""
    ACCOUNT = "/account"
    ADMIN = "/admin"
    API = "/api/v1"


class UnguardedRoute(RuntimeError):
    """A view has neither @requires nor @public."""


class AudienceBlueprint(Blueprint):
    """`AudienceBlueprint("learning", Audience.STUDENT)` is named learning_student and lives under /learn."""

    def __init__(self, slice_name: str, audience: Audience) -> None:
        super().__init__(f"{slice_name}_{audience.name.lower()}", __name__, url_prefix=audience.value or None)
        self.audience = audience

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a view, refusing one without an access rule."""
        if view_func is not None and rule_of(view_func) is None:
            raise UnguardedRoute(f"{self.name}: {rule} has no access rule; add @requires(...) or @public(...).")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
