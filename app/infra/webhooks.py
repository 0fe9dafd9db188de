"""Send a message to an address that a stranger chose, without reaching anything that is ours.

The name is resolved once, every address behind it must be public, and the connection goes to the very address that
was looked at: a name that answers differently the second time gains nothing. No redirect is followed, the answer is
read up to a few kilobytes and thrown away but for its status, and a watchdog ends what takes too long. Addresses that
carry another one inside (6to4, Teredo, NAT64, IPv4-mapped) are judged as not public, because they lead elsewhere.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

PORTS: Final = frozenset({443, 8443})
SECONDS: Final = 10.0
"""For everything after the name is resolved: connecting, sending, and the answer."""
MOST_ANSWER: Final = 16 * 1024
LONGEST_URL: Final = 500
AGENT: Final = "Vermilion-Webhooks/1.0"
_CARRIERS: Final = tuple(
    ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96")
)
_NEVER: Final = tuple(ip_network(net) for net in ("192.88.99.0/24", "168.63.129.16/32", "100.100.100.200/32"))
"""The 6to4 relay, and two addresses at which clouds answer their own machines about themselves."""

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]


class WebhookRefused(Exception):
    """An address that nothing is sent to; `sentence` says why, for the person who entered it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Reply:
    """How a sending went: the HTTP status, or None with what went wrong. `said` is short and from us, not from them."""

    status: int | None
    said: str
    milliseconds: int

    @property
    def ok(self) -> bool:
        """True when the receiver said that it has the message."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: where to connect, and what to ask for there."""

    host: str
    port: int
    path: str
    is_tls: bool


def is_public(address: Address) -> bool:
    """True for an address that belongs to the public internet and leads to itself."""
    if any(address in net for net in (*_CARRIERS, *_NEVER) if net.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def target_of(url: str, *, allow_private: bool = False) -> Target:
    """Take an address apart. Raises WebhookRefused for anything but https to a host by name or number on our ports.

    `allow_private` (for tests) also takes http and any port.
    """
    if len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise WebhookRefused("The address is too long, or has blanks in it.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise WebhookRefused("This is not an address. It looks like https://example.com/hooks.") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise WebhookRefused("The address must begin with https://, so that nobody reads along.")
    if not host:
        raise WebhookRefused("This is not an address. It looks like https://example.com/hooks.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WebhookRefused("Leave user names, passwords and # out of the address; messages are signed instead.")
    port = port or (443 if parts.scheme == "https" else 80)
    if port not in PORTS and not allow_private:
        raise WebhookRefused("The port must be 443 or 8443.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise WebhookRefused("Write the path of the address with plain letters, as your program shows it.")
    return Target(host, port, path, parts.scheme == "https")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def pinned(target: Target, resolver: Resolve | None = None, *, allow_private: bool = False) -> str:
    """The one address that will be connected to. Raises WebhookRefused unless every address of the host is public."""
    try:
        addresses = [ip_address(text.partition("%")[0]) for text in (resolver or resolve)(target.host, target.port)]
    except (OSError, UnicodeError):
        raise WebhookRefused("The host of this address is not known.") from None
    if not addresses:
        raise WebhookRefused("The host of this address is not known.")
    if not allow_private and not all(is_public(address) for address in addresses):
        # Which of them, and what it is, is nothing that a stranger should learn about our network.
        raise WebhookRefused("This address does not lead to the public internet, so nothing is sent there.")
    return str(addresses[0])


class _Pinned(http.client.HTTPConnection):
    """A connection to a fixed address that shows the host's own name, to the certificate as well."""

    def __init__(self, target: Target, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        self._address, self._tls = address, context

    def connect(self) -> None:
        """Connect to the pinned address."""
        self.sock = socket.create_connection((self._address, self.port), timeout=self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End whatever is going on."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool = False,
    resolver: Resolve | None = None,
    context: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Reply:
    """Post a message once and say how it went; nothing that the other side does raises.

    `context` (for tests) trusts other certificate authorities than the system does.
    """
    began = time.monotonic()

    def reply(status: int | None, said: str) -> Reply:
        return Reply(status, said, round((time.monotonic() - began) * 1000))

    try:
        target = target_of(url, allow_private=allow_private)
        address = pinned(target, resolver, allow_private=allow_private)
    except WebhookRefused as refusal:
        return reply(None, refusal.sentence)
    tls = (context or ssl.create_default_context()) if target.is_tls else None
    connection = _Pinned(target, address, tls)
    watchdog = threading.Timer(seconds, connection.cut)
    watchdog.daemon = True
    watchdog.start()
    try:
        answer = _exchange(connection, target, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() - began >= seconds - 0.05
        return reply(None, "No answer in time." if late or isinstance(error, TimeoutError) else _words(error))
    finally:
        watchdog.cancel()
        connection.close()
    if 300 <= answer < 400:
        return reply(answer, "The address redirects. Enter the address that it leads to.")
    return reply(answer, http.client.responses.get(answer, ""))


def _exchange(connection: _Pinned, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    given = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close", **headers}
    connection.request("POST", target.path, body=body, headers=given)
    answer: Any = connection.getresponse()
    answer.read(MOST_ANSWER)
    return int(answer.status)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "The certificate of the server cannot be trusted, or TLS failed."
    if isinstance(error, ConnectionRefusedError):
        return "The server refuses connections."
    return "The connection broke off."
