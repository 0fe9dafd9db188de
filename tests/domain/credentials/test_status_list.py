"""Status lists: bits, places, and every reason not to believe one."""

from __future__ import annotations

import gzip
import random
import secrets
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.multibase import base64url_encode
from app.domain.credentials.proof import proof_holds
from app.domain.credentials.status_list import (
    CAPACITY,
    LARGEST_LIST_BYTES,
    SIZE,
    ListFull,
    StatusUnknown,
    bit_is_set,
    build_status_list,
    decode,
    empty_bits,
    encode,
    is_revoked,
    pick_index,
    read_entry,
    set_bit,
)


def test_an_empty_list_has_131072_places_all_clear() -> None:
    bits = empty_bits()
    assert len(bits) == 16_384 and SIZE == 131_072 and not any(bits)


def test_place_zero_is_the_left_most_bit() -> None:
    assert set_bit(empty_bits(), 0)[0] == 0b1000_0000
    assert set_bit(empty_bits(), 7)[0] == 0b0000_0001
    assert set_bit(empty_bits(), 8)[1] == 0b1000_0000


@given(st.sets(st.integers(0, SIZE - 1), max_size=30))
def test_exactly_the_set_places_are_set(places: set[int]) -> None:
    bits = empty_bits()
    for place in places:
        bits = set_bit(bits, place)
    assert decode(encode(bits)) == bits
    assert all(bit_is_set(bits, place) for place in places)
    assert sum(byte.bit_count() for byte in bits) == len(places)


def test_setting_a_bit_twice_changes_nothing() -> None:
    once = set_bit(empty_bits(), 5)
    assert set_bit(once, 5) == once


@pytest.mark.parametrize("place", [-1, SIZE])
def test_places_outside_are_refused(place: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        set_bit(empty_bits(), place)
    with pytest.raises(ValueError, match="no place"):
        bit_is_set(empty_bits(), place)


def test_equal_lists_give_equal_text_of_modest_size() -> None:
    bits = empty_bits()
    for place in random.Random(1).sample(range(SIZE), SIZE // 100):
        bits = set_bit(bits, place)
    assert encode(bits) == encode(bytes(bits))
    assert len(encode(empty_bits())) < 200 and len(encode(bits)) < 4_000


def test_places_are_random_and_never_repeat() -> None:
    used: set[int] = set()
    for _ in range(2_000):
        used.add(pick_index(used, secrets.randbelow))
    assert len(used) == 2_000
    assert 0.4 < sum(index < SIZE // 2 for index in used) / len(used) < 0.6


def test_a_taken_place_is_never_picked_again() -> None:
    draws = iter([7, 7, 8])
    assert pick_index({7}, lambda _: next(draws)) == 8


def test_a_list_is_closed_when_half_full() -> None:
    with pytest.raises(ListFull):
        pick_index(set(range(CAPACITY)), secrets.randbelow)
    assert pick_index(set(range(CAPACITY - 1)), secrets.randbelow) >= CAPACITY - 1


def test_the_list_document(academy: Any) -> None:
    signed = academy.publish(5)
    assert signed["id"] == "https://academy.example/status/1"
    assert signed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert signed["validFrom"] == "2026-11-22T10:00:00Z" and signed["validUntil"] == "2026-11-29T10:00:00Z"
    subject = signed["credentialSubject"]
    assert subject["statusPurpose"] == "revocation" and subject["ttl"] == 300_000
    assert bit_is_set(decode(subject["encodedList"]), 5)
    assert proof_holds(signed, academy.signer.record().public_key)


def test_a_short_list_is_not_made(academy: Any) -> None:
    with pytest.raises(ValueError, match="131,072"):
        build_status_list(url="urn:x", issuer=academy.did, bits=b"\0" * 100, now=academy.now)


def packed(data: bytes) -> str:
    return "u" + base64url_encode(data)


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "H4sI",
        "u",
        "u!!",
        packed(b"not gzip"),
        packed(gzip.compress(empty_bits(), mtime=0)[:-9]),
        packed(gzip.compress(bytes(LARGEST_LIST_BYTES + 1), mtime=0)),
        packed(gzip.compress(empty_bits(), mtime=0) + b"more"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_lists_that_cannot_be_read(text: object) -> None:
    with pytest.raises(StatusUnknown) as refused:
        decode(text)
    assert refused.value.code == "list"


def test_a_small_list_that_unpacks_to_gigabytes_stops_at_a_megabyte() -> None:
    with pytest.raises(StatusUnknown):
        decode(packed(gzip.compress(bytes(50 * 1024 * 1024))))


def test_an_entry_is_read_strictly(academy: Any) -> None:
    entry = academy.unsigned()["credentialStatus"]
    assert read_entry(entry) == ("https://academy.example/status/1", 94_567)
    assert read_entry({**entry, "statusListIndex": "0"})[1] == 0
    for change in (
        {"type": "StatusList2021Entry"},
        {"statusPurpose": "suspension"},
        {"statusPurpose": ["revocation"]},
        {"statusListIndex": "-1"},
        {"statusListIndex": "01"},
        {"statusListIndex": "1e3"},
        {"statusListIndex": "９"},
        {"statusListIndex": 5},
        {"statusListIndex": "9999999999"},
        {"statusListCredential": None},
        {"statusSize": 2},
    ):
        with pytest.raises(StatusUnknown):
            read_entry({**entry, **change})
    for other in (None, [entry], "urn:x"):
        with pytest.raises(StatusUnknown):
            read_entry(other)


def test_a_list_answers_for_its_own_entries_only(academy: Any) -> None:
    entry = academy.unsigned()["credentialStatus"]

    def ask(document: dict[str, Any], **changes: Any) -> bool:
        return is_revoked(entry, document, issuer=academy.did, now=changes.get("now", academy.now))

    assert not ask(academy.publish())
    listed = academy.publish(94_567)
    assert ask(listed)
    for change, code in (
        ({"id": "https://academy.example/status/2"}, "list"),
        ({"type": ["VerifiableCredential"]}, "list"),
        ({"issuer": "did:web:other.example"}, "issuer"),
        ({"issuer": {"id": "did:web:academy.example"}}, "issuer"),
        ({"validUntil": None}, "list"),
        ({"validFrom": "2026-11-23T10:00:00Z"}, "early"),
        ({"validUntil": "2026-11-22T09:59:59Z"}, "stale"),
        ({"credentialSubject": None}, "list"),
    ):
        with pytest.raises(StatusUnknown) as refused:
            ask({**listed, **change})
        assert refused.value.code == code, change
    assert ask(listed, now=academy.now + timedelta(days=7))
