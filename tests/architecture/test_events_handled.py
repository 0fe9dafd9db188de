"""Every event is listened to, or is known to be told to nobody yet; every asked-for job has a handler."""

from __future__ import annotations

import re
from pathlib import Path

from app.domain.events import EVENTS, event_from
from app.factory import slice_modules
from app.infra.jobs.registry import HANDLERS, RECURRING, SUBSCRIBERS

APP = Path(__file__).resolve().parents[2] / "app"


def test_every_event_has_a_handler() -> None:
    slice_modules("tasks")
    assert set(EVENTS) == set(SUBSCRIBERS)
    assert {name for names in SUBSCRIBERS.values() for name in names} <= set(HANDLERS)
    assert set(RECURRING) <= set(HANDLERS)


def test_handlers_are_named_after_their_slice() -> None:
    slice_modules("tasks")
    for name, handler in HANDLERS.items():
        owner = handler.__module__.split(".")[1]
        assert name.split(".")[0] in {owner, "mail"}, name


def test_events_survive_the_job_table() -> None:
    for name, kind in EVENTS.items():
        values = {field: "x" for field in kind.__dataclass_fields__ if field != "name"}
        event = kind(**values)
        assert event_from(name, {**event.payload(), "added_by_a_newer_version": "1"}) == event


def test_nothing_commits_but_the_unit_of_work() -> None:
    allowed = {"app/web/app.py", "app/infra/db.py"}
    found = {
        str(path.relative_to(APP.parent)) for path in APP.rglob("*.py") if re.search(r"\.commit\(\)", path.read_text())
    }
    assert found <= allowed
