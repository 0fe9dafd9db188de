"""Bitstring status lists: one bit for each issued file, 1 when the file must no longer be accepted.

Source: W3C Bitstring Status List 1.0. A bit never goes back to 0: a certificate that is reinstated gets a new
file with a new bit (credentials.md 4.4).
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.domain.credentials.build import STATUS_PURPOSE, STATUS_TYPE
from app.domain.credentials.contexts import VC_V2
from app.domain.credentials.instants import iso, parse_iso
from app.domain.credentials.multibase import base64url_decode, base64url_encode

SIZE = 131_072
# A list is closed half full: random choice without repetition stays quick, and the places stay unguessable.
CAPACITY = 65_000
LIFETIME = timedelta(days=7)
TTL_MILLISECONDS = 300_000
LARGEST_LIST_BYTES = 1024 * 1024
SKEW = timedelta(seconds=300)
LIST_TYPES = ("VerifiableCredential", "BitstringStatusListCredential")

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class StatusUnknown(Exception):
    """A list does not answer for an entry. `code` says why; only "stale" and "early" can heal by themselves.

    Codes: entry, list, issuer, purpose, short, range, stale, early.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ListFull(Exception):
    """Enough places of a list are taken; open the next list."""


def empty_bits() -> bytes:
    """Return a fresh list: 131,072 bits, all 0, packed into 16 KiB."""
    return bytes(SIZE // 8)


def pick_index(used: Collection[int], rng: Callable[[int], int]) -> int:
    """Return a free place of a list, each one equally likely; pass a set of the places that are taken.

    `rng(n)` gives a random integer below n (secrets.randbelow). Raises ListFull beyond 65,000.
    """
    if len(used) >= CAPACITY:
        raise ListFull
    while True:
        index = rng(SIZE)
        if index not in used:
            return index


def set_bit(bits: bytes, index: int) -> bytes:
    """Return the list with one more bit set; index 0 is the left-most bit of the first byte."""
    _require_place(bits, index)
    changed = bytearray(bits)
    changed[index // 8] |= 0x80 >> (index % 8)
    return bytes(changed)


def bit_is_set(bits: bytes, index: int) -> bool:
    """True when the file with this place must no longer be accepted."""
    _require_place(bits, index)
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def encode(bits: bytes) -> str:
    """Return the encodedList text: GZIP, then multibase base64url. Equal lists give equal text."""
    return "u" + base64url_encode(gzip.compress(bits, mtime=0))


def decode(text: object) -> bytes:
    """Return the bits of an encodedList; raises StatusUnknown("list") for bad, truncated or bloated text."""
    try:
        if not isinstance(text, str) or not text.startswith("u"):
            raise ValueError("not multibase base64url")
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(base64url_decode(text[1:]), LARGEST_LIST_BYTES)
    except (ValueError, zlib.error) as error:
        raise StatusUnknown("list", "The status list cannot be read.") from error
    if not unpacker.eof or unpacker.unused_data:
        raise StatusUnknown("list", "The status list is cut off or too large.")
    return bits


def build_status_list(*, url: str, issuer: str, bits: bytes, now: datetime) -> dict[str, Any]:
    """Return the unsigned list credential that answers at `url` for 7 days; the caller signs it.

    Sign it anew after each change and daily: a list that lapses makes every certificate uncheckable.
    """
    if len(bits) * 8 < SIZE:
        raise ValueError("a status list has at least 131,072 places")
    return {
        "@context": [VC_V2],
        "id": url,
        "type": list(LIST_TYPES),
        "issuer": issuer,
        "validFrom": iso(now),
        "validUntil": iso(now + LIFETIME),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": STATUS_PURPOSE,
            "encodedList": encode(bits),
            "ttl": TTL_MILLISECONDS,
        },
    }


def read_entry(entry: object) -> tuple[str, int]:
    """Return (address of the list, place in it) of a credentialStatus; raises StatusUnknown("entry")."""
    if not isinstance(entry, Mapping) or entry.get("type") != STATUS_TYPE:
        raise StatusUnknown("entry", "The file does not say where its status is kept.")
    url, index = entry.get("statusListCredential"), entry.get("statusListIndex")
    if entry.get("statusPurpose") != STATUS_PURPOSE or entry.get("statusSize", 1) != 1:
        raise StatusUnknown("entry", "The file uses a kind of status that we do not use.")
    if not isinstance(url, str) or not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise StatusUnknown("entry", "The file does not say where its status is kept.")
    return url, int(index)


def is_revoked(entry: object, status_list: Mapping[str, Any], *, issuer: str, now: datetime) -> bool:
    """Return what a list says about an entry: True when the file must no longer be accepted.

    The signature of the list has been checked before. Raises StatusUnknown for a list that is not the one that
    the entry names, of another issuer or purpose, shorter than 131,072 places, without the place, without an
    end of validity, past it, or not begun.
    """
    url, index = read_entry(entry)
    subject = status_list.get("credentialSubject")
    if not isinstance(subject, Mapping) or subject.get("type") != "BitstringStatusList":
        raise StatusUnknown("list", "The status list cannot be read.")
    if status_list.get("id") != url or status_list.get("type") != list(LIST_TYPES):
        raise StatusUnknown("list", "The status list is not the one that the file names.")
    if status_list.get("issuer") != issuer:
        raise StatusUnknown("issuer", "The status list was made by somebody else.")
    if subject.get("statusPurpose") != STATUS_PURPOSE:
        raise StatusUnknown("purpose", "The status list is about something else than revocation.")
    _require_current(status_list, now)
    bits = decode(subject.get("encodedList"))
    if len(bits) * 8 < SIZE:
        raise StatusUnknown("short", "The status list is shorter than the standard allows.")
    if index >= len(bits) * 8:
        raise StatusUnknown("range", "The status list has no place for this file.")
    return bit_is_set(bits, index)


def _require_current(status_list: Mapping[str, Any], now: datetime) -> None:
    try:
        begins, ends = parse_iso(status_list.get("validFrom")), parse_iso(status_list.get("validUntil"))
    except ValueError as error:
        # A list without an end could be replayed for ever (T12).
        raise StatusUnknown("list", "The status list does not say how long it holds.") from error
    if begins > now + SKEW:
        raise StatusUnknown("early", "The status list is dated in the future.")
    if ends < now:
        raise StatusUnknown("stale", "The status list has lapsed.")


def _require_place(bits: bytes, index: int) -> None:
    if not 0 <= index < len(bits) * 8:
        raise ValueError(f"a list of {len(bits) * 8} places has no place {index}")
