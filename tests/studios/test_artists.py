"""Artists choose what a studio sees: nothing unasked, kind by kind, taken back at once, with a history of their own."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification.models import ExternalProof
from app.credentials.models import Credential
from app.domain.errors import Invalid, NotFound
from app.domain.studios.sharing import Share
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.studios import queries, services
from app.studios.models import ArtistLink, InspectionPack
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.studios import follow
from tests.studios.conftest import House

Issue = Callable[..., Credential]


def prove(session: Session, user_id: object, kind: str, answer: str = "", state: str = "accepted") -> None:
    session.add(
        ExternalProof(
            user_id=user_id,
            kind=kind,
            issuer=f"Issuer of {kind}",
            issued_on=date(2026, 1, 5),
            expires_on=date(2026, 6, 1) if kind == "first_aid" else None,
            answer=answer,
            note="canary-staff-note",
            state=state,
            sent_at=NOW,
            checked_at=NOW if state != "sent" else None,
        )
    )
    session.commit()


@pytest.fixture
def artist(session: Session, issue: Issue) -> Credential:
    found = issue(name="Amara Osei")
    for kind, answer in (("first_aid", ""), ("hbv_status", "immune"), ("license", "held")):
        prove(session, found.user_id, kind, answer)
    return found


def of(session: Session, credential: Credential):  # type: ignore[no-untyped-def]
    from app.accounts import queries as accounts

    return accounts.actor_by_id(session, credential.user_id)


def test_a_studio_sees_what_the_artist_ticks_and_nothing_else(
    session: Session, house: House, other: House, artist: Credential, browse: Callable[..., Browser]
) -> None:
    studio, holder = browse(house.member), browse(of(session, artist))
    for browser in (studio, holder):
        browser.get("/account/")
    for _ in range(2):
        assert studio.post("/studio/team", {"number": artist.number}).status_code == 303
    session.expire_all()
    link = session.scalars(select(ArtistLink)).one()
    notices = session.scalars(select(Notice).where(Notice.kind == "studio_asks")).all()
    assert [notice.user_id for notice in notices] == [artist.user_id], "asking twice tells once"
    page = studio.get("/studio/team").text
    assert "Not shared" in page and "Issuer of" not in page
    assert house.name in holder.get("/learn/studios").text

    choice = {"shares": ["certificates", "hbv"]}
    assert holder.post(f"/learn/studios/{link.id}", choice).status_code == 303
    page = studio.get("/studio/team").text
    assert "Amara Osei" in page and artist.number in page
    assert "immune" in page and "Issuer of hbv_status" in page
    for hidden in ("Issuer of first_aid", "Issuer of license", "canary"):
        assert hidden not in page
    stranger = browse(other.member)
    assert "Amara" not in stranger.get("/studio/team").text

    assert holder.post(f"/learn/studios/{link.id}", {"shares": ["first_aid"]}).status_code == 303
    page = studio.get("/studio/team").text
    assert "Issuer of first_aid" in page and "Ended</span>" in page and "immune" not in page
    assert holder.post(f"/learn/studios/{link.id}", {}).status_code == 303
    page = studio.get("/studio/team").text
    assert "Issuer of" not in page and "shares nothing" in page

    history = [(line.kind, line.is_shared) for line in queries.consent_history(session, artist.user_id)]
    assert sorted(history) == [(kind, on) for kind in ("certificates", "first_aid", "hbv") for on in (False, True)]
    assert holder.post(f"/learn/studios/{link.id}", {"shares": ["diary"]}).status_code == 422
    assert "may not see any more" in holder.get("/learn/studios").text


def test_only_the_artist_chooses_and_no_is_respected(
    session: Session, house: House, artist: Credential, issue: Issue
) -> None:
    link = services.ask_artist(session, house.member, house.id, artist.number, now=NOW)
    somebody = of(session, issue(name="Maya Lindqvist"))
    with pytest.raises(NotFound):
        services.choose_shares(session, somebody, link.id, {Share.HBV}, now=NOW)
    services.choose_shares(session, of(session, artist), link.id, set(), now=NOW)
    with pytest.raises(Invalid, match="has declined"):
        services.ask_artist(session, house.member, house.id, artist.number, now=NOW + timedelta(days=29))
    again = services.ask_artist(session, house.member, house.id, artist.number, now=NOW + timedelta(days=31))
    assert (again.id, again.state, again.shares) == (link.id, "asked", [])
    for typed in ("VM-1", "VM-11111-11111-1"):
        with pytest.raises(Invalid):
            services.ask_artist(session, house.member, house.id, typed, now=NOW)


def test_a_proof_that_nobody_accepted_is_no_proof(session: Session, house: House, issue: Issue) -> None:
    credential = issue()
    prove(session, credential.user_id, "hbv_status", "declined", state="sent")
    link = services.ask_artist(session, house.member, house.id, credential.number, now=NOW)
    services.choose_shares(session, of(session, credential), link.id, {Share.HBV}, now=NOW)
    (found,) = queries.team(session, house.id, NOW)
    assert found.proofs == () and found.papers == ()


def test_the_team_costs_the_same_for_one_and_for_many(
    session: Session, house: House, issue: Issue, count_queries: QueryCount
) -> None:
    counts = []
    for names in (["A"], ["B", "C", "D"]):
        for name in names:
            credential = issue(name=f"Artist {name}")
            link = services.ask_artist(session, house.member, house.id, credential.number, now=NOW)
            services.choose_shares(session, of(session, credential), link.id, set(Share), now=NOW)
        session.commit()
        count_queries.statements.clear()
        assert len(queries.team(session, house.id, NOW)) in (1, 4)
        counts.append(len(count_queries))
    assert counts[0] == counts[1] == 3


def test_an_inspector_gets_the_papers_of_the_whole_team(
    session: Session,
    house: House,
    other: House,
    artist: Credential,
    issue: Issue,
    runtime: Runtime,
    browse: Callable[..., Browser],
) -> None:
    studio, stranger = browse(house.member), browse(other.member)
    for browser in (studio, stranger):
        browser.get("/account/")
    studio.post("/studio/packs")
    assert "There is nobody in your team yet." in studio.get("/studio/team").text
    link = services.ask_artist(session, house.member, house.id, artist.number, now=NOW)
    services.choose_shares(session, of(session, artist), link.id, {Share.CERTIFICATES, Share.HBV}, now=NOW)
    watched = issue("revoked", "=Marek Vossen")
    follow(session, house.member, watched.number, now=NOW)
    session.commit()
    for _ in range(2):
        assert studio.post("/studio/packs").status_code == 303
    pack_id = session.scalars(select(InspectionPack.id)).one()
    assert studio.get(f"/studio/packs/{pack_id}").json["state"] == "waiting"
    assert studio.get(f"/studio/packs/{pack_id}/file").status_code == 404
    work_off(runtime)
    answer = studio.get(f"/studio/packs/{pack_id}/file")
    assert answer.mimetype == "application/zip" and "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        assert sorted(pack.namelist()) == [f"certificates/{artist.number}.pdf", "team.csv", "team.json", "team.pdf"]
        assert all(pack.read(name)[:4] == b"%PDF" for name in pack.namelist() if name.endswith(".pdf"))
        rows = list(csv.reader(io.StringIO(pack.read("team.csv").decode("utf-8-sig"))))
        data = json.loads(pack.read("team.json"))
    answer.close()
    by_number = {row[2]: row for row in rows[1:]}
    mine, theirs = by_number[artist.number], by_number[watched.number]
    assert mine[0] == "Amara Osei" and mine[3] == "active"
    assert mine[5:] == ["not shared", "not shared", "immune, Issuer of hbv_status, 2026-01-05", "not shared"]
    assert theirs[0] == "'=Marek Vossen" and theirs[3] == "revoked" and theirs[5:] == ["not shared"] * 4
    assert len(data["rows"]) == 2 and "canary" not in str(data)
    for path in (f"/studio/packs/{pack_id}", f"/studio/packs/{pack_id}/file"):
        assert stranger.get(path).status_code == 404
    key = session.get_one(InspectionPack, pack_id, populate_existing=True).file_key
    assert key is not None and list(queries.kept_packs(session)) == [(pack_id, key)]
    assert services.clear_packs(session, runtime.storage, now=NOW + timedelta(days=8)) == 1
    assert not runtime.storage.exists(key)
