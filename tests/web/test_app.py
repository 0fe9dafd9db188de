"""The unit of work, the errors' pages and the headers, on a small application with the real machinery."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, abort, request
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.domain.access.permissions import Permission
from app.domain.errors import Conflict, Expired, FieldProblem, Invalid, NotAllowed, NotFound, TooMany
from app.infra import migrate
from app.infra.audit import AuditEvent, AuditTag, record
from app.infra.runtime import Runtime
from app.infra.storage.local import LocalStorage
from app.web.access import current_actor, current_session, public, request_now, requires
from app.web.blueprint import Audience, AudienceBlueprint

BASE = "https://academy.test"
ERRORS = {
    "notfound": (NotFound(), 404),
    "notallowed": (NotAllowed("No."), 404),
    "conflict": (Conflict("Somebody was faster."), 409),
    "expired": (Expired("Too late."), 410),
    "invalid": (Invalid("Look again.", [FieldProblem("a", "b", "This is missing.")]), 422),
    "toomany": (TooMany("Slow down.", retry_after=60), 429),
    "full": (OperationalError("x", {}, Exception("database or disk is full")), 507),
    "gone": (OperationalError("x", {}, Exception("connection refused")), 503),
    "bug": (ZeroDivisionError("oops"), 500),
}


@pytest.fixture
def app(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Flask:
    from app import factory

    blueprint = AudienceBlueprint("sample", Audience.PUBLIC)

    @blueprint.route("/sample/write", methods=["GET", "POST"])
    @public("A sample for these tests.")
    def write() -> tuple[str, int]:
        record(current_session(), current_actor(), AuditTag.KEY_MADE, now=request_now())
        if request.args.get("abort"):
            abort(422)
        return "done", int(request.args.get("status", "200"))

    @blueprint.get("/sample/error/<name>")
    @public("A sample for these tests.")
    def fail(name: str) -> str:
        raise ERRORS[name][0]

    @blueprint.get("/sample/guarded")
    @requires(Permission.AUDIT_READ)
    def guarded() -> str:
        return "secret"

    def register(app: Flask, **kwargs: object) -> None:
        app.register_blueprint(blueprint)

    original = factory.templating.register
    monkeypatch.setattr(factory.templating, "register", lambda app, **kw: (original(app, **kw), register(app)))
    app = factory.create_app(runtime)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def written(runtime: Runtime) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count(AuditEvent.id))) or 0


@pytest.mark.parametrize(
    ("method", "query", "kept"),
    [
        ("POST", "", 1),
        ("POST", "?status=303", 1),
        ("POST", "?status=422", 0),
        ("POST", "?status=500", 0),
        ("POST", "?abort=1", 0),
        ("GET", "", 0),
    ],
)
def test_only_an_unsafe_request_that_succeeds_is_kept(
    app: Flask, runtime: Runtime, method: str, query: str, kept: int
) -> None:
    app.test_client().open(f"/sample/write{query}", method=method, base_url=BASE)
    assert written(runtime) == kept


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_a_page_and_a_problem_document(app: Flask, name: str) -> None:
    error, status = ERRORS[name]
    client = app.test_client()
    page = client.get(f"/sample/error/{name}", base_url=BASE)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "Traceback" not in page.text
    assert "oops" not in page.text
    for sentence in getattr(error, "problems", ()):
        assert sentence.sentence in page.text
    problem = client.get(f"/sample/error/{name}", base_url=BASE, headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    assert problem.json is not None
    assert problem.json["status"] == status
    if status == 429:
        assert problem.headers["Retry-After"] == "60"


def test_refusal_and_absence_look_alike(app: Flask) -> None:
    client = app.test_client()
    refused, absent = (client.get(f"/sample/error/{n}", base_url=BASE) for n in ("notallowed", "notfound"))
    assert refused.status_code == absent.status_code == 404


def test_a_stranger_is_led_to_sign_in_and_back(app: Flask) -> None:
    answer = app.test_client().get("/sample/guarded?a=1", base_url=BASE)
    assert answer.location == "/sign-in?next=/sample/guarded?a%3D1"


def test_every_answer_carries_the_security_headers(app: Flask) -> None:
    for path in ("/healthz", "/nope", "/sign-in", "/sample/error/bug"):
        headers = app.test_client().get(path, base_url=BASE).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert headers["Referrer-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_static_files_with_a_fingerprint_are_kept_for_a_year(app: Flask) -> None:
    with app.test_request_context(base_url=BASE):
        address = app.jinja_env.globals["asset"]("css/tokens.css")  # type: ignore[operator]
    answer = app.test_client().get(address, base_url=BASE)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    answer.close()


def test_ready_is_who_has_a_database_with_the_newest_schema_and_is_not_ending(
    app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()

    def ready() -> tuple[int, str, str]:
        answer = client.get("/readyz", base_url=BASE)
        assert answer.json is not None
        return answer.status_code, answer.json["status"], answer.json["checks"]["storage"]

    assert ready() == (503, "schema missing", "ok")
    with runtime.db.transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        session.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    assert ready() == (503, "schema behind", "ok")
    for revision in (migrate.head(), "9999"):  # the last: a newer release comes up beside us, and we serve until then
        with runtime.db.transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        assert ready() == (200, "ok", "ok")
    storage, runtime.storage = runtime.storage, LocalStorage(Path("/proc/nowhere/files"))
    assert ready() == (200, "degraded", "unreachable"), "all but photos can be had"
    runtime.storage = storage
    runtime.stop()
    assert ready() == (503, "stopping", "ok")
    runtime.stopping.clear()
    assert ready()[0] == 200

    def broken(*, write: bool) -> None:
        raise OperationalError("x", {}, Exception("connection refused"))

    monkeypatch.setattr(runtime.db, "session", broken)
    assert ready() == (503, "database unreachable", "ok")
    assert client.get("/healthz", base_url=BASE).status_code == 200
