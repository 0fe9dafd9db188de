"""How a certificate stands, as anybody with its number may know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.content.models import Definition, Kind
from app.credentials.models import Credential, CredentialEvent, CredentialFile
from app.domain.certification.renewal import proof_valid_until
from app.domain.credentials.lifecycle import Status, status

BBP, BBP_MONTHS = "bbp", 12


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands, as anybody with the number may know. No e-mail, no marks, no notes.

    `version` is that of the requirement set; `replaces` and `replaced_by` are numbers, empty without one; `kid`
    names the key of the file that counts, `digest` is its SHA-256. `bbp_on` is the day of the holder's newest
    accepted bloodborne-pathogen training. `holder_name` is what others are shown: initials where the holder chose
    that; `printed_name` is for printing and comparing only.
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
    printed_name: str = field(default="", repr=False)

    @property
    def is_name_hidden(self) -> bool:
        """True when the holder lets others see initials only."""
        return self.printed_name != self.holder_name


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change, as the public page shows it: the class of reason, never the note."""

    change: str
    at: datetime
    reason_class: str


@dataclass(frozen=True, slots=True)
class Details:
    """What else is printed on a certificate, and its history. `bbp_until`: the last day of the training of `bbp_on`.

    `grace_days`: how long after its end a renewal needs no new exam.
    """

    facts: dict[str, Any]
    bbp_until: date | None
    history: tuple[HistoryLine, ...]
    grace_days: int = 0

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


_VIEW = select(
    _c.c.number,
    _c.c.holder_name,
    _c.c.shown_name,
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
).select_from(
    _c.join(_d, _d.c.id == _c.c.policy_version_id)
    .outerjoin(_older, _older.c.id == _c.c.supersedes_id)
    .outerjoin(_newer, _newer.c.supersedes_id == _c.c.id)
    .outerjoin(_f, (_f.c.credential_id == _c.c.id) & _f.c.replaced_at.is_(None) & _f.c.revoked_at.is_(None))
)
_PUBLIC = _VIEW.where(_c.c.number == bindparam("printed"))
_PUBLIC_OF_MANY = _VIEW.where(_c.c.number.in_(bindparam("printed", expanding=True)))
_DETAILS = (
    select(
        _c.c.facts,
        _newest_bbp(_p.c.expires_on).label("bbp_ends"),
        # Out of the rules, which are long, this alone: reading all of them costs as much as the statement.
        _d.c.payload["grace_days"].as_integer().label("grace_days"),
    )
    .select_from(_c.join(_d, _d.c.id == _c.c.policy_version_id))
    .where(_c.c.number == bindparam("printed"))
)
_HISTORY = (
    select(_e.c.change, _e.c.at, _e.c.reason_class)
    .select_from(_e.join(_c, _c.c.id == _e.c.credential_id))
    .where(_c.c.number == bindparam("printed"))
    .order_by(_e.c.id)
)


def public_view(reader: Session | Connection, number: str, now: datetime) -> Standing | None:
    """How the credential of a number in printed form stands, in one statement; None when it was never issued."""
    row = reader.execute(_PUBLIC, {"printed": number}).first()
    return _standing(row, now) if row is not None else None


def public_views(reader: Session | Connection, numbers: Collection[str], now: datetime) -> dict[str, Standing]:
    """How the credentials of many numbers in printed form stand, by number, in one statement."""
    if not numbers:
        return {}
    rows = reader.execute(_PUBLIC_OF_MANY, {"printed": list(numbers)})
    return {row.number: _standing(row, now) for row in rows}


def _standing(row: Any, now: datetime) -> Standing:
    return Standing(
        number=row.number,
        holder_name=(row.shown_name or row.holder_name) if row.holder_name else "",
        printed_name=row.holder_name,
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
    return Details(row.facts, until, lines, row.grace_days or 0)


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
