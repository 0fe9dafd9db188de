"""Reads for checking lists, and of the lists that were checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.credentials.models import Credential
from app.credentials.queries import SHOWN_NAME
from app.domain.credentials.lifecycle import status
from app.domain.errors import NotFound
from app.domain.studios.outcome import GOOD, Found
from app.studios.models import ArtistLink, RosterCheck, RosterRow, Watch

RowFacts = RosterRow
"""What pages and files show of a row."""
MOST_KNOWN = 3000
"""Names that near misses are looked up among."""


def found_by_number(session: Session, numbers: Iterable[str], now: datetime) -> Mapping[str, Found]:
    """How the certificates of these numbers (in printed form) stand; one statement for all of them."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    newer = aliased(Credential)
    query = (
        select(
            Credential.number,
            Credential.holder_name,
            SHOWN_NAME.label("shown_name"),
            Credential.title,
            Credential.state,
            Credential.valid_until,
            newer.number.label("replaced_by"),
        )
        .outerjoin(newer, newer.supersedes_id == Credential.id)
        .where(Credential.number.in_(wanted))
    )
    return {
        row.number: Found(
            row.number,
            row.holder_name,
            row.title,
            status(row, now),
            row.valid_until,
            row.replaced_by or "",
            row.shown_name,
        )
        for row in session.execute(query)
    }


def known_names(session: Session, studio_id: UUID) -> list[tuple[str, str]]:
    """(number, name) of whom the studio knows already: certificates it follows, artists who share them with it.

    Near misses of names are looked up among these only, or anybody could fish for artists by name. Two statements.
    """
    followed = (
        select(Credential.number, SHOWN_NAME)
        .join(Watch, Watch.credential_id == Credential.id)
        .where(Watch.studio_id == studio_id, Watch.ended_at.is_(None))
        .limit(MOST_KNOWN)
    )
    shared = (
        select(Credential.number, Credential.holder_name, ArtistLink.shares)
        .join(ArtistLink, ArtistLink.user_id == Credential.user_id)
        .where(ArtistLink.studio_id == studio_id, ArtistLink.state == "shared")
        .limit(MOST_KNOWN)
    )
    known = {row[0]: row[1] for row in session.execute(followed)}
    known |= {row[0]: row[1] for row in session.execute(shared) if "certificates" in row[2]}
    return sorted(known.items())


def check_for(session: Session, studio_ids: frozenset[UUID], check_id: UUID) -> RosterCheck:
    """A check of one of these studios; raises NotFound for anybody else's."""
    found = session.scalar(select(RosterCheck).where(RosterCheck.id == check_id, RosterCheck.studio_id.in_(studio_ids)))
    if found is None:
        raise NotFound
    return found


def roster_check(session: Session, check_id: UUID, *, lock: bool = False) -> RosterCheck | None:
    """A check by id, for jobs."""
    return session.get(RosterCheck, check_id, with_for_update=lock or None, populate_existing=lock)


def checks(
    session: Session, studio_id: UUID, *, after: tuple[datetime, str] | None = None, size: int = 20
) -> Sequence[RosterCheck]:
    """The lists that a studio had checked, newest first, one more than `size` when there are more; one statement."""
    query = (
        select(RosterCheck)
        .where(RosterCheck.studio_id == studio_id)
        .order_by(RosterCheck.asked_at.desc(), RosterCheck.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        query = query.where(tuple_(RosterCheck.asked_at, RosterCheck.id) < tuple_(after[0], UUID(after[1])))
    return session.scalars(query).all()


def rows_of(
    session: Session,
    check_id: UUID,
    *,
    outcomes: Iterable[str] = (),
    after: tuple[int, int] | None = None,
    size: int | None = 100,
) -> Sequence[RosterRow]:
    """The rows of a check, the most urgent first; one more than `size` when there are more. One statement.

    `after` is (urgency, position) of the last row seen; `size` None gives all, in the order of the list.
    """
    query = select(RosterRow).where(RosterRow.check_id == check_id)
    if wanted := list(outcomes):
        query = query.where(RosterRow.outcome.in_(wanted))
    if size is None:
        return session.scalars(query.order_by(RosterRow.position)).all()
    if after is not None:
        query = query.where(tuple_(RosterRow.urgency, RosterRow.position) > tuple_(*after))
    return session.scalars(query.order_by(RosterRow.urgency, RosterRow.position).limit(size + 1)).all()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of a list that waits to be checked."""

    position: int
    row: int
    name: str
    typed: str


def waiting_rows(session: Session, check_id: UUID, size: int) -> list[Waiting]:
    """The next rows of a list that are not checked yet, in its order."""
    query = (
        select(RosterRow.position, RosterRow.row, RosterRow.name, RosterRow.typed)
        .where(RosterRow.check_id == check_id, RosterRow.outcome == "")
        .order_by(RosterRow.position)
        .limit(size)
    )
    return [Waiting(*row) for row in session.execute(query)]


def numbers_before(session: Session, check_id: UUID, position: int) -> set[str]:
    """The numbers of the rows before a place: one of them that comes again is repeated."""
    query = select(RosterRow.number).where(
        RosterRow.check_id == check_id, RosterRow.position < position, RosterRow.number != ""
    )
    return set(session.scalars(query))


def good_and_not_followed(session: Session, check: RosterCheck) -> list[UUID]:
    """Ids of the certificates of a check's good rows that its studio does not follow yet; one statement."""
    followed = exists().where(
        Watch.credential_id == Credential.id, Watch.studio_id == check.studio_id, Watch.ended_at.is_(None)
    )
    query = (
        select(Credential.id)
        .join(RosterRow, RosterRow.number == Credential.number)
        .where(RosterRow.check_id == check.id, RosterRow.outcome.in_([each.value for each in GOOD]), ~followed)
        .distinct()
    )
    return list(session.scalars(query))
