"""Whether a certificate may be renewed: the window, education, refreshers, the grace, and what comes after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.certification.evidence import CreditEvidence, Evidence, HeldCredential, ProofEvidence, QuizEvidence
from app.domain.certification.policy import policy_from_dict
from app.domain.certification.renewal import valid_until
from app.domain.certification.renewing import decide_renewal
from tests.domain.certification.samples import POLICY, evidence, piece

ISSUED = datetime(2028, 2, 29, 15, 0, tzinfo=UTC)
ENDS = valid_until(ISSUED, 24)
RULE = {
    "ce_hours": 16, "ce_hygiene": 4, "pieces": 1, "window_days": 90, "late_quiz": "exam-certified",
    "late_exercise": "e09",
}  # fmt: skip


def policy(**renewal: Any):  # type: ignore[no-untyped-def]
    return policy_from_dict({**POLICY, "renewal": {**RULE, **renewal}})


def held(**changes: Any) -> HeldCredential:
    return HeldCredential("certified", ISSUED, ENDS, **{"in_force": True, "number": "VM-1", **changes})


def able(now: datetime, **changes: Any) -> Evidence:
    """Evidence with which the certificate is renewed at `now`, within window and grace."""
    day = now.date()
    credits = (
        CreditEvidence(12 * 60, day - timedelta(days=20), "other", True),
        CreditEvidence(4 * 60, day - timedelta(days=10), "hygiene", True),
    )
    proofs = (ProofEvidence("bbp", day - timedelta(days=30), None, True), *evidence().proofs[1:])
    fresh = piece(1, "e08", decided_at=now - timedelta(days=5))
    return evidence(**{"credits": credits, "proofs": proofs, "pieces": (*evidence().pieces, fresh), **changes})


def missing(now: datetime, given_evidence: Evidence, **changes: Any) -> list[str]:
    outcome = decide_renewal(policy(), given_evidence, held(**changes), now)
    return [line.code for line in outcome.missing]


def test_it_opens_ninety_days_before_and_the_last_day_counts() -> None:
    second = timedelta(seconds=1)
    opens = ENDS - timedelta(days=90)
    assert missing(opens - second, able(opens)) == ["window"]
    for now in (opens, ENDS, ENDS + second, ENDS + timedelta(days=30)):
        assert missing(now, able(now)) == [], now
    late = ENDS + timedelta(days=30) + second
    assert missing(late, able(late)) == ["late:exam-certified", "late:e09"]


def test_after_the_grace_exam_and_capstone_are_asked_again_and_later_everything() -> None:
    late = ENDS + timedelta(days=60)
    again = QuizEvidence("exam-certified", Fraction(90), True, passed_at=late - timedelta(days=2))
    quizzes = {**evidence().quizzes, "exam-certified": again}
    capstone = piece(9, "e09", "lip_3d", decided_at=late - timedelta(days=1))
    redone = able(late, quizzes=quizzes, pieces=(*evidence().pieces, capstone))
    assert missing(late, redone) == []
    lapsed = ENDS + timedelta(days=400)
    again = QuizEvidence("exam-certified", Fraction(90), True, passed_at=lapsed - timedelta(days=2))
    far = able(
        lapsed, quizzes={**evidence().quizzes, "exam-certified": again}, courses_finished=frozenset(),
        pieces=(*evidence().pieces, piece(9, "e09", "lip_3d", decided_at=lapsed - timedelta(days=1))), credentials=(),
    )  # fmt: skip
    assert missing(lapsed, far) == ["prerequisite:foundation", "course:hygiene", "course:color-theory"]


def test_education_counts_checked_and_from_this_period_alone() -> None:
    now, day = ENDS, ENDS.date()
    waiting = able(now, credits=(CreditEvidence(16 * 60, day, "hygiene", False),))
    outcome = decide_renewal(policy(), waiting, held(), now)
    assert [line.code for line in outcome.missing] == ["ce:total", "ce:hygiene"]
    assert "waiting for a check" in outcome.missing[0].explanation
    before = able(now, credits=(CreditEvidence(16 * 60, ISSUED.date() - timedelta(days=1), "hygiene", True),))
    assert missing(now, before) == ["ce:total", "ce:hygiene"]
    on_the_day = able(now, credits=(CreditEvidence(16 * 60, ISSUED.date(), "hygiene", True),))
    assert missing(now, on_the_day) == []
    renewed = now - timedelta(days=1)
    stale = decide_renewal(policy(), on_the_day, held(renewed_at=renewed, renewals=1), now)
    assert {"ce:total", "ce:hygiene"} <= {line.code for line in stale.missing}


def test_a_suspended_certificate_waits_and_the_number_of_renewals_may_end() -> None:
    now = ENDS
    assert missing(now, able(now), in_force=False) == ["standing"]
    once = policy(most=1)
    assert decide_renewal(once, able(now), held(), now).met
    assert [line.code for line in decide_renewal(once, able(now), held(renewals=1), now).missing] == ["times"]
    never = policy_from_dict({**POLICY, "renewal": None})
    assert not decide_renewal(never, able(now), held(), now).met
    lapsed = able(now, proofs=(ProofEvidence("bbp", now.date() - timedelta(days=400), None, True),))
    assert missing(now, lapsed) == ["proof:bbp", "proof:hbv_status"]


@given(st.integers(0, 1000), st.integers(0, 1000), st.booleans(), st.integers(-200, 800))
def test_more_education_never_loses(minutes: int, more: int, hygiene: bool, days: int) -> None:
    now = ENDS + timedelta(days=days)
    topic = "hygiene" if hygiene else "other"
    few = able(now, credits=(CreditEvidence(minutes, now.date(), topic, True),))
    many = able(now, credits=(*few.credits, CreditEvidence(more, now.date(), "teaching", True)))
    assert set(missing(now, many)) <= set(missing(now, few))
