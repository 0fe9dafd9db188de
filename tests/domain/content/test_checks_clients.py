"""Cross checks of the client bank."""

from __future__ import annotations

from typing import Any

import yaml

from app.domain.content.checks_clients import offered
from app.domain.content.schema_clients import ClientBank
from tests.domain.content.samples import Program, client

CLIENTS = "courses/clients.yaml"


def bank(program: Program, *cards: dict[str, Any]) -> None:
    program.write(CLIENTS, yaml.safe_dump({"clients": list(cards)}, sort_keys=False))


def test_the_file_is_part_of_a_complete_program_only(program: Program) -> None:
    assert program.problems() == []
    missing = [p for p in program.problems(complete=True) if p.code == "file-missing"]
    assert [p.file.rsplit("/", 1)[-1] for p in missing if "clients" in p.file] == ["clients.yaml"]


def test_a_good_bank_is_loaded_as_one_definition(program: Program) -> None:
    bank(program, client(), client(id="bea-u", number=2, name="Bea U.", worked_in=["clean-station", "lb-001"]))
    loaded = program.load()
    assert program.problems() == []
    assert loaded.content.clients is not None
    assert [c.id for c in loaded.content.clients.clients] == ["ada-t", "bea-u"]
    assert [c.id for c in offered(loaded.content.clients)] == ["ada-t"]
    assert loaded.content.clients in list(loaded.content.definitions())


def test_a_fault_is_told_at_its_card(program: Program) -> None:
    bank(program, client(), client(id="bea-u", number=2, name="Bea U.", age=16))
    (problem,) = program.problems()
    assert problem.code == "bad-value"
    assert problem.sentence == "clients[2]: the client is 16: the finding under-18 must say so."
    text = (program.root / CLIENTS).read_text()
    assert problem.line == text[: text.index("- id: bea-u")].count("\n") + 1


def test_a_card_refers_to_lessons_and_items_that_exist(program: Program) -> None:
    bank(program, client(worked_in=["gone"]))
    (problem,) = program.problems()
    assert (problem.code, problem.sentence) == ("unknown-lesson", "There is no lesson or item with the id gone.")


def test_a_complete_bank_has_enough_of_everything(program: Program) -> None:
    bank(program, client(), client(id="bea-u", number=2, name="Bea U.", worked_in=["clean-station"]))
    told = {p.sentence for p in program.problems(complete=True) if p.code.startswith("clients-")}
    assert told == {
        "1 cards can be practiced with; 40 are asked.",
        "No card touches these rows of the screening table: under-18, active-lesion, hsv-history, pregnancy, "
        "isotretinoin, topical-retinoid, filler, surgery, anticoagulant, bleeding-disorder, diabetes, keloid, immune, "
        "allergy, intoxicated, hyperpigmentation, unrealistic.",
        "1 cards end in proceed; 5 are asked.",
        "0 cards end in proceed_with_precautions; 5 are asked.",
        "0 cards end in written_clearance; 5 are asked.",
        "0 cards end in refuse; 5 are asked.",
        "No card has phototype i, iii, iv, v, vi.",
    }


def test_a_client_cannot_take_the_id_of_a_lesson(program: Program) -> None:
    assert ClientBank.model_validate({"clients": [client()]}).digest
    bank(program, client(id="clean-station"))
    (problem,) = program.problems()
    assert problem.code == "id-taken"
