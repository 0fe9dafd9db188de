"""The operator's way back in."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.cli import user
from app.domain.access.actor import Actor, Role
from app.infra.passkeys import NewPasskey
from tests.conftest import NOW


def test_a_lost_second_step_is_removed_from_the_server(
    app: Flask, session: Session, make_user: Callable[..., Actor]
) -> None:
    actor = make_user(Role.ADMIN)
    made = NewPasskey(credential_id="abc", public_key=b"public", sign_count=0, is_synced=False)
    services.add_passkey(session, actor, made, name="Phone", now=NOW)
    token = services.start_session(session, actor.user_id, device="", now=NOW)
    session.commit()
    runner, command = app.test_cli_runner(), user.commands["forget-second-step"]
    assert isinstance(command, click.Command)
    nobody = runner.invoke(command, ["nobody@example.com"])
    assert (nobody.exit_code, "Nothing was changed" in nobody.output) == (1, True)
    assert queries.factors_of(session, actor.user_id).has_second
    assert runner.invoke(command, [queries.user(session, actor.user_id).email.upper()]).exit_code == 0
    session.expire_all()
    assert not queries.factors_of(session, actor.user_id).has_second
    assert queries.actor_for_token(session, token, NOW) is None
