"""The OpenAPI document of the interface, completed: keys, limits, problem documents, bodies that are no JSON."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import current_app

from app.domain.access.scopes import SENTENCES, Scope
from app.web.access import AccessRule, rule_of, runtime
from app.web.api import EXTRAS, ONCE, ROOT, SPEC, Problem

VERSION = "1.0.0"
KEY = "key"
_PROBLEM = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_DESCRIPTION = """Check certificates, follow them, and hear of what changes.

Single numbers and files may be checked without a key. Everything else asks for a key, which a studio makes for
itself on its page "Keys for programs". Every refusal is a problem document (RFC 9457) with a sentence for people
and a word for programs ("code")."""
_RATE_HEADERS = {
    "RateLimit-Policy": {
        "description": "The limit: `q` requests in `w` seconds.",
        "schema": {"type": "string", "examples": ['"api";q=600;w=60']},
    },
    "RateLimit": {
        "description": "What is left of it (`r`), and the seconds to wait when nothing is (`t`).",
        "schema": {"type": "string", "examples": ['"api";r=599']},
    },
}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "A random text for this change. Sent again within 24 hours, it gets the same answer and changes"
    " nothing a second time.",
}


def openapi_document() -> dict[str, Any]:
    """The document of every route under /api/v1, for the running application."""
    settings = runtime().settings
    found: dict[str, Any] = deepcopy(SPEC.spec)
    found["openapi"] = "3.1.0"
    title = f"{settings.academy_name}: certificates"
    found["info"] = {"title": title, "version": VERSION, "description": _DESCRIPTION}
    found["servers"] = [{"url": settings.public_url}]
    found["components"]["securitySchemes"] = {
        KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of the studio.",
            "x-scopes": {scope.value: SENTENCES[scope] for scope in Scope},
        }
    }
    found["security"] = []
    rules = _rules()
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(operation, *rules[path, method])
    return found


def _rules() -> dict[tuple[str, str], tuple[AccessRule, bool]]:
    """The access rule of each operation, and whether it keeps its answers."""
    found = {}
    for rule in current_app.url_map.iter_rules():
        if not rule.rule.startswith(ROOT):
            continue
        view = current_app.view_functions[rule.endpoint]
        access = rule_of(view)
        path, _parameters = SPEC.backend.parse_path(rule, None)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if access is not None:
                found[path, method.lower()] = (access, bool(getattr(view, ONCE, False)))
    return found


def _complete(operation: dict[str, Any], access: AccessRule, keeps: bool) -> None:
    extra = EXTRAS.get(operation["operationId"])
    responses: dict[str, Any] = operation["responses"]
    if access.scope is not None:
        operation["security"] = [{KEY: [access.scope.value]}]
        responses.setdefault("401", _refusal("No key was sent, or one that is not known or has ended."))
        responses.setdefault("403", _refusal(f"The key lacks the scope {access.scope.value}."))
    else:
        operation["security"] = [{}, {KEY: []}]
    if extra is not None and extra.policy is not None:
        responses["429"] = _refusal("The limit is reached.", _RATE_HEADERS | _RETRY)
    if not access.scope and not operation["parameters"] and "requestBody" not in operation and extra is None:
        responses.pop("422", None)  # nothing is asked, so nothing can be wrong
    if keeps:
        operation["parameters"].append(_IDEMPOTENCY)
    if extra is not None and extra.body is not None:
        operation["requestBody"] = {"required": True, "content": dict(extra.body)}
    for status, response in responses.items():
        content = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            content["application/problem+json"] = content.pop("application/json")
        elif extra is not None and extra.policy is not None and int(status) < 400:
            response["headers"] = dict(_RATE_HEADERS)
    operation["responses"] = dict(sorted(responses.items()))


def _refusal(text: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"description": text, "content": {"application/json": {"schema": _PROBLEM}}}
    return found | ({"headers": headers} if headers else {})
