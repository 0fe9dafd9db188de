"""Flask-Login over server-side sessions: the cookie holds a random token, the sign_in table its hash.

A cookie kept from before sign-out finds an ended row and is nobody. Before a change the actor is loaded in a short
read transaction that ends before the view's transaction opens; a page that only reads goes on with the same one.
"""

from __future__ import annotations

from uuid import UUID

from flask import Flask, g, has_request_context, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.accounts import queries, services
from app.accounts.queries.keys import actor_for_key
from app.domain.access.actor import ANONYMOUS, Actor, Role
from app.domain.errors import NotAllowed, TooMany
from app.infra import api_keys
from app.infra.ratelimit import caller_of
from app.web.access import is_for_programs
from app.web.app import SAFE_METHODS, current_actor, current_session, request_now, runtime

QUARTER_HOUR = 15 * 60


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
    if request.method in SAFE_METHODS:
        actor = queries.actor_for_token(current_session(), token, request_now())
    else:
        with runtime().db.glance() as connection:
            actor = queries.actor_for_token(connection, token, request_now())
    return SignedIn(token, actor) if actor else None


def put_actor() -> None:
    """Before each request: who is asking. Static files and answers to programs ask nobody."""
    g.actor = ANONYMOUS
    if not has_request_context() or request.endpoint in (None, "static"):
        return
    if is_for_programs():
        _put_key()
        return
    if current_user.is_authenticated:
        g.actor = current_user.actor


def _put_key() -> None:
    """The key that a program sent, and who it speaks for. A wrong key is refused even where none is needed.

    Raises NotAllowed for a key that is unknown, has ended, or whose maker has left the studio, and TooMany for a
    caller who sends many of them.
    """
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not request.path.startswith("/api/"):
        return
    now = request_now()
    with runtime().db.glance() as connection:
        key = api_keys.key_of(connection, secret.strip(), now)
        actor = actor_for_key(connection, key) if key else None
    if key is None or actor is None:
        _limit(f"api-key:{caller_of(request.remote_addr)}", 60)
        raise NotAllowed("This key is not known, or it has ended. Make a new one.", code="sign_in_needed")
    g.actor, g.api_key = actor, key
    if key.used_at is None or now - key.used_at > api_keys.USE_NOTED:
        # Apart from the unit of work of the request: one that only reads stays one.
        with runtime().db.transaction() as session:
            api_keys.note_use(session, key.secret_id, now)


def register(app: Flask) -> None:
    """Attach Flask-Login and the actor loader."""
    manager = LoginManager(app)
    manager.session_protection = None  # the table is the protection; addresses of phones change all day
    manager.user_loader(load)
    app.before_request(put_actor)


def begin(user_id: UUID) -> None:
    """Sign a person in: a new session row, and a browser session without anything from before."""
    token = services.start_session(current_session(), user_id, device=_device(), now=request_now())
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, Actor(id=user_id)))


def end() -> None:
    """Sign out: the row is ended, so that a kept cookie is dead, and the browser session is emptied."""
    services.end_session(current_session(), current_actor(), this_token(), now=request_now())
    logout_user()
    session.clear()


def this_token() -> str:
    """The token of the session that this request came with."""
    return current_user.get_id() if current_user.is_authenticated else ""


def check_credentials(email: str, password: str) -> UUID | None:
    """The person behind e-mail and password, or None. Raises TooMany after too many wrong tries.

    The slow hash runs before the write transaction opens, and as long for unknown e-mails as for known ones.
    """
    address = email.strip().lower()
    _limit(f"sign-in:account:{address}", 20)
    _limit(f"sign-in:address:{request.remote_addr}", 60)
    with runtime().db.reading() as reading:
        known = queries.login_of(reading, address)
    if not runtime().passwords.verify(known.password_hash if known else None, password) or known is None:
        with runtime().db.transaction() as writing:
            services.note_failed_sign_in(writing, address, now=request_now())
        return None
    runtime().limiter.reset(f"sign-in:account:{address}")
    return known.user_id


def is_own_password(password: str) -> bool:
    """True when this is the current password of the signed-in person."""
    _limit(f"password:{current_actor().id}", 10)
    with runtime().db.reading() as reading:
        encoded = queries.user(reading, current_actor().user_id).password_hash
    return runtime().passwords.verify(encoded, password)


def limit_sign_up() -> None:
    """At most thirty new accounts from one address in a quarter of an hour."""
    _limit(f"sign-up:{request.remote_addr}", 30)


def limit_mail(email: str) -> None:
    """At most five mails to one e-mail, and twenty asked from one address, in a quarter of an hour."""
    _limit(f"mail:to:{email.strip().lower()}", 5)
    _limit(f"mail:from:{request.remote_addr}", 20)


def home_of(actor: Actor) -> str:
    """The page where a person starts: the first of their areas."""
    for role, endpoint in (
        (Role.ADMIN, "admin_admin.overview"),
        (Role.INSTRUCTOR, "home_instructor.dashboard"),
        (Role.STUDIO, "home_studio.dashboard"),
        (Role.STUDENT, "home_student.dashboard"),
    ):
        if actor.has(role):
            return url_for(endpoint)
    return url_for("accounts_account.profile")


def _limit(key: str, limit: int) -> None:
    allowed = runtime().limiter.hit(key, limit, QUARTER_HOUR, request_now())
    if not allowed.ok:
        minutes = max(1, round(allowed.retry_after / 60))
        raise TooMany(f"That was too often. Try again in {minutes} min.", retry_after=allowed.retry_after)


def _device() -> str:
    agent = request.user_agent.string
    system = next((s for s in ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux") if s in agent), "")
    browser = next((b for b in ("Edg", "Firefox", "Chrome", "Safari") if b in agent), "")
    name = {"Edg": "Edge"}.get(browser, browser)
    return " / ".join(part for part in (name, system) if part) or agent[:80]
