"""Mail by SMTP, with the standard library."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field

from app.infra.mail.base import MailRefused, Message, as_email


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through one server; `security` is starttls, tls or none."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str
    timeout: float = 20

    def send(self, message: Message) -> None:
        """Send one mail over a connection of its own.

        Raises MailRefused when the server says for good that it takes nothing for this address (5yz at RCPT, RFC 5321
        4.2.1). Every other refusal is an OSError: it may be ours, or pass by itself.
        """
        context = ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        with server:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            try:
                server.send_message(as_email(message, self.sender))
            except smtplib.SMTPRecipientsRefused as refusal:
                code, reply = next(iter(refusal.recipients.values()))
                if code < 500:
                    raise
                raise MailRefused(f"{code} {reply.decode('utf-8', 'replace')}"[:300]) from refusal
