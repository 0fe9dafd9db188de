"""Facts that slices tell each other through the outbox. Plain values; ids as strings (UUID hex form).

An event is written in the same transaction as the change that it reports and is delivered at least once,
so each handler must be safe to repeat.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `name` is what the outbox stores."""

    name: ClassVar[str] = ""

    def payload(self) -> dict[str, Any]:
        """Return the fields as a JSON-able dict."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LessonCompleted(Event):
    """A student finished a lesson; hours and courses may have changed."""

    name: ClassVar[str] = "lesson_completed"
    user_id: str
    lesson_id: str


@dataclass(frozen=True, slots=True)
class AttemptSubmitted(Event):
    """A quiz attempt was handed in (or closed by time) and graded."""

    name: ClassVar[str] = "attempt_submitted"
    user_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class GradeChanged(Event):
    """A graded attempt got another grade: a question was corrected."""

    name: ClassVar[str] = "grade_changed"
    user_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class SubmissionReceived(Event):
    """A practice piece entered the review queue."""

    name: ClassVar[str] = "submission_received"
    user_id: str
    submission_id: str


@dataclass(frozen=True, slots=True)
class ReviewCompleted(Event):
    """An instructor decided on a piece: approved, resubmit or failed."""

    name: ClassVar[str] = "review_completed"
    user_id: str
    submission_id: str
    review_id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AppealAnswered(Event):
    """An appeal was answered and changed nothing; one that changes the result tells of a completed review."""

    name: ClassVar[str] = "appeal_answered"
    user_id: str
    submission_id: str
    appeal_id: str


@dataclass(frozen=True, slots=True)
class ProofChecked(Event):
    """An external proof (for example bloodborne-pathogen training) was accepted or refused."""

    name: ClassVar[str] = "proof_checked"
    user_id: str
    proof_id: str


@dataclass(frozen=True, slots=True)
class DecisionMade(Event):
    """A student meets every requirement of a certification: a credential is due."""

    name: ClassVar[str] = "decision_made"
    user_id: str
    decision_id: str


@dataclass(frozen=True, slots=True)
class RenewalApproved(Event):
    """The certificate of a decision may be renewed: an application says until when."""

    name: ClassVar[str] = "renewal_approved"
    user_id: str
    application_id: str


@dataclass(frozen=True, slots=True)
class CredentialIssued(Event):
    """A signed credential exists and can be verified."""

    name: ClassVar[str] = "credential_issued"
    user_id: str
    credential_id: str


@dataclass(frozen=True, slots=True)
class CredentialChanged(Event):
    """A credential was suspended, reinstated, revoked, superseded, renewed or withdrawn."""

    name: ClassVar[str] = "credential_changed"
    user_id: str
    credential_id: str
    change: str


@dataclass(frozen=True, slots=True)
class ContentReleased(Event):
    """A release of courses and quizzes went live."""

    name: ClassVar[str] = "content_released"
    release_id: str


@dataclass(frozen=True, slots=True)
class AccountMade(Event):
    """Somebody made an account on the page, which names what they agree to by it."""

    name: ClassVar[str] = "account_made"
    user_id: str


EVENTS: dict[str, type[Event]] = {
    cls.name: cls
    for cls in (
        LessonCompleted,
        AttemptSubmitted,
        GradeChanged,
        SubmissionReceived,
        ReviewCompleted,
        AppealAnswered,
        ProofChecked,
        DecisionMade,
        RenewalApproved,
        CredentialIssued,
        CredentialChanged,
        ContentReleased,
        AccountMade,
    )
}


def event_from(name: str, payload: dict[str, Any]) -> Event:
    """Rebuild an event from its stored form; raises KeyError for an unknown name."""
    cls = EVENTS[name]
    known = {f.name for f in fields(cls)}
    return cls(**{k: v for k, v in payload.items() if k in known})
