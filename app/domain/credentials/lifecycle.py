"""The life of a certificate: its states, which change is allowed when, and what a reader is told.

A certificate is a record under one number; each of its signed files has one bit in a status list. Suspending,
revoking, superseding and withdrawing set the bit of the live file for good. Reinstating and renewing make a new
file under the same number (credentials.md 4.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from app.domain.errors import Conflict, Invalid

EXPIRING_WINDOW = timedelta(days=60)
GRACE = timedelta(days=30)


class State(StrEnum):
    """What is stored. Expiry is not: it is computed from the clock."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """What a reader is told."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"

    @property
    def is_valid(self) -> bool:
        """True when the certificate may be relied on now."""
        return self in (Status.ACTIVE, Status.EXPIRING)


class Change(StrEnum):
    """The verbs of a certificate's life."""

    ISSUE = "issue"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    SUPERSEDE = "supersede"
    RENEW = "renew"
    WITHDRAW = "withdraw"


class Reason(StrEnum):
    """The public class of a reason. Notes beside it stay private."""

    ADMINISTRATIVE = "administrative"
    CORRECTION = "correction"
    WITHDRAWN_BY_HOLDER = "withdrawn_by_holder"
    CONDUCT = "conduct"
    LAPSED_REQUIREMENT = "lapsed_requirement"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one change needs and does. `reasons` empty: none is asked."""

    origins: frozenset[State]
    result: State
    reasons: frozenset[Reason]
    sets_bit: bool
    makes_file: bool


@dataclass(frozen=True, slots=True)
class Transition:
    """The effect of an allowed change: the new state, and what happens to the signed files."""

    change: Change
    state: State
    reason: Reason | None
    sets_bit: bool
    makes_file: bool


class Record(Protocol):
    """The stored facts that decide the status."""

    @property
    def state(self) -> str:
        """One of the values of State."""
        ...

    @property
    def valid_until(self) -> datetime:
        """The last moment of validity, aware."""
        ...


_ANY_CAUSE = frozenset({Reason.ADMINISTRATIVE, Reason.CONDUCT, Reason.LAPSED_REQUIREMENT})

RULES: Mapping[Change, Rule] = MappingProxyType(
    {
        Change.SUSPEND: Rule(frozenset({State.ACTIVE}), State.SUSPENDED, _ANY_CAUSE, True, False),
        Change.REINSTATE: Rule(frozenset({State.SUSPENDED}), State.ACTIVE, _ANY_CAUSE, False, True),
        # A holder cannot dodge a revocation by withdrawing or by having a new certificate: only "revoked" is final.
        Change.REVOKE: Rule(frozenset(State) - {State.REVOKED}, State.REVOKED, _ANY_CAUSE, True, False),
        Change.SUPERSEDE: Rule(
            frozenset({State.ACTIVE}),
            State.SUPERSEDED,
            frozenset({Reason.CORRECTION, Reason.ADMINISTRATIVE}),
            True,
            False,
        ),
        # The old file of a renewal is left to expire by itself.
        Change.RENEW: Rule(frozenset({State.ACTIVE}), State.ACTIVE, frozenset(), False, True),
        Change.WITHDRAW: Rule(
            frozenset({State.ACTIVE}),
            State.WITHDRAWN,
            # Only at the wish of the holder: an end that the academy decides is a revocation, by two people.
            frozenset({Reason.WITHDRAWN_BY_HOLDER}),
            True,
            False,
        ),
    }
)


def issue() -> Transition:
    """Return the first transition of every certificate."""
    return Transition(Change.ISSUE, State.ACTIVE, None, sets_bit=False, makes_file=True)


def transition(state: str, change: Change, reason: Reason | None = None) -> Transition:
    """Return what `change` does to a certificate in `state`.

    Raises Conflict when the state does not allow it (a revoked certificate allows nothing) and Invalid when the
    reason is missing or not one for this change.
    """
    rule = RULES.get(change)
    if rule is None or State(state) not in rule.origins:
        raise Conflict(f"A certificate that is {state} cannot be changed in this way.", code=f"cannot_{change}")
    if rule.reasons and reason not in rule.reasons:
        raise Invalid("Choose the class of reason that applies.", code="reason")
    return Transition(change, rule.result, reason if rule.reasons else None, rule.sets_bit, rule.makes_file)


def allowed_changes(state: str) -> tuple[Change, ...]:
    """Return the changes that a certificate in `state` allows, in the order of RULES."""
    return tuple(change for change, rule in RULES.items() if State(state) in rule.origins)


def allowed_reasons(change: Change) -> tuple[Reason, ...]:
    """Return the classes of reason to choose from for a change; empty when none is asked."""
    rule = RULES.get(change)
    return tuple(reason for reason in Reason if rule is not None and reason in rule.reasons)


def status(record: Record, now: datetime) -> Status:
    """Return what a reader is told at `now`: decisions of people first, then the clock."""
    if record.state != State.ACTIVE:
        return Status(record.state)
    if now > record.valid_until:
        return Status.EXPIRED
    if now > record.valid_until - EXPIRING_WINDOW:
        return Status.EXPIRING
    return Status.ACTIVE


def in_grace(record: Record, now: datetime, days: int = GRACE.days) -> bool:
    """True for so many days after expiry, in which a renewal needs no new exam; the rules of each tier say how many."""
    return status(record, now) is Status.EXPIRED and now <= record.valid_until + timedelta(days=days)
