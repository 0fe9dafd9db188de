"""Whether a certificate may be renewed now, line by line: the window, education, refresher pieces, proofs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction

from app.domain.certification.decision import (
    NextStep,
    Outcome,
    RequirementLine,
    counting_pieces,
    decide,
    outcome_of,
    proof_line,
)
from app.domain.certification.evidence import Evidence, HeldCredential
from app.domain.certification.policy import RenewalRule, RequirementSet
from app.domain.certification.renewal import RenewalPhase, RenewalWindow, renewal_window

MINUTES = 60


def window_of(policy: RequirementSet, held: HeldCredential) -> RenewalWindow | None:
    """Return the window in which a credential is renewed; None when the rules know no renewal."""
    if policy.renewal is None:
        return None
    return renewal_window(held.valid_until, policy.renewal.window_days, policy.grace_days)


def decide_renewal(
    policy: RequirementSet,
    evidence: Evidence,
    held: HeldCredential,
    now: datetime,
    titles: Mapping[str, str] | None = None,
) -> Outcome:
    """Return whether a credential may be renewed at this instant, line by line.

    Education and refresher pieces count from the beginning of the present period on. After the grace the exam and
    the capstone are asked again; a year after the end, every requirement of the set as well.
    """
    rule, window = policy.renewal, window_of(policy, held)
    if rule is None or window is None:
        return outcome_of([_flagged("window", "Renewal", False, "This certificate is not renewed.")])
    phase = window.phase(now)
    lines = [_window(rule, window, phase), *_standing(rule, held)]
    lines += _education(rule, evidence, held.period_began.date(), now.date())
    lines += _refreshers(policy, rule, evidence, held)
    if phase in (RenewalPhase.LATE, RenewalPhase.LAPSED):
        lines += _late(policy, rule, evidence, held, titles or {})
    if phase is RenewalPhase.LAPSED:
        lines += decide(policy, evidence, now, titles).lines
    else:
        lines += [proof_line(requirement, evidence.proofs, now) for requirement in policy.proofs]
    return outcome_of(lines)


def _flagged(code: str, label: str, met: bool, sentence: str, step: NextStep | None = None) -> RequirementLine:
    return RequirementLine(code, label, met, "1" if met else "0", "1", sentence, None if met else step)


def _window(rule: RenewalRule, window: RenewalWindow, phase: RenewalPhase) -> RequirementLine:
    again = [
        words for words, asked in (("the final exam", rule.late_quiz), ("a capstone", rule.late_exercise)) if asked
    ]
    verb = "is" if len(again) == 1 else "are"
    late = f"It is too late for the usual renewal, so {' and '.join(again)} {verb} asked again."
    sentences = {
        RenewalPhase.NOT_YET: f"It can be renewed from {window.opens_at:%Y-%m-%d} (UTC) on.",
        RenewalPhase.OPEN: f"Open. Renew it by {window.due_at:%Y-%m-%d}; that day still counts, in UTC.",
        RenewalPhase.GRACE: f"Expired, in the days of grace: renew it by {window.grace_until:%Y-%m-%d} (UTC).",
        RenewalPhase.LATE: late if again else "It has ended. A renewal counts from the day on which you apply.",
        RenewalPhase.LAPSED: "It ended more than a year ago, so every requirement is asked again.",
    }
    return _flagged("window", "Time to renew", phase is not RenewalPhase.NOT_YET, sentences[phase])


def _standing(rule: RenewalRule, held: HeldCredential) -> list[RequirementLine]:
    met = held.in_force
    sentence = "Nothing stands against it." if met else "It is suspended or taken back, so it cannot be renewed now."
    lines = [_flagged("standing", "Standing", met, sentence)]
    if rule.most:
        met = held.renewals < rule.most
        lines.append(_flagged("times", "How often", met, f"Renewed {held.renewals} of {rule.most} possible times."))
    return lines


def _education(rule: RenewalRule, evidence: Evidence, began: date, today: date) -> list[RequirementLine]:
    counted = [credit for credit in evidence.credits if credit.verified and began <= credit.done_on <= today]
    waiting = any(not credit.verified and began <= credit.done_on <= today for credit in evidence.credits)
    lines = []
    for topic, label, hours in (
        ("", "Continuing education", rule.ce_hours),
        ("hygiene", "Continuing education in hygiene", rule.ce_hygiene),
        ("teaching", "Teaching or reviewing", rule.ce_teaching),
    ):
        if not hours:
            continue
        minutes = sum(credit.minutes for credit in counted if topic in ("", credit.topic))
        have, met = Fraction(minutes, MINUTES), minutes >= hours * MINUTES
        sentence = f"{_hours(minutes)} of {hours} hours are checked, counted from {began:%Y-%m-%d} on."
        if waiting and not met:
            sentence += " More are waiting for a check."
        step = None if met else NextStep("education", topic)
        lines.append(RequirementLine(f"ce:{topic or 'total'}", label, met, str(have), str(hours), sentence, step))
    return lines


def _hours(minutes: int) -> str:
    whole, rest = divmod(minutes, MINUTES)
    return f"{whole}:{rest:02}" if rest else str(whole)


def _refreshers(
    policy: RequirementSet, rule: RenewalRule, evidence: Evidence, held: HeldCredential
) -> list[RequirementLine]:
    if not rule.pieces:
        return []
    own = [piece for piece in counting_pieces(policy.pieces, evidence.pieces) if piece.decided_at > held.period_began]
    met = len(own) >= rule.pieces
    sentence = f"{len(own)} of {rule.pieces} approved since {held.period_began:%Y-%m-%d}."
    step = None if met else NextStep("practice")
    have, need = str(len(own)), str(rule.pieces)
    return [RequirementLine("refresher", "Refresher pieces", met, have, need, sentence, step)]


def _late(
    policy: RequirementSet, rule: RenewalRule, evidence: Evidence, held: HeldCredential, titles: Mapping[str, str]
) -> list[RequirementLine]:
    lines, ended = [], held.valid_until
    if rule.late_quiz:
        found = evidence.quizzes.get(rule.late_quiz)
        met = found is not None and found.passed_at is not None and found.passed_at > ended
        name = titles.get(rule.late_quiz, rule.late_quiz)
        sentence = "Passed again." if met else f"Pass it again: it must be passed after {ended:%Y-%m-%d}."
        lines.append(_flagged(f"late:{rule.late_quiz}", name, met, sentence, NextStep("quiz", rule.late_quiz)))
    if rule.late_exercise:
        pieces = counting_pieces(policy.pieces, evidence.pieces)
        met = any(piece.exercise == rule.late_exercise and piece.decided_at > ended for piece in pieces)
        name = titles.get(rule.late_exercise, rule.late_exercise)
        sentence = "Approved again." if met else f"One more must be approved after {ended:%Y-%m-%d}."
        step = NextStep("exercise", rule.late_exercise)
        lines.append(_flagged(f"late:{rule.late_exercise}", name, met, sentence, step))
    return lines
