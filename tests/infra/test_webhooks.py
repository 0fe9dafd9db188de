"""Messages to addresses of strangers: what is refused before anything is sent, and what happens to what is sent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.webhooks import WebhookRefused, is_public, pinned, send, target_of

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "192.88.99.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "::127.0.0.1",
    "2001:db8::1",
    "64:ff9b:1::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:82a::200e"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_ours_is_public(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(WebhookRefused, match="does not lead to the public internet"):
        pinned(target_of("https://evil.test/"), lambda _host, _port: ["8.8.8.8", address])


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_connected_to_as_they_were_looked_at(address: str) -> None:
    assert is_public(ip_address(address))
    assert pinned(target_of("https://good.test/"), lambda _host, _port: [address]) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "must begin with https"),
        ("ftp://example.com/", "must begin with https"),
        ("javascript:alert(1)", "must begin with https"),
        ("https:///path", "not an address"),
        ("https://example.com:22/", "port must be 443 or 8443"),
        ("https://example.com:99999/", "not an address"),
        ("https://user:secret@example.com/", "Leave user names"),
        ("https://example.com/#x", "Leave user names"),
        ("https://exa mple.com/", "has blanks in it"),
        ("https://example.com/\r\nX: y", "has blanks in it"),
        ("https://example.com/" + "x" * 500, "too long"),
        ("https://[::1/", "not an address"),
        ("https://example.com/köder", "plain letters"),
        ("https://" + "a" * 70 + ".com/", "not an address"),
    ],
)
def test_what_is_no_address_for_us_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(WebhookRefused, match=words):
        target_of(url)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            target = target_of(url)
        except WebhookRefused:
            continue
        assert target.is_tls and target.port in (443, 8443) and target.host


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "[::ffff:7f00:1]"])
def test_other_spellings_of_this_machine_are_looked_at_after_they_are_resolved(host: str) -> None:
    reply = send(f"https://{host}/", b"{}", {})
    assert (reply.ok, reply.status) == (False, None)
    assert reply.said in (
        "This address does not lead to the public internet, so nothing is sent there.",
        "The host of this address is not known.",
    )


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def listening(answer: Answer) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A real server on this machine: its address, and what arrived there (path, body)."""
    heard: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            answer(self)

        def log_message(self, *_words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


def test_a_message_arrives_as_it_was_sent() -> None:
    with listening(status(204)) as (url, heard):
        reply = send(f"{url}/hooks?a=1", b'{"x":1}', {"webhook-id": "msg_1"}, allow_private=True)
    assert (reply.ok, reply.status) == (True, 204)
    assert heard == [("/hooks?a=1", b'{"x":1}')]


def test_a_redirect_is_not_followed() -> None:
    with listening(status(200)) as (inner, reached), listening(status(307, Location=inner)) as (url, _heard):
        reply = send(url, b"{}", {}, allow_private=True)
    assert (reply.ok, reply.status, reached) == (False, 307, [])
    assert "redirects" in reply.said


def test_an_answer_without_end_and_one_drop_by_drop_are_cut_off() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return

    def drops(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(200):
                handler.wfile.write(b"H")
                handler.wfile.flush()
                stop.wait(0.02)
        except OSError:
            return

    stop = threading.Event()
    with listening(endless) as (url, _heard):
        assert send(url, b"{}", {}, allow_private=True).ok
    with listening(drops) as (url, _heard):
        began = time.monotonic()
        reply = send(url, b"{}", {}, allow_private=True, seconds=0.3)
        spent = time.monotonic() - began
    assert (reply.ok, reply.said) == (False, "No answer in time.")
    assert spent < 2.5


def test_whoever_does_not_answer_in_http_or_at_all_is_a_failure_in_words() -> None:
    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    with listening(nonsense) as (url, _heard):
        reply = send(url, b"{}", {}, allow_private=True)
        assert (reply.ok, reply.said) == (False, "The connection broke off.")
        tls = send(url.replace("http://", "https://"), b"{}", {}, allow_private=True)
        assert "TLS failed" in tls.said or "broke off" in tls.said
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/", b"{}", {}, allow_private=True).said == "The server refuses connections."
    assert not send(url, b"{}", {}).ok, "without the setting nothing private is reached"
