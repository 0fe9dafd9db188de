"""Evidence cannot be changed after it was gathered."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from app.domain.certification.evidence import Evidence
from tests.domain.certification.samples import evidence, piece


def test_a_newcomer_has_nothing() -> None:
    nobody = Evidence()
    assert not nobody.adult
    assert (nobody.courses_finished, nobody.pieces, nobody.proofs, nobody.credentials) == (frozenset(), (), (), ())
    assert (dict(nobody.quizzes), dict(nobody.minutes), dict(nobody.minutes_since)) == ({}, {}, {})


def test_evidence_is_frozen() -> None:
    for frozen, name in ((evidence(), "adult"), (piece(1, "e08"), "approved")):
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, name, False)
