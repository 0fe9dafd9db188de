"""Which function handles which job, event or schedule. Filled when the factory imports the slices' tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.domain.events import Event

if TYPE_CHECKING:
    from app.infra.jobs.worker import JobContext

Handler = Callable[["JobContext", dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job that is due again and again; `payload` is empty, the handler looks for its work itself."""

    name: str
    every: timedelta


HANDLERS: dict[str, Handler] = {}
SUBSCRIBERS: dict[str, list[str]] = {}
RECURRING: dict[str, Recurring] = {}
FORGOTTEN: set[str] = set()


def task(name: str, *, forget_payload: bool = False) -> Callable[[Handler], Handler]:
    """Register a job handler under a stable name (it is stored in the table). Handlers must be safe to repeat.

    `forget_payload` empties the payload when the job is done: for payloads that carry one-time links.
    """

    def register(function: Handler) -> Handler:
        known = HANDLERS.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (
            function.__module__,
            function.__qualname__,
        ):
            raise RuntimeError(f"Two handlers are called {name!r}.")
        HANDLERS[name] = function
        if forget_payload:
            FORGOTTEN.add(name)
        return function

    return register


def handles(event: type[Event], name: str) -> Callable[[Handler], Handler]:
    """Register a handler that gets a job for each event of this class; the payload is the event's fields."""

    def register(function: Handler) -> Handler:
        task(name)(function)
        names = SUBSCRIBERS.setdefault(event.name, [])
        if name not in names:
            names.append(name)
        return function

    return register


def every(interval: timedelta, name: str) -> Callable[[Handler], Handler]:
    """Register a recurring job."""

    def register(function: Handler) -> Handler:
        task(name)(function)
        RECURRING[name] = Recurring(name, interval)
        return function

    return register


def backoff(tries: int) -> timedelta:
    """Seconds to wait before the next try: 2, 4, 8 ... at most an hour."""
    return timedelta(seconds=min(2**tries, 3600))


def due_after(now: datetime, interval: timedelta) -> datetime:
    """The next due time; missed rounds are not made up."""
    return now + interval
