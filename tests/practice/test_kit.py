"""The kit: one of each, in date, and learned from the pieces that were sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Invalid, NotFound
from app.domain.practice.kit import KitKind
from app.practice import queries, services
from app.practice.services import KitFacts
from tests.conftest import NOW
from tests.factories.practice import submitted_piece

BRICK = KitFacts(KitKind.PIGMENT, "Brick  07", "77491", "2418", "2027-03")
WORDS = "Brick 07; C.I. 77491; lot 2418; expires 2027-03-31"


def test_a_thing_is_one_however_often_it_is_added(session: Session, learner: Actor) -> None:
    first = services.add_to_kit(session, learner, BRICK, now=NOW)
    assert services.add_to_kit(session, learner, BRICK, now=NOW).id == first.id
    services.add_to_kit(session, learner, replace(BRICK, lot="9"), now=NOW)
    offered = queries.kit_choices(session, learner.user_id, NOW.date())["pigment"]
    assert sorted(offered) == [WORDS, WORDS.replace("2418", "9")]


def test_what_has_expired_is_refused_with_the_reason(session: Session, learner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_to_kit(session, learner, KitFacts(KitKind.PIGMENT, "Brick", "", "", "2026-10"), now=NOW)
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("lot", "missing"),
        ("expires", "expired"),
    }
    assert queries.kit(session, learner.user_id) == []


def test_what_expires_later_is_offered_until_that_day(session: Session, learner: Actor) -> None:
    services.add_to_kit(session, learner, BRICK, now=NOW)
    last = date(2027, 3, 31)
    assert queries.kit_choices(session, learner.user_id, last)["pigment"] == [WORDS]
    assert queries.kit_choices(session, learner.user_id, last + timedelta(days=1))["pigment"] == []


def test_what_is_taken_out_comes_back_when_it_is_added_again(session: Session, learner: Actor) -> None:
    item = services.add_to_kit(session, learner, BRICK, now=NOW)
    services.retire_from_kit(session, learner, item.id, now=NOW)
    services.retire_from_kit(session, learner, item.id, now=NOW)
    assert queries.kit(session, learner.user_id) == []
    assert services.add_to_kit(session, learner, BRICK, now=NOW).id == item.id
    assert [found.id for found in queries.kit(session, learner.user_id)] == [item.id]


def test_nobody_touches_the_kit_of_another(session: Session, learner: Actor, stranger: Actor) -> None:
    item = services.add_to_kit(session, learner, BRICK, now=NOW)
    with pytest.raises(NotFound):
        services.retire_from_kit(session, stranger, item.id, now=NOW)
    assert queries.kit(session, stranger.user_id) == []


def test_a_kit_has_an_end(session: Session, learner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.practice.services.kit.MOST_THINGS", 1)
    services.add_to_kit(session, learner, BRICK, now=NOW)
    with pytest.raises(Invalid, match="holds 1 things"):
        services.add_to_kit(session, learner, KitFacts(KitKind.MACHINE, "Rotary 3"), now=NOW)
    submitted_piece(session, learner, now=NOW)  # a full kit keeps nobody from sending
    assert len(queries.kit(session, learner.user_id)) == 1


def test_a_piece_that_is_sent_fills_the_kit_once(session: Session, learner: Actor) -> None:
    for _again in range(2):
        submitted_piece(session, learner, now=NOW)
    kept = [(item.kind, item.name, item.lot, item.expires_on) for item in queries.kit(session, learner.user_id)]
    assert kept == [("machine", "Rotary 3", "", None), ("pigment", "Brick 07", "2418", date(2027, 3, 31))]
