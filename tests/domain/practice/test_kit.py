"""The kit: words that stand by themselves, and nothing past its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.completeness import missing, prefill, repeat
from app.domain.practice.exercise import exercise_from_dict
from app.domain.practice.kit import KitKind, KitThing, expiry_of, in_words, problems_of, read_day
from tests.domain.practice.samples import EXERCISE, PIECE, RECORDS, entry

TODAY = date(2026, 11, 22)
FRESH = "Brick 07; C.I. 77491; lot 2418; expires 2026-11-22"
OLD = "Tea rose; lot 11; expires 2026-11-21"
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
WITHOUT_TYPED = {"pigment": "", "pigment_lot": "", "pigment_expiry": ""}


def codes(**changes: object) -> list[tuple[str, str]]:
    found = missing(exercise_from_dict(EXERCISE), entry(**changes), TODAY)
    return [(gap.field, gap.code) for gap in found]


@given(st.sampled_from(list(KitKind)), st.text(max_size=60), st.text(max_size=20), st.none() | DAYS)
def test_the_day_in_the_words_is_the_day_of_the_thing(kind: KitKind, name: str, lot: str, day: date | None) -> None:
    assert expiry_of(in_words(KitThing(kind, name, "77491", lot, day))) == day


def test_words_name_everything_that_a_reader_needs() -> None:
    pigment = KitThing(KitKind.PIGMENT, "Brick; 07", "77491", "2418", date(2027, 3, 31))
    assert in_words(pigment) == "Brick, 07; C.I. 77491; lot 2418; expires 2027-03-31"
    assert in_words(KitThing(KitKind.MACHINE, "Rotary  3")) == "Rotary 3"
    assert in_words(KitThing(KitKind.CARTRIDGE, "1RL", "1203RL")) == "1RL; 1203RL"


@given(DAYS, DAYS)
def test_a_thing_is_good_on_its_last_day_and_never_after_it(printed: date, day: date) -> None:
    assert KitThing(KitKind.PIGMENT, "x", expires=printed).is_expired(day) == (day > printed)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((KitKind.MACHINE, "Rotary 3", "", ""), []),
        ((KitKind.MACHINE, "  ", "", ""), [("name", "missing")]),
        ((KitKind.PIGMENT, "Brick", "2418", "2027-03"), []),
        ((KitKind.PIGMENT, "Brick", "", "soon"), [("lot", "missing"), ("expires", "not_a_date")]),
        ((KitKind.PIGMENT, "Brick", "1", "2026-10"), [("expires", "expired")]),
        ((KitKind.PRODUCT, "Numbing cream", "1", "2026-11-21"), [("expires", "expired")]),
    ],
)
def test_what_goes_into_a_kit_is_named_and_in_date(
    values: tuple[KitKind, str, str, str], expected: list[tuple[str, str]]
) -> None:
    found = problems_of(*values, TODAY)
    assert [(problem.field, problem.code) for problem in found] == expected
    assert all(problem.sentence.endswith(".") for problem in found)


def test_a_month_ends_on_its_last_day_and_nonsense_is_no_day() -> None:
    assert read_day("2028-02") == date(2028, 2, 29)
    assert [read_day(text) for text in ("", "soon", "2026-13", "20270331", "2027-3-1")] == [None] * 5


# ---------------------------------------------------------------- in the log of a piece


def test_pigments_of_the_kit_stand_in_for_typed_ones() -> None:
    assert codes(pigment_application={"pigments": [FRESH], **WITHOUT_TYPED}) == []
    assert ("pigment", "missing") in codes(pigment_application=WITHOUT_TYPED)
    half = codes(pigment_application={"pigments": [FRESH], **WITHOUT_TYPED, "pigment": "Other"})
    assert half == [("pigment_lot", "missing"), ("pigment_expiry", "missing")]


def test_an_expired_pigment_or_product_is_refused_with_the_reason() -> None:
    found = missing(
        exercise_from_dict(EXERCISE),
        entry(pigment_application={"pigments": [FRESH, OLD]}, numbing={"product": "Cream; lot 1; expires 2026-01-31"}),
        TODAY,
    )
    assert [(gap.field, gap.code) for gap in found] == [("product", "expired"), ("pigments", "expired")]
    assert "2026-11-21" in found[1].sentence


def test_the_day_of_the_session_decides_not_the_day_of_sending() -> None:
    facts = entry(pigment_application={"pigments": [OLD], **WITHOUT_TYPED})
    day_before = {**PIECE, "worked_on": "2026-11-21"}
    exercise = exercise_from_dict(EXERCISE)
    assert missing(exercise, type(facts)(day_before, facts.records, facts.photos), TODAY) == []
    later = {**PIECE, "worked_on": "2026-12-24"}
    found = missing(exercise, type(facts)(later, facts.records, facts.photos), TODAY)
    assert [(gap.field, gap.code) for gap in found] == [("worked_on", "in_future"), ("pigments", "expired")]


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_nothing_that_has_expired_is_filled_in(today: date) -> None:
    records = {**RECORDS, "pigment-application": {**RECORDS["pigment-application"], "pigments": [FRESH, OLD]}}
    for fill in (prefill, repeat):
        _piece, filled = fill(exercise_from_dict(EXERCISE), PIECE, records, today)
        made_with = filled["pigment-application"]
        days = [expiry_of(line) for line in made_with.get("pigments", [])]
        assert all(day is not None and day >= today for day in days)
        typed = read_day(made_with.get("pigment_expiry"))
        assert typed is None or typed >= today


def test_a_piece_in_which_nothing_changed_is_complete_but_for_its_photos() -> None:
    exercise = exercise_from_dict(EXERCISE)
    asked = {**PIECE, "question": "Even?", "started": "14:00", "worked_on": "2026-11-01"}
    piece, records = repeat(exercise, asked, RECORDS, TODAY)
    assert not {"question", "started", "worked_on"} & set(piece)
    facts = type(entry())(piece, records, {})
    assert {gap.code for gap in missing(exercise, facts, TODAY)} == {"photo_missing"}
    assert piece["minutes"] == "105"
    assert records["numbing"]["planned_g"] == "1.5"


@pytest.mark.parametrize(
    ("value", "is_good"), [("14:30", True), ("24:00", False), ("2 pm", False), ("14:30:10", False)]
)
def test_times_are_hours_and_minutes(value: str, is_good: bool) -> None:
    found = codes(numbing={"applied_at": value})
    assert found == ([] if is_good else [("applied_at", "not_a_time")])


def test_a_required_healed_photo_holds_the_piece_until_it_is_there() -> None:
    exercise = exercise_from_dict({**EXERCISE, "healed": {"first_week": 4, "last_week": 8, "required": True}})
    facts = entry()
    early = {**PIECE, "worked_on": (TODAY - timedelta(days=3)).isoformat()}
    (gap,) = missing(exercise, type(facts)(early, facts.records, facts.photos), TODAY)
    assert (gap.code, gap.ref, gap.waiting) == ("healed_missing", "healed", True)
    free = exercise_from_dict({**EXERCISE, "healed": {"first_week": 4, "last_week": 8}})
    assert missing(free, type(facts)(early, facts.records, facts.photos), TODAY) == []
