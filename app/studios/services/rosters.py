"""Check a list of people: every row gets its outcome, nothing is followed until somebody says so.

A number that is one slip away from a certificate is suggested only when the name of the row agrees with its holder,
or when the studio knows the certificate already; names are suggested among those that the studio knows. So a list is
no way to find out about strangers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.credentials import number
from app.domain.errors import Conflict
from app.domain.studios import near
from app.domain.studios.names import Likeness, NameIndex, likeness
from app.domain.studios.outcome import ORDER, Found, Outcome, judge
from app.domain.studios.table import Line
from app.infra.audit import AuditTag, record
from app.infra.jobs.outbox import enqueue
from app.studios import queries
from app.studios.models import RosterCheck, RosterRow, Watch
from app.studios.services.people import note_deed, rank_in, require_manager

ROSTER_JOB = "studios.check_roster"
AT_ONCE = 500
"""Rows that are checked while somebody waits; a longer list is a job that takes this many at a time."""
KEPT_FOR = timedelta(days=90)


def check_list(
    session: Session, actor: Actor, studio_id: UUID, lines: Sequence[Line], *, name: str, now: datetime
) -> RosterCheck:
    """Check a list, at once or (when it is long) in the background. Raises NotFound for a stranger's studio."""
    rank_in(actor, studio_id)
    check = RosterCheck(studio_id=studio_id, asked_by=actor.user_id, name=name[:120], total=len(lines), asked_at=now)
    session.add(check)
    session.flush()  # its rows name it
    short = len(lines) <= AT_ONCE
    base = [
        {"check_id": check.id, "position": at, "row": line.row, "name": line.name, "typed": line.typed}
        for at, line in enumerate(lines)
    ]
    judged = _judged(session, studio_id, lines, set(), now) if short else [_unjudged()] * len(lines)
    # Into the table and not as entities: those are grouped by which values are empty, at a statement for each group.
    rows = [row | verdict for row, verdict in zip(base, judged, strict=True)]
    session.execute(insert(cast("Table", RosterRow.__table__)), rows)
    if short:
        _count(check, judged, now)
    else:
        enqueue(session, ROSTER_JOB, {"check_id": check.id.hex}, now=now)
    record(session, actor, AuditTag.ROSTER_CHECKED, now=now, target_kind="roster", target_id=check.id, rows=len(lines))
    note_deed(session, actor, studio_id, "list_checked", now=now, name=check.name, rows=len(lines))
    return check


def check_again(session: Session, actor: Actor, check: RosterCheck, *, now: datetime) -> RosterCheck:
    """Check the rows of an earlier list as a new one, as the certificates stand now."""
    rows = queries.rows_of(session, check.id, size=None)
    lines = [Line(row.row, row.name, row.typed) for row in rows]
    return check_list(session, actor, check.studio_id, lines, name=check.name, now=now)


def check_next(session: Session, check_id: UUID, *, now: datetime) -> bool:
    """Check the next rows of a long list; False when there is nothing left to do. Safe to repeat."""
    check = queries.roster_check(session, check_id, lock=True)
    if check is None or check.state != "waiting":
        return False
    waiting = queries.waiting_rows(session, check_id, AT_ONCE)
    if not waiting:
        check.state, check.finished_at = "ready", now
        return False
    before = queries.numbers_before(session, check_id, waiting[0].position)
    lines = [Line(row.row, row.name, row.typed) for row in waiting]
    judged = _judged(session, check.studio_id, lines, before, now)
    keyed = [
        {"check_id": check_id, "position": row.position, **verdict}
        for row, verdict in zip(waiting, judged, strict=True)
    ]
    session.execute(update(RosterRow), keyed)
    _count(check, judged, now)
    return check.state == "waiting"


def follow_good(session: Session, actor: Actor, check: RosterCheck, *, now: datetime) -> int:
    """Follow every certificate of the good rows that is not followed yet; returns how many. Repeating adds none.

    Raises NotAllowed for somebody who only looks, Conflict while the list is being checked.
    """
    require_manager(actor, check.studio_id)
    if check.state != "ready":
        raise Conflict("The list is still being checked. Follow its people when it is done.")
    wanted = queries.good_and_not_followed(session, check)
    if wanted:
        shared = {"studio_id": check.studio_id, "added_by": actor.user_id, "created_at": now, "note": ""}
        session.execute(insert(Watch), [{"credential_id": found, **shared} for found in wanted])
        facts: dict[str, Any] = {"watches": len(wanted)}
        record(session, actor, AuditTag.ROSTER_FOLLOWED, now=now, target_kind="roster", target_id=check.id, **facts)
        note_deed(session, actor, check.studio_id, "list_followed", now=now, name=check.name, rows=len(wanted))
    check.followed, check.followed_at = check.followed + len(wanted), now
    return len(wanted)


def clear_rosters(session: Session, *, now: datetime) -> int:
    """Remove lists that are older than 90 days; returns how many."""
    is_old = RosterCheck.asked_at < now - KEPT_FOR
    session.execute(delete(RosterRow).where(RosterRow.check_id.in_(select(RosterCheck.id).where(is_old))))
    return int(session.execute(delete(RosterCheck).where(is_old)).rowcount)  # type: ignore[attr-defined]


def _count(check: RosterCheck, judged: Sequence[dict[str, Any]], now: datetime) -> None:
    counts = Counter(check.counts) + Counter(verdict["outcome"] for verdict in judged)
    check.counts, check.done = dict(counts), check.done + len(judged)
    if check.done >= check.total:
        check.state, check.finished_at = "ready", now


def _unjudged() -> dict[str, Any]:
    empty = dict.fromkeys(("outcome", "number", "holder_name", "title", "meant_number", "meant_name", "hint"), "")
    return {**empty, "urgency": 99, "valid_until": None}


def _judged(
    session: Session, studio_id: UUID, lines: Sequence[Line], seen: set[str], now: datetime
) -> list[dict[str, Any]]:
    """The columns that a check fills, row by row; the same three statements for one row and for five hundred."""
    read = [number.check(line.typed) for line in lines]
    close = [
        near.neighbors(line.typed) if line.typed and not result.ok else []
        for line, result in zip(lines, read, strict=True)
    ]
    wanted = {result.number for result in read if result.ok}.union(*close)
    known = _Known(queries.found_by_number(session, wanted, now), queries.known_names(session, studio_id))
    rows = []
    for line, result, others in zip(lines, read, close, strict=True):
        found = known.found.get(result.number)
        verdict = judge(line, found, is_well_formed=result.ok, is_repeated=result.number in seen)
        seen |= {result.number} - {""}
        row = _unjudged() | {"outcome": verdict.outcome.value, "urgency": ORDER[verdict.outcome]}
        row["number"] = result.number
        if found is not None:
            row |= {"holder_name": found.shown_name or found.holder_name, "title": found.title}
            row["valid_until"] = found.valid_until
            row["meant_number"] = found.replaced_by
            if verdict.outcome is Outcome.NAME_DIFFERS and verdict.name:
                row["hint"] = verdict.name.value
        else:
            row["hint"] = result.hint[:200] if line.typed else ""
            row["meant_number"], row["meant_name"] = known.meant(line, others)
        rows.append(row)
    return rows


class _Known:
    """What a batch was found to hold, and whom the studio knows."""

    def __init__(self, found: Mapping[str, Found], names: Sequence[tuple[str, str]]) -> None:
        self.found = found
        self._numbers = {each for each, _name in names}
        self._index = NameIndex(names)

    def meant(self, line: Line, others: Sequence[str]) -> tuple[str, str]:
        """Number and holder of the certificate that a row may have meant; empty texts without a single good guess."""
        guesses = [
            found
            for found in (self.found[other] for other in others if other in self.found)
            if found.number in self._numbers or likeness(line.name, found.holder_name) is not Likeness.DIFFERENT
        ]
        if len(guesses) == 1:
            return guesses[0].number, guesses[0].shown_name or guesses[0].holder_name
        return (line.name and self._index.nearest(line.name)) or ("", "")
