"""Fictional clients: the strictest row decides, and a card has no way to hold its key."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest

from app.domain.practice.client import (
    ClientCard,
    ClientDecision,
    Finding,
    Letter,
    Portrait,
    card_from_dict,
    compare,
    key_from_dict,
    mildest_decision,
)
from app.domain.practice.fields import DECISIONS, PHOTOTYPES, STEP_FIELDS
from app.domain.procedure import Step
from tests.domain.content.samples import client

F, D = Finding, ClientDecision


def test_the_decisions_are_those_of_the_log_in_their_order() -> None:
    assert [decision.value for decision in D] == [value for value, _label in DECISIONS]
    assert [decision.strictness for decision in D] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("findings", "letter", "decision"),
    [
        ([], Letter.NONE, D.PROCEED),
        ([F.HYPERPIGMENTATION], Letter.NONE, D.PRECAUTIONS),
        ([F.ALLERGY], Letter.NONE, D.PRECAUTIONS),
        ([F.ANTICOAGULANT], Letter.NONE, D.CLEARANCE),
        ([F.ANTICOAGULANT], Letter.UNUSABLE, D.CLEARANCE),
        ([F.ANTICOAGULANT], Letter.USABLE, D.PRECAUTIONS),
        ([F.HSV_HISTORY], Letter.NONE, D.CLEARANCE),
        ([F.BLEEDING_DISORDER], Letter.NONE, D.REFUSE),
        ([F.BLEEDING_DISORDER], Letter.USABLE, D.PRECAUTIONS),
        ([F.UNDER_18], Letter.USABLE, D.REFUSE),
        ([F.PREGNANCY], Letter.USABLE, D.REFUSE),
        ([F.KELOID], Letter.USABLE, D.REFUSE),
        ([F.HYPERPIGMENTATION, F.ANTICOAGULANT], Letter.NONE, D.CLEARANCE),
        ([F.ANTICOAGULANT, F.ACTIVE_LESION], Letter.USABLE, D.REFUSE),
        ([F.FILLER, F.ISOTRETINOIN, F.TOPICAL_RETINOID], Letter.NONE, D.PROCEED),
    ],
)
def test_the_strictest_row_decides(findings: list[Finding], letter: Letter, decision: ClientDecision) -> None:
    assert mildest_decision(findings, letter) is decision


def test_every_row_has_a_mildest_decision_and_a_letter_never_makes_it_stricter() -> None:
    for finding in Finding:
        alone, lettered = (mildest_decision([finding], letter) for letter in (Letter.NONE, Letter.USABLE))
        assert lettered.strictness <= alone.strictness


def test_a_card_is_read_without_its_key() -> None:
    drawn = {"skin": "#f0d3bd", "lip": "#d9927c", "upper": None, "rim": None, "shape": "thin", "marks": ["lines"]}
    card = card_from_dict(client(number=17, portrait=drawn, worked_in=["les-x"]))
    assert card.label == "Card 017: Ada T., 30"
    assert card.portrait == Portrait("#f0d3bd", "#d9927c", "thin", marks=("lines",))
    assert card.worked_in == ("les-x",)
    held = {field.name for field in fields(ClientCard)}
    assert not held & {"key", "decision", "findings", "reasons", "precautions", "corrector", "lip_undertone"}
    del (data := client())["key"]
    assert card_from_dict(data).name == "Ada T."


@pytest.mark.parametrize(
    ("weight", "mg", "g"), [(50, 225, "45/8"), (60, 270, "27/4"), (67, 300, "15/2"), (104, 300, "15/2")]
)
def test_the_key_computes_the_ceiling_from_the_weight(weight: int, mg: int, g: str) -> None:
    key = key_from_dict(whole(client(weight_kg=weight)))
    assert (key.ceiling_mg, key.ceiling_g) == (mg, Fraction(g))


def test_the_key_is_read() -> None:
    hidden = {"decision": "refuse", "findings": ["filler"], "letter": "none", "precautions": ["Rebook."], "sessions": 2}
    key = key_from_dict(whole(client(key=hidden)))
    assert (key.client_id, key.decision, key.findings) == ("ada-t", D.REFUSE, (F.FILLER,))
    assert (key.precautions, key.sessions, key.lip_undertone, key.corrector) == (("Rebook.",), 2, "warm", "none")


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """The card as published: defaults filled in."""
    defaults = {"findings": [], "letter": "none", "precautions": [], "corrector": "none", "sessions": 1}
    return {**data, "key": {**defaults, **data["key"]}}


def test_card_and_log_share_their_vocabulary() -> None:
    undertones = next(f for f in STEP_FIELDS[Step.COLOR_SELECTION] if f.name == "undertone")
    assert undertones.choice_ids == ("warm", "neutral", "cool")
    assert [value for value, _label in PHOTOTYPES] == ["i", "ii", "iii", "iv", "v", "vi"]


@pytest.mark.parametrize(
    ("decision", "agrees", "milder"),
    [
        ("written_clearance", True, False),
        ("proceed", False, True),
        ("proceed_with_precautions", False, True),
        ("refuse", False, False),
        ("", False, False),
        ("perhaps", False, False),
    ],
)
def test_a_log_is_held_against_the_key(decision: str, agrees: bool, milder: bool) -> None:
    data = whole(client())
    key = replace(key_from_dict(data), decision=D.CLEARANCE, lip_undertone="cool")
    brief = compare(card_from_dict(data), key, decision, "cool")
    assert (brief.agrees, brief.is_milder, brief.undertone_agrees) == (agrees, milder, True)
    assert compare(brief.card, key, decision, "warm").undertone_agrees is False
    assert compare(brief.card, key, decision, "").undertone_agrees is None
