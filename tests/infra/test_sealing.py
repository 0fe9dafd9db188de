"""Secrets in the database are of no use without the key outside of it."""

from __future__ import annotations

from app.infra.sealing import seal, unseal


def test_only_the_same_key_and_purpose_open_a_seal() -> None:
    key = "k" * 48
    sealed = seal(key, "code-app", "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert unseal(key, "code-app", sealed) == "JBSWY3DPEHPK3PXP"
    assert unseal("other" * 10, "code-app", sealed) is None
    assert unseal(key, "another", sealed) is None
    assert unseal(key, "code-app", sealed[:-4] + "AAAA") is None
    assert seal(key, "code-app", "x") != seal(key, "code-app", "x"), "equal secrets do not look equal"
