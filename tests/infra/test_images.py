"""Deciding by content what a file is, and what comes back from the worker."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.images import (
    KINDS,
    Fingerprint,
    ImageRefused,
    PhotoFacts,
    PhotoResult,
    Rendition,
    hash_distance,
    hides_archive,
    result_from_json,
    result_to_json,
    sniff,
)
from tests.infra.photo_corpus import cornered, encoded, exif, heic


@pytest.mark.parametrize("kind", KINDS)
def test_every_accepted_kind_is_known_by_its_head(kind: str) -> None:
    data = heic(cornered()) if kind == "heic" else encoded(cornered(), kind)
    assert sniff(data[:4096]) == kind


def ftyp(*brands: bytes) -> bytes:
    return (
        (12 + 4 * len(brands)).to_bytes(4, "big") + b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:]) + b"\0" * 9
    )


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        ((b"heic", b"mif1", b"heic"), "heic"),
        ((b"mif1", b"mif1", b"heic"), "heic"),
        ((b"mif1", b"mif1", b"avif"), "avif"),
        ((b"avif", b"mif1"), "avif"),
        ((b"avis", b"msf1"), "avif"),
        ((b"heix", b"mif1"), "heic"),
        ((b"mp42", b"isom"), None),
        ((b"qt  ", b"qt  "), None),
        ((b"isom", b"mif1"), None),
        ((b"crx ", b"isom"), None),
    ],
)
def test_brands(brands: tuple[bytes, ...], kind: str | None) -> None:
    assert sniff(ftyp(*brands)) == kind


def test_a_brand_box_that_does_not_end_is_refused() -> None:
    assert sniff(b"\xff\xff\xff\xffftypheic" + b"\0" * 30) is None
    assert sniff(b"\0\0\0\x08ftypheic" + b"\0" * 30) is None


@pytest.mark.parametrize(
    "mark", [b"<html>", b"<SCRIPT>", b"<svg ", b"<?php", b"%PDF-1.4", b"<!DOCTYPE html>", b"<iframe "]
)
def test_a_photo_that_is_also_something_else_is_refused(mark: bytes) -> None:
    photo = encoded(cornered(), "JPEG", comment=mark)
    assert sniff(photo[:4096]) is None
    assert sniff(encoded(cornered(), "JPEG", comment=b"holiday")[:4096]) == "jpeg"


def test_a_jpeg_that_is_also_a_script_is_refused() -> None:
    assert sniff(b"\xff\xd8\xff\xe0/*\0\0" + b"*/=alert(1)") is None


def test_exif_and_xmp_are_no_foreign_marks() -> None:
    assert sniff(encoded(cornered(), "JPEG", exif=exif(6), xmp=b"<x:xmpmeta></x:xmpmeta>")[:4096]) == "jpeg"


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert sniff(data) in (None, *KINDS)
    assert hides_archive(data) in (True, False)


@pytest.mark.parametrize("data", [b"", b"GIF89a" + b"\0" * 50, b"BM" + b"\0" * 50, b"RIFF\0\0\0\0WAVEfmt ", b"\x89PNG"])
def test_other_heads_are_refused(data: bytes) -> None:
    assert sniff(data) is None


def test_the_end_of_an_archive() -> None:
    end = b"PK\x05\x06" + b"\0" * 18
    assert hides_archive(b"photo" + end)
    assert hides_archive(b"photo" + end[:-2] + b"\x03\0" + b"abc")
    assert not hides_archive(b"photo" + end + b"more")
    assert not hides_archive(b"photo PK\x05\x06")


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [("0" * 16, "f" * 16, 64), ("00000000000000ff", "00000000000000fe", 1), ("a" * 16, "a" * 16, 0)],
)
def test_hash_distance(one: str, other: str, bits: int) -> None:
    assert hash_distance(one, other) == bits


@pytest.mark.parametrize("taken_at", [None, datetime(2026, 11, 22, 9, 30, tzinfo=UTC)])
def test_a_result_survives_the_pipe(taken_at: datetime | None) -> None:
    print_ = Fingerprint("0123456789abcdef", "fedcba9876543210")
    facts = PhotoFacts("heic", 4032, 3024, taken_at, True, True, 120.5, 0.52, 0.01, 0.02, print_, print_)
    result = PhotoResult(facts, (Rendition("large", "image/webp", 2016, 1512, 90_000, Path("/tmp/large.webp")),))
    assert result_from_json(result_to_json(result)) == result


def test_a_refusal_reads_well_in_a_log() -> None:
    assert str(ImageRefused("empty", "This file is empty.")) == "empty: This file is empty."
