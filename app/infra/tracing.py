"""Traces by OpenTelemetry, when VERMILION_TRACES_URL says where to; otherwise nothing of it is imported.

One span for each request, each job, and each SQL statement below them. A statement is told as it was prepared, with
placeholders: values, addresses with their tokens, forms and headers are never part of a span.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import Engine, event

from app.config import BadSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

LONGEST_STATEMENT: Final = 2000
KEY: Final = "vermilion_spans"


class Tracer(Protocol):
    """Makes spans."""

    def span(self, name: str, **facts: str | int | float) -> AbstractContextManager[Any]:
        """A span around a block; an error that leaves the block is noted by its kind, not by its words."""

    def add(self, **facts: str | int | float) -> None:
        """Say more about the span that is open now, if there is one."""

    def stop(self) -> None:
        """Send what waits."""


class Silence:
    """Tracing that is off."""

    def span(self, name: str, **facts: str | int | float) -> AbstractContextManager[Any]:
        """Nothing around a block."""
        return nullcontext()

    def add(self, **facts: str | int | float) -> None:
        """Say nothing."""

    def stop(self) -> None:
        """There is nothing to send."""


class OpenTelemetry:
    """Tracing that is on: spans are sent in batches by a thread of their own, and lost when nobody takes them."""

    def __init__(self, exporter: SpanExporter, engine: Engine, *, at_once: bool = False) -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

        self._trace = trace
        resource = Resource.create({"service.name": "vermilion", "host.name": socket.gethostname()})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("vermilion")
        self._follow(engine)

    @contextmanager
    def span(self, name: str, **facts: str | int | float) -> Iterator[Any]:
        """A span around a block."""
        with self._tracer.start_as_current_span(
            name, attributes=facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(self._trace.StatusCode.ERROR, type(error).__name__)
                raise

    def add(self, **facts: str | int | float) -> None:
        """Say more about the span that is open now."""
        self._trace.get_current_span().set_attributes(facts)

    def stop(self) -> None:
        """Send what waits."""
        self._provider.shutdown()

    def _follow(self, engine: Engine) -> None:
        """A span for each statement, below whatever runs it; statements outside of any span are passed over."""

        @event.listens_for(engine, "before_cursor_execute")
        def _begin(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
            if context is not None and self._trace.get_current_span().get_span_context().is_valid:
                span = self._tracer.start_span(statement.split(None, 1)[0].upper() if statement.strip() else "SQL")
                span.set_attribute("db.query.text", statement[:LONGEST_STATEMENT])
                setattr(context, KEY, span)

        @event.listens_for(engine, "after_cursor_execute")
        def _end(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
            if span := context.__dict__.pop(KEY, None) if context is not None else None:
                span.end()

        @event.listens_for(engine, "handle_error")
        def _fail(failure: Any) -> None:
            context = failure.execution_context
            if span := context.__dict__.pop(KEY, None) if context is not None else None:
                span.set_status(self._trace.StatusCode.ERROR, type(failure.original_exception).__name__)
                span.end()


def make_tracer(url: str, engine: Engine) -> Tracer:
    """Tracing to an address, off without one. Raises BadSetting when the packages for it are not installed."""
    if not url:
        return Silence()
    if not url.startswith(("http://", "https://")):
        raise BadSetting(
            "VERMILION_TRACES_URL must begin with http:// or https://, as in http://localhost:4318/v1/traces."
        )
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise BadSetting(
            "VERMILION_TRACES_URL is set, but OpenTelemetry is not installed. Run: "
            "pip install --require-hashes -r requirements-tracing.txt, or leave the setting empty."
        ) from None
    return OpenTelemetry(OTLPSpanExporter(endpoint=url, timeout=5), engine)
