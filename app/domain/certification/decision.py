"""One function decides whether a certification is earned, and says of every requirement why, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from app.domain.certification.evidence import Evidence, PieceEvidence, ProofEvidence, QuizEvidence
from app.domain.certification.policy import PieceRequirement, ProofRequirement, QuizRequirement, RequirementSet
from app.domain.certification.renewal import add_months, proof_valid_until
from app.domain.procedure import section_title

_CLEAN = frozenset({"no_critical", "complaint"})
SKINS_3D: frozenset[str] = frozenset({"lip_3d", "head_3d"})


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where to go next: kind is account, certification, course, quiz, practice, exercise or proof; ref its id."""

    kind: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One requirement: what it needs, what there is, in numbers (exact, as text) and in a sentence.

    `waived` is the reason for which staff let the student off; such a line is met.
    """

    code: str
    label: str
    met: bool
    have: str
    need: str
    explanation: str
    next_step: NextStep | None = None
    waived: str = ""

    @property
    def group(self) -> str:
        """The kind of requirement: the code up to its colon."""
        return self.code.partition(":")[0]

    @property
    def progress(self) -> Fraction:
        """How far along, 0 to 1; only a met requirement is 1."""
        if self.met:
            return Fraction(1)
        share = min(_exact(self.have) / _exact(self.need), Fraction(1))
        return share if share < 1 else Fraction(99, 100)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision: met exactly when every line is."""

    met: bool
    lines: tuple[RequirementLine, ...]

    @property
    def missing(self) -> tuple[RequirementLine, ...]:
        """The lines that are not met."""
        return tuple(line for line in self.lines if not line.met)

    @property
    def progress(self) -> Fraction:
        """How far along the whole path is, 0 to 1: the mean over the kinds of requirement, each weighing the same.

        A clean record is no progress: it counts only while a critical fault stands in the way.
        """
        groups: dict[str, list[RequirementLine]] = {}
        for line in self.lines:
            if line.group not in _CLEAN or not line.met:
                groups.setdefault(line.group, []).append(line)
        return _mean([_mean_progress(lines) for lines in groups.values()]) if groups else Fraction(1)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON, for the append-only record."""
        return {"met": self.met, "lines": [asdict(line) for line in self.lines]}


def _exact(text: str) -> Fraction:
    """The number that `str` wrote of a whole number or a Fraction; four times as fast as reading any notation."""
    above, _line, below = text.partition("/")
    return Fraction(int(above), int(below or 1))


def _mean_progress(lines: Sequence[RequirementLine]) -> Fraction:
    begun = [line.progress for line in lines if not line.met and line.have != "0"]
    met = sum(line.met for line in lines)
    return (met + sum(begun, Fraction(0))) / len(lines) if begun else Fraction(met, len(lines))


def _mean(shares: Sequence[Fraction]) -> Fraction:
    return sum(shares, Fraction(0)) / len(shares)


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """Rebuild a stored decision."""
    lines = []
    for row in data["lines"]:
        step = row["next_step"]
        lines.append(RequirementLine(**{**row, "next_step": None if step is None else NextStep(**step)}))
    return Outcome(bool(data["met"]), tuple(lines))


def decide(
    policy: RequirementSet, evidence: Evidence, now: datetime, titles: Mapping[str, str] | None = None
) -> Outcome:
    """Return whether the requirement set is met by this evidence at this instant, line by line.

    `titles` gives printed names by id (courses, quizzes, exercises, certifications); an id without one is
    written out. The order of the lines is the order of the path: account, courses, quizzes, hours, pieces, proofs.
    """
    names = _Names(titles or {})
    lines = [
        *_person(policy, evidence, now, names),
        *_courses(policy, evidence, names),
        *_quizzes(policy, evidence, names),
        *_hours(policy, evidence),
        *_pieces(policy.pieces, _since(policy, evidence), names),
        *_critical(policy, evidence.pieces),
        *_complaint(policy, evidence),
        *[proof_line(requirement, evidence.proofs, now) for requirement in policy.proofs],
    ]
    return outcome_of([_waive(policy, line, evidence, now) for line in lines])


def outcome_of(lines: Sequence[RequirementLine]) -> Outcome:
    """Return the decision that these lines make: met exactly when each is."""
    return Outcome(all(line.met for line in lines), tuple(lines))


def _waive(policy: RequirementSet, line: RequirementLine, evidence: Evidence, now: datetime) -> RequirementLine:
    """Return the line as met when staff waived it and the rules let them; what is met needs no waiver."""
    if line.met or line.group not in policy.waivable:
        return line
    today = now.date()
    for waiver in evidence.waivers:
        if (waiver.certification, waiver.code) != (policy.id, line.code):
            continue
        if waiver.until is None or today <= waiver.until:
            sentence = f"Waived by the academy: {waiver.reason}"
            return replace(line, met=True, explanation=sentence, next_step=None, waived=waiver.reason)
    return line


@dataclass(frozen=True, slots=True)
class _Names:
    titles: Mapping[str, str]

    def of(self, ref: str) -> str:
        return self.titles.get(ref) or ref.replace("-", " ").capitalize()


def _person(policy: RequirementSet, evidence: Evidence, now: datetime, names: _Names) -> list[RequirementLine]:
    lines = []
    if policy.adult:
        sentence = "You confirmed that you are 18 or older." if evidence.adult else "Confirm that you are 18 or older."
        step = None if evidence.adult else NextStep("account")
        lines.append(RequirementLine("age", "18 or older", evidence.adult, _flag(evidence.adult), "1", sentence, step))
    if policy.prerequisite is not None:
        wanted, months = policy.prerequisite.certification, policy.prerequisite.months
        held = [c for c in evidence.credentials if c.certification == wanted and c.in_force and now < c.valid_until]
        ready = [c for c in held if add_months(c.issued_at, months) <= now]
        name = names.of(wanted)
        if ready:
            sentence = f"You hold {name}."
        elif held:
            since = add_months(min(c.issued_at for c in held), months)
            sentence = f"You hold {name}; {months} months with it are needed, reached on {since:%Y-%m-%d}."
        else:
            sentence = f"You need {name} first, and it must be in force."
        step = None if ready else NextStep("certification", wanted)
        met = bool(ready)
        lines.append(RequirementLine(f"prerequisite:{wanted}", name, met, _flag(met), "1", sentence, step))
    return lines


def _courses(policy: RequirementSet, evidence: Evidence, names: _Names) -> list[RequirementLine]:
    lines = []
    for course in policy.courses:
        met, name = course in evidence.courses_finished, names.of(course)
        sentence = f"You finished {name}." if met else f"Finish the lessons of {name}."
        step = None if met else NextStep("course", course)
        lines.append(RequirementLine(f"course:{course}", name, met, _flag(met), "1", sentence, step))
    return lines


def _quizzes(policy: RequirementSet, evidence: Evidence, names: _Names) -> list[RequirementLine]:
    lines = []
    for requirement in policy.quizzes:
        found = evidence.quizzes.get(requirement.quiz)
        problem = _quiz_problem(requirement, found)
        lines.append(
            RequirementLine(
                code=f"quiz:{requirement.quiz}",
                label=names.of(requirement.quiz),
                met=not problem,
                have=str(found.percent if found else 0),
                need=str(requirement.mark),
                explanation=problem
                or f"Your mark is {_shown(found.percent if found else requirement.mark)}%; "
                f"{_shown(requirement.mark)}% was needed.",
                next_step=NextStep("quiz", requirement.quiz) if problem else None,
            )
        )
    return lines


def _quiz_problem(requirement: QuizRequirement, found: QuizEvidence | None) -> str:
    """Return why the quiz does not count yet, as a sentence; "" when it does."""
    mark = requirement.mark
    if found is None:
        return f"Take this quiz; {_shown(mark)}% is needed."
    have = f"Your mark is {_shown(found.percent)}%"
    if found.percent < mark:
        return f"{have}; {_shown(mark)}% is needed."
    if found.safety_missed and (requirement.safety or not found.passed):
        return f"{have}, but a safety question was missed. All of them must be right."
    floor = requirement.area_min
    low = [] if floor is None else [area for area, share in found.areas.items() if share < floor]
    if low and floor is not None:
        worst = min(low, key=lambda area: (found.areas[area], area))
        return f"{have}, but {_shown(found.areas[worst])}% in {section_title(worst)}; each area needs {_shown(floor)}%."
    if not found.passed:
        return f"{have}, but another rule of the quiz is not met. Its result page says which."
    return ""


_HOUR_LABELS: Mapping[str, str] = {"total": "Learning hours", "structured": "Hours in courses"}


def _hours(policy: RequirementSet, evidence: Evidence) -> list[RequirementLine]:
    minutes = evidence.minutes
    if policy.since_prerequisite and policy.prerequisite is not None:
        minutes = evidence.minutes_since.get(policy.prerequisite.certification, {})
    lines = []
    for kind, hours in policy.hours.items():
        have = Fraction(minutes.get(kind, 0), 60)
        met = have >= hours
        label = _HOUR_LABELS.get(kind) or f"Hours of {kind}"
        sentence = f"You have {_shown(have)} of {hours} hours."
        step = None if met else NextStep("practice")
        lines.append(RequirementLine(f"hours:{kind}", label, met, str(have), str(hours), sentence, step))
    return lines


def _since(policy: RequirementSet, evidence: Evidence) -> Sequence[PieceEvidence]:
    """Return the pieces to look at: all, or those decided since the prerequisite was first issued."""
    if not policy.since_prerequisite or policy.prerequisite is None:
        return evidence.pieces
    wanted = policy.prerequisite.certification
    start = min((c.issued_at for c in evidence.credentials if c.certification == wanted), default=None)
    return [piece for piece in evidence.pieces if start is not None and piece.decided_at >= start]


def counting_pieces(requirement: PieceRequirement, pieces: Sequence[PieceEvidence]) -> list[PieceEvidence]:
    """Return the pieces that count: approved, without a critical fault, at this tier's mark, each once."""
    counted: dict[str, PieceEvidence] = {}
    for piece in pieces:
        if piece.approved and not piece.critical and _reaches(requirement, piece):
            counted[piece.piece_id] = piece
    return list(counted.values())


def _reaches(requirement: PieceRequirement, piece: PieceEvidence) -> bool:
    mark = requirement.mark
    if mark is None:
        return True
    levels = list(piece.core_levels.values())
    if piece.score < mark.score or any(level < mark.core for level in levels):
        return False
    return mark.core_mean is None or not levels or Fraction(sum(levels), len(levels)) >= mark.core_mean


def _pieces(requirement: PieceRequirement, pieces: Sequence[PieceEvidence], names: _Names) -> list[RequirementLine]:
    counted = counting_pieces(requirement, pieces)
    lines = []
    if requirement.total:
        lines.append(_piece_line("total", "Approved pieces", len(counted), requirement.total, "practice", ""))
    for exercise, need in requirement.exercises.items():
        have = sum(piece.exercise == exercise for piece in counted)
        lines.append(_piece_line(exercise, names.of(exercise), have, need, "exercise", exercise))
    for group in requirement.groups:
        have = sum(
            piece.exercise in group.exercises and (piece.double_marked or not group.double_marked) for piece in counted
        )
        lines.append(_piece_line(f"group-{group.id}", group.title, have, group.count, "exercise", group.exercises[0]))
    for skin, need in requirement.skins.items():
        have = sum(piece.skin == skin for piece in counted)
        lines.append(_piece_line(f"skin-{skin}", f"Pieces on: {names.of(skin)}", have, need, "practice", ""))
    if requirement.min_3d:
        have = sum(piece.skin in SKINS_3D for piece in counted)
        lines.append(_piece_line("3d", "Pieces on 3D skins", have, requirement.min_3d, "practice", ""))
    if requirement.min_skins:
        have = len({piece.skin for piece in counted} - {""})
        lines.append(_piece_line("skins", "Different practice skins", have, requirement.min_skins, "practice", ""))
    return lines


def _piece_line(ref: str, label: str, have: int, need: int, kind: str, target: str) -> RequirementLine:
    met = have >= need
    sentence = f"{have} of {need} approved." if ref != "skins" else f"{have} of {need} different skins."
    step = None if met else NextStep(kind, target)
    return RequirementLine(f"pieces:{ref}", label, met, str(have), str(need), sentence, step)


def _critical(policy: RequirementSet, pieces: Sequence[PieceEvidence]) -> list[RequirementLine]:
    span = policy.no_critical_in_last
    if not span:
        return []
    latest = sorted(pieces, key=lambda piece: (piece.decided_at, piece.piece_id))[-span:]
    position = max((index for index, piece in enumerate(latest) if piece.critical), default=None)
    label = f"No critical fault in the last {span} pieces"
    if position is None:
        sentence = f"None of your last {span} reviewed pieces had a critical fault."
        return [RequirementLine("no_critical", label, True, str(span), str(span), sentence)]
    since = len(latest) - 1 - position
    sentence = f"{since} of {span} pieces reviewed since the last critical fault."
    return [RequirementLine("no_critical", label, False, str(since), str(span), sentence, NextStep("practice"))]


def _complaint(policy: RequirementSet, evidence: Evidence) -> list[RequirementLine]:
    if not policy.no_open_complaint:
        return []
    met = not evidence.open_complaint
    sentence = "No complaint is open." if met else "A complaint is being looked into. Ask the academy about it."
    return [RequirementLine("complaint", "No open complaint", met, _flag(met), "1", sentence)]


def proof_line(requirement: ProofRequirement, proofs: Sequence[ProofEvidence], now: datetime) -> RequirementLine:
    """Return how one proof stands. Its last day counts as a whole, in UTC."""
    today = now.date()
    own = [proof for proof in proofs if proof.kind == requirement.kind and proof.issued <= today]
    current, until = proof_standing(requirement, proofs, today)
    verified = any(proof.verified for proof in own)
    if current:
        sentence = "Checked and on file." if until is None else f"Checked; counts until {until:%Y-%m-%d}."
    elif any(not proof.verified for proof in own):
        sentence = "Handed in; an instructor will check it."
    elif verified and _counting(requirement, own):
        sentence = "The proof on file is too old or has expired. Hand in a new one."
    elif verified:
        sentence = "The proof on file does not say what is asked. Hand in a new one."
    else:
        age = requirement.max_age_months
        sentence = "Hand in this proof." if age is None else f"Hand in this proof, not older than {age} months."
    step = None if current else NextStep("proof", requirement.kind)
    code = f"proof:{requirement.kind}"
    return RequirementLine(code, requirement.title, current, _flag(current), "1", sentence, step)


def _counting(requirement: ProofRequirement, proofs: Sequence[ProofEvidence]) -> list[ProofEvidence]:
    """The verified ones with an answer that counts. A proof from before answers were asked has none, and counts."""
    answers = requirement.answers
    kind = requirement.kind
    return [p for p in proofs if p.verified and p.kind == kind and (not answers or p.answer in ("", *answers))]


def proof_standing(
    requirement: ProofRequirement, proofs: Sequence[ProofEvidence], today: date
) -> tuple[bool, date | None]:
    """Return whether a verified proof counts on this day (UTC), and the last day on which one counts.

    (True, None) is a proof without an end; (False, day) one that lapsed after that day; (False, None) none at all.
    """
    counting = [proof for proof in _counting(requirement, proofs) if proof.issued <= today]
    ends = [proof_valid_until(p.issued, p.expires, requirement.max_age_months) for p in counting]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return True, None
    last = max(known, default=None)
    return last is not None and last >= today, last


def _flag(met: bool) -> str:
    return "1" if met else "0"


def _shown(value: Fraction) -> str:
    """One decimal, cut and never rounded up, so that no line claims more than there is."""
    tenths = value.numerator * 10 // value.denominator
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
