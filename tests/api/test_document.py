"""The OpenAPI document: valid, complete, and drawn as a page."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.web.access import rule_of
from app.web.api import ROOT, SPEC
from tests.api.conftest import Program

UNDOCUMENTED = {"reference_api.document", "reference_api.page"}


@pytest.fixture
def document(stranger: Program) -> dict[str, Any]:
    found = stranger.get("/openapi.json")
    assert found.status_code == 200
    assert isinstance(found.json, dict)
    return found.json


def test_the_document_is_valid_and_names_every_route_of_the_interface(app: Flask, document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    served = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{ROOT}/") and rule.endpoint not in UNDOCUMENTED:
            path, _parameters = SPEC.backend.parse_path(rule, None)
            served |= {(path, method.lower()) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert described == served
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
    assert all(each["summary"] and each["tags"] for methods in document["paths"].values() for each in methods.values())


def test_keys_and_refusals_are_described_where_they_are_asked_for(app: Flask, document: dict[str, Any]) -> None:
    rules = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{ROOT}/"):
            path, _parameters = SPEC.backend.parse_path(rule, None)
            for method in rule.methods or set():
                rules[path, method.lower()] = rule_of(app.view_functions[rule.endpoint])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            access = rules[path, method]
            assert access is not None
            wanted = [{"key": [access.scope.value]}] if access.scope else [{}, {"key": []}]
            assert operation["security"] == wanted, path
            assert {"401", "403"} <= set(operation["responses"]) or not access.scope
            for status, response in operation["responses"].items():
                kinds = set(response.get("content", {}))
                assert kinds <= ({"application/problem+json"} if int(status) >= 400 else {"application/json"})


def test_the_page_shows_every_operation_and_keeps_the_policy(stranger: Program, document: dict[str, Any]) -> None:
    found = stranger.get("/docs")
    assert (found.status_code, found.mimetype) == (200, "text/html")
    assert "Set-Cookie" not in found.headers
    assert "script-src 'self'" in found.headers["Content-Security-Policy"]
    page = BeautifulSoup(found.get_data(as_text=True), "html.parser")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            section = page.find(id=operation["operationId"])
            assert section is not None
            assert f"{method.upper()} {path}" in section.get_text(" ", strip=True)
    assert all(script.get("src", "").startswith("/static/") for script in page.find_all("script"))
    assert not page.find_all(style=True)
    links = {link["href"].removeprefix("#") for link in page.find_all("a", href=True) if link["href"].startswith("#")}
    assert links <= {element["id"] for element in page.find_all(id=True)}
