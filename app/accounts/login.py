"""Flask-Login over server-side sessions: the cookie holds a random token, the sign_in table its hash.

A cookie kept from before sign-out finds an ended row and is nobody. The actor is loaded in its own short
read transaction, before the view's transaction opens.
"""

from __future__ import annotations

from flask import Flask, g, has_request_context, request
from flask_login import LoginManager, UserMixin, current_user

from app.accounts import queries
from app.domain.access.actor import ANONYMOUS, Actor
from app.web.app import request_now, runtime


class SignedIn(UserMixin):
    """What Flask-Login keeps: its id is the session token, never the person's id."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        """The token that goes into the (signed, http-only) cookie."""
        return self.token


def load(token: str) -> SignedIn | None:
    """Find the live session of a token."""
    with runtime().db.reading() as session:
        actor = queries.actor_for_token(session, token, request_now())
    return SignedIn(token, actor) if actor else None


def put_actor() -> None:
    """Before each request: who is asking. Static files ask nobody."""
    g.actor = ANONYMOUS
    if has_request_context() and request.endpoint not in (None, "static") and current_user.is_authenticated:
        g.actor = current_user.actor


def register(app: Flask) -> None:
    """Attach Flask-Login and the actor loader."""
    manager = LoginManager(app)
    manager.session_protection = None  # the table is the protection; addresses of phones change all day
    manager.user_loader(load)
    app.before_request(put_actor)
