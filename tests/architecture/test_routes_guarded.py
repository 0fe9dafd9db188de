"""Nothing is open by accident: every route has an access rule, every permission a row and a sentence."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain.access.actor import ANONYMOUS, Actor, Role
from app.domain.access.permissions import SENTENCES, Permission
from app.domain.access.policy import POLICY, allows
from app.web.access import requires, rule_of
from app.web.blueprint import Audience, AudienceBlueprint, UnguardedRoute

AREAS = {"student": "/learn", "instructor": "/teach", "studio": "/studio", "account": "/account", "admin": "/admin"}


def test_every_route_names_a_permission_or_says_why_it_is_public(app: Flask) -> None:
    bare = []
    for rule in app.url_map.iter_rules():
        found = rule_of(app.view_functions[rule.endpoint])
        if rule.endpoint != "static" and (found is None or (found.permission is None and len(found.reason) < 15)):
            bare.append(rule.endpoint)
    assert bare == []


def test_only_public_and_api_blueprints_hold_public_routes(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        found = rule_of(app.view_functions[rule.endpoint])
        audience = rule.endpoint.split(".")[0].rsplit("_", 1)[-1]
        if found is not None and found.permission is None:
            assert audience in {"public", "api"} or rule.endpoint.startswith("health."), rule.endpoint
        elif audience in AREAS:
            assert rule.rule.startswith(AREAS[audience]), rule.endpoint


def test_a_route_without_a_rule_cannot_be_registered() -> None:
    blueprint = AudienceBlueprint("sample", Audience.STUDENT)
    with pytest.raises(UnguardedRoute, match="no access rule"):
        blueprint.get("/open")(lambda: "hello")

    @requires(Permission.LEARN)
    def guarded() -> str:
        return "hello"

    blueprint.get("/guarded")(guarded)


def test_every_permission_has_a_row_a_role_and_a_sentence() -> None:
    assert set(POLICY) == set(Permission) == set(SENTENCES)
    assert all(POLICY.values()), "an empty row would be a permission that nobody has"
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_nobody_and_unknown_roles_are_refused_everything() -> None:
    for permission in Permission:
        assert not allows(ANONYMOUS, permission)
        assert not allows(Actor(id=None, roles=frozenset(Role)), permission), "roles without a person count for nothing"
