"""What a student has shown, frozen at one instant: the only thing that a decision looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class QuizEvidence:
    """The mark of a quiz under its attempt policy. `passed` covers safety items and floors too."""

    quiz: str
    percent: Fraction
    passed: bool
    safety_missed: int = 0
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class PieceEvidence:
    """A decided piece. `score` is 0 to 100; `core_levels` are levels by core criterion that applied."""

    piece_id: str
    exercise: str
    skin: str
    approved: bool
    decided_at: datetime
    score: Fraction
    core_levels: Mapping[str, int] = field(default_factory=dict)
    critical: bool = False


@dataclass(frozen=True, slots=True)
class ProofEvidence:
    """An external proof as handed in; it counts only when verified."""

    kind: str
    issued: date
    expires: date | None = None
    verified: bool = False
    proof_id: str = ""


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A credential of ours: `in_force` is false when suspended, revoked, superseded or withdrawn."""

    certification: str
    issued_at: datetime
    valid_until: datetime
    in_force: bool = True
    number: str = ""


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
