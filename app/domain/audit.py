"""The chain of the audit log: what is hashed, in which order, and what a walk along it finds wrong.

Events are written without any order among writers; a sealing step chains them afterwards. The seal of an event
holds the digest of its content and a link: the hash over the link before, the event's id and that digest. So a
changed, removed, inserted or moved event, or a forged seal, breaks the chain at its place; and a chain that was
written anew as a whole disagrees with the checkpoints, which are signed by a key that lies outside the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

FIRST_LINK = "0" * 64
_EVENT = b"vermilion audit event 1\n"
SEALED = "sealed:2:"
"""How a commitment begins; the number is the version of the line that holds it."""
_COMMITMENT = re.compile(re.escape(SEALED) + "[0-9a-f]{64}")
_NAME = b"vermilion audit name 1\n"
_LINK = b"vermilion audit link 1\n"
_CHECKPOINT = b"vermilion audit checkpoint 1\n"


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was read back from the database."""

    id: int
    at: datetime
    tag: str
    actor_id: UUID | None
    actor_name: str
    target_kind: str
    target_id: str
    facts: Mapping[str, Any]

    @property
    def version(self) -> int:
        """2 where a commitment stands in the place of the name, 1 where the name itself does."""
        return 2 if _COMMITMENT.fullmatch(self.actor_name) else 1


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a line says instead of a name or of words about a person: whose they are, and the commitment to them."""

    person_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The place of an event in the chain; `sequence` counts from 1 without a gap."""

    sequence: int
    event_id: int
    digest: str
    link: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement: up to `sequence` the chain has the link `head`."""

    number: int
    sequence: int
    head: str
    at: datetime
    kid: str
    signature: bytes


class Fault(StrEnum):
    """What may be wrong at a place of the chain."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    SEAL_CHANGED = "seal changed"
    SEAL_REMOVED = "seal removed"
    CUT_OFF = "cut off"
    REWRITTEN = "rewritten"
    CHECKPOINT_REMOVED = "checkpoint removed"
    CHECKPOINT_FORGED = "checkpoint forged"
    NAME_CHANGED = "name changed"
    NAME_REMOVED = "name removed"


SENTENCES: dict[Fault, str] = {
    Fault.CHANGED: "Event {event} is not what it was when it was sealed.",
    Fault.REMOVED: "Event {event} was sealed and is gone.",
    Fault.INSERTED: "Event {event} was never sealed, though later ones were: it was put in afterwards.",
    Fault.REORDERED: "Event {event} holds what was sealed at another place: events were moved.",
    Fault.SEAL_CHANGED: "The seal of event {event} was changed.",
    Fault.SEAL_REMOVED: "The seal before event {event} is gone: with it, an event that it sealed.",
    Fault.CUT_OFF: "The log was signed further than event {event}: its end was cut off.",
    Fault.REWRITTEN: "The chain up to event {event} is not the one that was signed: it was written anew.",
    Fault.CHECKPOINT_REMOVED: "A signed checkpoint at or before event {event} is gone.",
    Fault.CHECKPOINT_FORGED: "The checkpoint at event {event} does not carry the issuer's signature.",
    Fault.NAME_CHANGED: "The name or the words about a person in event {event} are not what they were.",
    Fault.NAME_REMOVED: "The name or the words about a person in event {event} are gone; nobody erased that person.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: what, at which place of the chain, at which event."""

    fault: Fault
    sequence: int
    event_id: int

    @property
    def sentence(self) -> str:
        """The finding in words, for the command and the log."""
        return SENTENCES[self.fault].format(event=self.event_id)


def instant(at: datetime) -> str:
    """An instant in the one form that is hashed: UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of(event: Event) -> str:
    """The hash of an event's content. Its id is not part of it, the link takes care of the place."""
    content = {
        "at": instant(event.at),
        "tag": event.tag,
        "actor_id": event.actor_id.hex if event.actor_id else None,
        "actor_name": event.actor_name,
        "target_kind": event.target_kind,
        "target_id": event.target_id,
        "facts": event.facts,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(_EVENT + text.encode("ascii")).hexdigest()


def commit(salt: bytes, text: str) -> str:
    """A commitment to a text under a random salt: nobody finds the text without the salt, or another one with it."""
    return SEALED + hmac.new(salt, _NAME + text.encode(), hashlib.sha256).hexdigest()


def sealed_fact(person_id: UUID, commitment: str) -> dict[str, str]:
    """How a commitment stands among the facts of a line."""
    return {"sealed": commitment, "of": person_id.hex}


def commitment_in(value: Any) -> Commitment | None:
    """The commitment that a fact holds, or None for any other fact."""
    if not isinstance(value, dict) or set(value) != {"sealed", "of"}:
        return None
    try:
        return Commitment(UUID(value["of"]), str(value["sealed"]))
    except (AttributeError, TypeError, ValueError):
        return None


def commitments_of(event: Event) -> list[Commitment]:
    """All commitments of a line: to the name of who acted, and to what its facts say of people."""
    found = [each for value in event.facts.values() if (each := commitment_in(value)) is not None]
    if event.version == 2 and event.actor_id is not None:
        found.append(Commitment(event.actor_id, event.actor_name))
    return found


def link_of(before: str, event_id: int, digest: str) -> str:
    """The link that seals an event behind the link before."""
    return hashlib.sha256(_LINK + f"{before} {event_id} {digest}".encode("ascii")).hexdigest()


def seal_all(events: Iterable[Event], last: Seal | None) -> Iterator[Seal]:
    """Chain events behind the last seal, in the order given."""
    sequence, link = (last.sequence, last.link) if last else (0, FIRST_LINK)
    for event in events:
        sequence, digest = sequence + 1, digest_of(event)
        link = link_of(link, event.id, digest)
        yield Seal(sequence, event.id, digest, link)


def statement(number: int, sequence: int, head: str, at: datetime) -> bytes:
    """The bytes of a checkpoint that are signed."""
    return _CHECKPOINT + f"{number}\n{sequence}\n{head}\n{instant(at)}\n".encode()


class Walk:
    """Walks along the chain from its beginning: feed it all seals with their events in the order of `sequence`.

    `sealed_elsewhere` says whether a digest belongs to another place of the chain (asked only for an event that is
    not as it was), `checkpoints` come in the order of their numbers, `is_signed` proves one's signature. After a
    fault the walk goes on from what stands in the seal, so that one fault is told once.
    """

    def __init__(
        self,
        sealed_elsewhere: Callable[[str, int], bool],
        checkpoints: Iterable[Checkpoint],
        is_signed: Callable[[Checkpoint], bool],
    ) -> None:
        self._sealed_elsewhere, self._is_signed = sealed_elsewhere, is_signed
        self._points = iter(checkpoints)
        self._ahead = next(self._points, None)
        self._number, self._signed = 0, 0
        self.sequence, self.event_id, self._link = 0, 0, FIRST_LINK

    def step(self, seal: Seal, event: Event | None) -> Iterator[Finding]:
        """Look at the next seal and its event (None: there is none with this id)."""
        if seal.sequence != self.sequence + 1:
            yield Finding(Fault.SEAL_REMOVED, seal.sequence, seal.event_id)
        elif seal.link != link_of(self._link, seal.event_id, seal.digest):
            yield Finding(Fault.SEAL_CHANGED, seal.sequence, seal.event_id)
        if event is None:
            yield Finding(Fault.REMOVED, seal.sequence, seal.event_id)
        elif (found := digest_of(event)) != seal.digest:
            fault = Fault.REORDERED if self._sealed_elsewhere(found, seal.sequence) else Fault.CHANGED
            yield Finding(fault, seal.sequence, seal.event_id)
        self.sequence, self.event_id, self._link = seal.sequence, seal.event_id, seal.link
        while self._ahead is not None and self._ahead.sequence <= seal.sequence:
            yield from self._compare(self._ahead, seal)
            self._ahead = next(self._points, None)

    def end(self) -> Iterator[Finding]:
        """What was signed and is not there any more, or is there and was not signed: the end of the log was cut."""
        if self._ahead is not None:
            yield Finding(Fault.CUT_OFF, self.sequence, self.event_id)
        elif self._signed != self.sequence:
            yield Finding(Fault.CHECKPOINT_REMOVED, self.sequence, self.event_id)

    def _compare(self, point: Checkpoint, seal: Seal) -> Iterator[Finding]:
        fault = None
        if point.number != self._number + 1:
            fault = Fault.CHECKPOINT_REMOVED
        elif not self._is_signed(point):
            fault = Fault.CHECKPOINT_FORGED
        elif (point.sequence, point.head) != (seal.sequence, seal.link):
            fault = Fault.REWRITTEN
        if fault is not None:
            yield Finding(fault, seal.sequence, seal.event_id)
        self._number, self._signed = point.number, point.sequence
