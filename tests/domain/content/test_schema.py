"""What all specs share."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.domain.content.digest import digest_of
from app.domain.content.schema_items import Bank, item_adapter
from tests.domain.content.samples import single_choice


def test_a_definition_has_a_payload_of_plain_data_and_its_digest() -> None:
    bank = Bank(id="x", title="X")
    assert (bank.kind, bank.payload) == ("bank", {"id": "x", "title": "X"})
    assert bank.digest == digest_of("bank", {"id": "x", "title": "X"})


def test_defaults_are_part_of_the_payload() -> None:
    item = item_adapter.validate_python(single_choice())
    assert item.payload["points"] == 1
    assert item.payload["safety"] is False
    assert item.payload["figure"] is None
    assert item.payload["options"][1] == {
        "id": "b", "text": "A stronger unlabeled one", "correct": False, "feedback": "No.",
    }  # fmt: skip
    written_out = item_adapter.validate_python(single_choice(points=1, safety=False, shuffle=True))
    assert written_out.digest == item.digest


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Bank(id="x", title="X").title = "Y"  # type: ignore[misc]


@pytest.mark.parametrize("bad", ["Upper", "a_b", "-a", "a--b", "a b", "", "x" * 81])
def test_ids_are_lower_case_and_hyphenated(bad: str) -> None:
    with pytest.raises(ValidationError):
        Bank(id=bad, title="X")
