"""All states and all steps between them, as data: services ask here, and the database is guarded by the same tables.

A **mark** is one reading of one try. While it is open or released it is a draft of one person; once it is in, nothing
of it ever changes but whether it carries the result (see marking.py). A decision that its reviewer can still take back
is no state of the mark: the mark stays open until the decision takes effect.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from app.domain.errors import Conflict


class Kind(StrEnum):
    """Why a piece is read, or how a result came about."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    CONFIRM = "confirm"  # somebody else looks at a critical flag
    COMBINED = "combined"  # the result of two marks, or of the levels when a flag was not confirmed
    REMARK = "remark"  # drawn at random, changes nothing by itself
    APPEAL = "appeal"  # the result after an appeal that changed something


# Marks that were given without sight of another one: only these say how well reviewers agree.
INDEPENDENT: frozenset[Kind] = frozenset({Kind.FIRST, Kind.SECOND, Kind.REMARK})
# Written down by the rules from other marks, not by a reading of the whole piece.
DERIVED: frozenset[Kind] = frozenset({Kind.COMBINED, Kind.APPEAL})


class MarkState(StrEnum):
    """Where one mark stands."""

    OPEN = "open"
    RELEASED = "released"
    MARKED = "marked"
    DECIDED = "decided"
    SUPERSEDED = "superseded"


Steps = frozenset[tuple[str, str]]
CLOSED: frozenset[MarkState] = frozenset({MarkState.MARKED, MarkState.DECIDED, MarkState.SUPERSEDED})

MARK_STEPS: Steps = frozenset(
    {
        (MarkState.OPEN, MarkState.RELEASED),
        (MarkState.RELEASED, MarkState.OPEN),
        (MarkState.OPEN, MarkState.MARKED),
        (MarkState.OPEN, MarkState.DECIDED),
        (MarkState.MARKED, MarkState.DECIDED),  # the flag of a first mark was confirmed
        (MarkState.DECIDED, MarkState.SUPERSEDED),
    }
)

OUTCOMES = ("approved", "resubmit", "failed")
SUBMISSION_STEPS: Steps = frozenset(
    {("waiting", "in_review"), ("in_review", "waiting")} | {("in_review", outcome) for outcome in OUTCOMES}
)
# These need an appeal that changed the result; an appeal never makes it worse.
SUBMISSION_STEPS_BY_APPEAL: Steps = frozenset(
    {("resubmit", "approved"), ("failed", "resubmit"), ("failed", "approved")}
)

APPEAL_STEPS: Steps = frozenset({("waiting", "upheld"), ("waiting", "changed")})


def require_step(steps: Collection[tuple[str, str]], old: str, new: str) -> None:
    """Raise Conflict unless the table allows the step; staying where one is, is no step."""
    if old != new and (old, new) not in steps:
        raise Conflict(f"This cannot go from {old} to {new}.", code="no_such_step")
