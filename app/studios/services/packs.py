"""The papers of a team in one zip, for whoever inspects a studio: a list to print, the same as data, certificates.

Only what an artist shares with this studio goes in, as it is shared at the moment of making. Of a certificate that
the studio merely follows, the public facts stand in the list.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.credentials import queries as credentials
from app.credentials.services import printed_certificate
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Invalid, NotFound, TooMany
from app.domain.studios.sharing import PROOFS, Share
from app.infra.audit import AuditTag, record
from app.infra.documents import illustrated_pdf
from app.infra.jobs.outbox import enqueue
from app.infra.storage.base import Storage
from app.studios import queries
from app.studios.models import InspectionPack
from app.studios.queries import ProofFace, TeamArtist
from app.studios.services.people import note_deed, rank_in

PACK_JOB = "studios.make_pack"
PACK = "pack"
"""Kind of stored file."""
MIME = "application/zip"
KEPT_FOR = timedelta(days=7)
MOST_A_DAY = 20
TITLES = {
    Share.BBP: "Bloodborne pathogens",
    Share.FIRST_AID: "First aid",
    Share.HBV: "Hepatitis B",
    Share.LICENSE: "License",
}
ANSWERS = {"not_asked": "none asked for here"}
HEADS = ("Artist", "Certificate", "Number", "Status", "Valid until", *TITLES.values())

Tick = Callable[[int, int], None]


def ask_pack(session: Session, actor: Actor, studio_id: UUID, *, now: datetime) -> InspectionPack:
    """Have a pack made in the background; asking while one is being made gives that one.

    Raises Invalid when the studio neither asked nor follows anybody, TooMany after twenty in a day.
    """
    rank_in(actor, studio_id)
    waiting = queries.pack_waiting(session, studio_id)
    if waiting is not None:
        return waiting
    if not queries.team(session, studio_id, now) and not queries.watchlist(session, studio_id, now=now, size=1):
        raise Invalid("There is nobody in your team yet. Ask an artist for their papers, or follow a certificate.")
    today = [pack for pack in queries.packs(session, studio_id) if pack.asked_at > now - timedelta(days=1)]
    if len(today) >= MOST_A_DAY:
        raise TooMany(f"A pack is made at most {MOST_A_DAY} times a day. Try again tomorrow.", retry_after=86400)
    pack = InspectionPack(studio_id=studio_id, asked_by=actor.user_id, asked_at=now)
    session.add(pack)
    session.flush()  # the job names it
    enqueue(session, PACK_JOB, {"pack_id": pack.id.hex}, now=now)
    record(session, actor, AuditTag.PACK_ASKED, now=now, target_kind="pack", target_id=pack.id)
    note_deed(session, actor, studio_id, "pack_asked", now=now)
    return pack


def pack_progress(session: Session, pack_id: UUID, done: int, total: int) -> None:
    """Note how far a pack is; the page shows it."""
    pack = queries.pack(session, pack_id)
    if pack is not None and pack.state == "waiting":
        pack.done, pack.total = done, total


def pack_done(session: Session, pack_id: UUID, key: str, size: int, *, now: datetime) -> None:
    """Note where a finished pack lies; one that is noted already is left alone."""
    pack = queries.pack(session, pack_id)
    if pack is not None and pack.state == "waiting":
        pack.state, pack.file_key, pack.size, pack.finished_at = "ready", key, size, now
        pack.done = pack.total


def clear_packs(session: Session, storage: Storage, *, now: datetime) -> int:
    """Remove packs that are older than a week, with their files; returns how many."""
    old = queries.packs_before(session, now - KEPT_FOR)
    for pack in old:
        session.delete(pack)
    session.flush()
    kept = {key for _pack, key in queries.kept_packs(session)}
    for pack in old:
        if pack.file_key is not None and pack.file_key not in kept:
            storage.delete(pack.file_key)
    return len(old)


def write_pack(
    session: Session, studio_id: UUID, folder: Path, *, academy: str, url: str, now: datetime, tick: Tick
) -> Path:
    """Write the pack of a studio into `folder` and return its path; `tick` is told (done, total) certificates."""
    studio = queries.studio(session, studio_id)
    artists = [artist for artist in queries.team(session, studio_id, now) if artist.state == "shared"]
    rows = _rows(session, studio_id, artists, now)
    shared = [paper.number for artist in artists for paper in artist.papers]
    path = folder / "inspection.zip"
    facts = _printed(studio.name, academy, rows, now)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        _add(pack, "team.pdf", illustrated_pdf("inspection.typ", facts, now.date(), {}), now)
        _add(pack, "team.csv", _csv(rows), now)
        data = {"studio": studio.name, "made": now.isoformat(), "heads": HEADS, "rows": rows}
        _add(pack, "team.json", json.dumps(data, indent=1), now)
        for done, number in enumerate(shared):
            tick(done, len(shared))
            printed = _certificate(session, number, academy, url, now)
            if printed is not None:
                _add(pack, f"certificates/{number}.pdf", printed, now)
    tick(len(shared), len(shared))
    return path


def _certificate(session: Session, number: str, academy: str, url: str, now: datetime) -> bytes | None:
    """The PDF of a certificate in force; None when there is none to print."""
    found = credentials.public_view(session, number, now)
    if found is None:
        return None
    try:
        file, details = credentials.stored_file(session, number), credentials.details(session, found)
        return printed_certificate(found, details, file, academy=academy, url=url)
    except (Conflict, NotFound):
        return None


def _rows(session: Session, studio_id: UUID, artists: list[TeamArtist], now: datetime) -> list[list[str]]:
    """A row for each certificate, those of artists who share their papers first."""
    rows, seen = [], set()
    for artist in artists:
        proofs = [_proof(artist, share, now.date()) for share in PROOFS]
        if not artist.papers:
            rows.append([artist.name, "not shared", "", "", "", *proofs])
        for paper in artist.papers:
            seen.add(paper.number)
            days = paper.valid_until.date().isoformat()
            rows.append([artist.name, paper.title, paper.number, paper.status.value, days, *proofs])
    for line in queries.watchlist(session, studio_id, now=now, size=1000):
        if line.number not in seen:
            days = line.valid_until.date().isoformat()
            nothing = ["not shared"] * len(PROOFS)
            rows.append([line.holder_name, line.title, line.number, line.status.value, days, *nothing])
    return rows


def _proof(artist: TeamArtist, share: Share, today: date) -> str:
    if share not in artist.shares:
        return "not shared"
    proof = artist.proof(share)
    return "none accepted" if proof is None else proof_words(proof, today)


def proof_words(proof: ProofFace, today: date) -> str:
    """A proof in one line: its status where one is asked, who issued it, and its days."""
    answer = ANSWERS.get(proof.answer, proof.answer)
    parts = [part for part in (answer, proof.place, proof.issuer, proof.issued_on.isoformat()) if part]
    if proof.expires_on is not None:
        parts.append(f"{'ended' if proof.expires_on < today else 'until'} {proof.expires_on.isoformat()}")
    return ", ".join(parts)


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    # The web layer guards what it sends in the same way (app/web/spreadsheets.py); services cannot reach it.
    writer.writerows([[_guarded(cell) for cell in row] for row in [list(HEADS), *rows]])
    return "\ufeff" + out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|")) else cell


def _printed(studio: str, academy: str, rows: list[list[str]], now: datetime) -> dict[str, Any]:
    made = f"{now:%Y-%m-%d %H:%M} UTC"
    return {"studio": studio, "academy": academy, "made": made, "heads": list(HEADS), "rows": rows}


def _add(pack: zipfile.ZipFile, name: str, data: bytes | str, now: datetime) -> None:
    pack.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
