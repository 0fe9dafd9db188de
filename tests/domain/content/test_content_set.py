"""What holds all content together."""

from __future__ import annotations

import pytest

from app.domain.content.content_set import ContentSet, Register
from tests.domain.content.samples import BANK, Program


def test_definitions_come_once_each_with_kind_id_digest_and_payload(program: Program) -> None:
    definitions = list(program.load().content.definitions())
    assert len({(d.kind, d.id) for d in definitions}) == len(definitions) == 18
    assert {d.kind for d in definitions} == {
        "course", "lesson", "bank", "item", "quiz", "exercise", "certification", "rubric", "defects", "glossary",
    }  # fmt: skip
    assert all(len(d.digest) == 64 and d.payload["id"] == d.id for d in definitions)
    assert list(ContentSet().definitions()) == []


def test_loaded_content_is_releasable_unless_an_error_was_found(program: Program) -> None:
    loaded = program.load()
    assert loaded.ok
    assert loaded.errors == []
    assert loaded.problems
    program.edit(BANK, "answer: 225", "answer: many")
    loaded = program.load()
    assert not loaded.ok
    assert len(loaded.errors) == 1


def test_a_place_is_only_known_for_what_was_loaded() -> None:
    with pytest.raises(KeyError):
        Register().place("lesson", "x")
