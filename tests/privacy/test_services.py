"""Consents, copies, requests to be erased and retention, by the services and the jobs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Invitation, SignIn, User
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict, Invalid, NotFound, TooMany
from app.domain.privacy.consent import ASKED, AT_SIGN_UP, Asked, ConsentKind
from app.infra.audit import AuditEvent, AuditPersonal, AuditTag
from app.infra.jobs.models import Job
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.privacy import queries, services, tasks
from app.privacy.models import DataCopy
from tests.conftest import NOW, Clock, Outbox

MakeUser = Callable[..., Actor]
URL = "https://academy.test/account/data"


def count(session: Session, tag: AuditTag) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == tag.value)) or 0


def test_a_consent_has_a_version_and_a_history(
    session: Session, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, kind, day = make_user(), ConsentKind.TEACHING, timedelta(days=1)
    assert queries.standing_consents(session, actor.user_id) == {}, "nothing is on by itself"
    for _ in range(2):
        services.agree(session, actor, [kind], now=NOW)
    session.flush()
    assert count(session, AuditTag.CONSENT_GIVEN) == 1
    monkeypatch.setitem(ASKED, kind, Asked("2030-01", optional=True))  # type: ignore[arg-type]
    services.agree(session, actor, [kind], now=NOW + day)
    for _ in range(2):
        services.take_back(session, actor, kind, now=NOW + 2 * day)
    session.flush()
    assert queries.last_consent(session, actor.user_id, kind) is None
    history = [(row.version, row.given_at, row.withdrawn_at) for row in queries.consents_of(session, actor.user_id)]
    assert history == [("2030-01", NOW + day, NOW + 2 * day), ("2026-11", NOW, NOW + day)]
    assert count(session, AuditTag.CONSENT_WITHDRAWN) == 1
    with pytest.raises(Conflict):
        services.take_back(session, actor, ConsentKind.TERMS, now=NOW)


def test_signing_up_on_the_page_writes_down_what_was_agreed_to(
    runtime: Runtime, session: Session, make_user: MakeUser
) -> None:
    actor = make_user()
    for _ in range(2):
        tasks.note_consent(JobContext(runtime, NOW), {"user_id": actor.user_id.hex})
    assert set(queries.standing_consents(session, actor.user_id)) == set(AT_SIGN_UP)


def test_a_copy_is_made_once_ends_after_a_week_and_is_nobody_elses(
    runtime: Runtime, session: Session, make_user: MakeUser, clock: Clock
) -> None:
    actor, other = make_user(), make_user()
    made = services.ask_copy(session, actor, now=NOW)
    assert services.ask_copy(session, actor, now=NOW).id == made.id
    session.commit()
    for _ in range(2):  # the second run finds the first one's file
        tasks.make_copy(JobContext(runtime, NOW), {"copy_id": made.id.hex})
    session.expire_all()
    assert (made.state, made.done) == ("ready", made.total)
    assert made.file_key and runtime.storage.exists(made.file_key)
    with pytest.raises(NotFound):
        queries.copy_for(session, other.user_id, made.id)
    for _ in range(2):
        again = services.ask_copy(session, actor, now=NOW)
        services.copy_failed(session, again.id, "no room", now=NOW)
    with pytest.raises(TooMany):
        services.ask_copy(session, actor, now=NOW)
    session.commit()
    key = made.file_key
    clock.tick(days=7)
    tasks.retain(JobContext(runtime, clock()), {})
    session.expire_all()
    assert session.scalars(select(DataCopy)).all() == [] and not runtime.storage.exists(key)


def test_a_person_may_change_their_mind_for_fourteen_days(
    runtime: Runtime, session: Session, make_user: MakeUser, clock: Clock, outbox: Outbox
) -> None:
    actor, context = make_user(name="Amara Osei"), JobContext(runtime, clock())
    asked = services.ask_erasure(session, actor, url=URL, now=NOW)
    assert services.ask_erasure(session, actor, url=URL, now=NOW).id == asked.id
    session.commit()
    work_off(runtime)
    assert [mail.subject for mail in outbox.messages] == ["You asked to be erased"] and URL in outbox.messages[0].text
    services.withdraw_erasure(session, actor, now=NOW + timedelta(days=13))
    services.withdraw_erasure(session, actor, now=NOW + timedelta(days=13))
    session.commit()
    clock.tick(days=15)
    tasks.erase_due(JobContext(runtime, clock()), {})
    session.expire_all()
    assert session.get_one(User, actor.user_id).name == "Amara Osei"
    services.ask_erasure(session, actor, url=URL, now=clock())
    session.commit()
    tasks.erase(context, {"user_id": actor.user_id.hex})
    session.expire_all()
    assert session.get_one(User, actor.user_id).name == "Amara Osei", "nobody is erased before the day"


def test_erasing_empties_the_account_and_ends_everything_that_opens_it(
    runtime: Runtime, session: Session, make_user: MakeUser, clock: Clock, outbox: Outbox
) -> None:
    admin, actor = make_user(Role.ADMIN, name="Ruth Amadi"), make_user(name="Amara Osei")
    email = session.get_one(User, actor.user_id).email
    accounts.start_session(session, actor.user_id, device="phone", now=NOW)
    accounts.invite(session, SYSTEM, email=email, role=Role.INSTRUCTOR, now=NOW)
    services.agree(session, actor, AT_SIGN_UP, now=NOW)
    with pytest.raises(Invalid):
        services.erase_for(session, admin, actor.user_id, reason=" ", now=NOW)
    with pytest.raises(Conflict):
        services.erase_for(session, admin, admin.user_id, reason="I want to go", now=NOW)
    services.erase_for(session, admin, actor.user_id, reason="Amara wrote on paper", now=NOW)
    session.commit()
    work_off(runtime)
    session.expire_all()
    user = session.get_one(User, actor.user_id)
    assert (user.name, user.email) == ("Erased person", f"erased-{user.id.hex}@erased.invalid")
    assert user.disabled_at is not None and not runtime.passwords.verify(user.password_hash, "!")
    assert session.scalars(select(SignIn)).all() == [] and session.scalars(select(Invitation)).all() == []
    assert session.scalars(select(Notice).where(Notice.user_id == user.id)).all() == []
    assert session.scalars(select(AuditPersonal).where(AuditPersonal.person_id == user.id)).all() == []
    assert [row.kind for row in queries.consents_of(session, user.id)] == ["notice", "terms"] or len(
        queries.consents_of(session, user.id)
    ) == 2
    assert [(mail.to, mail.subject) for mail in outbox.messages] == [(email, "Your data is erased")]
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.PERSON_ERASED)).one()
    assert (line.target_id, line.actor_name) == (str(user.id), "Vermilion") and line.facts["rows"] > 0
    asked = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.ERASURE_ASKED)).one()
    assert asked.actor_name == "Ruth Amadi" and "Amara" not in str(asked.facts)
    assert all(email not in str(job.payload) for job in session.scalars(select(Job)))
    with pytest.raises(Conflict):
        services.erase_for(session, admin, actor.user_id, reason="once more", now=NOW)


def test_the_last_administrator_stays_and_does_not_hold_up_the_others(
    runtime: Runtime, session: Session, make_user: MakeUser, clock: Clock
) -> None:
    admin, second, student = make_user(Role.ADMIN), make_user(Role.ADMIN), make_user()
    for actor in (admin, second, student):
        services.ask_erasure(session, actor, url=URL, now=NOW)
    session.commit()
    clock.tick(days=14)
    for _ in range(2):
        tasks.erase_due(JobContext(runtime, clock()), {})
    session.expire_all()
    erased = [queries.is_erased(session.get_one(User, actor.user_id)) for actor in (admin, second, student)]
    assert sorted(erased[:2]) == [False, True] and erased[2]
    with pytest.raises(Conflict):
        left = admin if erased[1] else second
        services.ask_erasure(session, Actor(id=make_last(session, left)), url=URL, now=clock())


def make_last(session: Session, left: Actor):  # type: ignore[no-untyped-def]
    """The administrator who is left, without the request that waits."""
    services.withdraw_erasure(session, left, now=NOW + timedelta(days=14))
    session.flush()
    return left.user_id


def test_retention_removes_what_is_over_and_writes_down_how_much(
    runtime: Runtime, session: Session, make_user: MakeUser, clock: Clock
) -> None:
    actor = make_user()
    user = session.get_one(User, actor.user_id)
    for _ in range(3):
        accounts.start_session(session, actor.user_id, device="phone", now=NOW)
    accounts.ask_password_reset(session, user.email, now=NOW)
    session.commit()
    due = {each.table: each.count for each in services.due(session, now=NOW + timedelta(days=119))}
    assert (due["sign_in"], due["password_reset"]) == (0, 1), "a session of 30 days is kept for 90 more"
    clock.tick(days=121)
    due = {each.table: each.count for each in services.due(session, now=clock())}
    assert (due["sign_in"], due["password_reset"]) == (3, 1)
    assert session.scalar(select(func.count()).select_from(SignIn)) == 3, "looking changes nothing"
    for _ in range(2):
        tasks.retain(JobContext(runtime, clock()), {})
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(SignIn)) == 0
    [line] = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.RETENTION_DONE)).all()
    assert (line.facts["sign_in"], line.facts["password_reset"]) == (3, 1)
    assert re.fullmatch(r"privacy:retention:done", line.tag)
