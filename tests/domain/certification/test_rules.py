"""Sub-scores, safety items, groups, waivers: what domain.md section 5 asks beyond counts. And: more never loses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.decision import decide, outcome_from_json
from app.domain.certification.evidence import Evidence, ProofEvidence, QuizEvidence, Waiver
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.certification.what_if import enough, suppose, what_if
from tests.domain.certification.samples import NOW, POLICY, evidence, piece

EXAM = "exam-certified"
RICH: dict[str, Any] = {
    **POLICY,
    "quizzes": [{"quiz": EXAM, "mark": 80, "area_min": 70, "safety": True}],
    "pieces": {
        **POLICY["pieces"],
        "skins": {"lip_3d": 1},
        "groups": [
            {"id": "capstone", "title": "Capstone, marked by two", "exercises": ["e09"], "count": 1,
             "double_marked": True},
            {"id": "corrections", "title": "Corrections", "exercises": ["e08", "e09"], "count": 3},
        ],
    },
    "proofs": [{"kind": "hbv_status", "title": "Hepatitis B", "answers": ["vaccinated", "immune", "declined"]}],
    "waivable": ["hours", "pieces", "course", "quiz"],
}  # fmt: skip


def rich(**changes: Any) -> RequirementSet:
    return policy_from_dict({**RICH, **changes})


def exam(**facts: Any) -> dict[str, QuizEvidence]:
    return {EXAM: QuizEvidence(EXAM, Fraction(84), True, **facts)}


def line(policy: RequirementSet, given_evidence: Evidence, code: str) -> Any:
    return next(each for each in decide(policy, given_evidence, NOW).lines if each.code == code)


def test_each_area_and_each_safety_item_of_an_exam_counts() -> None:
    low = exam(areas={"hygiene": Fraction(65), "aftercare": Fraction(69), "anatomy": Fraction(70)})
    found = line(rich(), evidence(quizzes=low), f"quiz:{EXAM}")
    assert (found.met, found.explanation) == (
        False,
        "Your mark is 84%, but 65% in Hygiene and safety; each area needs 70%.",
    )
    fine = line(rich(), evidence(quizzes=exam(areas={"hygiene": Fraction(70)})), f"quiz:{EXAM}")
    assert (fine.met, fine.explanation, fine.next_step) == (True, "Your mark is 84%; 80% was needed.", None)
    unsafe = line(rich(), evidence(quizzes=exam(safety_missed=1)), f"quiz:{EXAM}")
    assert (unsafe.met, "safety question" in unsafe.explanation) == (False, True)
    lenient = rich(quizzes=[{"quiz": EXAM, "mark": 80}])
    assert line(lenient, evidence(quizzes=exam(safety_missed=1)), f"quiz:{EXAM}").met, "the quiz itself let it pass"


def test_groups_and_skins_count_what_they_name() -> None:
    outcome = decide(rich(), evidence(quizzes=exam()), NOW)
    met = {each.code: (each.met, each.have) for each in outcome.lines if each.group == "pieces"}
    assert met["pieces:group-capstone"] == (False, "0"), "the capstone was marked by one person"
    assert met["pieces:group-corrections"] == (True, "3")
    assert met["pieces:skin-lip_3d"] == (True, "1")
    pieces = (piece(1, "e08"), piece(2, "e08"), piece(3, "e09", "lip_3d", double_marked=True), piece(4, "e02", "x"))
    assert line(rich(), evidence(pieces=pieces), "pieces:group-capstone").met


@pytest.mark.parametrize(
    ("answer", "met"), [("vaccinated", True), ("immune", True), ("declined", True), ("", True), ("unknown", False)]
)
def test_a_status_counts_whatever_it_is_as_long_as_it_is_one(answer: str, met: bool) -> None:
    proof = ProofEvidence("hbv_status", date(2020, 1, 1), None, True, answer=answer)
    assert line(rich(), evidence(proofs=(proof,)), "proof:hbv_status").met is met


def test_a_waiver_says_so_counts_until_its_last_day_and_never_for_what_protects_people() -> None:
    poor = evidence(minutes={}, adult=False, quizzes=exam(), proofs=())
    until = NOW.date()
    waivers = tuple(
        Waiver("certified", code, "Trained at the partner school.", until)
        for code in ("hours:total", "age", "proof:hbv_status", "no_critical")
    )
    found = decide(rich(), replace(poor, waivers=waivers), NOW)
    lines = {each.code: each for each in found.lines}
    assert lines["hours:total"].met and lines["hours:total"].waived == "Trained at the partner school."
    assert lines["hours:total"].explanation.startswith("Waived by the academy: ")
    assert not lines["age"].met and not lines["proof:hbv_status"].met and not lines["hours:hygiene"].met
    assert outcome_from_json(found.to_json()) == found
    later = decide(rich(), replace(poor, waivers=waivers), NOW + timedelta(days=1))
    assert "hours:total" in {each.code for each in later.missing}
    other = tuple(replace(each, certification="master") for each in waivers)
    assert "hours:total" in {each.code for each in decide(rich(), replace(poor, waivers=other), NOW).missing}


def test_the_rules_cannot_let_the_age_be_waived() -> None:
    with pytest.raises(ValueError, match="lets nobody waive age"):
        rich(waivable=["age"])


@st.composite
def some_evidence(draw: st.DrawFn) -> Evidence:
    shares = st.integers(0, 100).map(Fraction)
    pieces = tuple(
        piece(
            number,
            draw(st.sampled_from(["e08", "e09", "e02"])),
            draw(st.sampled_from(["lip_3d", "latex_sheet", "lip_pad_flat"])),
            double_marked=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 6)))
    )
    found = QuizEvidence(EXAM, draw(shares), draw(st.booleans()), areas={"hygiene": draw(shares)})
    return evidence(
        adult=draw(st.booleans()),
        courses_finished=frozenset(draw(st.sets(st.sampled_from(["hygiene", "color-theory"])))),
        quizzes={EXAM: found} if draw(st.booleans()) else {},
        minutes={kind: draw(st.integers(0, 7000)) for kind in ("total", "hygiene")},
        pieces=pieces,
        proofs=evidence().proofs if draw(st.booleans()) else (),
        credentials=evidence().credentials if draw(st.booleans()) else (),
    )


CODES = [each.code for each in decide(rich(), evidence(), NOW).lines]


@given(some_evidence(), st.lists(st.sampled_from(CODES), max_size=6))
def test_more_evidence_never_loses(start: Evidence, codes: list[str]) -> None:
    richer = start
    for code in codes:
        richer = suppose(rich(), richer, code, NOW)
    before = {each.code for each in decide(rich(), start, NOW).lines if each.met}
    after = {each.code for each in decide(rich(), richer, NOW).lines if each.met}
    assert before <= after


@given(some_evidence())
def test_a_critical_fault_is_the_only_piece_that_takes_something_away(start: Evidence) -> None:
    bad = replace(start, pieces=(*start.pieces, piece(99, "e08", approved=False, critical=True)))
    before = {each.code for each in decide(rich(), start, NOW).lines if each.met}
    after = {each.code for each in decide(rich(), bad, NOW).lines if each.met}
    assert before - after <= {"no_critical"}
    assert "no_critical" not in after


@given(some_evidence())
def test_what_is_called_enough_is_enough_and_nothing_of_it_is_met_already(start: Evidence) -> None:
    steps = enough(rich(), start, NOW)
    found = what_if(rich(), start, [step.code for step in steps], NOW)
    assert found.outcome.met
    assert found.chosen == steps
    assert not any(step.met for step in steps)


def test_what_if_shows_what_else_is_helped() -> None:
    poor = evidence(quizzes=exam(), minutes={"total": 5000, "hygiene": 200})
    found = what_if(rich(), poor, ["hours:hygiene", "nonsense"], NOW)
    assert [each.code for each in found.chosen] == ["hours:hygiene"]
    assert [each.code for each in found.helped] == ["hours:total"], "hours of hygiene are hours"
    assert {each.code for each in found.outcome.missing} == {"pieces:group-capstone"}


def test_a_clean_record_is_supposed_by_clean_pieces_and_a_tier_by_holding_it() -> None:
    bad = (*evidence().pieces, piece(50, "e08", approved=False, critical=True))
    poor = evidence(quizzes=exam(), pieces=bad, credentials=())
    policy = rich(prerequisite={"certification": "foundation", "months": 12}, since_prerequisite=True)
    steps = enough(policy, poor, NOW)
    assert {"no_critical", "prerequisite:foundation"} <= {step.code for step in steps}
    assert what_if(policy, poor, [step.code for step in steps], NOW).outcome.met
