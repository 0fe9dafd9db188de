"""Who belongs to a studio and what their rank allows; the log that nobody changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.models import RoleGrant
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.studios.ranks import Rank
from app.infra.audit import AuditEvent
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.studios import queries, services
from app.studios.models import TeamLine
from tests.conftest import NOW, Browser, Outbox
from tests.studios.conftest import House


@pytest.fixture
def join(session: Session, house: House, make_user: Callable[..., Actor]) -> Callable[[str, Rank], Actor]:
    """`join("Ana Cole", Rank.VIEWER)` -> somebody who accepted an invitation to the house."""

    def make(name: str, rank: Rank) -> Actor:
        person = make_user(name=name)
        _studio, token = services.invite_member(
            session, house.member, house.id, email=f"{name}@example.com", rank=rank, now=NOW
        )
        session.flush()
        account_services.accept_invitation(session, token, actor=person, now=NOW)
        session.commit()
        found = accounts.actor_by_id(session, person.user_id)
        assert found is not None
        return found

    return make


def ranks(session: Session, house: House) -> dict[str, str]:
    return {line.name: line.rank.value for line in queries.members(session, house.id)}


def test_an_invitation_gives_the_rank_it_names(
    session: Session,
    house: House,
    runtime: Runtime,
    outbox: Outbox,
    browse: Callable[..., Browser],
    make_user: Callable[..., Actor],
) -> None:
    owner = browse(house.member)
    owner.get("/account/")
    made = owner.post("/studio/people", {"email": "new@example.com", "rank": "manager"})
    assert made.status_code == 200
    work_off(runtime)
    (mail,) = outbox.messages
    assert mail.to == "new@example.com"
    link = next(word for word in mail.text.split() if "/invitation/" in word)
    assert link in made.text
    person = make_user(name="Ana Cole")
    guest = browse(person)
    guest.get("/account/")
    assert guest.post(link.removeprefix("https://academy.test")).status_code == 303
    assert ranks(session, house) == {house.member.name: "owner", "Ana Cole": "manager"}
    assert "Ana Cole" in owner.get("/studio/people").text
    assert owner.post("/studio/people", {"email": "nonsense", "rank": "manager"}).status_code == 422
    assert owner.post("/studio/people", {"email": "x@example.com", "rank": "emperor"}).status_code == 422
    again = owner.post("/studio/people", {"email": "later@example.com", "rank": "viewer"}).text
    form = next(
        str(f["action"]) for f in BeautifulSoup(again, "html.parser").select("form") if "withdraw" in str(f["action"])
    )
    guest.get("/studio/people")
    assert guest.post(form).status_code == 303, "a manager may"
    assert "later@example.com" not in owner.get("/studio/people").text.split('id="open"')[-1].split("Invite")[0]


def test_ranks_allow_what_they_say(session: Session, house: House, other: House, join: Callable[..., Actor]) -> None:
    manager, viewer = join("Mia Manager", Rank.MANAGER), join("Vic Viewer", Rank.VIEWER)
    with pytest.raises(Invalid, match="Only an owner"):
        services.invite_member(session, manager, house.id, email="x@example.com", rank=Rank.OWNER, now=NOW)
    for actor, error in ((viewer, NotAllowed), (other.member, NotFound)):
        with pytest.raises(error):
            services.invite_member(session, actor, house.id, email="x@example.com", rank=Rank.VIEWER, now=NOW)
        with pytest.raises(error):
            services.change_rank(session, actor, house.id, viewer.user_id, Rank.MANAGER, now=NOW)
        with pytest.raises(error):
            services.end_membership(session, actor, house.id, manager.user_id, now=NOW)
    with pytest.raises(NotAllowed):
        services.change_rank(session, manager, house.id, house.member.user_id, Rank.VIEWER, now=NOW)
    with pytest.raises(NotAllowed):
        services.change_rank(session, manager, house.id, viewer.user_id, Rank.OWNER, now=NOW)
    with pytest.raises(NotAllowed):
        services.end_membership(session, manager, house.id, house.member.user_id, now=NOW)
    with pytest.raises(NotFound):
        services.change_rank(session, house.member, house.id, other.member.user_id, Rank.VIEWER, now=NOW)
    services.change_rank(session, manager, house.id, viewer.user_id, Rank.MANAGER, now=NOW)
    services.change_rank(session, manager, house.id, viewer.user_id, Rank.MANAGER, now=NOW)
    assert ranks(session, house)["Vic Viewer"] == "manager"
    kept = session.scalars(select(RoleGrant).where(RoleGrant.user_id == viewer.user_id, RoleGrant.role == "studio"))
    assert sorted((grant.studio_rank, grant.ended_at is None) for grant in kept) == [
        ("manager", True),
        ("viewer", False),
    ], "the old grant stays on record"
    services.end_membership(session, manager, house.id, viewer.user_id, now=NOW)
    assert "Vic Viewer" not in ranks(session, house)
    tags = set(session.scalars(select(AuditEvent.tag).where(AuditEvent.tag.startswith("studios:member"))))
    assert tags == {"studios:member:ranked", "studios:member:ended"}


def test_the_last_owner_stays_until_there_is_another(
    session: Session, house: House, join: Callable[..., Actor], browse: Callable[..., Browser]
) -> None:
    manager = join("Mia Manager", Rank.MANAGER)
    owner = browse(house.member)
    owner.get("/account/")
    refused = owner.post(f"/studio/people/{house.member.user_id}/end")
    assert refused.status_code == 409 and "needs an owner" in refused.text
    with pytest.raises(Conflict):
        services.change_rank(session, house.member, house.id, house.member.user_id, Rank.VIEWER, now=NOW)
    assert owner.post(f"/studio/people/{manager.user_id}/rank", {"rank": "owner"}).status_code == 303
    assert owner.post(f"/studio/people/{house.member.user_id}/end").status_code == 303
    session.expire_all()
    assert ranks(session, house) == {"Mia Manager": "owner"}
    assert owner.get("/studio/watchlist").status_code == 404, "it counts with the next request"


def test_the_log_says_who_checked_what_and_cannot_be_changed(
    session: Session, house: House, other: House, browse: Callable[..., Browser]
) -> None:
    browser = browse(house.member)
    browser.get("/account/")
    found = browser.post("/studio/check", {"number": "vm 11111 11111 1"})
    assert found.headers["Location"] == "/credentials/VM-11111-11111-1"
    assert browser.post("/studio/check", {"number": "VM-0"}).headers["Location"].startswith("/verify?number=")
    page = browser.get("/studio/log").text
    assert "checked VM-11111-11111-1: not found" in page and house.member.name in page
    stranger = browse(other.member)
    assert "VM-11111" not in stranger.get("/studio/log").text
    assert stranger.get(f"/studio/log?studio={house.id}").status_code == 404
    for attempt in (update(TeamLine).values(deed="nothing"), text("DELETE FROM team_line")):
        with pytest.raises(DatabaseError, match="only ever added"), session.begin_nested():
            session.execute(attempt)
    for count in range(60):
        services.note_deed(session, house.member, house.id, "followed", now=NOW, number=str(count))
    session.commit()
    older = BeautifulSoup(browser.get("/studio/log").data, "html.parser").select_one("nav.pager a")
    assert older is not None
    assert "VM-11111-11111-1" in browser.get(str(older["href"])).text
