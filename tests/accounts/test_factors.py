"""Second factors: codes count once, codes on paper are hashes, passkeys belong to one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import Challenge, CodeApp, RecoveryCode
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.access.proof import IDLE, Factor
from app.domain.errors import Conflict, Expired, NotFound
from app.infra.audit import AuditEvent
from app.infra.jobs.worker import work_off
from app.infra.passkeys import NewPasskey
from app.infra.runtime import Runtime
from tests.conftest import NOW, Outbox

MakeUser = Callable[..., Actor]
KEY = "k" * 48
PASSKEY = NewPasskey(credential_id="abc", public_key=b"public", sign_count=0, is_synced=True)


def set_up_app(session: Session, actor: Actor) -> str:
    secret = services.begin_code_app(session, actor, secret_key=KEY, now=NOW)
    assert services.confirm_code_app(session, actor, pyotp.TOTP(secret).at(NOW), secret_key=KEY, now=NOW)
    session.flush()
    return secret


def test_an_app_counts_from_its_first_code_and_each_code_once(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.INSTRUCTOR)
    secret = services.begin_code_app(session, actor, secret_key=KEY, now=NOW)
    assert services.begin_code_app(session, actor, secret_key=KEY, now=NOW) == secret, "a reload shows the same secret"
    assert secret not in session.scalars(select(CodeApp.sealed_secret)).one()
    assert not services.confirm_code_app(session, actor, "000000", secret_key=KEY, now=NOW)
    assert not queries.factors_of(session, actor.user_id).has_second
    code = pyotp.TOTP(secret).at
    assert not services.take_app_code(session, actor.user_id, code(NOW), secret_key=KEY, now=NOW), "not confirmed yet"
    assert services.confirm_code_app(session, actor, code(NOW), secret_key=KEY, now=NOW)
    session.flush()
    assert queries.factors_of(session, actor.user_id).has_second
    take = services.take_app_code
    assert not take(session, actor.user_id, code(NOW), secret_key=KEY, now=NOW), "the code that confirmed it is used"
    later = NOW + timedelta(seconds=30)
    assert take(session, actor.user_id, code(later), secret_key=KEY, now=later)
    assert not take(session, actor.user_id, code(later), secret_key=KEY, now=later), "replayed"
    assert not take(session, actor.user_id, code(NOW), secret_key=KEY, now=later), "an earlier one, within the drift"
    assert not take(session, actor.user_id, code(later), secret_key="o" * 48, now=later), "sealed by another key"
    with pytest.raises(Conflict):
        services.begin_code_app(session, actor, secret_key=KEY, now=NOW)
    with pytest.raises(Expired):
        services.confirm_code_app(session, actor, code(NOW), secret_key=KEY, now=NOW)


def test_recovery_codes_are_stored_as_hashes_and_work_once(
    session: Session, make_user: MakeUser, runtime: Runtime, outbox: Outbox
) -> None:
    actor, other = make_user(Role.INSTRUCTOR), make_user(Role.INSTRUCTOR)
    with pytest.raises(Conflict):
        services.make_recovery_codes(session, actor, now=NOW)
    set_up_app(session, actor)
    first = services.make_recovery_codes(session, actor, now=NOW)
    codes = services.make_recovery_codes(session, actor, now=NOW)
    assert len(set(first) | set(codes)) == 20
    session.flush()
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not set(kept) & {code.replace("-", "") for code in codes}
    take = services.take_recovery_code
    assert not take(session, actor.user_id, first[0], now=NOW), "the new ones replaced it"
    assert not take(session, other.user_id, codes[0], now=NOW), "somebody else's"
    assert not take(session, actor.user_id, "", now=NOW)
    assert take(session, actor.user_id, f" {codes[0].upper().replace('-', ' ')} ", now=NOW)
    assert not take(session, actor.user_id, codes[0], now=NOW)
    assert queries.factors_of(session, actor.user_id).codes_left == 9
    services.remove_code_app(session, actor, now=NOW)
    assert queries.factors_of(session, actor.user_id).codes_left == 0, "no loose keys without a factor"
    session.commit()
    work_off(runtime)
    assert [mail.subject for mail in outbox.messages] == ["Your sign-in was changed"] * 5
    assert "recovery code was used" in " ".join(mail.text for mail in outbox.messages)
    log = " ".join(f"{line.tag} {line.facts}" for line in session.scalars(select(AuditEvent)))
    assert "recovery_codes:used" in log
    assert not [code for code in codes if code in log or code.replace("-", "") in log]


def test_passkeys_belong_to_one_person(session: Session, make_user: MakeUser) -> None:
    owner, other = make_user(Role.STUDENT), make_user(Role.STUDENT)
    passkey = services.add_passkey(session, owner, PASSKEY, name="  My   phone ", now=NOW)
    assert passkey.name == "My phone"
    with pytest.raises(Conflict):
        services.add_passkey(session, other, PASSKEY, name="", now=NOW)
    known = queries.passkey_by_credential(session, "abc")
    assert known is not None
    assert known.user_id == owner.user_id
    with pytest.raises(NotFound):
        services.remove_passkey(session, other, passkey.id, now=NOW)
    services.disable_user(session, SYSTEM, owner.user_id, now=NOW)
    assert queries.passkey_by_credential(session, "abc") is None, "a closed account cannot be opened by it"
    services.remove_passkey(session, owner, passkey.id, now=NOW)
    assert not queries.factors_of(session, owner.user_id).has_second


def test_a_challenge_is_answered_once_soon_and_for_its_purpose(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.STUDENT)
    token = services.start_challenge(session, "passkey", user_id=actor.user_id, now=NOW)
    assert queries.challenged(session, token, "passkey", NOW) == actor.user_id
    assert queries.challenged(session, token, "second_factor", NOW) is None
    assert not services.end_challenge(session, token, "second_factor", now=NOW)
    assert not services.end_challenge(session, token, "passkey", now=NOW + services.CHALLENGE_LENGTH)
    assert services.end_challenge(session, token, "passkey", now=NOW)
    assert not services.end_challenge(session, token, "passkey", now=NOW)
    services.start_challenge(session, "passkey", now=NOW)
    services.start_challenge(session, "passkey", now=NOW + services.CHALLENGE_LENGTH)
    session.flush()
    assert len(session.scalars(select(Challenge)).all()) == 1, "those that are over are swept"


def test_a_lost_phone_is_forgotten_with_every_session(session: Session, make_user: MakeUser) -> None:
    admin, person = make_user(Role.ADMIN), make_user(Role.INSTRUCTOR)
    set_up_app(session, person)
    services.add_passkey(session, person, PASSKEY, name="Phone", now=NOW)
    token = services.start_session(session, person.user_id, device="", now=NOW, factor=Factor.TOTP)
    services.forget_second_factors(session, admin, person.user_id, now=NOW)
    session.flush()
    assert queries.session_for_token(session, token, NOW) is None
    assert not queries.factors_of(session, person.user_id).has_second
    about = select(AuditEvent).where(AuditEvent.tag == "accounts:user:second_factors_forgotten")
    line = session.scalars(about).one()
    assert (line.actor_id, line.facts["before"]) == (admin.id, {"app": True, "passkeys": 1, "codes": 0})


def test_a_proof_changes_the_token_and_never_weakens_a_session(session: Session, make_user: MakeUser) -> None:
    actor = make_user(Role.INSTRUCTOR)
    old = services.start_session(session, actor.user_id, device="Safari on iPhone", now=NOW)
    later = NOW + timedelta(hours=2)
    new = services.prove_session(session, actor, old, Factor.TOTP, now=later)
    assert queries.session_for_token(session, old, later) is None
    live = queries.session_for_token(session, new, later)
    assert live is not None
    assert (live.factor, live.proved_at, live.seen_at) == (Factor.TOTP, later, later)
    newest = services.prove_session(session, actor, new, Factor.PASSWORD, now=later, known=live.factor)
    again = queries.session_for_token(session, newest, later)
    assert again is not None
    assert again.factor is Factor.TOTP
    assert len(queries.live_sessions(session, actor.user_id, later)) == 1, "it is the same session"
    with pytest.raises(NotFound):
        services.prove_session(session, actor, old, Factor.TOTP, now=later)
    services.touch_session(session, again.id, now=later + timedelta(days=1))
    services.touch_session(session, again.id, now=later)
    assert queries.session_for_token(session, newest, later + IDLE) is not None, "the later touch counts"
    assert queries.session_for_token(session, newest, later + IDLE + timedelta(days=1)) is None, "nobody used it"


def test_more_power_ends_the_sessions_from_before(session: Session, make_user: MakeUser) -> None:
    admin, person = make_user(Role.ADMIN), make_user(Role.STUDENT)
    token = services.start_session(session, person.user_id, device="", now=NOW)
    half = services.start_challenge(session, "second_factor", user_id=person.user_id, now=NOW)
    services.grant_role(session, admin, person.user_id, Role.STUDENT, now=NOW)
    assert queries.session_for_token(session, token, NOW) is not None, "had it already"
    services.grant_role(session, admin, person.user_id, Role.INSTRUCTOR, now=NOW)
    assert queries.session_for_token(session, token, NOW) is None
    assert queries.challenged(session, half, "second_factor", NOW) is None, "a sign-in half-way, too"


def test_a_student_asks_for_a_link_by_mail(session: Session, make_user: MakeUser) -> None:
    known = queries.user(session, make_user(Role.STUDENT).user_id).email
    assert services.ask_sign_up(session, known, now=NOW) is None
    first = services.ask_sign_up(session, "New@example.com", now=NOW)
    second = services.ask_sign_up(session, "new@example.com", now=NOW)
    assert first is not None and second is not None
    session.flush()
    assert queries.waiting_invitations(session, NOW) == [], "administrators see whom they invited, not who asked"
    with pytest.raises(Expired):
        services.accept_invitation(session, first, name="New", password_hash="h", now=NOW)
    user_id = services.accept_invitation(session, second, name="New", password_hash="h", now=NOW)
    actor = queries.actor_by_id(session, user_id)
    assert actor is not None
    assert actor.roles == {Role.STUDENT}
