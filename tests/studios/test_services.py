"""Following certificates, and being told of a change once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.credentials.models import Credential
from app.domain.access.actor import SYSTEM
from app.domain.errors import Invalid, NotFound
from app.infra.audit import AuditEvent, AuditTag
from app.infra.runtime import Runtime
from app.studios import queries, services
from app.studios.models import Alert, Watch
from tests.conftest import NOW
from tests.factories.studios import follow
from tests.studios.conftest import House

Issue = Callable[..., Credential]


def test_a_studio_is_made_once(session: Session) -> None:
    studio = services.create_studio(session, SYSTEM, name="  Atelier Rue Nine ", city=" Lyon ", now=NOW)
    assert (studio.name, studio.city, studio.created_at) == ("Atelier Rue Nine", "Lyon", NOW)
    with pytest.raises(Invalid) as refusal:
        services.create_studio(session, SYSTEM, name="ATELIER rue nine", city="", now=NOW)
    assert [problem.field for problem in refusal.value.problems] == ["name"]
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.target_id == str(studio.id))).all()
    assert tags == [AuditTag.STUDIO_CREATED]


def test_a_number_is_followed_as_people_write_it(session: Session, house: House, issue: Issue) -> None:
    credential = issue()
    watch = services.add_watch(
        session, house.member, house.id, f" {credential.number.lower()} ", note=" Chair 2 ", now=NOW
    )
    assert (watch.studio_id, watch.credential_id, watch.note, watch.added_by) == (
        house.id, credential.id, "Chair 2", house.member.id,
    )  # fmt: skip


def test_following_again_changes_nothing_but_the_note(session: Session, house: House, issue: Issue) -> None:
    credential = issue()
    first = follow(session, house.member, credential.number, now=NOW, note="Chair 2")
    assert follow(session, house.member, credential.number, now=NOW) is first
    assert first.note == "Chair 2"
    follow(session, house.member, credential.number, now=NOW, note="Chair 3")
    assert first.note == "Chair 3"
    assert session.scalar(select(func.count(Watch.id))) == 1


@pytest.mark.parametrize(
    ("typed", "code"), [("VM-24F7K-9QX3A-1", "mistyped"), ("", "mistyped"), ("VM-11111-11111-1", "not_found")]
)
def test_what_cannot_be_followed_is_said_at_the_field(session: Session, house: House, typed: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.add_watch(session, house.member, house.id, typed, now=NOW)
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [("number", code)]


def test_nobody_follows_for_another_studio(session: Session, house: House, other: House, issue: Issue) -> None:
    credential = issue()
    with pytest.raises(NotFound):
        services.add_watch(session, house.member, other.id, credential.number, now=NOW)
    watch = follow(session, other.member, credential.number, now=NOW)
    with pytest.raises(NotFound):
        services.end_watch(session, house.member, watch.id, now=NOW)
    assert watch.ended_at is None
    with pytest.raises(NotFound):
        services.mark_seen(session, house.member, other.id, now=NOW)


def test_a_watch_ends_once_and_may_begin_again(session: Session, house: House, issue: Issue) -> None:
    credential = issue()
    watch = follow(session, house.member, credential.number, now=NOW)
    services.end_watch(session, house.member, watch.id, now=NOW)
    services.end_watch(session, house.member, watch.id, now=NOW + timedelta(hours=1))
    assert watch.ended_at == NOW
    assert queries.followers(session, credential.id) == []
    again = follow(session, house.member, credential.number, now=NOW)
    assert again.id != watch.id
    ended = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.WATCH_ENDED)).all()
    assert len(ended) == 1


def test_every_follower_is_told_once(
    session: Session, house: House, other: House, issue: Issue, make_house: Callable[[str], House]
) -> None:
    credential = issue()
    stopped = make_house("Stopped")
    for member in (house.member, other.member, stopped.member):
        follow(session, member, credential.number, now=NOW)
    watch = queries.open_watch(session, stopped.id, credential.id)
    assert watch is not None
    services.end_watch(session, stopped.member, watch.id, now=NOW)
    session.flush()
    told = services.raise_alerts(session, credential.id, "revoke", once_key="x", now=NOW)
    session.flush()
    assert set(told) == {house.id, other.id}
    assert services.raise_alerts(session, credential.id, "revoke", once_key="x", now=NOW) == []
    assert set(services.raise_alerts(session, credential.id, "revoke", once_key="y", now=NOW)) == {house.id, other.id}
    assert session.scalar(select(func.count(Alert.id))) == 4


def test_seeing_alerts_is_for_the_whole_studio_and_no_other(
    session: Session, house: House, other: House, issue: Issue, runtime: Runtime
) -> None:
    credential = issue()
    for member in (house.member, other.member):
        follow(session, member, credential.number, now=NOW)
    services.raise_alerts(session, credential.id, "suspend", once_key="x", now=NOW)
    session.flush()
    services.mark_seen(session, house.member, house.id, now=NOW)
    session.flush()
    assert (queries.unseen_count(session, house.id), queries.unseen_count(session, other.id)) == (0, 1)
