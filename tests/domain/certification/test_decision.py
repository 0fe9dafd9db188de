"""The decision: met exactly when every requirement is, with a reason and a next step for each that is not."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.decision import NextStep, RequirementLine, decide, outcome_from_json
from app.domain.certification.evidence import Evidence, HeldCredential, ProofEvidence, QuizEvidence
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.rubric.rubric import Mark
from tests.domain.certification.samples import NOW, POLICY, evidence, piece

MARK = Mark(Fraction(75), 3)
DAY = timedelta(days=1)


def policy(**changes: Any) -> RequirementSet:
    return policy_from_dict({**POLICY, **changes}, MARK)


def line(facts: Evidence, code: str, rules: RequirementSet | None = None) -> RequirementLine:
    """Return one line of the decision, and check that the whole is met exactly when every line is."""
    outcome = decide(rules or policy(), facts, NOW)
    assert outcome.met == all(row.met for row in outcome.lines)
    return next(row for row in outcome.lines if row.code == code)


def test_everything_met_is_earned() -> None:
    outcome = decide(policy(), evidence(), NOW)
    assert outcome.met
    assert outcome.missing == ()
    assert outcome.progress == 1
    assert all(row.next_step is None for row in outcome.lines)
    assert [row.code for row in outcome.lines] == [
        "age",
        "prerequisite:foundation",
        "course:hygiene",
        "course:color-theory",
        "quiz:quiz-hygiene",
        "quiz:exam-certified",
        "hours:total",
        "hours:hygiene",
        "pieces:total",
        "pieces:e08",
        "pieces:e09",
        "pieces:3d",
        "pieces:skins",
        "no_critical",
        "proof:bbp",
        "proof:hbv_status",
    ]


def test_a_newcomer_is_told_where_to_begin() -> None:
    outcome = decide(policy(), Evidence(), NOW, {"hygiene": "Hygiene core", "e08": "Lip blush, full lip"})
    assert not outcome.met
    assert {row.code: row.next_step for row in outcome.missing} == {
        "age": NextStep("account"),
        "prerequisite:foundation": NextStep("certification", "foundation"),
        "course:hygiene": NextStep("course", "hygiene"),
        "course:color-theory": NextStep("course", "color-theory"),
        "quiz:quiz-hygiene": NextStep("quiz", "quiz-hygiene"),
        "quiz:exam-certified": NextStep("quiz", "exam-certified"),
        "hours:total": NextStep("practice"),
        "hours:hygiene": NextStep("practice"),
        "pieces:total": NextStep("practice"),
        "pieces:e08": NextStep("exercise", "e08"),
        "pieces:e09": NextStep("exercise", "e09"),
        "pieces:3d": NextStep("practice"),
        "pieces:skins": NextStep("practice"),
        "proof:bbp": NextStep("proof", "bbp"),
        "proof:hbv_status": NextStep("proof", "hbv_status"),
    }
    labels = {row.code: row.label for row in outcome.lines}
    assert labels["course:hygiene"] == "Hygiene core"
    assert labels["course:color-theory"] == "Color theory"
    assert labels["pieces:e08"] == "Lip blush, full lip"
    assert labels["hours:total"] == "Learning hours"
    assert labels["hours:hygiene"] == "Hours of hygiene"
    assert outcome.progress == 0


def test_nothing_asked_is_met() -> None:
    nothing = policy_from_dict({"id": "x", "title": "X", "validity_months": 1, "adult": False})
    outcome = decide(nothing, Evidence(), NOW)
    assert (outcome.met, outcome.lines, outcome.progress) == (True, (), 1)


def held(days_ago: int, days_left: int = 100, **changes: Any) -> HeldCredential:
    return HeldCredential("foundation", NOW - days_ago * DAY, NOW + days_left * DAY, **changes)


@pytest.mark.parametrize(
    ("credentials", "met"),
    [
        ((), False),
        ((held(10),), True),
        ((held(400, 0),), False),
        ((held(10, in_force=False),), False),
        ((HeldCredential("master", NOW - DAY, NOW + DAY),), False),
        ((held(500, -100), held(10)), True),
    ],
)
def test_the_prerequisite_must_be_held_and_in_force(credentials: tuple[HeldCredential, ...], met: bool) -> None:
    row = line(evidence(credentials=credentials), "prerequisite:foundation")
    assert row.met is met
    assert row.explanation == ("You hold Foundation." if met else "You need Foundation first, and it must be in force.")


def test_a_prerequisite_may_have_to_be_held_for_some_months() -> None:
    rules = policy(prerequisite={"certification": "foundation", "months": 12})
    assert line(evidence(credentials=(held(366),)), "prerequisite:foundation", rules).met
    row = line(evidence(credentials=(held(100),)), "prerequisite:foundation", rules)
    assert not row.met
    assert row.explanation == "You hold Foundation; 12 months with it are needed, reached on 2027-08-14."


@pytest.mark.parametrize(
    ("found", "met", "sentence"),
    [
        (None, False, "Take this quiz; 90% is needed."),
        (QuizEvidence("q", Fraction(90), True), True, "Your mark is 90%; 90% was needed."),
        (QuizEvidence("q", Fraction(8999, 100), True), False, "Your mark is 89.9%; 90% is needed."),
        (
            QuizEvidence("q", Fraction(95), False, safety_missed=1),
            False,
            "Your mark is 95%, but a safety question was missed. All of them must be right.",
        ),
        (
            QuizEvidence("q", Fraction(95), False),
            False,
            "Your mark is 95%, but another rule of the quiz is not met. Its result page says which.",
        ),
    ],
)
def test_a_quiz_needs_its_mark_and_all_its_rules(found: QuizEvidence | None, met: bool, sentence: str) -> None:
    quizzes = dict(evidence().quizzes)
    quizzes.pop("quiz-hygiene")
    if found is not None:
        quizzes["quiz-hygiene"] = found
    row = line(evidence(quizzes=quizzes), "quiz:quiz-hygiene")
    assert (row.met, row.explanation) == (met, sentence)
    assert row.next_step == (None if met else NextStep("quiz", "quiz-hygiene"))


def test_hours_are_counted_to_the_minute() -> None:
    row = line(evidence(minutes={"total": 5999, "hygiene": 1200}), "hours:total")
    assert (row.met, row.have, row.need) == (False, "5999/60", "100")
    assert row.explanation == "You have 99.9 of 100 hours."
    assert row.progress == Fraction(5999, 6000)
    assert line(evidence(), "hours:total").met


def test_hours_and_pieces_may_count_only_since_the_prerequisite() -> None:
    rules = policy(since_prerequisite=True)
    issued = held(40)  # 2026-10-13: the pieces of the sample are older
    later = tuple(piece(n, e, s) for n, e, s in ((13, "e08", "lip_3d"), (14, "e08", "paper"), (15, "e09", "paper")))
    facts = evidence(
        credentials=(issued,),
        pieces=(*evidence().pieces, *later),
        minutes_since={"foundation": {"total": 120, "hygiene": 1200}},
    )
    assert line(facts, "pieces:total", rules).have == "3"
    assert line(facts, "pieces:total").have == "7"
    assert line(facts, "hours:total", rules).have == "2"
    assert line(facts, "hours:hygiene", rules).met
    assert line(evidence(credentials=()), "pieces:total", rules).have == "0"
    assert line(evidence(credentials=()), "hours:total", rules).have == "0"


@pytest.mark.parametrize(
    "change",
    [
        {"approved": False},
        {"critical": True},
        {"score": Fraction(7499, 100)},
        {"core_levels": {"lip-mapping": 2}},
    ],
)
def test_a_piece_counts_only_at_the_mark_of_the_tier(change: dict[str, Any]) -> None:
    pieces = (piece(1, "e08", **change), *evidence().pieces[1:])
    row = line(evidence(pieces=pieces), "pieces:e08")
    assert (row.met, row.have, row.need, row.explanation) == (False, "1", "2", "1 of 2 approved.")
    assert row.progress == Fraction(1, 2)
    assert not line(evidence(pieces=pieces), "pieces:total").met


def test_the_mean_of_the_core_may_be_asked_too() -> None:
    rules = policy_from_dict(POLICY, Mark(Fraction(75), 3, Fraction(7, 2)))
    assert line(evidence(), "pieces:total", rules).met  # 3 and 4
    low = tuple(piece(n, "e08", core_levels={"lip-mapping": 3}) for n in range(4))
    assert line(evidence(pieces=low), "pieces:total", rules).have == "0"
    drills = tuple(piece(n, "e08", core_levels={}) for n in range(4))
    assert line(evidence(pieces=drills), "pieces:total", rules).have == "4"


def test_without_a_mark_every_approved_piece_counts() -> None:
    rules = policy_from_dict(POLICY)
    low = tuple(piece(n, "e08", score=Fraction(10)) for n in range(4))
    assert line(evidence(pieces=low), "pieces:total", rules).have == "4"


def test_one_piece_counts_once() -> None:
    assert line(evidence(pieces=(piece(1, "e08"), piece(1, "e08"))), "pieces:e08").have == "1"


def test_skins_are_counted_by_kind() -> None:
    flat = tuple(piece(n, e) for n, e in enumerate(("e08", "e08", "e09", "e02")))
    assert line(evidence(pieces=flat), "pieces:3d").explanation == "0 of 1 approved."
    row = line(evidence(pieces=flat), "pieces:skins")
    assert (row.met, row.explanation) == (False, "1 of 2 different skins.")


def test_a_critical_fault_must_lie_far_enough_back() -> None:
    failed = {"approved": False, "critical": True}
    old = (piece(0, "e08", **failed), *evidence().pieces)
    assert line(evidence(pieces=old), "no_critical").met
    recent = (*evidence().pieces[:2], piece(3, "e09", "lip_3d", **failed), piece(4, "e02"))
    row = line(evidence(pieces=recent[::-1]), "no_critical")
    assert (row.met, row.have, row.need) == (False, "1", "3")
    assert row.explanation == "1 of 3 pieces reviewed since the last critical fault."
    assert row.next_step == NextStep("practice")
    outcome = decide(policy(no_critical_in_last=0), evidence(pieces=recent), NOW)
    assert "no_critical" not in {row.code for row in outcome.lines}


def bbp(issued: date, expires: date | None = None, verified: bool = True) -> ProofEvidence:
    return ProofEvidence("bbp", issued, expires, verified)


@pytest.mark.parametrize(
    ("proofs", "met", "sentence"),
    [
        ((), False, "Hand in this proof, not older than 12 months."),
        ((bbp(date(2026, 11, 1), verified=False),), False, "Handed in; an instructor will check it."),
        ((bbp(date(2026, 1, 10)),), True, "Checked; counts until 2027-01-10."),
        ((bbp(date(2025, 11, 22)),), True, "Checked; counts until 2026-11-22."),
        ((bbp(date(2025, 11, 21)),), False, "The proof on file is too old or has expired. Hand in a new one."),
        (
            (bbp(date(2026, 1, 1), date(2026, 6, 1)),),
            False,
            "The proof on file is too old or has expired. Hand in a new one.",
        ),
        ((bbp(date(2025, 1, 1)), bbp(date(2026, 2, 1))), True, "Checked; counts until 2027-02-01."),
        ((bbp(date(2026, 12, 1)),), False, "Hand in this proof, not older than 12 months."),
        (
            (ProofEvidence("first_aid", date(2026, 10, 1), None, True),),
            False,
            "Hand in this proof, not older than 12 months.",
        ),
    ],
)
def test_proofs_have_clocks_of_their_own(proofs: tuple[ProofEvidence, ...], met: bool, sentence: str) -> None:
    row = line(evidence(proofs=proofs), "proof:bbp")
    assert (row.met, row.explanation) == (met, sentence)


def test_a_proof_without_a_clock_stays_good() -> None:
    assert line(evidence(), "proof:hbv_status").explanation == "Checked and on file."
    assert line(evidence(proofs=()), "proof:hbv_status").explanation == "Hand in this proof."


def test_a_decision_survives_the_record() -> None:
    for facts in (Evidence(), evidence(), evidence(minutes={"total": 7})):
        outcome = decide(policy(), facts, NOW)
        stored = json.loads(json.dumps(outcome.to_json()))
        assert outcome_from_json(stored) == outcome


@given(st.integers(0, 100), st.integers(0, 6100), st.sets(st.integers(0, 3)))
def test_progress_is_whole_exactly_when_the_decision_is(percent: int, minutes: int, kept: set[int]) -> None:
    quiz = QuizEvidence("quiz-hygiene", Fraction(percent), percent >= 80)
    facts = evidence(
        quizzes={**evidence().quizzes, "quiz-hygiene": quiz},
        minutes={"total": minutes, "hygiene": min(minutes, 1200)},
        pieces=tuple(p for n, p in enumerate(evidence().pieces) if n in kept),
    )
    outcome = decide(policy(), facts, NOW)
    assert 0 <= outcome.progress <= 1
    assert (outcome.progress == 1) == outcome.met == (not outcome.missing)
    assert all(row.next_step is not None for row in outcome.missing)


def test_a_line_that_is_not_met_is_never_whole() -> None:
    row = line(evidence(quizzes={"quiz-hygiene": QuizEvidence("q", Fraction(99), False, 1)}), "quiz:quiz-hygiene")
    assert row.progress == Fraction(99, 100)
    assert row.group == "quiz"
