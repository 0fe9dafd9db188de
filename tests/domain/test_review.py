"""The review of a submission: who may take which step, and what a decision must carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from app.domain.access.actor import ANONYMOUS, SYSTEM, Actor, Role
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.review import (
    LEASE,
    TRANSITIONS,
    CriticalFlag,
    PieceFacts,
    PinDraft,
    ReviewDraft,
    ReviewState,
    ReviewStatus,
    claim,
    conflict_of_interest,
    decide,
    decision_problems,
    expire,
    reached_outcome,
    release,
    renew_lease,
    require_decidable,
    standing,
)
from app.domain.rubric.rubric import rubric_from_dict
from app.domain.rubric.scoring import Result
from tests.domain.rubric.samples import CORE, WEIGHTS, rubric_dict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def person(number: int, *roles: Role, studios: frozenset[UUID] = frozenset()) -> Actor:
    return Actor(UUID(int=number), f"Person {number}", frozenset(roles), studios)


INES = person(1, Role.INSTRUCTOR)
JUN = person(2, Role.INSTRUCTOR)
ADMIN = person(3, Role.ADMIN)
STUDENT = person(4, Role.STUDENT)
PIECE = PieceFacts(UUID(int=4))
STUDIO = UUID(int=90)


@pytest.mark.parametrize(
    ("actor", "piece", "code"),
    [
        (INES, PIECE, ""),
        (STUDENT, PIECE, "not_instructor"),
        (ADMIN, PIECE, "not_instructor"),
        (ANONYMOUS, PIECE, "not_instructor"),
        (SYSTEM, PIECE, "not_instructor"),
        (person(4, Role.INSTRUCTOR, Role.STUDENT), PIECE, "own_piece"),
        (person(1, Role.INSTRUCTOR, studios=frozenset({STUDIO})), PIECE, ""),
        (
            person(1, Role.INSTRUCTOR, studios=frozenset({STUDIO})),
            PieceFacts(UUID(int=4), frozenset({STUDIO})),
            "same_studio",
        ),
        (INES, PieceFacts(UUID(int=4), teacher_ids=frozenset({UUID(int=1)})), ""),
        (INES, PieceFacts(UUID(int=4), teacher_ids=frozenset({UUID(int=1)}), capstone=True), "own_student"),
        (JUN, PieceFacts(UUID(int=4), teacher_ids=frozenset({UUID(int=1)}), capstone=True), ""),
    ],
)
def test_conflicts_of_interest(actor: Actor, piece: PieceFacts, code: str) -> None:
    assert conflict_of_interest(actor, piece) == code
    if code:
        with pytest.raises(NotAllowed) as caught:
            claim(ReviewStatus(), actor, piece, NOW)
        assert caught.value.code == code


def test_a_claim_holds_for_the_lease_and_two_cannot_both_win() -> None:
    held = claim(ReviewStatus(), INES, PIECE, NOW)
    assert (held.state, held.reviewer_id, held.lease_until) == (ReviewState.CLAIMED, INES.id, NOW + LEASE)
    with pytest.raises(Conflict) as caught:
        claim(held, JUN, PIECE, NOW + LEASE - MINUTE)
    assert caught.value.code == "claimed"
    assert claim(held, JUN, PIECE, NOW + LEASE).reviewer_id == JUN.id


def test_claiming_again_or_saving_a_draft_renews_ones_own_lease() -> None:
    held = claim(ReviewStatus(), INES, PIECE, NOW)
    assert claim(held, INES, PIECE, NOW + MINUTE).lease_until == NOW + MINUTE + LEASE
    assert renew_lease(held, INES, NOW + MINUTE).lease_until == NOW + MINUTE + LEASE
    with pytest.raises(Conflict) as caught:
        renew_lease(held, JUN, NOW)
    assert caught.value.code == "not_claimed"


def test_a_piece_goes_back_by_hand_or_by_itself() -> None:
    held = claim(ReviewStatus(), INES, PIECE, NOW)
    assert release(held, INES) == ReviewStatus()
    assert release(held, ADMIN) == ReviewStatus()
    with pytest.raises(Conflict):
        release(held, JUN)
    with pytest.raises(Conflict):
        release(ReviewStatus(), ADMIN)
    assert expire(held, NOW + LEASE - MINUTE) == held
    assert expire(held, NOW + LEASE) == ReviewStatus()
    assert expire(ReviewStatus(), NOW) == ReviewStatus()


def test_only_the_holder_decides_and_only_once() -> None:
    held = claim(ReviewStatus(), INES, PIECE, NOW)
    with pytest.raises(Conflict):
        decide(held, JUN, Result.APPROVED, NOW)
    with pytest.raises(Conflict):
        decide(ReviewStatus(), INES, Result.APPROVED, NOW)
    done = decide(held, INES, Result.APPROVED, NOW + MINUTE)
    assert (done.state, done.result, done.decided_at) == (ReviewState.DECIDED, Result.APPROVED, NOW + MINUTE)
    assert (done.reviewer_id, done.lease_until) == (INES.id, None)
    for step in (
        lambda: decide(done, INES, Result.FAILED, NOW),
        lambda: claim(done, JUN, PIECE, NOW),
        lambda: release(done, ADMIN),
        lambda: renew_lease(done, INES, NOW),
    ):
        with pytest.raises(Conflict) as caught:
            step()
        assert caught.value.code == "decided"
    assert expire(done, NOW + timedelta(days=9)) == done


def test_a_decision_is_kept_when_the_lease_ran_out_but_nobody_else_took_the_piece() -> None:
    held = claim(ReviewStatus(), INES, PIECE, NOW)
    assert decide(held, INES, Result.APPROVED, NOW + 3 * LEASE).state is ReviewState.DECIDED


def test_nobody_holds_what_nobody_claimed() -> None:
    assert not ReviewStatus().held_by(INES.id)
    assert not claim(ReviewStatus(), INES, PIECE, NOW).held_by(None)
    assert not ReviewStatus().lease_expired(NOW)


def test_no_transition_leaves_a_decision() -> None:
    assert all(start is not ReviewState.DECIDED for start, _ in TRANSITIONS)
    assert (ReviewState.QUEUED, ReviewState.DECIDED) not in TRANSITIONS


RUBRIC = rubric_from_dict(rubric_dict())
ALL = list(WEIGHTS)


def pin(criterion: str, defect: str = "PAT", severity: str = "m", **changes: object) -> PinDraft:
    values = {"note": "", "x": 0.5, "y": 0.5, "id": f"p-{criterion}", "photo_id": "f8", **changes}
    return PinDraft(criterion=criterion, defect=defect, severity=severity, **values)  # type: ignore[arg-type]


def draft(level: int = 3, **levels: int) -> ReviewDraft:
    """A complete draft: this level everywhere but where named, with a pin on each core criterion."""
    ratings = dict.fromkeys(ALL, level) | {name.replace("_", "-"): value for name, value in levels.items()}
    return ReviewDraft(ratings, pins=tuple(pin(name) for name in CORE), note="Well done.")


def codes(review: ReviewDraft, result: Result = Result.APPROVED, tier: str = "certified") -> list[tuple[str, str]]:
    return [(p.field, p.code) for p in decision_problems(RUBRIC, tier, ALL, review, result)]


def test_a_complete_review_may_be_decided() -> None:
    assert codes(draft()) == []
    require_decidable(RUBRIC, "certified", ALL, draft(), Result.APPROVED)
    assert codes(replace(draft(4), pins=(), note="")) == []


def test_every_criterion_needs_a_level() -> None:
    review = draft()
    ratings = {name: level for name, level in review.ratings.items() if name != "numbing"}
    assert codes(replace(review, ratings=ratings)) == [("numbing", "unrated")]
    with pytest.raises(Invalid) as caught:
        require_decidable(RUBRIC, "certified", ALL, replace(review, ratings={}), Result.APPROVED)
    assert len(caught.value.problems) == 10


def test_a_level_1_needs_a_written_reason() -> None:
    review = draft(numbing=1)
    assert codes(review) == [("numbing", "reason_missing")]
    assert codes(replace(review, reasons={"numbing": "  "})) == [("numbing", "reason_missing")]
    assert codes(replace(review, reasons={"numbing": "Over the ceiling."})) == []


def test_a_core_criterion_below_4_needs_a_pin_with_a_fault() -> None:
    review = draft()
    without = tuple(p for p in review.pins if p.criterion != "lip-mapping")
    assert codes(replace(review, pins=without)) == [("lip-mapping", "pin_missing")]
    praise = pin("lip-mapping", "POS", "praise")
    assert codes(replace(review, pins=(*without, praise))) == [("lip-mapping", "pin_missing")]
    note_only = pin("lip-mapping", "", "", note="Look here")
    assert codes(replace(review, pins=(*without, note_only))) == [("lip-mapping", "pin_missing")]
    assert codes(replace(draft(lip_mapping=4), pins=without)) == []


def test_a_major_fault_caps_its_criterion_at_level_2() -> None:
    review = draft()
    pins = (*review.pins, pin("building-layers", "OVR", "M", id="p9"))
    assert codes(replace(review, pins=pins)) == [("building-layers", "capped")]
    capped = replace(draft(building_layers=2), pins=pins)
    assert codes(capped, Result.RESUBMIT) == []


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (pin("numbing", x=1.2), "outside"),
        (pin("numbing", y=-0.1), "outside"),
        (pin("charm"), "not_applicable_pin"),
        (pin("numbing", "", ""), "empty_pin"),
        (pin("hygiene", "HYG", "C"), "flag_missing"),
    ],
)
def test_pins_must_make_sense(bad: PinDraft, code: str) -> None:
    review = draft()
    assert codes(replace(review, pins=(*review.pins, bad))) == [(f"pin.{bad.id}", code)]


def test_a_critical_flag_needs_evidence_and_a_reason() -> None:
    review = replace(draft(4), pins=(pin("hygiene", "HYG", "C", id="p1"),))
    empty = replace(review, flags=(CriticalFlag("HYG", pin_id="gone"),))
    assert codes(empty, Result.FAILED) == [("flag.HYG", "evidence_missing"), ("flag.HYG", "reason_missing")]
    for flag in (
        CriticalFlag("HYG", "Used glove on the bottle.", pin_id="p1"),
        CriticalFlag("HYG", "No barrier in the log.", log_field="final-touch.checks"),
    ):
        assert codes(replace(review, flags=(flag,)), Result.FAILED) == []
        assert codes(replace(review, flags=(flag,)), Result.APPROVED) == [("result", "other_result")]


def test_returning_or_failing_needs_a_note() -> None:
    review = replace(draft(building_layers=2), note=" ")
    assert codes(review, Result.RESUBMIT) == [("note", "note_missing")]


def test_the_result_is_what_the_levels_lead_to() -> None:
    assert codes(draft(), Result.RESUBMIT) == [("result", "other_result")]
    assert codes(draft(building_layers=2), Result.APPROVED) == [("result", "other_result")]
    assert codes(draft(building_layers=2), Result.APPROVED, "foundation") == []
    assert codes(draft(), Result.FAILED) == [("result", "other_result")]
    problem = decision_problems(RUBRIC, "certified", ALL, draft(building_layers=2), Result.APPROVED)[0]
    assert problem.sentence == (
        "By these levels the piece is to be tried again. Building Layers is at level 2; at least level 3 is needed."
    )
    problem = decision_problems(RUBRIC, "certified", ALL, draft(), Result.RESUBMIT)[0]
    assert problem.sentence == ("By these levels the piece is approved. The mark and every core level are reached.")
    assert reached_outcome(RUBRIC, "certified", ALL, draft()).result is Result.APPROVED


def test_an_exercise_is_judged_on_what_it_shows() -> None:
    review = ReviewDraft({"lip-mapping": 3, "hygiene": 3, "record": 3}, pins=(pin("lip-mapping"),))
    assert decision_problems(RUBRIC, "foundation", ["lip-mapping"], review, Result.APPROVED) == []
    strange = replace(review, ratings={**review.ratings, "numbing": 3})
    problems = decision_problems(RUBRIC, "foundation", ["lip-mapping"], strange, Result.APPROVED)
    assert [(p.field, p.code) for p in problems] == [("numbing", "not_applicable")]


def test_a_draft_shows_where_it_stands_before_it_is_complete() -> None:
    begun = ReviewDraft(ratings={"lip-mapping": 4, "hygiene": 3})
    found = standing(RUBRIC, "certified", ALL, begun)
    assert (found.rated, found.total) == (2, 10)
    assert found.score is not None
    assert found.score.percent == Fraction(14 * 100 + 10 * 80, 24)
    assert found.mark.score == 75
    assert found.reached is None
    assert [problem.code for problem in found.problems] == ["unrated"] * 8
    assert standing(RUBRIC, "certified", ALL, ReviewDraft()).score is None


def test_a_complete_draft_shows_what_the_rules_reach_and_what_that_decision_still_needs() -> None:
    good = standing(RUBRIC, "certified", ALL, draft(4))
    assert good.reached is not None
    assert (good.reached.result, good.problems) == (Result.APPROVED, ())
    bare = replace(draft(4, lip_mapping=2), pins=(), note="")
    short = standing(RUBRIC, "certified", ALL, bare)
    assert short.reached is not None
    assert short.reached.result is Result.RESUBMIT
    assert [reason.code for reason in short.reached.reasons] == ["below_core"]
    assert [(problem.field, problem.code) for problem in short.problems] == [
        ("lip-mapping", "pin_missing"),
        ("note", "note_missing"),
    ]


def test_a_critical_flag_points_at_a_fail_before_everything_is_rated() -> None:
    flagged = ReviewDraft(flags=[CriticalFlag("HYG", "Cap reused", log_field="numbing.product")])
    found = standing(RUBRIC, "certified", ALL, flagged)
    assert found.reached is None
    assert "note_missing" in [problem.code for problem in found.problems]
    assert "other_result" not in [problem.code for problem in found.problems]
