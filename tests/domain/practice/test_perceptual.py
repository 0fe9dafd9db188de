"""Hashes in bands: every near hash is found, and what is found is near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice import perceptual
from app.domain.practice.perceptual import (
    BANDS,
    BITS,
    REACH,
    buckets,
    distance,
    hash_of_hex,
    near,
    probes,
    signed,
    unsigned,
)

HASHES = st.integers(0, 2**64 - 1)


def test_the_bands_cover_each_bit_once() -> None:
    covered = [bit for low, width in BANDS for bit in range(low, low + width)]
    assert sorted(covered) == list(range(BITS))


@given(HASHES, st.sets(st.integers(0, 63), max_size=REACH))
def test_a_hash_within_reach_lies_in_a_bucket_that_is_looked_into(value: int, turned: set[int]) -> None:
    other = value ^ sum(1 << bit for bit in turned)
    assert set(buckets(other)) & set(probes(value))
    assert near(value, [other]) == {other: len(turned)}


@given(HASHES, st.sets(st.integers(0, 63), min_size=REACH + 1))
def test_a_hash_out_of_reach_is_not_near(value: int, turned: set[int]) -> None:
    assert near(value, [value ^ sum(1 << bit for bit in turned)]) == {}


@given(HASHES)
def test_buckets_of_different_bands_differ(value: int) -> None:
    assert len(set(buckets(value))) == len(BANDS)
    assert len(set(probes(value))) == 69
    assert set(buckets(value)) <= set(probes(value))
    assert all(0 <= bucket < 2**31 for bucket in probes(value))


@given(HASHES)
def test_a_hash_survives_the_database(value: int) -> None:
    assert -(2**63) <= signed(value) < 2**63
    assert unsigned(signed(value)) == value


@given(HASHES, HASHES, HASHES)
def test_distance_is_a_metric(one: int, two: int, three: int) -> None:
    assert distance(one, two) == distance(two, one)
    assert (distance(one, two) == 0) == (one == two)
    assert distance(one, three) <= distance(one, two) + distance(two, three)


@pytest.mark.parametrize(("value", "enough"), [(0, False), (2**64 - 1, False), (0b11111, False), (0b111111, True)])
def test_a_plain_picture_tells_nothing(value: int, enough: bool) -> None:
    assert perceptual.tells_enough(value) is enough


@pytest.mark.parametrize("text", ["", "ff", "0" * 17, "g" * 16])
def test_what_is_no_hash(text: str) -> None:
    with pytest.raises(ValueError):
        hash_of_hex(text)
    assert hash_of_hex("00000000000000ff") == 255
