"""Accounts: sign-up, sessions, invitations, resets, roles."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import PasswordReset, RoleGrant, SignIn, User
from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Expired, Invalid, NotFound
from app.infra.audit import AuditEvent
from tests.conftest import NOW, Clock

MakeUser = Callable[..., Actor]


def test_signing_up_makes_a_student(session: Session) -> None:
    user = services.sign_up(session, email=" Amara@Example.com ", name=" Amara Osei ", password_hash="h", now=NOW)
    assert (user.email, user.name) == ("amara@example.com", "Amara Osei")
    actor = queries.actor_by_id(session, user.id)
    assert actor is not None
    assert actor.roles == {Role.STUDENT}


def test_an_email_has_one_account_whatever_its_case(session: Session) -> None:
    services.sign_up(session, email="a@example.com", name="A", password_hash="h", now=NOW)
    with pytest.raises(Invalid) as refusal:
        services.sign_up(session, email="A@EXAMPLE.com", name="B", password_hash="h", now=NOW)
    assert refusal.value.problems[0].field == "email"


def test_a_session_token_is_stored_only_as_a_hash_and_dies_at_sign_out(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT)
    token = services.start_session(session, actor.user_id, device="Safari / iPhone", now=NOW)
    row = session.scalars(select(SignIn).where(SignIn.user_id == actor.user_id)).one()
    assert token not in (row.token_hash, row.device)
    assert len(token) >= 40
    assert queries.actor_for_token(session, token, NOW) == actor
    services.end_session(session, actor, token, now=NOW)
    assert queries.actor_for_token(session, token, NOW) is None


def test_a_session_ends_by_itself(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT)
    token = services.start_session(session, actor.user_id, device="", now=NOW)
    assert queries.actor_for_token(session, token, NOW + services.SESSION_LENGTH) is None


def test_closing_an_account_ends_its_sessions(session: Session, make_user: MakeUser) -> None:
    admin, student = make_user(Role.ADMIN), make_user(Role.STUDENT)
    token = services.start_session(session, student.user_id, device="", now=NOW)
    services.disable_user(session, admin, student.user_id, now=NOW)
    assert queries.actor_for_token(session, token, NOW) is None
    services.enable_user(session, admin, student.user_id, now=NOW)
    assert queries.actor_for_token(session, token, NOW) is None, "opening the account does not revive old sessions"
    with pytest.raises(Conflict):
        services.disable_user(session, admin, admin.user_id, now=NOW)


def test_only_ones_own_sessions_can_be_ended(session: Session, make_user: MakeUser) -> None:
    owner, other = make_user(Role.STUDENT), make_user(Role.STUDENT)
    services.start_session(session, owner.user_id, device="", now=NOW)
    session.flush()
    (line,) = queries.live_sessions(session, owner.user_id, NOW)
    with pytest.raises(NotFound):
        services.end_session_by_id(session, other, line.id, now=NOW)
    services.end_session_by_id(session, owner, line.id, now=NOW)
    assert queries.live_sessions(session, owner.user_id, NOW) == []


def test_a_new_password_keeps_only_the_session_it_was_set_in(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT)
    kept, other = (services.start_session(session, actor.user_id, device="", now=NOW) for _ in range(2))
    services.change_password(session, actor, password_hash="new", token=kept, now=NOW)
    assert queries.actor_for_token(session, kept, NOW) is not None
    assert queries.actor_for_token(session, other, NOW) is None


def test_a_reset_link_works_once_and_only_for_an_hour(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT, name="Lea Brandt")
    email = queries.user(session, actor.user_id).email
    old_session = services.start_session(session, actor.user_id, device="", now=NOW)
    made = services.ask_password_reset(session, email, now=NOW)
    assert made is not None
    user, token = made
    assert session.scalars(select(PasswordReset.token_hash)).one() != token
    with pytest.raises(Expired):
        services.reset_password(session, token, password_hash="x", now=NOW + services.RESET_LENGTH)
    assert services.reset_password(session, token, password_hash="fresh", now=NOW) == user.id
    assert session.get_one(User, user.id).password_hash == "fresh"
    assert queries.actor_for_token(session, old_session, NOW) is None
    with pytest.raises(Expired):
        services.reset_password(session, token, password_hash="again", now=NOW)


def test_a_newer_reset_link_makes_the_older_useless(session: Session, make_user: MakeUser) -> None:
    email = queries.user(session, make_user(Role.STUDENT).user_id).email
    first = services.ask_password_reset(session, email, now=NOW)
    second = services.ask_password_reset(session, email, now=NOW)
    assert first is not None and second is not None
    with pytest.raises(Expired):
        services.reset_password(session, first[1], password_hash="x", now=NOW)
    services.reset_password(session, second[1], password_hash="x", now=NOW)


def test_nobody_gets_a_reset_link_for_an_unknown_email(session: Session) -> None:
    assert services.ask_password_reset(session, "nobody@example.com", now=NOW) is None


def test_an_invitation_makes_an_account_with_the_role_once(session: Session, make_user: MakeUser) -> None:
    admin = make_user(Role.ADMIN)
    token = services.invite(session, admin, email="Ines@Example.com", role=Role.INSTRUCTOR, now=NOW)
    user_id = services.accept_invitation(
        session, token, name="Ines Calloway", email="evil@example.com", password_hash="h", now=NOW
    )
    assert queries.user(session, user_id).email == "ines@example.com", "the invited address, whatever the form said"
    actor = queries.actor_by_id(session, user_id)
    assert actor is not None
    assert actor.roles == {Role.INSTRUCTOR}
    with pytest.raises(Expired):
        services.accept_invitation(session, token, name="X", password_hash="h", now=NOW)


def test_an_invitation_can_be_accepted_with_an_existing_account(session: Session, make_user: MakeUser) -> None:
    admin, student, studio = make_user(Role.ADMIN), make_user(Role.STUDENT), uuid4()
    token = services.invite(
        session, admin, email="x@example.com", role=Role.STUDIO, studio_id=studio, studio_name="Rouge", now=NOW
    )
    services.accept_invitation(session, token, actor=student, now=NOW)
    actor = queries.actor_by_id(session, student.user_id)
    assert actor is not None
    assert actor.roles == {Role.STUDENT, Role.STUDIO}
    assert actor.studio_ids == {studio}


def test_withdrawn_and_old_invitations_are_useless(session: Session, make_user: MakeUser) -> None:
    admin = make_user(Role.ADMIN)
    token = services.invite(session, admin, email="x@example.com", role=Role.INSTRUCTOR, now=NOW)
    session.flush()
    (invitation,) = queries.waiting_invitations(session, NOW)
    with pytest.raises(Expired):
        services.accept_invitation(session, token, name="X", password_hash="h", now=NOW + services.INVITATION_LENGTH)
    services.withdraw_invitation(session, invitation.id, now=NOW)
    with pytest.raises(Expired):
        services.accept_invitation(session, token, name="X", password_hash="h", now=NOW)


def test_a_studio_invitation_names_its_studio(session: Session, make_user: MakeUser) -> None:
    with pytest.raises(Invalid):
        services.invite(session, make_user(Role.ADMIN), email="x@example.com", role=Role.STUDIO, now=NOW)


def test_roles_are_given_once_and_ended_at_once(session: Session, make_user: MakeUser) -> None:
    admin, person = make_user(Role.ADMIN), make_user(Role.STUDENT)
    for _ in range(2):
        services.grant_role(session, admin, person.user_id, Role.INSTRUCTOR, now=NOW)
    session.flush()
    query = select(RoleGrant).where(RoleGrant.user_id == person.user_id, RoleGrant.role == "instructor")
    assert len(session.scalars(query).all()) == 1
    services.end_role(session, admin, person.user_id, Role.INSTRUCTOR, now=NOW)
    actor = queries.actor_by_id(session, person.user_id)
    assert actor is not None
    assert actor.roles == {Role.STUDENT}
    with pytest.raises(Conflict):
        services.end_role(session, admin, admin.user_id, Role.ADMIN, now=NOW)


def test_what_matters_is_in_the_audit_log_without_secrets(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT)
    token = services.start_session(session, actor.user_id, device="", now=NOW)
    services.note_failed_sign_in(session, "stranger@example.com", now=NOW)
    session.flush()
    lines = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    tags = [line.tag for line in lines]
    assert "accounts:user:signed_up" in tags
    assert tags[-1] == "accounts:user:sign_in_failed"
    everything = " ".join(f"{line.facts} {line.target_id} {line.actor_name}" for line in lines)
    assert token not in everything
    assert "stranger@example.com" not in everything


def test_the_list_of_people_costs_the_same_for_three_and_thirty(
    session: Session, make_user: MakeUser, count_queries, clock: Clock
) -> None:
    for _ in range(3):
        make_user(Role.STUDENT)
    count_queries.statements.clear()
    assert len(queries.people(session)) == 3
    few = len(count_queries)
    for _ in range(27):
        make_user(Role.STUDENT, Role.INSTRUCTOR)
    count_queries.statements.clear()
    assert len(queries.people(session)) == 30
    assert len(count_queries) == few == 2


def test_search_finds_the_start_of_names_and_takes_wildcards_literally(session: Session, make_user: MakeUser) -> None:
    make_user(Role.STUDENT, name="Amara Osei")
    make_user(Role.STUDENT, name="Noor Haddad")
    assert [p.name for p in queries.people(session, search="ama")] == ["Amara Osei"]
    assert queries.people(session, search="%") == []


def test_the_log_tells_which_roles_a_person_had_and_has(session: Session, make_user: Callable[..., Actor]) -> None:
    admin, person = make_user(Role.ADMIN), make_user()
    services.grant_role(session, admin, person.user_id, Role.INSTRUCTOR, now=NOW)
    services.end_role(session, admin, person.user_id, Role.STUDENT, now=NOW)
    session.flush()
    about = (AuditEvent.actor_id == admin.id, AuditEvent.target_id == str(person.id))
    lines = session.scalars(select(AuditEvent).where(*about).order_by(AuditEvent.id)).all()
    assert [(line.facts["before"], line.facts["after"]) for line in lines] == [
        (["student"], ["instructor", "student"]),
        (["instructor", "student"], ["instructor"]),
    ]
