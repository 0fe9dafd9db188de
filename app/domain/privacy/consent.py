"""What people are asked to agree to, in which version. A new version of a text gets a new number here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ConsentKind(StrEnum):
    """What somebody agrees to. The values are stored."""

    TERMS = "terms"
    NOTICE = "notice"
    TEACHING = "teaching"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked: the version that counts now, and whether it may be taken back on its own.

    What is needed to use the academy at all is not optional: taking it back means leaving.
    """

    version: str
    optional: bool


ASKED: Mapping[ConsentKind, Asked] = {
    ConsentKind.TERMS: Asked("2026-11", optional=False),
    ConsentKind.NOTICE: Asked("2026-11", optional=False),
    ConsentKind.TEACHING: Asked("2026-11", optional=True),
}
AT_SIGN_UP = (ConsentKind.TERMS, ConsentKind.NOTICE)
