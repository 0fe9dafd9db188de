"""Flask-Login over server-side sessions: the cookie holds a random token, the sign_in table its hash.

A cookie kept from before sign-out finds an ended row and is nobody. Before a change the actor is loaded in a short
read transaction that ends before the view's transaction opens; a page that only reads goes on with the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.queries import Factors, LiveSession
from app.accounts.queries.keys import actor_for_key
from app.domain.access.actor import ANONYMOUS, Actor, Role
from app.domain.access.proof import SEEN_EVERY, Factor, is_recent, needs_second_factor, stronger
from app.domain.errors import Invalid, NotAllowed, TooMany
from app.infra import api_keys
from app.infra.links import read_link, sign_link
from app.infra.passkeys import LONGEST_ANSWER, BadAnswer, Site, challenge_in, check_answer, request_options, to_bytes
from app.infra.ratelimit import caller_of
from app.web.access import current_key, is_for_programs, rule_of, wants_recent_proof
from app.web.app import SAFE_METHODS, current_actor, current_session, request_now, runtime
from app.web.errors import wants_problem

QUARTER_HOUR = 15 * 60
KNOWN_DEVICE = "known-device"
DEVICE_DAYS = 400  # as long as browsers keep a cookie at most
# What a member of staff without a second factor can reach: setting one up, and the way out.
OPEN_TO_WEAK = ("accounts_security_account.", "accounts_account.sign_out")


class SignedIn(UserMixin):
    """What Flask-Login keeps: its id is the session token, never the person's id."""

    def __init__(self, token: str, live: LiveSession | None) -> None:
        self.token = token
        self.live = live

    def get_id(self) -> str:
        """The token that goes into the (signed, http-only) cookie."""
        return self.token


def load(token: str) -> SignedIn | None:
    """Find the live session of a token."""
    if request.method in SAFE_METHODS:
        live = queries.session_for_token(current_session(), token, request_now())
    else:
        with runtime().db.glance() as connection:
            live = queries.session_for_token(connection, token, request_now())
    if live is None:
        return None
    if request_now() - live.seen_at >= SEEN_EVERY:
        _remember_use(live.id)
    return SignedIn(token, live)


def _remember_use(sign_in_id: UUID) -> None:
    """Note when a session was used, after the answer has left: no page waits for it, and none fails with it."""
    found, now = runtime(), request_now()

    def note() -> None:
        with suppress(SQLAlchemyError), found.db.transaction() as writing:
            services.touch_session(writing, sign_in_id, now=now)

    @after_this_request
    def _later(response: Response) -> Response:
        response.call_on_close(note)
        return response


def put_actor() -> None:
    """Before each request: who is asking. Static files and answers to programs ask nobody."""
    g.actor = ANONYMOUS
    if not has_request_context() or request.endpoint in (None, "static"):
        return
    if is_for_programs():
        _put_key()
        return
    live = this_session()
    if live is not None:
        g.actor = live.actor


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


def this_session() -> LiveSession | None:
    """The session that this request came with; None for nobody."""
    return current_user.live if current_user.is_authenticated else None


def this_token() -> str:
    """The token of the session that this request came with."""
    return current_user.get_id() if current_user.is_authenticated else ""


def register(app: Flask) -> None:
    """Attach Flask-Login and the actor loader."""
    manager = LoginManager(app)
    manager.session_protection = None  # the table is the protection; addresses of phones change all day
    manager.user_loader(load)
    app.before_request(put_actor)


def check_strength() -> ResponseReturnValue | None:
    """Before each request, after the form's token was checked: is what the session has shown enough for this view?"""
    if request.endpoint in (None, "static") or not current_actor().is_authenticated or current_key() is not None:
        return None
    live = this_session()
    assert live is not None  # the actor came from it
    if is_too_weak(live) and not _is_open_to_weak():
        if request.method in SAFE_METHODS and not wants_problem():
            return redirect(url_for("accounts_security_account.begin", next=request.full_path.rstrip("?")), 303)
        raise NotAllowed(_("Secure your sign-in with a second step first."), code="sign_in_needed")
    if wants_recent_proof() and not is_recent(live.proved_at, request_now()):
        return _ask_proof(live)
    return None


def is_too_weak(live: LiveSession) -> bool:
    """True when this session needs a second factor before its person may work."""
    required = runtime().settings.staff_second_factor == "required"
    return needs_second_factor(live.actor.roles, live.factor, required=required, is_demo=live.is_demo)


def _is_open_to_weak() -> bool:
    endpoint = request.endpoint or ""
    rule = rule_of(current_app.view_functions[endpoint])
    return endpoint.startswith(OPEN_TO_WEAK) or (rule is not None and rule.permission is None)


def _ask_proof(live: LiveSession) -> ResponseReturnValue | None:
    """Ask who it is before a dangerous view, and keep what its form held; None when the answer is there and right."""
    if request.method in SAFE_METHODS:
        return redirect(url_for("accounts_security_account.confirm", next=request.full_path.rstrip("?")), 303)
    if wants_problem():
        raise NotAllowed(_("Confirm first that it is you."), code="proof_needed")
    problem = ""
    if "proof" in request.form:
        problem = try_proof(request.form["proof"])
        if not problem:
            return None
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "proof")]
    with runtime().db.reading() as reading:
        factors = queries.factors_of(reading, live.actor.user_id)
    action = request.full_path.rstrip("?")
    page = render_template("accounts/account_confirm.html", factors=factors, kept=kept, action=action, problem=problem)
    return page, 422 if problem else 401


def try_proof(given: str) -> str:
    """Check what a signed-in person shows again: a code when they have a second factor, else the password.

    Returns a sentence that says what is wrong; empty when it is right: then the session is proved and has a new token.
    """
    live = this_session()
    if live is None:
        return _("Sign in first.")
    user_id, now = live.actor.user_id, request_now()
    _limit_guess(f"proof:{user_id}", user_id)
    with runtime().db.reading() as reading:
        has_second = queries.has_second_factor(reading, user_id)
        encoded = queries.user(reading, user_id).password_hash
    right = not has_second and runtime().passwords.verify(encoded, given)
    with runtime().transaction() as writing:
        factor = _second_factor(writing, user_id, given) if has_second else (Factor.PASSWORD if right else None)
        if factor is not None:
            _prove(writing, live, factor)
            return ""
        services.note_failed_proof(writing, user_id, now=now)
    if has_second:
        return _("This code is not right, was used already, or is too old. Take the next one that your app shows.")
    return _("This is not your password.")


def prove(factor: Factor) -> None:
    """The signed-in person has shown a factor in this request: note it, and change the session's token."""
    live = this_session()
    if live is not None:
        _prove(current_session(), live, factor)


def _prove(writing: Session, live: LiveSession, factor: Factor) -> None:
    now = request_now()
    token = services.prove_session(writing, live.actor, this_token(), factor, now=now, known=live.factor)
    login_user(SignedIn(token, replace(live, factor=stronger(live.factor, factor), proved_at=now)))


def _second_factor(writing: Session, user_id: UUID, given: str) -> Factor | None:
    """Which second factor a text is (a code of the app, a recovery code), used up from now on; None for neither."""
    key, now = runtime().settings.secret_key, request_now()
    if services.take_app_code(writing, user_id, given, secret_key=key, now=now):
        return Factor.TOTP
    if services.take_recovery_code(writing, user_id, given, now=now):
        return Factor.RECOVERY
    return None


def begin(user_id: UUID, factor: Factor = Factor.PASSWORD) -> None:
    """Sign a person in: a new session row, and a browser session without anything from before."""
    now = request_now()
    token = services.start_session(current_session(), user_id, device=_device(), now=now, factor=factor)
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, None))
    _know_device(user_id)


def enter(user_id: UUID, target: str) -> str:
    """The password was right: sign in, or ask for the second step. Returns the address to go on with."""
    if not queries.has_second_factor(current_session(), user_id):
        begin(user_id)
        return target
    token = services.start_challenge(current_session(), "second_factor", user_id=user_id, now=request_now())
    session.clear()
    session["half"], session["half_target"] = token, target
    return url_for("accounts_public.second_step")


def half_way() -> UUID | None:
    """Who has shown a password in this browser and not yet the second factor; None for nobody, or after ten minutes."""
    with runtime().db.reading() as reading:
        return queries.challenged(reading, session.get("half", ""), "second_factor", request_now())


def finish(user_id: UUID, given: str) -> str | None:
    """Take the second step of a sign-in; returns where to go on, None for a wrong code. Raises TooMany."""
    _limit_guess(f"second:{user_id}", user_id)
    now = request_now()
    with runtime().transaction() as writing:
        factor = _second_factor(writing, user_id, given)
        if factor is None:
            services.note_failed_proof(writing, user_id, now=now)
            return None
        services.end_challenge(writing, session["half"], "second_factor", now=now)
    target = str(session.get("half_target") or url_for("accounts_account.home"))
    begin(user_id, factor)
    return target


def end() -> None:
    """Sign out: the row is ended, so that a kept cookie is dead, and the browser session is emptied."""
    services.end_session(current_session(), current_actor(), this_token(), now=request_now())
    logout_user()
    session.clear()


def site() -> Site:
    """Who asks for passkeys."""
    return Site(runtime().settings.academy_name, runtime().settings.public_url)


def ask_passkey(factors: Factors | None = None) -> dict[str, Any]:
    """What the browser is to sign; with `factors`, by one of these passkeys. Raises TooMany."""
    _limit(f"passkey:{caller_of(request.remote_addr)}", 60)
    token = services.start_challenge(current_session(), "passkey", now=request_now())
    known = [each.credential_id for each in factors.passkeys] if factors else []
    return request_options(site(), challenge=to_bytes(token), known=known)


def passkey_answer() -> dict[str, Any]:
    """What a script of ours sent after asking for a passkey: an object with `answer`. Raises Invalid."""
    if (request.content_length or 0) > LONGEST_ANSWER:
        raise Invalid(_("This passkey was not accepted. Sign in with your password, or try again."))
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("answer"), dict):
        raise Invalid(_("This passkey was not accepted. Sign in with your password, or try again."))
    return given


def passkey_owner(answer: Mapping[str, Any]) -> UUID:
    """Whose passkey has answered our challenge; the challenge is used up. Raises Invalid, and TooMany."""
    _limit(f"passkey:{caller_of(request.remote_addr)}", 60)
    refusal = Invalid(_("This passkey was not accepted. Sign in with your password, or try again."))
    try:
        token = challenge_in(answer)
        with runtime().db.reading() as reading:  # the library takes its time, so before anything is locked
            known = queries.passkey_by_credential(reading, str(answer.get("id", "")))
        if known is None:
            raise BadAnswer("unknown")
        key, count = known.public_key, known.sign_count
        count = check_answer(site(), answer, to_bytes(token), public_key=key, sign_count=count)
    except (BadAnswer, ValueError) as error:
        raise refusal from error
    now = request_now()
    if not services.end_challenge(current_session(), token, "passkey", now=now):
        raise refusal
    services.use_passkey(current_session(), known.id, sign_count=count, now=now)
    return known.user_id


def check_credentials(email: str, password: str) -> UUID | None:
    """The person behind e-mail and password, or None. Raises TooMany after too many wrong tries.

    The slow hash runs before the write transaction opens, and as long for unknown e-mails as for known ones.
    """
    address = email.strip().lower()
    with runtime().db.reading() as reading:
        known = queries.login_of(reading, address)
    device = _limit_guess(f"sign-in:account:{address}", known.user_id if known else None, 20)
    if not runtime().passwords.verify(known.password_hash if known else None, password) or known is None:
        with runtime().db.transaction() as writing:
            services.note_failed_sign_in(writing, address, now=request_now())
        return None
    runtime().limiter.reset(device or f"sign-in:account:{address}")
    if runtime().passwords.is_outdated(known.password_hash):
        renewed = runtime().passwords.hash(password)
        with runtime().db.transaction() as writing:
            services.renew_hash(writing, known.user_id, known.password_hash, renewed)
    return known.user_id


def is_own_password(password: str) -> bool:
    """True when this is the current password of the signed-in person."""
    _limit(f"password:{current_actor().id}", 10)
    with runtime().db.reading() as reading:
        encoded = queries.user(reading, current_actor().user_id).password_hash
    return runtime().passwords.verify(encoded, password)


def limit_sign_up() -> None:
    """At most thirty new accounts from one address in a quarter of an hour."""
    _limit(f"sign-up:{caller_of(request.remote_addr)}", 30)


def limit_mail(email: str) -> None:
    """At most five mails to one e-mail, and twenty asked from one address, in a quarter of an hour."""
    _limit(f"mail:to:{email.strip().lower()}", 5)
    _limit(f"mail:from:{caller_of(request.remote_addr)}", 20)


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


def _limit_guess(key: str, user_id: UUID | None, limit: int = 10) -> str:
    """Count a guess at somebody's password or code, and return the key it counted under when that is a device's.

    A browser in which this person signed in before counts for itself: however often a stranger guesses, its owner
    still gets in with it (OWASP, "device cookies"). When its own tries are used up, it counts like any other.
    """
    nonce = _device_of(user_id) if user_id else ""
    device = f"{key.partition(':')[0]}:device:{nonce}"
    if nonce and runtime().limiter.hit(device, 10, QUARTER_HOUR, request_now()).ok:
        return device
    _limit(key, limit)
    _limit(f"sign-in:address:{caller_of(request.remote_addr)}", 60)
    return ""


def _device_cookie() -> str:
    return "__Host-vermilion-device" if runtime().settings.is_https else "vermilion-device"


def _device_of(user_id: UUID) -> str:
    """The number of this browser when the person signed in with it before; empty otherwise."""
    token = request.cookies.get(_device_cookie(), "")
    parts = read_link(runtime().settings.secret_key, KNOWN_DEVICE, token) if token else None
    return str(parts[1]) if parts and len(parts) == 2 and parts[0] == user_id.hex else ""


def _know_device(user_id: UUID) -> None:
    """Let this browser be known as one of the person's. The cookie opens nothing; it only counts tries apart."""
    if _device_of(user_id):
        return
    settings = runtime().settings
    value = sign_link(settings.secret_key, KNOWN_DEVICE, user_id.hex, token_urlsafe(16))

    @after_this_request
    def _put(response: Response) -> Response:
        age = DEVICE_DAYS * 24 * 3600
        flags: dict[str, Any] = {"secure": settings.is_https, "httponly": True, "samesite": "Lax", "path": "/"}
        response.set_cookie(_device_cookie(), value, max_age=age, **flags)
        return response


def _limit(key: str, limit: int) -> None:
    allowed = runtime().limiter.hit(key, limit, QUARTER_HOUR, request_now())
    if not allowed.ok:
        minutes = max(1, round(allowed.retry_after / 60))
        raise TooMany(f"That was too often. Try again in {minutes} min.", retry_after=allowed.retry_after)


def _device() -> str:
    """The browser and the system in words, coarse: enough to know one's own devices, too little to follow anybody."""
    agent = request.user_agent.string
    system = next((s for s in ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux") if s in agent), "")
    browser = next((b for b in ("Edg", "Firefox", "Chrome", "Safari") if b in agent), "")
    name = {"Edg": "Edge"}.get(browser, browser)
    return " on ".join(part for part in (name, system) if part)
