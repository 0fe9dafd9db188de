"""flask user forget-second-step: the operator's way back in."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.accounts import queries, services
from app.domain.access.actor import SYSTEM
from app.infra.runtime import Runtime

user = AppGroup("user", help="People and how they sign in.")


@user.command("forget-second-step")
@click.argument("email")
def forget_second_step(email: str) -> None:
    """Remove the app, passkeys and recovery codes of EMAIL and sign it out everywhere.

    For the administrator who lost phone and codes, when there is no other administrator. It is written to the audit
    log, and the person is told by mail.
    """
    runtime: Runtime = current_app.extensions["vermilion"]
    with runtime.transaction() as session:
        found = queries.user_by_email(session, email)
        if found is None:
            click.echo("Nobody has an account with this e-mail. Nothing was changed.", err=True)
            sys.exit(1)
        services.forget_second_factors(session, SYSTEM, found.id, now=runtime.now())
    click.echo("Done. Only the password is left; staff are asked for a new second step at the next sign-in.")


commands: list[click.Command] = [user]
