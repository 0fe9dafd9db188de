"""Every payload that is published must be one that the rules can work with."""

from __future__ import annotations

import pytest

from app.domain.content.rules import refusal
from app.domain.content.schema_items import Bank
from tests.domain.content.samples import Program


def test_the_rules_accept_what_the_schema_lets_through(program: Program) -> None:
    definitions = list(program.load().content.definitions())
    assert {d.kind for d in definitions} >= {"item", "quiz", "exercise", "rubric", "certification"}
    assert [refusal(d) for d in definitions] == [None] * len(definitions)


def test_a_refusal_is_the_sentence_of_the_rule(program: Program) -> None:
    item = program.load().content.items["lb-004"]
    item.payload["step"] = "lips"
    assert refusal(item) == "Item lb-004 names the step 'lips', which does not exist."


@pytest.mark.parametrize("definition", [Bank(id="x", title="X")])
def test_what_no_rule_reads_is_not_refused(definition: Bank) -> None:
    assert refusal(definition) is None
