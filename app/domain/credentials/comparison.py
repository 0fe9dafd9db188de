"""What an altered file says beside what was issued, field by field, in words that can be shown safely."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.credentials.report import differences

MOST_LINES = 40
LONGEST_VALUE = 200

# What a member is called on the page; the first that fits. A code, so that the page has the words.
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("name", r"credentialSubject\.identifier\b.*"),
        ("number", r"id|credentialSubject\.licenseNumber"),
        ("title", r"name|credentialSubject\.achievement\.name"),
        ("begins", r"validFrom"),
        ("ends", r"validUntil"),
        ("awarded", r"awardedDate"),
        ("training", r"credentialSubject\.activity(Start|End)Date"),
        ("issuer", r"issuer\b.*"),
        ("level", r"credentialSubject\.result\b.*"),
        ("requirements", r"credentialSubject\.achievement\b.*"),
        ("status", r"credentialStatus\b.*"),
        ("signature", r"proof\b.*"),
    )
)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One member in which a file differs from the record. Empty text: that side does not have it.

    `field` is a code of this module, or "other"; `path` is the member in the file.
    """

    field: str
    path: str
    given: str
    recorded: str


def field_lines(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[FieldLine, ...]:
    """Return the lines of difference, in the order of the record; at most MOST_LINES."""
    found = differences(recorded, given)[:MOST_LINES]
    return tuple(FieldLine(_field(d.path), shown(d.path), shown(d.given), shown(d.recorded)) for d in found)


def nearest(recorded: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the recorded document that a file was most likely made from: the one with the fewest differences.

    `recorded` is not empty; of equals the first.
    """
    return min(recorded, key=lambda document: len(differences(document, given)))


def shown(value: Any) -> str:
    """Return a value as one short line without characters that hide or reorder text."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"({len(value)} members)"
    if isinstance(value, list):
        return f"({len(value)} entries)"
    text = str(value) if not isinstance(value, bool) else str(value).lower()
    # Category C: control and direction characters. A file could use them to look like the record.
    text = "".join(c if not unicodedata.category(c).startswith("C") else "\ufffd" for c in text[: LONGEST_VALUE + 1])
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _field(path: str) -> str:
    return next((code for code, pattern in _FIELDS if pattern.fullmatch(path)), "other")
