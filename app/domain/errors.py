"""What can go wrong in the rules, said once. The web layer maps each class to a status and a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing to correct: the field it belongs to (empty for the whole form), a code and a sentence."""

    field: str
    code: str
    sentence: str


class DomainError(Exception):
    """A refusal by a rule. `code` is stable for machines, `message` is a sentence for people."""

    problems: tuple[FieldProblem, ...] = ()

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).__name__.lower()


class NotAllowed(DomainError):
    """The actor may not do this. Shown as "not found" where the object itself is private."""


class NotFound(DomainError):
    """There is no such object, or none that this actor may know of."""

    def __init__(self, message: str = "There is nothing at this address.", *, code: str = "not_found") -> None:
        super().__init__(message, code=code)


class Conflict(DomainError):
    """The object has moved on: somebody else was first, or it is in another state now."""


class Expired(DomainError):
    """The time for this has passed: a link, a deadline, a lease."""


class Invalid(DomainError):
    """The values are not usable; `problems` lists every reason, not only the first."""

    def __init__(self, message: str, problems: Sequence[FieldProblem | str] = (), *, code: str = "invalid") -> None:
        super().__init__(message, code=code)
        self.problems = tuple(p if isinstance(p, FieldProblem) else FieldProblem("", code, p) for p in problems)


class TooLarge(Invalid):
    """A file has more bytes than are taken; the message names the file and the limit."""


class TooMany(DomainError):
    """A limit of tries was reached; `retry_after` says how many seconds to wait."""

    def __init__(self, message: str, *, retry_after: int, code: str = "too_many") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
