"""The chain of the audit log: one form for each content, and every edit of the chain is found at its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.audit import (
    FIRST_LINK,
    Checkpoint,
    Event,
    Fault,
    Finding,
    Seal,
    Walk,
    commit,
    commitment_in,
    commitments_of,
    digest_of,
    link_of,
    seal_all,
    sealed_fact,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SIZE = 12


def event(number: int, **changes: object) -> Event:
    base = Event(
        id=number,
        at=START + timedelta(minutes=number),
        tag="reviews:review:decided",
        actor_id=UUID(int=7),
        actor_name="Ada Brandt",
        target_kind="submission",
        target_id=str(number),
        facts={"outcome": "approved", "score": "87.50"},
    )
    return replace(base, **changes)  # type: ignore[arg-type]


EVENTS = tuple(event(number) for number in range(1, SIZE + 1))
SEALS = tuple(seal_all(EVENTS, None))


def checkpoint(number: int, seal: Seal, signature: bytes = b"good") -> Checkpoint:
    return Checkpoint(number, seal.sequence, seal.link, START, "key-1", signature)


POINTS = (checkpoint(1, SEALS[4]), checkpoint(2, SEALS[-1]))


def walk(
    events: tuple[Event, ...] = EVENTS, seals: tuple[Seal, ...] = SEALS, points: tuple[Checkpoint, ...] = POINTS
) -> list[Finding]:
    known = {found.id: found for found in events}
    going = Walk(
        lambda digest, place: any(seal.digest == digest and seal.sequence != place for seal in seals),
        points,
        lambda point: point.signature == b"good",
    )
    steps = (going.step(seal, known.get(seal.event_id)) for seal in seals)
    return [*chain.from_iterable(steps), *going.end()]


def test_a_sound_chain_has_no_findings() -> None:
    assert walk() == []
    assert walk((), (), ()) == []


def test_sealing_in_portions_makes_the_same_chain() -> None:
    first = list(seal_all(EVENTS[:5], None))
    assert (*first, *seal_all(EVENTS[5:], first[-1])) == SEALS


def test_the_published_form_does_not_change() -> None:
    """Old seals must stay verifiable: a new form needs a new prefix."""
    assert digest_of(EVENTS[0]) == "a6fff6dd1e06533d225b98680727a4d668c0f8f3c6191cd51af024c087b84ecb"
    assert (
        link_of(FIRST_LINK, 1, digest_of(EVENTS[0]))
        == "cc5ea627ceab9d404b0cbc265fceb7a124d7219601c70be77cc5f2a3f45c8410"
    )


def test_the_same_instant_and_facts_in_another_form_are_the_same_content() -> None:
    elsewhere = EVENTS[0].at.astimezone(timezone(timedelta(hours=5)))
    assert digest_of(event(1, at=elsewhere, facts={"score": "87.50", "outcome": "approved"})) == SEALS[0].digest


@pytest.mark.parametrize(
    "changes",
    [
        {"at": START},
        {"tag": "reviews:review:claimed"},
        {"actor_id": None},
        {"actor_name": "Ada Brant"},
        {"target_kind": "review"},
        {"target_id": "71"},
        {"facts": {"outcome": "failed", "score": "87.50"}},
        {"facts": {"outcome": "approved", "score": 87.5}},
        {"facts": {"outcome": "approved"}},
    ],
)
def test_every_field_counts(changes: dict[str, object]) -> None:
    events = (*EVENTS[:6], event(7, **changes), *EVENTS[7:])
    assert walk(events) == [Finding(Fault.CHANGED, 7, 7)]


def test_fields_do_not_run_into_each_other() -> None:
    one, other = event(1, target_kind="ab", target_id="c"), event(1, target_kind="a", target_id="bc")
    assert digest_of(one) != digest_of(other)


def test_a_removed_event_is_named() -> None:
    assert walk(EVENTS[:3] + EVENTS[4:]) == [Finding(Fault.REMOVED, 4, 4)]
    assert walk(EVENTS[:3] + EVENTS[4:], SEALS[:3] + SEALS[4:])[0] == Finding(Fault.SEAL_REMOVED, 5, 5)


def test_swapped_events_are_named() -> None:
    events = (*EVENTS[:2], replace(EVENTS[5], id=3), *EVENTS[3:5], replace(EVENTS[2], id=6), *EVENTS[6:])
    assert walk(events) == [Finding(Fault.REORDERED, 3, 3), Finding(Fault.REORDERED, 6, 6)]


def test_an_event_with_a_forged_seal_is_named() -> None:
    forged = event(7, actor_name="Mallory")
    seals = list(SEALS)
    seals[6] = replace(seals[6], digest=digest_of(forged))
    assert walk((*EVENTS[:6], forged, *EVENTS[7:]), tuple(seals))[0] == Finding(Fault.SEAL_CHANGED, 7, 7)


def test_a_chain_that_was_written_anew_disagrees_with_what_was_signed() -> None:
    forged = (*EVENTS[:2], event(3, actor_name="Mallory"), *EVENTS[3:])
    anew = tuple(seal_all(forged, None))
    assert walk(forged, anew) == [Finding(Fault.REWRITTEN, 5, 5), Finding(Fault.REWRITTEN, 12, 12)]
    signed = (checkpoint(1, anew[4], b"mine"), checkpoint(2, anew[-1], b"mine"))
    assert [found.fault for found in walk(forged, anew, signed)] == [Fault.CHECKPOINT_FORGED] * 2
    assert [found.fault for found in walk(forged, anew, ())] == [Fault.CHECKPOINT_REMOVED]


def test_a_cut_off_end_is_found() -> None:
    assert [found.fault for found in walk(EVENTS[:7], SEALS[:7])] == [Fault.CUT_OFF]
    assert [found.fault for found in walk((), (), POINTS)] == [Fault.CUT_OFF]
    assert [found.fault for found in walk(EVENTS[:7], SEALS[:7], POINTS[:1])] == [Fault.CHECKPOINT_REMOVED]


def test_a_missing_checkpoint_is_found() -> None:
    assert walk(points=POINTS[1:]) == [Finding(Fault.CHECKPOINT_REMOVED, 12, 12)]


def test_every_fault_has_a_sentence() -> None:
    for fault in Fault:
        assert "17" in Finding(fault, 3, 17).sentence


TAMPERINGS = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, SIZE - 1), st.text(max_size=30)),
    st.tuples(st.just("delete"), st.integers(0, SIZE - 1), st.booleans()),
    st.tuples(st.just("swap"), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)),
    st.tuples(st.just("swap seals"), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)),
    st.tuples(st.just("insert"), st.integers(0, SIZE - 1), st.text(max_size=30)),
    st.tuples(st.just("digit"), st.integers(0, SIZE - 1), st.integers(0, 63)),
)


@settings(max_examples=400, deadline=None)
@given(TAMPERINGS)
def test_any_edit_deletion_insertion_or_swap_is_found_not_later_than_its_place(tampering: tuple) -> None:
    kind, place, with_ = tampering
    events, seals = list(EVENTS), list(SEALS)
    if kind == "edit":
        events[place] = replace(events[place], actor_name=with_)
    elif kind == "delete":
        del events[place]
        if with_:
            del seals[place]
    elif kind == "swap":
        one, other = events[place], events[with_]
        events[place], events[with_] = replace(other, id=one.id), replace(one, id=other.id)
    elif kind == "swap seals":
        seals[place], seals[with_] = (
            replace(seals[with_], sequence=place + 1),
            replace(seals[place], sequence=with_ + 1),
        )
    elif kind == "insert":
        extra = event(1_000, actor_name=with_)
        events.append(extra)
        seals[place:] = [
            Seal(place + 1, 1_000, digest_of(extra), SEALS[place].link),
            *(replace(seal, sequence=seal.sequence + 1) for seal in seals[place:]),
        ]
    else:
        digest = list(seals[place].digest)
        digest[with_] = "0" if digest[with_] != "0" else "1"
        seals[place] = replace(seals[place], digest="".join(digest))
    unchanged = tuple(events) == EVENTS and tuple(seals) == SEALS
    found = walk(tuple(events), tuple(seals))
    assert bool(found) is not unchanged
    if found and kind not in ("swap", "swap seals"):
        assert found[0].sequence in (place + 1, place + 2, SIZE, SIZE - 1)


PEOPLE = st.tuples(st.binary(min_size=32, max_size=32), st.text(max_size=60))


@given(PEOPLE, PEOPLE)
def test_a_commitment_binds_to_one_text_under_one_salt(one: tuple[bytes, str], other: tuple[bytes, str]) -> None:
    assert (commit(*one) == commit(*other)) is (one == other)
    assert event(1, actor_name=commit(*one)).version == 2


def test_commitments_of_a_line_are_those_of_who_acted_and_of_whom_its_facts_speak() -> None:
    name, words = commit(b"1" * 32, "Ada Brandt"), commit(b"2" * 32, "Was ill.")
    line = event(1, actor_name=name, facts={"reason": sealed_fact(UUID(int=9), words), "minutes": 5})
    assert [(each.person_id.int, each.text) for each in commitments_of(line)] == [(9, words), (7, name)]
    assert commitments_of(event(1)) == [] and event(1).version == 1
    for strange in ("sealed", {"sealed": words}, {"sealed": words, "of": 7}, {"sealed": words, "of": "nobody"}, None):
        assert commitment_in(strange) is None
