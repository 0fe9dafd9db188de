"""Short ways to import a text and to make items, for the tests of interchange."""

from __future__ import annotations

from typing import Any

from app.domain.assessment.interchange import formats
from app.domain.assessment.interchange.completing import Defaults
from app.domain.assessment.interchange.formats import Format
from app.domain.assessment.interchange.report import Entry, Outcome, Report
from app.domain.assessment.interchange.tags import rule_of
from app.domain.content.bank_file import check_figure

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" role="img"><title>Lips</title>'
    '<desc>Three marks on a lip.</desc><circle class="f-lip" cx="50" cy="50" r="5"/></svg>'
)


def defaults(*rules: str, **changes: Any) -> Defaults:
    """The defaults of the tests."""
    given: dict[str, Any] = {
        "objective": "obj-one",
        "lesson": "lesson-one",
        "step": "hygiene",
        "topic": "hygiene",
        "source": "The old bank",
        "prefix": "xx",
    }
    return Defaults(**{**given, **changes}, rules=tuple(rule_of(rule) for rule in rules))


def take(data: str | bytes, form: Format, *rules: str, **changes: Any) -> Report:
    """Import a text or a file."""
    raw = data.encode() if isinstance(data, str) else data
    return formats.import_items(raw, form, defaults(*rules, **changes), check_figure)


def one(data: str | bytes, form: Format, *rules: str, **changes: Any) -> Entry:
    """Import a file that holds one question."""
    report = take(data, form, *rules, **changes)
    assert report.faults == ()
    (entry,) = report.entries
    return entry


def item(data: str | bytes, form: Format, *rules: str, **changes: Any) -> dict[str, Any]:
    """Import a file that holds one question which becomes an item."""
    entry = one(data, form, *rules, **changes)
    assert entry.item is not None, entry.reason
    return entry.item


def reason(data: str | bytes, form: Format) -> str:
    """Import a file that holds one question which is refused, and return why."""
    entry = one(data, form)
    assert entry.outcome is Outcome.REFUSED
    assert entry.item is None
    return entry.reason


def shares(found: dict[str, Any]) -> dict[str, Any]:
    """The weights of the options by their text."""
    return {row["text"]: row.get("weight") for row in found["options"]}
