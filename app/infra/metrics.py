"""Figures for Prometheus: what this process answered and worked, and what the database says of the whole house.

Each process counts for itself. Its figures carry the label `process` (host and process id), so that several behind one
address are not taken for one. Figures of the house have no such label: every process reads them from the same
database, when it is asked, and a graph takes any one of them (`max without (instance)`).
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
QUERIES: Final = (0, 1, 2, 3, 4, 6, 8, 12, 20, 50)
JOB_SECONDS: Final = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0, 600.0)
PROCESS: Final = "process"

Figure = tuple[str, str, Mapping[Any, float], tuple[str, ...]]
"""A gauge: its name, its sentence, its values by label values (tuples of texts), and the names of its labels."""

_here = threading.local()


def count_statements(engine: Engine) -> None:
    """Count the statements that each thread runs on an engine, from now on."""

    @event.listens_for(engine, "before_cursor_execute")
    def _note(*_details: object) -> None:
        _here.statements = getattr(_here, "statements", 0) + 1


def statements_here() -> int:
    """How many statements this thread has run; take the difference around what is of interest."""
    return getattr(_here, "statements", 0)


class Metrics:
    """What one process counts. Made once for it; safe to use from several threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "vermilion_requests",
            "Requests that were answered, by endpoint, method and status.",
            (PROCESS, "endpoint", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "vermilion_request_seconds",
            "From the request to the first byte of its answer.",
            (PROCESS, "endpoint"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._queries = Histogram(
            "vermilion_request_queries",
            "SQL statements of one request.",
            (PROCESS, "endpoint"),
            buckets=QUERIES,
            registry=self.registry,
        )
        self._jobs = Histogram(
            "vermilion_job_seconds",
            "How long jobs ran, by handler and outcome (done, failed).",
            (PROCESS, "handler", "outcome"),
            buckets=JOB_SECONDS,
            registry=self.registry,
        )
        self._kept: dict[str, tuple[Histogram, Histogram]] = {}

    def note_request(self, endpoint: str, method: str, status: int, *, seconds: float, queries: int) -> None:
        """Count one answered request."""
        self._requests.labels(self.process, endpoint, method, str(status)).inc()
        pair = self._kept.get(endpoint)
        if pair is None:  # finding a child by its labels costs more than counting in it
            pair = self._seconds.labels(self.process, endpoint), self._queries.labels(self.process, endpoint)
            self._kept[endpoint] = pair
        pair[0].observe(seconds)
        pair[1].observe(queries)

    def note_job(self, handler: str, outcome: str, *, seconds: float) -> None:
        """Count one job that this process worked."""
        self._jobs.labels(self.process, handler, outcome).observe(seconds)

    def exposed(self, house: Callable[[], Iterable[Figure]] | None = None) -> bytes:
        """Everything as Prometheus reads it, with the figures of the house asked for now."""
        text = generate_latest(self.registry)
        if house is not None:
            registry = CollectorRegistry()
            registry.register(_House(house))
            text += generate_latest(registry)
        return text


class _House(Collector):
    """Gauges that are asked for, not counted."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing in advance: to say what there is would mean to ask for it."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge after the other."""
        for name, sentence, values, labels in self._figures():
            family = GaugeMetricFamily(name, sentence, labels=labels)
            for label_values, value in values.items():
                family.add_metric(label_values, value)
            yield family


METRICS: Final = Metrics()
"""The figures of this process: a process has one memory, however many applications tests make in it."""
