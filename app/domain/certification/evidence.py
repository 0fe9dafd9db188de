"""What a student has shown, frozen at one instant: the only thing that a decision looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class QuizEvidence:
    """The mark of a quiz under its attempt policy. `passed` covers safety items and floors of the quiz too.

    `areas` are the exact percentages by topic area; `passed_at` is when it was last passed.
    """

    quiz: str
    percent: Fraction
    passed: bool
    safety_missed: int = 0
    attempt_id: str = ""
    areas: Mapping[str, Fraction] = field(default_factory=dict)
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PieceEvidence:
    """A decided piece. `score` is 0 to 100; `core_levels` are levels by core criterion that applied.

    `double_marked`: two people marked it without knowing of each other.
    """

    piece_id: str
    exercise: str
    skin: str
    approved: bool
    decided_at: datetime
    score: Fraction
    core_levels: Mapping[str, int] = field(default_factory=dict)
    critical: bool = False
    double_marked: bool = False


@dataclass(frozen=True, slots=True)
class ProofEvidence:
    """An external proof as handed in; it counts only when verified. `answer` is its status where one is asked."""

    kind: str
    issued: date
    expires: date | None = None
    verified: bool = False
    proof_id: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class CreditEvidence:
    """Continuing education: minutes on a day; it counts only when verified. `topic`: hygiene, teaching or other."""

    minutes: int
    done_on: date
    topic: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement that staff let a student off, with the reason; `until` is its last day (None: no end)."""

    certification: str
    code: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A credential of ours: `in_force` is false when suspended, revoked, superseded or withdrawn."""

    certification: str
    issued_at: datetime
    valid_until: datetime
    in_force: bool = True
    number: str = ""
    renewed_at: datetime | None = None
    renewals: int = 0

    @property
    def period_began(self) -> datetime:
        """When the present period of validity began: the last renewal, or the first issue."""
        return self.renewed_at or self.issued_at


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that counts toward certification. Time is in minutes by kind; `total` is the sum of all.

    `minutes_since` holds the same by certification, counted from the first issue of that certification on; it is
    needed only for requirement sets with `since_prerequisite`.
    """

    adult: bool = False
    courses_finished: frozenset[str] = frozenset()
    quizzes: Mapping[str, QuizEvidence] = field(default_factory=dict)
    minutes: Mapping[str, int] = field(default_factory=dict)
    minutes_since: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    pieces: tuple[PieceEvidence, ...] = ()
    proofs: tuple[ProofEvidence, ...] = ()
    credentials: tuple[HeldCredential, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    credits: tuple[CreditEvidence, ...] = ()
    open_complaint: bool = False
