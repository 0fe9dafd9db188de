"""What the files may say about gaps and cases, and how the reader completes a case."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.content.quiz_reader import card_of
from app.domain.content.schema_clients import Client
from app.domain.content.schema_items import item_adapter
from tests.domain.assessment.samples import BODIES
from tests.domain.content.samples import BANK, Program, client, single_choice

COMMON = {k: v for k, v in single_choice().items() if k not in ("options", "type")}


def make(kind: str, **changes: Any) -> Any:
    return item_adapter.validate_python({**COMMON, **BODIES[kind], "id": "x-001", "type": kind, **changes})


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Nothing.", "name each gap once"), ("{{name}} {{depth}} {{force}}", "in the order of gaps")],
)
def test_a_text_names_its_gaps(text: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        make("cloze", text=text)


def test_parts_are_of_types_that_have_no_parts() -> None:
    with pytest.raises(ValidationError, match="essay"):
        make("case", parts=[{"id": "a", "type": "essay"}, BODIES["case"]["parts"][0]])
    with pytest.raises(ValidationError, match="part ids must differ"):
        make("case", parts=[BODIES["case"]["parts"][0]] * 2)
    with pytest.raises(ValidationError, match="belong together"):
        make("case", parts=[{**part, "figure_alt": "x"} for part in BODIES["case"]["parts"]])


def test_the_card_of_a_client_has_everything_but_the_key() -> None:
    card = card_of(Client.model_validate(client()))
    assert card["name"] == "Ada T."
    assert [fact["what"] for fact in card["facts"]][:3] == ["Age and weight", "Skin type", "Work"]
    assert "No finding" not in str(card)


CASE = """
  - id: lbb-900
    type: case
    step: numbing
    topic: technique
    objective: obj-lbb-numbing-limits
    difficulty: 2
    lesson: lbb-station
    source: Vermilion standard
    prompt: Read the card, then decide twice.
    explanation: The card says it all.
    client: nobody-n
    parts:
      - {id: a, type: true_false, prompt: She is numbed., answer: true, feedback: {when_true: "Y.", when_false: "N."}}
      - {id: b, type: true_false, prompt: She may go home., answer: true, feedback: {when_true: "Y.", when_false: "N."}}
"""


def test_a_client_that_does_not_exist_is_an_error(program: Program) -> None:
    bank = program.root / BANK
    bank.write_text(bank.read_text().rstrip() + "\n" + CASE)
    assert "There is no client nobody-n." in program.sentences()
