"""The page of a draft as data: cards, gaps and where they lie, photo places, own levels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.practice.client import ClientCard, card_from_dict
from app.domain.practice.completeness import EntryFacts, PhotoState
from app.domain.practice.exercise import exercise_from_dict
from app.domain.rubric.rubric import rubric_from_dict
from app.practice.forms import FieldView, LogForm, log_form, slot_of
from app.practice.queries import EntryPage, PhotoFace
from tests.conftest import NOW
from tests.domain.content.samples import client
from tests.domain.practice.samples import EXERCISE, PIECE, RECORDS
from tests.domain.rubric.samples import rubric_dict


def face(slot: str, state: str = "ready", *, minutes: int = 0, reason: str = "") -> PhotoFace:
    return PhotoFace(uuid4(), slot, state, reason, "IMG.jpg", NOW - timedelta(minutes=minutes), {})


def page(*photos: PhotoFace, records: dict[str, Any] | None = None, **changes: Any) -> EntryPage:
    records = {"piece": PIECE, **RECORDS} if records is None else records
    states: dict[str, list[PhotoState]] = {}
    for photo in photos:
        states.setdefault(photo.slot, []).append(PhotoState(photo.state))
    exercise = exercise_from_dict({**EXERCISE, **changes.pop("exercise", {})})
    facts = EntryFacts(records.get("piece", {}), {}, states)
    return EntryPage(
        uuid4(), 3, "draft", "ABCD2345", 1, exercise, records, {"lip-mapping": 3}, photos, facts, NOW, NOW, **changes
    )


def test_a_complete_entry_has_no_gaps_and_every_card_is_closed() -> None:
    form = log_form(page(face("f1"), face("f2")), None, now=NOW)
    assert (form.gaps, form.to_do, form.is_busy) == ((), 0, False)
    assert form.done == list(RECORDS)
    assert not any(card.is_open for card in form.cards)
    assert form.cards[2].summary == "Thread, 10, 0,5 mm, Stays inside the vermilion border, Yes"


def test_gaps_say_where_they_are_and_the_first_card_with_one_is_open() -> None:
    records = {"piece": {**PIECE, "minutes": ""}, **RECORDS, "numbing": {}, "aftercare": {}}
    form = log_form(page(face("f1", "processing"), records=records), None, now=NOW)
    anchors = [gap.anchor for gap in form.gaps]
    assert anchors[:4] == ["piece.minutes", "photo-f1", "photo-f2", "numbing.product"]
    assert anchors[-1] == "aftercare.touch_up_weeks"
    assert [gap.waiting for gap in form.gaps[:3]] == [False, True, False]
    assert form.to_do == len(form.gaps) - 1
    assert form.is_busy
    assert [card.key for card in form.cards if card.is_open] == ["numbing"]
    assert (form.piece.gaps, form.cards[3].gaps) == (1, 6)


def test_what_is_missing_is_silent_at_its_field_until_it_was_sent() -> None:
    records = {"piece": PIECE, **RECORDS, "lip-mapping": {**RECORDS["lip-mapping"], "points": "", "symmetry_mm": "x"}}
    quiet = log_form(page(records=records), None, now=NOW)
    assert set(quiet.problems) == {"lip-mapping.symmetry_mm", "photo-f1", "photo-f2"}
    loud = log_form(page(records=records), None, now=NOW, show_all=True)
    assert set(loud.problems) == {"lip-mapping.symmetry_mm", "lip-mapping.points", "photo-f1", "photo-f2"}
    field = next(f for card in loud.cards for f in card.fields if f.name == "lip-mapping.points")
    assert field.problem == "Fill in: Map points placed."
    assert [card.key for card in loud.cards if card.is_open] == ["lip-mapping"]


def test_typed_values_stand_in_for_stored_ones() -> None:
    typed = {"piece": PIECE, **RECORDS, "numbing": {**RECORDS["numbing"], "planned_g": "9"}}
    form = log_form(page(face("f1"), face("f2")), None, now=NOW, typed=typed)
    assert [gap.anchor for gap in form.gaps] == ["numbing.planned_g"]
    assert form.ceiling is not None
    assert (form.ceiling.mg, form.ceiling.grams, form.ceiling.planned_mg, form.ceiling.within) == (
        "270",
        "6.75",
        "360",
        False,
    )


def test_only_what_the_exercise_allows_is_offered() -> None:
    form = log_form(page(exercise={"skins": ["lip_3d"], "skin_colors": ["dark"], "steps": ["lip-mapping"],
                                   "step": "lip-mapping"}), None, now=NOW)  # fmt: skip
    skin, tone, _day, _started, _ended, minutes = form.piece.fields
    assert (skin.choices, tone.choices) == ((("lip_3d", "3D lips"),), (("dark", "Dark"),))
    assert (minutes.name, minutes.value, minutes.values) == ("piece.minutes", "105", ("105",))
    assert [field.name for field in form.closing.fields] == ["piece.question", "piece.reflection"]
    assert [card.key for card in form.cards] == ["lip-mapping"]
    assert form.ceiling is None, "this exercise plans no numbing"
    everything = log_form(page(), None, now=NOW).piece.fields[1]
    assert len(everything.choices) == 4


def test_several_choices_keep_their_values() -> None:
    form = log_form(page(), None, now=NOW)
    movements = next(f for card in form.cards for f in card.fields if f.name == "pigment-application.movements")
    assert movements.values == ("pendulum", "ovals")
    bare = log_form(page(records={}), None, now=NOW)
    empty = next(f for card in bare.cards for f in card.fields if f.name == "pigment-application.movements")
    assert (empty.values, empty.value) == (("",), "")


def test_long_summaries_are_cut() -> None:
    records = {**RECORDS, "consultation": {**RECORDS["consultation"], "decision_reason": "word " * 80}}
    summary = log_form(page(records=records), None, now=NOW).cards[0].summary
    assert len(summary) <= 90
    assert summary.endswith("…")


def test_photo_places() -> None:
    photos = (face("f1"), face("f1", "processing", minutes=5), face("f2", "rejected", reason="Too dark."))
    f1, f2, f10 = log_form(page(*photos), None, now=NOW, refusals={"f10": "Too large."}).slots
    assert (len(f1.photos), f1.slow, f1.has_room, f1.required) == (2, True, True, True)
    assert (f2.photos[0].reason, f2.slow, f2.has_room) == ("Too dark.", False, False)
    assert (f10.photos, f10.refusal, f10.has_room, f10.required) == ((), "Too large.", False, False)
    full = log_form(page(*[face("f1") for _ in range(4)]), None, now=NOW).slots[0]
    assert not full.has_room


def test_own_levels_follow_the_rubric() -> None:
    rubric = rubric_from_dict(rubric_dict())
    scores = log_form(page(), rubric, now=NOW).scores
    assert [(score.criterion.id, score.level) for score in scores] == [
        ("lip-mapping", 3),
        ("hygiene", 0),
        ("record", 0),
    ]
    retired = replace(page(), exercise=exercise_from_dict({**EXERCISE, "criteria": ["gone-since", "lip-mapping"]}))
    assert log_form(retired, rubric, now=NOW).scores[0].criterion.id == "lip-mapping"
    assert log_form(page(), None, now=NOW).scores == ()


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("photo.f1", ("f1", None)),
        (f"photo.f1.{UUID(int=7)}", ("f1", UUID(int=7))),
        ("photo.f1.nonsense", ("f1", None)),
        ("photo.", ("", None)),
    ],
)
def test_names_of_file_fields(field: str, found: tuple[str, UUID | None]) -> None:
    assert slot_of(field) == found


def clients(*changes: dict[str, Any]) -> list[ClientCard]:
    return [card_from_dict(client(**change)) for change in changes]


def brief_field(form: LogForm) -> FieldView:
    return next(f for card in form.cards for f in card.fields if f.name == "consultation.client_card")


BANK = clients({}, {"id": "bea-u", "number": 2, "name": "Bea U."}, {"id": "cleo-w", "number": 3, "worked_in": ["x"]})


def test_the_brief_is_chosen_from_the_cards_whose_answer_no_lesson_gives() -> None:
    records = {"piece": PIECE, **RECORDS, "consultation": {**RECORDS["consultation"], "client_card": "bea-u"}}
    form = log_form(page(records=records), None, now=NOW, clients=BANK)
    field = brief_field(form)
    assert field.choices == (("ada-t", "Card 001: Ada T., 30"), ("bea-u", "Card 002: Bea U., 30"))
    assert field.value == "bea-u"
    assert form.cards[0].summary.startswith("Card 002: Bea U., 30, IV,")
    assert form.brief is not None
    assert form.brief.card.name == "Bea U."
    assert form.brief.portrait.startswith("<svg ")


def test_what_an_old_entry_says_about_its_client_stays() -> None:
    free = log_form(page(), None, now=NOW, clients=BANK)
    assert brief_field(free).choices[0] == ("Brief C", "Brief C")
    assert (free.brief, free.cards[0].gaps) == (None, 0)
    worked = {"piece": PIECE, **RECORDS, "consultation": {**RECORDS["consultation"], "client_card": "cleo-w"}}
    kept = log_form(page(records=worked), None, now=NOW, clients=BANK)
    assert [value for value, _label in brief_field(kept).choices] == ["ada-t", "bea-u", "cleo-w"]
    assert kept.brief is not None


def test_without_cards_the_brief_is_written_as_before() -> None:
    form = log_form(page(), None, now=NOW)
    assert (brief_field(form).choices, brief_field(form).value, form.brief) == ((), "Brief C", None)


def test_an_exercise_without_a_consultation_shows_no_client() -> None:
    records = {"piece": PIECE, "consultation": {"client_card": "ada-t"}}
    drill = {"steps": ["pigment-application"], "step": "pigment-application"}
    assert log_form(page(records=records, exercise=drill), None, now=NOW, clients=BANK).brief is None
