"""What the people of a studio may do there. The academy invites owners; owners and managers invite the others."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from app.domain.errors import Conflict


class Rank(StrEnum):
    """From the most to the least. Everybody of a studio may check certificates and see what was found."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"

    @property
    def manages(self) -> bool:
        """True for whoever may change what the studio follows, whom it asks, and where its alerts go."""
        return self is not Rank.VIEWER


def rank_of(stored: str) -> Rank:
    """The rank of a stored membership. One from before there were ranks is an owner's: nobody else could be."""
    return Rank(stored) if stored else Rank.OWNER


def may_give(giver: Rank, rank: Rank) -> bool:
    """True when somebody of rank `giver` may make somebody else a `rank`."""
    return giver is Rank.OWNER or (giver is Rank.MANAGER and rank is not Rank.OWNER)


def check_change(ranks_left: Iterable[Rank]) -> None:
    """Raise Conflict when nobody among those who stay owns the studio."""
    if Rank.OWNER not in set(ranks_left):
        raise Conflict(
            "A studio needs an owner. Make somebody else an owner first; then this can be done.", code="last_owner"
        )
