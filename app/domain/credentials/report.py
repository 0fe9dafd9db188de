"""What a verification answers: one line for each check, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The answer about a file. Only VALID may be relied on."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    INVALID = "invalid"
    MALFORMED = "malformed"
    NOT_ISSUED_HERE = "not_issued_here"
    CANNOT_CHECK = "cannot_check"


class CheckName(StrEnum):
    """The checks in the order in which they are made and shown."""

    FORMAT = "format"
    ISSUER = "issuer"
    KEY = "key"
    PURPOSE = "purpose"
    TERMS = "terms"
    SIGNATURE = "signature"
    DATES = "dates"
    STATUS = "status"


class Outcome(StrEnum):
    """How one check went. SKIPPED: an earlier failure left nothing to check."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report. `code` is stable for machines, `sentence` is for people."""

    name: CheckName
    outcome: Outcome
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of verifying one file. `document` is what the file says; trust it only as far as `verdict`."""

    verdict: Verdict
    checks: tuple[Check, ...]
    checked_at: datetime
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """True when the file may be relied on now."""
        return self.verdict is Verdict.VALID

    @property
    def is_authentic(self) -> bool:
        """True when the issuer signed exactly this content, whether or not it is still good."""
        return any(c.name is CheckName.SIGNATURE and c.outcome is Outcome.PASSED for c in self.checks)

    def line(self, name: CheckName) -> Check:
        """Return the line of one check."""
        return next(check for check in self.checks if check.name is name)


@dataclass(frozen=True, slots=True)
class Difference:
    """One member in which a file differs from the record; None where a side does not have it."""

    path: str
    recorded: Any
    given: Any


def differences(recorded: Any, given: Any, path: str = "") -> list[Difference]:
    """Return every member in which two documents differ, in the order of the record."""
    if isinstance(recorded, Mapping) and isinstance(given, Mapping):
        found: list[Difference] = []
        for key in [*recorded, *(key for key in given if key not in recorded)]:
            found += differences(recorded.get(key), given.get(key), f"{path}.{key}" if path else str(key))
        return found
    if isinstance(recorded, list) and isinstance(given, list) and len(recorded) == len(given):
        return [
            difference
            for place, (mine, theirs) in enumerate(zip(recorded, given, strict=True))
            for difference in differences(mine, theirs, f"{path}[{place}]")
        ]
    if type(recorded) is type(given) and recorded == given:
        return []
    return [Difference(path, recorded, given)]
