"""What a check of a list says about each of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.domain.credentials.lifecycle import Status
from app.domain.studios.names import Likeness, likeness
from app.domain.studios.table import Line


class Outcome(StrEnum):
    """In the order of what needs a person's eye first. A row has the first one that fits."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    NAME_DIFFERS = "name_differs"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    NO_NUMBER = "no_number"
    DUPLICATE = "duplicate"
    EXPIRING = "expiring"
    VALID = "valid"


GOOD = frozenset({Outcome.VALID, Outcome.EXPIRING})
"""Rows whose certificate counts now and bears the name of the list."""
ORDER: Mapping[str, int] = MappingProxyType({each.value: at for at, each in enumerate(Outcome)})
_OF_STATUS: Mapping[Status, Outcome] = MappingProxyType(
    {
        Status.REVOKED: Outcome.REVOKED,
        Status.SUSPENDED: Outcome.SUSPENDED,
        Status.EXPIRED: Outcome.EXPIRED,
        Status.WITHDRAWN: Outcome.WITHDRAWN,
        Status.SUPERSEDED: Outcome.SUPERSEDED,
        Status.EXPIRING: Outcome.EXPIRING,
        Status.ACTIVE: Outcome.VALID,
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate as it stands at the moment of the check. `replaced_by` is a number, empty without one.

    `shown_name` is what the studio may see where the holder shows initials only; the printed name is for comparing.
    """

    number: str
    holder_name: str
    title: str
    status: Status
    valid_until: datetime
    replaced_by: str = ""
    shown_name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a row. `name` says how well the name of the list agrees with the certificate's."""

    outcome: Outcome
    found: Found | None = None
    name: Likeness | None = None


def judge(line: Line, found: Found | None, *, is_well_formed: bool, is_repeated: bool) -> Verdict:
    """Judge a row. A repeated row shows what its first one found; a certificate that does not count says so first."""
    if not line.typed:
        return Verdict(Outcome.NO_NUMBER)
    if not is_well_formed:
        return Verdict(Outcome.MALFORMED)
    if found is None:
        return Verdict(Outcome.DUPLICATE if is_repeated else Outcome.UNKNOWN)
    name = likeness(line.name, found.holder_name) if line.name else None
    if is_repeated:
        return Verdict(Outcome.DUPLICATE, found, name)
    if found.status.is_valid and name not in (None, Likeness.SAME):
        return Verdict(Outcome.NAME_DIFFERS, found, name)
    return Verdict(_OF_STATUS[found.status], found, name)
