"""Traces: off without the setting, and with it one span for each request, job and statement, without any value."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import create_engine, text

from app.config import BadSetting
from app.infra.runtime import Runtime
from app.infra.tracing import OpenTelemetry, Silence, make_tracer
from tests.conftest import Browser

ROOT = Path(__file__).resolve().parents[2]
CANARY = "canary-4f1d9e-never-in-a-span"


def test_nothing_is_imported_while_it_is_off() -> None:
    code = "import sys, app.factory; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_wrong_address_and_missing_packages_are_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine("sqlite://")
    assert isinstance(make_tracer("", engine), Silence)
    with pytest.raises(BadSetting, match="must begin with http"):
        make_tracer("localhost:4318", engine)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(BadSetting, match=r"requirements-tracing\.txt"):
        make_tracer("http://localhost:4318/v1/traces", engine)


def test_statements_are_spans_below_their_request_and_tell_no_values() -> None:
    exporter, engine = InMemorySpanExporter(), create_engine("sqlite://")
    tracer = OpenTelemetry(exporter, engine, at_once=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT 'outside of any span'"))
        with pytest.raises(ValueError, match="boom"), tracer.span("quizzes_student.submit") as _span:
            tracer.add(**{"vermilion.queries": 1})
            connection.execute(text("SELECT :token"), {"token": CANARY})
            raise ValueError(f"boom {CANARY}")
    tracer.stop()
    statement, request = exporter.get_finished_spans()
    assert (statement.name, request.name) == ("SELECT", "quizzes_student.submit")
    assert statement.parent is not None and statement.parent.span_id == request.context.span_id
    assert statement.attributes is not None and statement.attributes["db.query.text"] == "SELECT ?"
    assert request.attributes is not None and request.attributes["vermilion.queries"] == 1
    assert request.status.description == "ValueError"
    assert CANARY not in statement.to_json() + request.to_json()


def test_a_request_is_a_span_with_its_endpoint_status_and_statements(
    app: Flask, runtime: Runtime, browse: Callable[..., Browser]
) -> None:
    exporter = InMemorySpanExporter()
    runtime.tracer = OpenTelemetry(exporter, create_engine("sqlite://"), at_once=True)
    browse().get(f"/sign-in?next=/{CANARY}")
    [span] = exporter.get_finished_spans()
    assert span.name == "accounts_public.sign_in" and span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200 and "vermilion.queries" in span.attributes
    assert CANARY not in span.to_json()
