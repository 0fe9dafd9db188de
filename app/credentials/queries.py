"""Reads of credentials: the public answer, the holder's list, the issuing log, the files and the lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, ScalarSelect, bindparam, case, func, select, tuple_
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.content.models import Definition, Kind
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.domain.certification.policy import RenewalRule
from app.domain.certification.renewal import proof_valid_until, renewal_window
from app.domain.credentials.lifecycle import Status, status
from app.domain.errors import NotFound
from app.domain.occasions import Occasion, OccasionKind

LIVE = CredentialFile.replaced_at.is_(None) & CredentialFile.revoked_at.is_(None)
BBP, BBP_MONTHS = "bbp", 12


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands, as anybody with the number may know. No e-mail, no marks, no notes.

    `version` is that of the requirement set; `replaces` and `replaced_by` are numbers, empty without one; `kid`
    names the key of the file that counts, `digest` is its SHA-256. `bbp_on` is the day of the holder's newest
    accepted bloodborne-pathogen training.
    """

    number: str
    holder_name: str
    title: str
    certification: str
    version: int
    state: str
    status: Status
    state_at: datetime
    reason_class: str
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime
    replaces: str
    replaced_by: str
    digest: str
    kid: str
    bbp_on: date | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change, as the public page shows it: the class of reason, never the note."""

    change: str
    at: datetime
    reason_class: str


@dataclass(frozen=True, slots=True)
class Details:
    """What else is printed on a certificate, and its history. `bbp_until`: the last day of the training of `bbp_on`."""

    facts: dict[str, Any]
    bbp_until: date | None
    history: tuple[HistoryLine, ...]

    @property
    def steps_met(self) -> tuple[str, ...]:
        """Ids of the headings that were shown at the level asked, or above."""
        return tuple(row["step"] for row in self.facts["steps"] if row["achieved"] >= row["required"])


# Verifying by number is the busiest request of the house: its statements are built once, of plain tables, because
# that is a fourth of the cost of the same with entities.
_c, _f, _p, _d = Credential.__table__, CredentialFile.__table__, ExternalProof.__table__, Definition.__table__
_e, _older, _newer = CredentialEvent.__table__, _c.alias("older"), _c.alias("newer")


def _newest_bbp(column: Any) -> ScalarSelect[Any]:
    accepted = (_p.c.user_id == _c.c.user_id) & (_p.c.kind == BBP) & (_p.c.state == "accepted")
    newest = select(column).where(accepted).order_by(_p.c.issued_on.desc(), _p.c.id).limit(1)
    return newest.correlate(_c).scalar_subquery()


_PUBLIC = (
    select(
        _c.c.number,
        _c.c.holder_name,
        _c.c.title,
        _c.c.certification_key,
        _d.c.version,
        _c.c.state,
        _c.c.state_at,
        _c.c.reason_class,
        _c.c.issued_at,
        _c.c.valid_from,
        _c.c.valid_until,
        _older.c.number.label("replaces"),
        _newer.c.number.label("replaced_by"),
        _f.c.digest,
        _f.c.kid,
        _newest_bbp(_p.c.issued_on).label("bbp_on"),
    )
    .select_from(
        _c.join(_d, _d.c.id == _c.c.policy_version_id)
        .outerjoin(_older, _older.c.id == _c.c.supersedes_id)
        .outerjoin(_newer, _newer.c.supersedes_id == _c.c.id)
        .outerjoin(_f, (_f.c.credential_id == _c.c.id) & _f.c.replaced_at.is_(None) & _f.c.revoked_at.is_(None))
    )
    .where(_c.c.number == bindparam("printed"))
)
_DETAILS = select(_c.c.facts, _newest_bbp(_p.c.expires_on).label("bbp_ends")).where(_c.c.number == bindparam("printed"))
_HISTORY = (
    select(_e.c.change, _e.c.at, _e.c.reason_class)
    .select_from(_e.join(_c, _c.c.id == _e.c.credential_id))
    .where(_c.c.number == bindparam("printed"))
    .order_by(_e.c.id)
)


def public_view(reader: Session | Connection, number: str, now: datetime) -> Standing | None:
    """How the credential of a number in printed form stands, in one statement; None when it was never issued."""
    row = reader.execute(_PUBLIC, {"printed": number}).first()
    if row is None:
        return None
    return Standing(
        number=row.number,
        holder_name=row.holder_name,
        title=row.title,
        certification=row.certification_key,
        version=row.version,
        state=row.state,
        status=status(row, now),
        state_at=row.state_at,
        reason_class=row.reason_class,
        issued_at=row.issued_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        replaces=row.replaces or "",
        replaced_by=row.replaced_by or "",
        digest=row.digest or "",
        kid=row.kid or "",
        bbp_on=row.bbp_on,
    )


def details(reader: Session | Connection, found: Standing) -> Details:
    """Everything else that is printed on a certificate, and every change of it, oldest first; two statements."""
    row = reader.execute(_DETAILS, {"printed": found.number}).one()
    lines = tuple(HistoryLine(*line) for line in reader.execute(_HISTORY, {"printed": found.number}))
    until = proof_valid_until(found.bbp_on, row.bbp_ends, BBP_MONTHS) if found.bbp_on else None
    return Details(row.facts, until, lines)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The newest signed file of a number, as its bytes were signed."""

    document: bytes
    token: str
    digest: str


def stored_file(session: Session, number: str) -> StoredFile:
    """The newest signed file of a number; it may be revoked, its bit says so. One statement; raises NotFound."""
    query = (
        select(CredentialFile.document, CredentialFile.token, CredentialFile.digest)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .where(Credential.number == number)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.replaced_at.is_not(None), CredentialFile.id)
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        raise NotFound("No certificate was issued under this number.")
    return StoredFile(*row)


_STANDING = case(
    (CredentialFile.revoked_at.is_not(None), "revoked"),
    (CredentialFile.replaced_at.is_not(None), "replaced"),
    else_="live",
)
_CHECKED = (
    CredentialFile.id,
    Credential.number,
    CredentialFile.document,
    CredentialFile.token,
    CredentialFile.digest,
    _STANDING,
)
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file with what a check of the whole house compares: its bytes, its digest, and how it stands.

    `standing` is live, replaced or revoked.
    """

    id: UUID
    number: str
    document: bytes
    token: str
    digest: str
    standing: str


def files_after(session: Session, after: UUID | None, size: int = 100) -> list[CheckedFile]:
    """Files in steady order, for checking every one of them."""
    query = (
        select(*_CHECKED)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .order_by(CredentialFile.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(CredentialFile.id > after)
    return [CheckedFile(*row) for row in session.execute(query)]


def files_of_number(session: Session, number: str) -> list[CheckedFile]:
    """The newest signed files of a number with their bytes, newest first; one statement."""
    query = (
        select(*_CHECKED)
        .join(Credential, Credential.id == CredentialFile.credential_id)
        .where(Credential.number == number)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.replaced_at.is_not(None), CredentialFile.id)
        .limit(MOST_FILES)
    )
    return [CheckedFile(*row) for row in session.execute(query)]


def file_count(session: Session) -> int:
    """How many files there are, for the progress of a long check."""
    return session.scalar(select(func.count(CredentialFile.id))) or 0


def live_files(session: Session, kid: str = "") -> list[UUID]:
    """Ids of the credentials whose file counts now; those signed by one Ed25519 key when `kid` is given."""
    query = select(CredentialFile.credential_id).where(LIVE).order_by(CredentialFile.credential_id)
    if kid:
        query = query.where(CredentialFile.kid == kid)
    return list(session.scalars(query))


def files_of(session: Session, credential_id: UUID) -> Sequence[CredentialFile]:
    """Every file of a credential without its bytes, newest first; for administrators."""
    query = (
        select(CredentialFile)
        .where(CredentialFile.credential_id == credential_id)
        .order_by(CredentialFile.created_at.desc(), CredentialFile.id)
    )
    return list(session.scalars(query))


def credential(session: Session, credential_id: UUID) -> Credential:
    """A credential by id, for administrators; raises NotFound."""
    found = session.get(Credential, credential_id)
    if found is None:
        raise NotFound
    return found


def credential_for_decision(session: Session, decision_id: UUID) -> Credential | None:
    """The credential that a decision led to."""
    return session.scalar(select(Credential).where(Credential.decision_id == decision_id))


def credential_by_number(session: Session, number: str) -> Credential | None:
    """The record of a number in printed form."""
    return session.scalar(select(Credential).where(Credential.number == number))


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """A credential as lists show it."""

    id: UUID
    number: str
    holder_name: str
    title: str
    state: str
    issued_at: datetime
    valid_until: datetime

    def status_at(self, now: datetime) -> Status:
        """What a reader is told at `now`."""
        return status(self, now)


_LINE = select(
    Credential.id,
    Credential.number,
    Credential.holder_name,
    Credential.title,
    Credential.state,
    Credential.issued_at,
    Credential.valid_until,
)


def held_by(session: Session, user_id: UUID) -> list[CredentialLine]:
    """The person's credentials, newest first; one statement."""
    query = _LINE.where(Credential.user_id == user_id).order_by(Credential.issued_at.desc(), Credential.id)
    return [CredentialLine(*row) for row in session.execute(query)]


def occasions_of(session: Session, user_id: UUID) -> list[Occasion]:
    """When the person's certificates in force run out, and when their renewal opens and its grace ends."""
    query = (
        select(Credential.number, Credential.title, Credential.valid_until, Definition.payload)
        .join(Definition, Definition.id == Credential.policy_version_id)
        .where(Credential.user_id == user_id, Credential.state == "active")
        .order_by(Credential.valid_until)
    )
    return [occasion for row in session.execute(query) for occasion in _occasions(*row)]


def _occasions(number: str, title: str, until: datetime, rules: Mapping[str, Any]) -> list[Occasion]:
    path = "/learn/certificates"
    found = [Occasion(f"expires-{number}", OccasionKind.CERTIFICATE_EXPIRES, until, title, path)]
    renewal, grace_days = rules.get("renewal"), int(rules.get("grace_days") or 0)
    if renewal:
        window = renewal_window(until, int(renewal.get("window_days") or RenewalRule().window_days), grace_days)
        opens, ends = window.opens_at.date(), window.grace_until
        found.append(Occasion(f"renewal-{number}", OccasionKind.RENEWAL_OPENS, opens, title, path))
        if grace_days:
            found.append(Occasion(f"grace-{number}", OccasionKind.GRACE_ENDS, ends, title, path))
    return found


def events(session: Session, credential_id: UUID) -> Sequence[CredentialEvent]:
    """Every change with actor and private note, oldest first; for administrators only."""
    query = select(CredentialEvent).where(CredentialEvent.credential_id == credential_id).order_by(CredentialEvent.id)
    return list(session.scalars(query))


def issued(
    session: Session, *, search: str = "", after: tuple[datetime, str] | None = None, size: int = 50
) -> list[CredentialLine]:
    """The issuing log, newest first, one more than `size` when there are more; one statement.

    `search` is a number in printed form or the start of a holder's name.
    """
    query = _LINE.order_by(Credential.issued_at.desc(), Credential.id.desc()).limit(size + 1)
    if search:
        start = search.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        by_name = func.lower(Credential.holder_name).like(f"{start}%", escape="\\")
        query = query.where((Credential.number == search) | by_name)
    if after is not None:
        query = query.where(tuple_(Credential.issued_at, Credential.id) < tuple_(after[0], UUID(after[1])))
    return [CredentialLine(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of a requirement set, as its public page shows it."""

    key: str
    title: str
    version: int
    payload: dict[str, Any]
    is_current: bool


def standard(session: Session, key: str, version: int) -> Standard | None:
    """A published version of a certification, or None."""
    query = select(
        Definition.key, Definition.title, Definition.version, Definition.payload, Definition.is_current
    ).where(Definition.kind == Kind.CERTIFICATION.value, Definition.key == key, Definition.version == version)
    row = session.execute(query).first()
    return Standard(*row) if row else None


def status_document(session: Session, list_id: int) -> tuple[bytes, datetime] | None:
    """The signed bytes of a status list and when they were signed."""
    row = session.execute(select(StatusList.document, StatusList.signed_at).where(StatusList.id == list_id)).first()
    return (row[0], row[1]) if row else None


def status_list_ids(session: Session) -> list[int]:
    """The numbers of all status lists."""
    return list(session.scalars(select(StatusList.id).order_by(StatusList.id)))


def oldest_signature(session: Session) -> datetime | None:
    """When the status list that waited longest was signed; the overview warns beyond 48 hours."""
    return session.scalar(select(func.min(StatusList.signed_at)))
