"""Requests that no browser sends: methods, hosts, forged words of proxies, tricks with ranges, lengths and names."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from app.accounts import queries as accounts
from app.config import Settings
from app.domain.access.actor import Actor
from app.infra.runtime import Runtime
from app.web import app as web_app
from app.web.redirects import safe_next
from app.web.server import make_server
from tests.conftest import Browser
from tests.support.site import free_port

BASE = "https://academy.test"
HIDDEN = (
    "/.git/HEAD",
    "/.git/config",
    "/.env",
    "/.env.example",
    "/.htaccess",
    "/wsgi.py",
    "/app/config.py",
    "/instance/secret",
    "/instance/vermilion.db",
    "/requirements.txt",
    "/pyproject.toml",
    "/static/",
    "/static/../app.py",
    "/static/%2e%2e/wsgi.py",
    "/static/..%2fwsgi.py",
    "/static/css/",
    "/console",
    "/debug",
    "/phpinfo.php",
    "/server-status",
    "/admin.php",
    "/wp-login.php",
    "/actuator/env",
    "/swagger.json",
    "/graphql",
    "/.well-known/",
    "/backup.zip",
    "/db.sqlite",
    "/__debugger__",
    "/?__debugger__=yes",
)


def test_files_of_the_house_and_tools_of_programmers_are_not_there(app: Flask) -> None:
    client = app.test_client()
    for path in HIDDEN[:-1]:
        assert client.get(path, base_url=BASE).status_code in (308, 404), path
    page = client.get(HIDDEN[-1], base_url=BASE)
    assert "Werkzeug" not in page.text and not app.debug


METHODS = ("TRACE", "TRACK", "CONNECT", "DEBUG", "PROPFIND", "MOVE", "BREW", "GETX")


def test_methods_that_no_page_has_are_refused(app: Flask) -> None:
    client = app.test_client()
    for method, path in product(METHODS, ("/", "/sign-in", "/healthz", "/account/", "/nope")):
        answer = client.open(path, method=method, base_url=BASE, headers={"X-Secret": "canary"})
        assert answer.status_code in (400, 401, 404, 405, 501), (method, path)
        assert "canary" not in answer.text


def test_a_method_in_a_header_or_a_field_changes_nothing(app: Flask) -> None:
    client = app.test_client()
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "POST"}, {"X-Original-URL": "/admin/"}):
        assert client.get("/?_method=DELETE", base_url=BASE, headers=headers).status_code == 200


def test_what_a_stranger_says_about_the_way_here_is_not_believed(app: Flask) -> None:
    forged = {
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;host=evil.test",
        "X-Host": "evil.test",
        "X-Original-URL": "/evil",
        "True-Client-IP": "127.0.0.1",
    }
    client = app.test_client()
    for path in ("/", "/sign-in", "/account/", "/forgot-password", "/robots.txt", "/metrics"):
        answer = client.get(path, base_url=BASE, headers=forged)
        assert "evil" not in answer.text + str(answer.headers), path
        assert answer.status_code < 500


def test_pages_of_people_are_kept_by_no_cache_and_answer_no_other_site(app: Flask) -> None:
    client = app.test_client()
    for path in ("/sign-in", "/account/", "/learn/", "/admin/", "/nope"):
        answer = client.get(path, base_url=BASE, headers={"Origin": "https://evil.test"})
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "Access-Control-Allow-Origin" not in answer.headers, path
        assert answer.content_type == "text/html; charset=utf-8", path


STRANGE = (
    {"Range": "bytes=0-"},
    {"Range": "bytes=-1," * 500},
    {"Range": "bytes=9-1"},
    {"If-Modified-Since": "never"},
    {"If-None-Match": '"' * 4000},
    {"If-Range": "\xff"},
    {"Accept": "*/*;q=nan," * 200},
    {"Accept-Language": "a-" * 3000},
    {"Accept-Language": "../../etc/passwd"},
    {"Cookie": "a=b;" * 2000},
    {"Cookie": "vermilion=.eJx;vermilion=x"},
    {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Basic \xff"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "application/json; charset=utf-99"},
    {"Expect": "200-nothing"},
    {"Referer": "\x01"},
    {"Content-Length": "5"},
)


def test_strange_headers_are_no_error_of_ours(app: Flask) -> None:
    client = app.test_client()
    for headers in STRANGE:
        for path in ("/", "/sign-in", "/verify", "/static/css/base.css"):
            answer = client.get(path, base_url=BASE, headers=headers)
            assert answer.status_code < 500, (path, headers)
            answer.close()


def test_what_is_refused_is_in_the_log_without_what_was_sent(
    app: Flask, browse: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = structlog.make_filtering_bound_logger(logging.INFO)  # the tests' own level keeps requests out
    browser = browse()
    with capture_logs() as lines:
        monkeypatch.setattr(web_app, "log", structlog.wrap_logger(None, wrapper_class=told))
        assert browser.client.post("/sign-in", data={"password": "canary-4"}, base_url=BASE).status_code == 400
        assert browser.get("/admin/?token=canary-4").status_code == 303
        assert browser.get("/learn/nothing-here\r\nforged%0d%0aline").status_code in (303, 404)
        browser.post("/sign-in", {"email": "who@example.com\r\nforged=1", "password": "canary-4 canary-4"})
    statuses = [line["status"] for line in lines if line["event"] == "request"]
    assert statuses[:2] == [400, 303] and len(statuses) >= 4
    assert all(line["id"] for line in lines if line["event"] == "request")
    assert "canary-4" not in str(lines) and "forged" not in str(lines)


def test_fields_that_no_form_has_change_nothing(
    browse: Callable[..., Browser], make_user: Callable[..., Actor], runtime: Runtime
) -> None:
    student, other = make_user(name="Amara Osei"), make_user(name="Lea Fontaine")
    browser = browse(student)
    smuggled = {
        "id": str(other.id),
        "user_id": str(other.id),
        "role": "admin",
        "roles": "admin",
        "email": "x@example.com",
        "email_verified_at": "2020-01-01",
        "password_hash": "x",
        "is_admin": "1",
        "disabled_at": "",
        "created_at": "2020-01-01",
        "studio_id": str(other.id),
        "score": "100",
        "state": "approved",
        "attempts_left": "99",
    }
    browser.get("/account/")
    before = accounts_of(runtime)
    answer = browser.post(f"/account/?user_id={other.id}&role=admin", {"name": "Amara B. Osei", **smuggled})
    assert answer.status_code == 303
    after = accounts_of(runtime)
    changed = {name for name, value in before["Amara Osei"].items() if value != after["Amara B. Osei"][name]}
    assert changed == {"name"}
    assert after["Lea Fontaine"] == before["Lea Fontaine"]
    with runtime.db.reading() as session:
        found = accounts.actor_by_id(session, student.user_id)
    assert found is not None and found.roles == student.roles and browser.get("/admin/").status_code == 404


def accounts_of(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every account as the database has it, by its name."""
    with runtime.db.reading() as session:
        rows = session.execute(text("SELECT * FROM user_account")).mappings().all()
    return {row["name"]: dict(row) for row in rows}


def test_password_fields_hide_and_take_what_is_pasted(app: Flask) -> None:
    page = app.test_client().get("/sign-in", base_url=BASE).text
    field = next(tag for tag in re.findall(r"<input[^>]*>", page) if 'name="password"' in tag)
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    assert "onpaste" not in page
    scripts = (Path(__file__).resolve().parents[2] / "app/static/js").glob("*.js")
    assert [script.name for script in scripts if '"paste"' in script.read_text("utf-8")] == []


def redirects() -> list[str]:
    """Addresses that lead elsewhere, in the spellings that browsers put right."""
    slashes = (
        "//",
        "/\\",
        "\\/",
        "\\\\",
        "///",
        "////",
        "/\t/",
        "/\n/",
        "/\r/",
        "/\x00/",
        "/%09/",
        "/ /",
        "/.//",
        "/..//",
        "/\u2028/",
    )
    starts = (
        "",
        " ",
        "\t",
        "\n",
        "\x01",
        "\u00a0",
        "\ufeff",
        "https:",
        "http:",
        "HTTPS:",
        "ht\ntps:",
        "javascript:",
        "data:",
        "blob:",
    )
    hosts = ("evil.test", "academy.test@evil.test", "evil.test/academy.test", "evil\u3002test")
    return [start + slash + host for start in starts for slash in slashes for host in hosts]


def test_no_spelling_of_another_site_is_followed() -> None:
    made = redirects()
    assert len(made) > 800
    for target in made:
        found = safe_next(target, "/home")
        seen = found.translate(dict.fromkeys(map(ord, "\t\r\n"))).strip("".join(map(chr, range(33)))).replace("\\", "/")
        assert urlsplit(urljoin(f"{BASE}/sign-in", seen)).netloc == "academy.test", target


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The real server around an application that answers with the body that it was given."""

    def echo(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(1000)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 4))])
        return [b"seen" + body]

    plain = Settings(tmp_path_factory.mktemp("raw"), "sqlite://", "http://localhost", "x" * 32, threads=1)
    settings = replace(plain, port=free_port())
    server = make_server(echo, settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield settings.port
    server.task_dispatcher.shutdown()
    server.close()
    server.asyncore.close_all(server._map)
    thread.join(10)


def raw(port: int, request: bytes) -> bytes:
    """All that the server says to these bytes until it closes or is quiet."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as wire:
        said = b""
        with suppress(OSError):  # closed before all was sent: what was said counts
            wire.sendall(request)
            wire.shutdown(socket.SHUT_WR)
        with suppress(TimeoutError, ConnectionError):
            while part := wire.recv(65_536):
                said += part
        return said


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: +5\r\n\r\nhello",
        HEAD + b"Content-Length: -5\r\n\r\nhello",
        HEAD + b"Content-Length: 0x5\r\n\r\nhello",
        HEAD + b"Content-Length: 5\x0b\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity, gzip\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + CHUNKED + b"\r\nzz\r\nhello\r\n0\r\n\r\n",
        HEAD + CHUNKED + b"\r\n-5\r\nhello\r\n0\r\n\r\n",
        HEAD + CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n",
        HEAD + b"No colon\r\n\r\n",
        HEAD + b"X: a\rb\r\n\r\n",
        HEAD + b"X: a\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/9.9 x\r\n\r\n",
        HEAD + b"X: " + b"a" * 300_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_and_the_line_closed(port: int, request_bytes: bytes) -> None:
    said = raw(port, request_bytes + b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answers = re.findall(rb"HTTP/1\.[01] (\d+)", said)
    assert (len(answers) == 1 and answers[0].startswith(b"4")) or answers == [b"501"], answers


def test_length_and_chunks_together_are_read_as_chunks(port: int) -> None:
    """RFC 9112, 6.3: the chunks count; what is left over is not a request of somebody else."""
    said = raw(port, HEAD + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n")
    assert said.count(b"HTTP/1.1") <= 1
    assert b"seenhello" in said or b" 400 " in said
