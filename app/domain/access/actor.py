"""Who is asking. Built once per request (or job) and passed to every service."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is to the academy. One person may hold several."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    STUDIO = "studio"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting person (or nobody, or the system itself); `studio_ids` are studios they belong to.

    `studio_ranks` pairs each of these with the rank there, as it is stored.
    """

    id: UUID | None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    studio_ids: frozenset[UUID] = field(default_factory=frozenset)
    studio_ranks: frozenset[tuple[UUID, str]] = field(default_factory=frozenset)
    is_system: bool = False
    language: str = ""  # that of the interface, as "es"; empty: as the browser asks

    @property
    def is_authenticated(self) -> bool:
        """True for a signed-in person."""
        return self.id is not None

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        parts = [p for p in self.name.split() if p]
        letters = parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "") if parts else "?"
        return letters.upper()

    def has(self, role: Role) -> bool:
        """True when the person holds the role."""
        return role in self.roles

    @property
    def user_id(self) -> UUID:
        """The id of a signed-in person; raises ValueError for anybody else."""
        if self.id is None:
            raise ValueError("No person is signed in.")
        return self.id


ANONYMOUS = Actor(id=None)
SYSTEM = Actor(id=None, name="Vermilion", is_system=True)
