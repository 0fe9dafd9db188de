"""The fields of the log are sound data."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.domain.practice.fields import PIECE_FIELDS, PIGMENT_FIELDS, SKIN_TYPES, SKINS_3D, STEP_FIELDS, Field, FieldKind
from app.domain.procedure import Step

GROUPS = [("piece", PIECE_FIELDS), *((step.value, fields) for step, fields in STEP_FIELDS.items())]


def test_every_step_has_a_card() -> None:
    assert list(STEP_FIELDS) == list(Step)
    assert all(any(field.required for field in fields) for fields in STEP_FIELDS.values())


@pytest.mark.parametrize(("name", "fields"), GROUPS, ids=[name for name, _ in GROUPS])
def test_fields_are_named_once_and_fit_their_kind(name: str, fields: tuple[Field, ...]) -> None:
    names = [field.name for field in fields]
    assert len(set(names)) == len(names)
    for field in fields:
        assert field.label
        assert bool(field.choices) == (field.kind in (FieldKind.CHOICE, FieldKind.CHOICES))
        assert len(set(field.choice_ids)) == len(field.choices)
        assert Fraction(field.low) < Fraction(field.high)


def test_the_fields_that_rules_rely_on_exist() -> None:
    assert {field.name for field in STEP_FIELDS[Step.PIGMENT_APPLICATION]} >= set(PIGMENT_FIELDS)
    assert {skin for skin, _ in SKIN_TYPES} >= SKINS_3D
    percent = next(f for f in STEP_FIELDS[Step.NUMBING] if f.name == "lidocaine_percent")
    assert percent.high == "4"
