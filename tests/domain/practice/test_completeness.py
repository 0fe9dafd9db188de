"""When an entry is complete, and what each gap is called."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.completeness import (
    Ceiling,
    EntryFacts,
    PhotoState,
    missing,
    numbing_ceiling,
    photo_problems,
    piece_problems,
    prefill,
    step_problems,
    tidy,
)
from app.domain.practice.exercise import exercise_from_dict
from app.domain.practice.fields import PIECE_FIELDS, STEP_FIELDS
from app.domain.procedure import Step
from tests.domain.practice.samples import EXERCISE, PHOTOS, PIECE, RECORDS, entry

TODAY = date(2026, 11, 22)
E08 = exercise_from_dict(EXERCISE)
READY, PROCESSING, REJECTED = PhotoState.READY, PhotoState.PROCESSING, PhotoState.REJECTED


def gaps(facts: EntryFacts) -> list[tuple[str, str, str]]:
    return [(gap.ref, gap.field, gap.code) for gap in missing(E08, facts, TODAY)]


def test_a_complete_entry_has_no_gaps() -> None:
    assert missing(E08, entry(), TODAY) == []


def test_an_empty_entry_lists_everything_in_the_order_of_the_page() -> None:
    found = missing(E08, EntryFacts(), TODAY)
    required = [f for f in PIECE_FIELDS if f.required], [f for s in Step for f in STEP_FIELDS[s] if f.required]
    assert len(found) == len(required[0]) + 2 + len(required[1])
    assert [gap.part.value for gap in found][: len(required[0]) + 2] == ["piece"] * len(required[0]) + ["photo"] * 2
    assert list(dict.fromkeys(gap.ref for gap in found if gap.part.value == "step")) == [s.value for s in Step]
    assert not any(gap.waiting for gap in found)
    assert found[0].sentence == "Fill in: Practice skin."


def test_only_the_steps_of_the_exercise_count() -> None:
    drill = exercise_from_dict({**EXERCISE, "steps": ["pigment-application"]})
    only = EntryFacts(PIECE, {"pigment-application": RECORDS["pigment-application"]}, PHOTOS)
    assert missing(drill, only, TODAY) == []


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"consultation": {"decision": "maybe"}}, ("consultation", "decision", "unknown_choice")),
        ({"consultation": {"decision_reason": "x" * 601}}, ("consultation", "decision_reason", "too_long")),
        ({"consultation": {"client_card": ["a", "b"]}}, ("consultation", "client_card", "unreadable")),
        ({"lip_mapping": {"points": "ten"}}, ("lip-mapping", "points", "not_a_number")),
        ({"lip_mapping": {"points": "NaN"}}, ("lip-mapping", "points", "not_a_number")),
        ({"lip_mapping": {"points": "1e99999"}}, ("lip-mapping", "points", "not_a_number")),
        ({"lip_mapping": {"points": "9.5"}}, ("lip-mapping", "points", "not_whole")),
        ({"lip_mapping": {"points": "21"}}, ("lip-mapping", "points", "out_of_range")),
        ({"lip_mapping": {"symmetry_mm": "-1"}}, ("lip-mapping", "symmetry_mm", "out_of_range")),
        ({"numbing": {"lidocaine_percent": "5"}}, ("numbing", "lidocaine_percent", "out_of_range")),
        ({"numbing": {"planned_g": "6.76"}}, ("numbing", "planned_g", "over_ceiling")),
        ({"pigment_application": {"pigment_lot": ""}}, ("pigment-application", "pigment_lot", "missing")),
        ({"pigment_application": {"pigment_expiry": "soon"}}, ("pigment-application", "pigment_expiry", "not_a_date")),
        (
            {"pigment_application": {"pigment_expiry": "2026-13"}},
            ("pigment-application", "pigment_expiry", "not_a_date"),
        ),
        (
            {"pigment_application": {"pigment_expiry": "2026-11-21"}},
            ("pigment-application", "pigment_expiry", "expired"),
        ),
        ({"pigment_application": {"pigment_expiry": "2026-10"}}, ("pigment-application", "pigment_expiry", "expired")),
        ({"pigment_application": {"movements": []}}, ("pigment-application", "movements", "missing")),
        ({"pigment_application": {"movements": ["waltz"]}}, ("pigment-application", "movements", "unknown_choice")),
        ({"pigment_application": {"needle": "other"}}, ("pigment-application", "needle_other", "missing")),
        ({"pigment_application": {"volts": "90"}}, ("pigment-application", "volts", "out_of_range")),
    ],
)
def test_each_fault_has_its_own_code(change: dict[str, Any], gap: tuple[str, str, str]) -> None:
    assert gaps(entry(**change)) == [gap]


@pytest.mark.parametrize(
    "change",
    [
        {"pigment_application": {"pigment_expiry": "2026-11-22"}},
        {"pigment_application": {"pigment_expiry": "2026-11"}},
        {"pigment_application": {"needle": "other", "needle_other": "1203RLST"}},
        {"pigment_application": {"volts": "6,5"}},
        {"numbing": {"planned_g": "6.75"}},
        {"numbing": {"weight_kg": "50", "planned_g": "5.625"}},
    ],
)
def test_what_is_just_allowed(change: dict[str, Any]) -> None:
    assert gaps(entry(**change)) == []


def test_the_numbing_sentence_does_the_arithmetic() -> None:
    record = {**RECORDS["numbing"], "planned_g": "10", "weight_kg": "50"}
    problem = step_problems(Step.NUMBING, record, TODAY)[0]
    assert problem.sentence == ("The plan is 400 mg; the ceiling for this weight is 225 mg, 5.62 g of this product.")


def test_the_number_sentence_names_the_bounds() -> None:
    problem = step_problems(Step.BUILDING_LAYERS, {"passes": "0", "passes_note": "x"}, TODAY)[0]
    assert problem.sentence == "Passes: from 1 to 12."
    problem = piece_problems(E08, {**PIECE, "minutes": "900"}, TODAY)[0]
    assert problem.sentence == "Time spent: from 1 to 600 min."


@pytest.mark.parametrize(
    ("piece", "code"),
    [
        ({"skin_type": "paper"}, "wrong_skin"),
        ({"skin_type": "banana"}, "unknown_choice"),
        ({"skin_tone": "green"}, "unknown_choice"),
    ],
)
def test_the_skin_is_one_of_the_exercise(piece: dict[str, str], code: str) -> None:
    assert [p.code for p in piece_problems(E08, {**PIECE, **piece}, TODAY)] == [code]


def test_the_tone_is_one_of_the_exercise() -> None:
    dark = exercise_from_dict({**EXERCISE, "skin_colors": ["dark", "melanated_lip"]})
    assert [p.code for p in piece_problems(dark, PIECE, TODAY)] == ["wrong_tone"]
    assert piece_problems(dark, {**PIECE, "skin_tone": "dark"}, TODAY) == []
    assert [p.code for p in piece_problems(dark, {**PIECE, "skin_tone": "green"}, TODAY)] == ["unknown_choice"]
    assert [p.code for p in piece_problems(dark, {**PIECE, "skin_tone": ""}, TODAY)] == ["missing"]


@pytest.mark.parametrize(
    ("states", "code", "waiting"),
    [
        ((), "photo_missing", False),
        ((PROCESSING,), "photo_processing", True),
        ((REJECTED, PROCESSING), "photo_processing", True),
        ((REJECTED,), "photo_rejected", False),
    ],
)
def test_a_required_photo_must_be_ready(states: tuple[PhotoState, ...], code: str, waiting: bool) -> None:
    problems = photo_problems(E08, {**PHOTOS, "f1": states})
    assert [(p.ref, p.code, p.waiting) for p in problems] == [("f1", code, waiting)]


@pytest.mark.parametrize(
    ("states", "codes"), [((), []), ((READY,), []), ((REJECTED,), []), ((PROCESSING,), ["photo_processing"])]
)
def test_an_optional_photo_is_only_waited_for(states: tuple[PhotoState, ...], codes: list[str]) -> None:
    assert [p.code for p in photo_problems(E08, {**PHOTOS, "f10": states})] == codes


def test_tidy_keeps_what_was_typed_and_nothing_else() -> None:
    fields = STEP_FIELDS[Step.PIGMENT_APPLICATION]
    raw = {
        "machine": ["  Rotary 3 "],
        "movements": ["whip", "lines", "waltz", ""],
        "pigment_lot": [" "],
        "pigment_expiry": ["nonsense"],
        "hidden": ["x"],
        "pigment": ["y" * 5000],
    }
    record = tidy(fields, raw)
    assert record == {
        "machine": "Rotary 3",
        "movements": ["lines", "whip"],
        "pigment_expiry": "nonsense",
        "pigment": "y" * 4000,
    }


def test_a_new_entry_is_filled_in_with_what_still_holds() -> None:
    piece, records = prefill(E08, PIECE, RECORDS, TODAY)
    assert piece == {"skin_type": "lip_pad_flat", "skin_tone": "medium"}
    assert records["pigment-application"] == RECORDS["pigment-application"]
    assert records["consultation"] == {"client_card": "Brief C", "phototype": "iv"}
    assert "symmetry_mm" not in records["lip-mapping"]
    assert records["final-touch"] == {}
    assert records["aftercare"] == RECORDS["aftercare"]


def test_an_expired_pigment_and_a_strange_skin_do_not_carry_over() -> None:
    other = exercise_from_dict(
        {**EXERCISE, "steps": ["pigment-application"], "skins": ["paper"], "skin_colors": ["dark"]}
    )
    piece, records = prefill(other, PIECE, RECORDS, date(2027, 4, 1))
    assert piece == {}
    assert set(records) == {"pigment-application"}
    assert not {"pigment", "pigment_lot", "pigment_expiry"} & set(records["pigment-application"])
    assert records["pigment-application"]["machine"] == "Rotary 3"


def test_nothing_carries_over_from_nothing() -> None:
    assert prefill(E08, {}, {}, TODAY) == ({}, {step.value: {} for step in Step})


TEXT = st.text(max_size=30)


@given(st.sampled_from(list(Step)), st.data())
def test_anything_typed_is_kept_and_judged_without_a_crash(step: Step, data: st.DataObject) -> None:
    raw = {field.name: data.draw(st.lists(TEXT, max_size=2)) for field in STEP_FIELDS[step]}
    record = tidy(STEP_FIELDS[step], raw)
    for problem in step_problems(step, record, TODAY):
        assert problem.sentence.endswith(".")
    assert tidy(STEP_FIELDS[step], {k: v if isinstance(v, list) else [v] for k, v in record.items()}) == record


# ---------------------------------------------------------------- what pages show


def test_line_ends_are_stored_as_one_character_and_nul_is_dropped() -> None:
    raw = {"question": ["one\r\ntwo\0"], "reflection": ["\0"], "skin_type": ["\0paper"]}
    assert tidy(PIECE_FIELDS, raw) == {"question": "one\ntwo", "skin_type": "paper"}
    long = "x\r\n" * 300
    assert len(tidy(PIECE_FIELDS, {"question": [long]})["question"]) == 599


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"weight_kg": "60", "lidocaine_percent": "4", "planned_g": "1,5"}, Ceiling("270", "6.75", "60", True)),
        ({"weight_kg": "60", "lidocaine_percent": "4", "planned_g": "9"}, Ceiling("270", "6.75", "360", False)),
        ({"weight_kg": "66", "lidocaine_percent": "4"}, Ceiling("297", "7.42", "", True)),
        ({"weight_kg": "66", "lidocaine_percent": "4", "planned_g": "a lot"}, Ceiling("297", "7.42", "", True)),
        ({"weight_kg": "29", "lidocaine_percent": "4"}, None),
        ({"weight_kg": "60", "lidocaine_percent": "0"}, None),
        ({"weight_kg": "60"}, None),
        ({"lidocaine_percent": "4"}, None),
        ({}, None),
    ],
)
def test_the_ceiling_is_shown_as_soon_as_it_can_be_computed(record: dict[str, str], shown: Ceiling | None) -> None:
    assert numbing_ceiling(record) == shown
