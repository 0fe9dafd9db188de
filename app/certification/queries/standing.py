"""Applications, waivers, and how the proofs of people with a certificate in force stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certification.models import Application, Decision, ExternalProof, Waiver
from app.content.models import Definition
from app.domain.certification.decision import proof_standing
from app.domain.certification.evidence import ProofEvidence
from app.domain.certification.policy import RequirementSet, policy_from_dict
from app.domain.errors import NotFound
from app.infra.cache import Lru
from app.practice.models import Submission
from app.reviews.models import Review

_rules: Lru[UUID, RequirementSet] = Lru(32)


@dataclass(frozen=True, slots=True)
class Face:
    """A decision with a certificate, under the rules of the day on which it was made."""

    id: UUID
    user_id: UUID
    number: str
    valid_until: datetime
    rules: RequirementSet


@dataclass(frozen=True, slots=True)
class ProofStanding:
    """How one proof that a certificate rests on stands: until when it counts (None: no end), and whether it does."""

    kind: str
    title: str
    current: bool
    until: date | None

    @property
    def lapsed(self) -> bool:
        """True when it counted once and does not any more; a proof that was never handed in has not lapsed."""
        return not self.current and self.until is not None


def faces_in_force(session: Session, now: datetime, after: UUID | None = None, size: int = 200) -> list[Face]:
    """Decisions whose certificate is in force and has not ended, in steady order; a portion at a time."""
    query = (
        select(Decision.id, Decision.user_id, Decision.number, Decision.valid_until, Decision.policy_version_id)
        .where(Decision.in_force, Decision.valid_until >= now)
        .order_by(Decision.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(Decision.id > after)
    rows = session.execute(query).all()
    return [
        Face(row.id, row.user_id, row.number, row.valid_until, _rules_at(session, row.policy_version_id))
        for row in rows
        if row.valid_until is not None
    ]


def _rules_at(session: Session, version_id: UUID) -> RequirementSet:
    def read() -> RequirementSet:
        payload = session.scalars(select(Definition.payload).where(Definition.id == version_id)).one()
        return policy_from_dict(payload)

    return _rules.get(version_id, read)


def proof_standings(
    session: Session, decision_ids: Sequence[UUID], today: date
) -> dict[UUID, tuple[ProofStanding, ...]]:
    """How the proofs that these decisions rest on stand on a day (UTC), by decision; two statements.

    Only proofs whose lapse suspends are looked at. Judged by the version of the rules under which each decision was
    made.
    """
    query = select(Decision.id, Decision.user_id, Decision.policy_version_id).where(Decision.id.in_(decision_ids))
    rows = session.execute(query).all()
    by_person = _accepted(session, {row.user_id for row in rows})
    found = {}
    for row in rows:
        proofs = by_person.get(row.user_id, [])
        asked = [proof for proof in _rules_at(session, row.policy_version_id).proofs if proof.suspends]
        found[row.id] = tuple(
            ProofStanding(each.kind, each.title, *proof_standing(each, proofs, today)) for each in asked
        )
    return found


def _accepted(session: Session, people: set[UUID]) -> Mapping[UUID, list[ProofEvidence]]:
    query = select(
        ExternalProof.user_id,
        ExternalProof.kind,
        ExternalProof.issued_on,
        ExternalProof.expires_on,
        ExternalProof.answer,
    ).where(ExternalProof.user_id.in_(people), ExternalProof.state == "accepted")
    found: dict[UUID, list[ProofEvidence]] = {}
    for row in session.execute(query):
        evidence = ProofEvidence(row.kind, row.issued_on, row.expires_on, verified=True, answer=row.answer)
        found.setdefault(row.user_id, []).append(evidence)
    return found


# ---------------------------------------------------------------- applications


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application with the name of who made it and of who answered it."""

    application: Application
    name: str
    answered_by: str = ""

    @property
    def asked_at(self) -> datetime:
        """When it was made."""
        return self.application.asked_at


def application(session: Session, application_id: UUID, *, lock: bool = False) -> Application:
    """An application by id, for staff and jobs; raises NotFound."""
    query = select(Application).where(Application.id == application_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def applications_of(session: Session, user_id: UUID) -> Sequence[Application]:
    """The person's applications, newest first."""
    query = select(Application).where(Application.user_id == user_id).order_by(Application.asked_at.desc())
    return list(session.scalars(query))


def open_application(session: Session, user_id: UUID, certification_key: str, kind: str) -> Application | None:
    """The one that waits, or was refused and may still be approved."""
    query = select(Application).where(
        Application.user_id == user_id,
        Application.certification_key == certification_key,
        Application.kind == kind,
        Application.state.in_(("waiting", "refused")),
    )
    return session.scalar(query)


def waiting_applications(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> Sequence[ApplicationLine]:
    """Applications to answer, oldest first, one more than `size` when there are more."""
    query = (
        select(Application, User.name)
        .join(User, User.id == Application.user_id)
        .where(Application.state == "waiting")
        .order_by(Application.asked_at, Application.id)
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Application.asked_at, Application.id) > tuple_(after[0], UUID(after[1])))
    return [ApplicationLine(row[0], row[1]) for row in session.execute(query)]


def answered_applications(session: Session, size: int = 20) -> Sequence[ApplicationLine]:
    """The newest answers, newest first."""
    answerer = User.__table__.alias("answerer")
    query = (
        select(Application, User.name, answerer.c.name)
        .join(User, User.id == Application.user_id)
        .outerjoin(answerer, answerer.c.id == Application.answered_by)
        .where(Application.answered_at.is_not(None))
        .order_by(Application.answered_at.desc(), Application.id)
        .limit(size)
    )
    return [ApplicationLine(row[0], row[1], row[2] or "") for row in session.execute(query)]


def waiting_application_count(session: Session) -> int:
    """How many applications wait, counted to 100 at most."""
    some = select(Application.id).where(Application.state == "waiting").limit(100).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def reviewers_of(session: Session, user_id: UUID) -> set[UUID]:
    """Everybody who marked an approved piece of the person."""
    query = (
        select(Review.reviewer_id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.user_id == user_id, Submission.state == "approved", Review.outcome.is_not(None))
        .distinct()
    )
    return set(session.scalars(query))


# ---------------------------------------------------------------- waivers


def waivers_of(session: Session, user_id: UUID) -> Sequence[Waiver]:
    """The person's waivers, newest first, ended ones too."""
    query = select(Waiver).where(Waiver.user_id == user_id).order_by(Waiver.granted_at.desc(), Waiver.id)
    return list(session.scalars(query))


def waivers(
    session: Session, *, after: tuple[datetime, str] | None = None, size: int = 30
) -> Sequence[tuple[Waiver, str]]:
    """All waivers with the names of students, newest first, one more than `size` when there are more."""
    query: Any = (
        select(Waiver, User.name)
        .join(User, User.id == Waiver.user_id)
        .order_by(Waiver.granted_at.desc(), Waiver.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(Waiver.granted_at, Waiver.id) < tuple_(after[0], UUID(after[1])))
    return [(row[0], row[1]) for row in session.execute(query)]
