"""Bytes as text: base58, base64url, multibase, Multikey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credentials.multibase import (
    ED25519_PREFIX,
    P256_PREFIX,
    base58_decode,
    base58_encode,
    base64url_decode,
    base64url_encode,
    multibase_decode,
    multibase_encode,
    multikey_decode,
    multikey_encode,
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # draft-msporny-base58, test vectors
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
        (b"\0", "1"),
    ],
)
def test_base58_vectors(data: bytes, text: str) -> None:
    assert base58_encode(data) == text
    assert base58_decode(text) == data


@given(st.binary(max_size=80))
def test_every_form_gives_the_bytes_back(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data
    assert base64url_decode(base64url_encode(data)) == data
    assert multibase_decode(multibase_encode(data)) == data
    assert multibase_decode("u" + base64url_encode(data)) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "é", " 2", "2" * 201])
def test_base58_refuses_other_characters_and_excess(text: str) -> None:
    with pytest.raises(ValueError, match=r"base58|substring"):
        base58_decode(text)


@pytest.mark.parametrize("text", ["A", "AB=", "AB==", "A+", "A/", "AB", "A A", "é", "AAAA\n"])
def test_base64url_has_one_text_for_each_byte_string(text: str) -> None:
    # "AB" has unused bits that are not zero: accepting it would let a character of a signature change unseen.
    with pytest.raises(ValueError, match=r"base64url|ASCII"):
        base64url_decode(text)


@pytest.mark.parametrize("text", ["", "m8", "Zx", "f00"])
def test_other_bases_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="multibase"):
        multibase_decode(text)


def test_multikey_of_both_kinds() -> None:
    # W3C vc-di-eddsa, TestVectors/keyPair.json
    prefix, key = multikey_decode("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
    assert (prefix, len(key)) == (ED25519_PREFIX, 32)
    assert multikey_encode(prefix, key) == "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    # W3C vc-di-ecdsa, P-256 example key
    prefix, key = multikey_decode("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP")
    assert (prefix, len(key)) == (P256_PREFIX, 33)


@pytest.mark.parametrize(
    "text",
    ["z6Mk", "u7QF", "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq", multikey_encode(b"\x12\x00", b"x" * 32)],
)
def test_keys_of_other_kinds_are_refused(text: str) -> None:
    # The third is a private key: it must never be taken for a public one.
    with pytest.raises(ValueError, match=r"Multikey|base64url"):
        multikey_decode(text)
