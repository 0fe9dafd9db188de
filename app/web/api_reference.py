"""The OpenAPI document of the interface for programs, and the same as a page for people.

The pages that OpenAPI libraries bring run script from other servers or inline, which our policy forbids; this one is
drawn here, works without script, and with script sends requests from its own forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.api_document import KEY, openapi_document
from app.web.blueprint import Audience, AudienceBlueprint

bp = AudienceBlueprint("reference", Audience.API)
OPEN = "Who writes a program reads here what it may ask."
_CACHED = "vermilion.openapi"
_START = "#/components/schemas/"


@bp.get("/openapi.json")
@public(OPEN, for_programs=True)
def document() -> Response:
    """The OpenAPI 3.1 document."""
    response = jsonify(_document())
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/docs")
@public(OPEN, for_programs=True)
def page() -> ResponseReturnValue:
    """The document as a page."""
    found = _document()
    shapes = {name: list(_members(schema)) for name, schema in sorted(found["components"]["schemas"].items())}
    texts = {name: schema.get("description", "") for name, schema in found["components"]["schemas"].items()}
    return render_template(
        "reference/api_reference.html",
        info=found["info"],
        server=found["servers"][0]["url"],
        key=found["components"]["securitySchemes"][KEY],
        operations=list(_operations(found)),
        shapes=shapes,
        texts=texts,
    )


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a shape, or a parameter: its name, its type in words, and the shape that it leads to."""

    name: str
    type: str
    shape: str
    required: bool
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation may be answered with."""

    status: str
    text: str
    type: str
    shape: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that may be asked."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Member, ...]
    bodies: tuple[tuple[str, str], ...]
    sample: str
    answers: tuple[Answer, ...]


def _document() -> dict[str, Any]:
    """Written once for an application: its routes do not change while it runs."""
    found: dict[str, Any] | None = current_app.extensions.get(_CACHED)
    if found is None:
        found = current_app.extensions[_CACHED] = openapi_document()
    return found


def _operations(found: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in found["paths"].items():
        for method, each in methods.items():
            content = each.get("requestBody", {}).get("content", {})
            scopes = [scope for line in each["security"] for scope in line.get(KEY, ())]
            yield Operation(
                id=each["operationId"],
                method=method.upper(),
                path=path,
                tag=each["tags"][0],
                summary=each["summary"],
                description=each["description"],
                scope=scopes[0] if scopes else "",
                parameters=tuple(_parameter(one) for one in each["parameters"]),
                bodies=tuple((kind, _shape(media["schema"])) for kind, media in content.items()),
                sample=_sample(content, found["components"]["schemas"]),
                answers=tuple(_answer(status, one) for status, one in each["responses"].items()),
            )


def _parameter(found: Mapping[str, Any]) -> Member:
    schema = found.get("schema", {})
    text = found.get("description") or schema.get("description", "")
    return Member(found["name"], _type(schema), "", bool(found.get("required")), text, found["in"])


def _answer(status: str, found: Mapping[str, Any]) -> Answer:
    content = found.get("content", {})
    kind = next(iter(content), "")
    return Answer(status, found["description"], kind, _shape(content[kind]["schema"]) if kind else "")


def _members(schema: Mapping[str, Any]) -> Iterator[Member]:
    required = set(schema.get("required", ()))
    for name, one in schema.get("properties", {}).items():
        yield Member(name, _type(one), _shape(one), name in required, one.get("description", ""))


def _shape(schema: Mapping[str, Any]) -> str:
    """The name of the shape that a schema leads to, through lists and alternatives; empty without one."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_START)
    inside = [schema["items"]] if "items" in schema else schema.get("anyOf", [])
    return next((name for name in map(_shape, inside) if name), "")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_START)
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))


def _sample(content: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """A body to begin with, made of the examples of its members; empty without a JSON body of a shape."""
    name = _shape(content.get("application/json", {}).get("schema", {}))
    members = schemas.get(name, {}).get("properties", {})
    values = {key: each["examples"][0] for key, each in members.items() if each.get("examples")}
    return json.dumps(values, indent=2) if values else ""
