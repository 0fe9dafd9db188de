"""What an artist may let a studio see beyond the public page of a certificate. Nothing is shared unasked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Share(StrEnum):
    """A kind of data, chosen one by one, for each studio apart."""

    CERTIFICATES = "certificates"
    BBP = "bbp"
    FIRST_AID = "first_aid"
    HBV = "hbv"
    LICENSE = "license"


PROOFS: Mapping[Share, frozenset[str]] = MappingProxyType(
    {
        Share.BBP: frozenset({"bbp"}),
        Share.FIRST_AID: frozenset({"first_aid"}),
        Share.HBV: frozenset({"hbv_status"}),
        Share.LICENSE: frozenset({"license"}),
    }
)
"""Kinds of external proof behind each choice."""


def shares_of(stored: Iterable[str]) -> frozenset[Share]:
    """The known choices among stored words."""
    known = set(Share)
    return frozenset(Share(word) for word in stored if word in known)


def differences(before: Iterable[Share], after: Iterable[Share]) -> list[tuple[Share, bool]]:
    """What changed: each kind with whether it is shared now, in the order of Share."""
    old, new = set(before), set(after)
    return [(share, share in new) for share in Share if (share in old) != (share in new)]
