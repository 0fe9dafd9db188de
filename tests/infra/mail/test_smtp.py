"""Mail end to end: through a real SMTP server in this process, in the clear, with STARTTLS and with TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.infra.mail.base import MailRefused, Message
from app.infra.mail.smtp import SmtpMailer

MESSAGE = Message("amara@example.com", "Your certificate – ready", "Hello Amara,\nit is ready.", "<p>It is ready.</p>")
SENDER = "Vermilion <hello@academy.test>"


class Inbox(Sink):
    """Keeps what the server received."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server, session, envelope) -> str:  # type: ignore[no-untyped-def]
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Callable[..., int]]:
    """`serve(**options)` -> port of a running SMTP server that fills `inbox`."""
    running: list[Controller] = []

    def start(*, tls: ssl.SSLContext | None = None, **options: object) -> int:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        controller = Controller(inbox, hostname="127.0.0.1", port=port, ssl_context=tls, **options)
        controller.start()
        running.append(controller)
        return port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side of TLS; clients of this test trust its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


def mailer(port: int, security: str = "none", user: str = "", password: str = "") -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, security, user, password, SENDER, timeout=5)


def test_a_mail_arrives_as_it_was_written(serve: Callable[..., int], inbox: Inbox) -> None:
    mailer(serve()).send(MESSAGE)
    (envelope,) = inbox.envelopes
    assert envelope.mail_from == "hello@academy.test"
    assert envelope.rcpt_tos == ["amara@example.com"]
    mail = message_from_bytes(envelope.content, policy=default)  # type: ignore[arg-type]
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"] == SENDER
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MESSAGE.text + "\n"  # type: ignore[union-attr]
    assert "<p>It is ready.</p>" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_starttls_with_a_password(serve: Callable[..., int], inbox: Inbox, trusted: ssl.SSLContext) -> None:
    seen: list[LoginPassword] = []

    def check(server: Server, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        seen.append(data)
        return AuthResult(success=data.password == b"right", handled=False)

    port = serve(tls=None, require_starttls=True, tls_context=trusted, authenticator=check, auth_required=True)
    mailer(port, "starttls", "academy", "right").send(MESSAGE)
    assert [(login.login, login.password) for login in seen] == [(b"academy", b"right")]
    assert len(inbox.envelopes) == 1
    with pytest.raises(OSError, match="535"):
        mailer(port, "starttls", "academy", "wrong").send(MESSAGE)
    assert len(inbox.envelopes) == 1


def test_tls_from_the_first_byte(serve: Callable[..., int], inbox: Inbox, trusted: ssl.SSLContext) -> None:
    mailer(serve(tls=trusted), "tls").send(MESSAGE)
    assert len(inbox.envelopes) == 1


def test_an_unknown_certificate_is_not_trusted(serve: Callable[..., int], inbox: Inbox, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        mailer(serve(tls=None, tls_context=context), "starttls").send(MESSAGE)
    assert inbox.envelopes == []


def test_a_server_without_starttls_gets_no_mail(serve: Callable[..., int], inbox: Inbox) -> None:
    with pytest.raises(OSError, match="STARTTLS"):
        mailer(serve(), "starttls").send(MESSAGE)
    assert inbox.envelopes == []


def test_smuggled_headers_never_reach_the_server(serve: Callable[..., int], inbox: Inbox) -> None:
    port = serve()
    for message in (
        Message("amara@example.com\r\nBcc: all@example.com", "Hi", "Hello"),
        Message("amara@example.com", "Hi\nX-Evil: 1", "Hello"),
    ):
        with pytest.raises(ValueError, match="line break"):
            mailer(port).send(message)
    assert inbox.envelopes == []


def test_a_dot_alone_on_a_line_does_not_end_the_mail(serve: Callable[..., int], inbox: Inbox) -> None:
    mailer(serve()).send(Message("amara@example.com", "Hi", "one\n.\ntwo"))
    mail = message_from_bytes(inbox.envelopes[0].content, policy=default)  # type: ignore[arg-type]
    assert mail.get_content().replace("\r\n", "\n") == "one\n.\ntwo\n"  # type: ignore[attr-defined]


def test_a_server_that_is_away_is_an_oserror() -> None:
    with pytest.raises(OSError, match="refused"):
        mailer(9).send(MESSAGE)


def test_the_password_is_not_printed() -> None:
    assert "hunter2" not in repr(mailer(25, "tls", "academy", "hunter2"))


class Refusing(Inbox):
    """Says no to the address of each mail."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # type: ignore[no-untyped-def]
        return self.answer


@pytest.mark.parametrize(
    ("answer", "error"), [("550 5.1.1 No such user", MailRefused), ("450 4.2.1 Try again later", OSError)]
)
def test_an_address_that_is_refused_for_good_is_told_from_one_that_is_busy(answer: str, error: type[Exception]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(Refusing(answer), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with pytest.raises(error, match=answer[:3]):
            SmtpMailer("127.0.0.1", port, "none", "", "", SENDER).send(MESSAGE)
    finally:
        controller.stop()
