"""Keys: which one signs, which ones are published, what a signature proves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.domain.credentials.keys import Algorithm, active_key, verify_signature

DAY = timedelta(days=1)


def test_a_key_signs_from_its_first_day_until_it_retires(academy: Any) -> None:
    key = academy.signer.record(not_before=academy.now, retired_at=academy.now + DAY)
    assert not key.may_sign(academy.now - timedelta(seconds=1))
    assert key.may_sign(academy.now)
    assert key.may_sign(academy.now + DAY - timedelta(seconds=1))
    assert not key.may_sign(academy.now + DAY)
    assert key.is_published


def test_a_compromised_key_neither_signs_nor_shows(academy: Any) -> None:
    key = academy.signer.record(compromised_at=academy.now)
    assert not key.may_sign(academy.now) and not key.is_published


def test_the_newest_usable_key_of_the_kind_is_active(academy: Any) -> None:
    old = academy.signer.record(kid="old", not_before=academy.now - DAY)
    new = academy.signer.record(kid="new", not_before=academy.now)
    waiting = academy.signer.record(kid="waiting", not_before=academy.now + DAY)
    keys = [waiting, new, old, academy.token_signer.record()]
    assert active_key(keys, Algorithm.ED25519, academy.now) is new
    assert active_key(keys, Algorithm.ED25519, academy.now + DAY) is waiting
    assert active_key([waiting], Algorithm.ED25519, academy.now) is None
    assert active_key([], Algorithm.ES256, academy.now) is None


@pytest.mark.parametrize("name", ["signer", "token_signer"])
def test_a_signature_fits_its_key_and_its_text_only(academy: Any, name: str) -> None:
    signer = getattr(academy, name)
    public, signature = signer.record().public_key, signer.sign(b"text")
    assert verify_signature(signer.algorithm, public, b"text", signature)
    assert not verify_signature(signer.algorithm, public, b"Text", signature)
    assert not verify_signature(signer.algorithm, public, b"text", signature[:-1])
    assert not verify_signature(signer.algorithm, public, b"text", b"\0" * 64)
    assert not verify_signature(signer.algorithm, b"\x02" * len(public), b"text", signature)
    assert not verify_signature(signer.algorithm, b"", b"text", signature)
