"""Client cards: what a card says and what its key says must fit together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.rules import refusal
from app.domain.content.schema_clients import Client, ClientBank
from tests.domain.content.samples import client

DARK = {"skin": "#5a3726", "lip": "#8f4f42", "shape": "full"}


def test_a_card_in_its_shortest_form() -> None:
    bank = ClientBank.model_validate({"clients": [client()]})
    (card,) = bank.payload["clients"]
    assert (bank.kind, bank.id) == ("clients", "clients")
    assert card["portrait"] == {
        "skin": "#f0d3bd", "lip": "#d9927c", "upper": None, "rim": None, "shape": "balanced", "marks": [],
    }  # fmt: skip
    assert (card["key"]["letter"], card["key"]["findings"], card["key"]["sessions"]) == ("none", [], 1)
    assert refusal(bank) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": {"findings": ["diabetes"]}}, "these findings ask at least for written_clearance"),
        ({"key": {"decision": "refuse"}}, "no finding explains it"),
        ({"key": {"decision": "proceed_with_precautions", "findings": ["allergy"]}}, "needs the precautions"),
        ({"key": {"findings": ["filler", "filler"]}}, "listed twice"),
        ({"key": {"lip_undertone": "cool"}}, "a cool lip needs a corrector"),
        ({"key": {"corrector": "peach"}}, "a warm lip needs no corrector"),
        ({"key": {"reasons": []}}, "at least 1 item"),
        ({"key": {"findings": ["tired"]}}, "Input should be"),
        ({"key": {"sessions": 4}}, "less than or equal to 3"),
        ({"age": 17}, "the client is 17"),
        ({"key": {"decision": "refuse", "findings": ["under-18"]}}, "the client is 30"),
        ({"phototype": "v"}, "phototype v is told that lips may darken"),
        ({"phototype": "vii"}, "Input should be"),
        ({"weight_kg": 20}, "greater than or equal to 35"),
        ({"name": "ada"}, "String should match pattern"),
        ({"name": "Ada Thompson"}, "String should match pattern"),
        ({"portrait": {**DARK, "shape": "round"}}, "there is no shape round"),
        ({"portrait": {**DARK, "marks": ["tattoo"]}}, "there is no mark tattoo"),
        ({"portrait": {**DARK, "skin": "brown"}}, "String should match pattern"),
        ({"photo": "x.jpg"}, "Extra inputs"),
    ],
)
def test_a_card_that_does_not_hold_together_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Client.model_validate(client(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"key": {"findings": ["filler"]}},
        {"key": {"decision": "refuse", "findings": ["filler"]}},
        {"age": 17, "key": {"decision": "refuse", "findings": ["under-18"]}},
        {"key": {"decision": "proceed_with_precautions", "findings": ["diabetes"], "letter": "usable",
                 "precautions": ["Short."]}},
        {"name": "Hui-Min C."},
        {"name": "Noor"},
        {"key": {"lip_undertone": "neutral", "corrector": "orange-red"}},
    ],
)  # fmt: skip
def test_these_hold_together(change: dict[str, Any]) -> None:
    assert Client.model_validate(client(**change)).key.decision


@pytest.mark.parametrize("what", ["id", "number", "name"])
def test_no_two_cards_share_an_id_a_number_or_a_name(what: str) -> None:
    other = {"id": "bea-u", "number": 2, "name": "Bea U."}
    shared = {**other, what: client()[what]}
    with pytest.raises(ValidationError, match=f"each {what} stands once"):
        ClientBank.model_validate({"clients": [client(), client(**shared)]})
    assert len(ClientBank.model_validate({"clients": [client(), client(**other)]}).clients) == 2
