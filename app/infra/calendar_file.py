"""A calendar file (iCalendar, RFC 5545) that programs fetch again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Vermilion//Calendar//EN"
REFRESH = timedelta(hours=6)
"""How often programs are asked to look again (RFC 7986, 5.7)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a calendar: a whole day (date) or an instant (aware datetime). `uid` never changes for one thing."""

    uid: str
    at: datetime | date
    title: str
    words: str
    url: str


def calendar_file(name: str, entries: Sequence[Entry], *, now: datetime) -> bytes:
    """Return the file. An instant is an entry without length, a day is a whole day that leaves people free."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for entry in entries:
        calendar.add_component(_event(entry, now))
    return calendar.to_ical()


def _event(entry: Entry, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("dtstart", entry.at)
    if not isinstance(entry.at, datetime):
        event.add("dtend", entry.at + timedelta(days=1))
    event.add("summary", entry.title)
    event.add("description", entry.words)
    event.add("url", entry.url)
    event.add("transp", "TRANSPARENT")
    return event


def calendar_tag(name: str, entries: Sequence[Entry]) -> str:
    """A tag of what the calendar says. It is a weak one: the file also carries the moment at which it was made."""
    text = repr((name, [astuple(entry) for entry in entries]))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
