"""What a mail is, and what can send one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person, as text with an HTML twin.

    `key` names the happening that it tells of: the same key gives the same Message-ID, so a mail that had to be sent
    twice is one mail to the program that receives it. `unsubscribe` is an address that takes a POST without signing
    in (RFC 8058); mail that nobody can do without has none.
    """

    to: str
    subject: str
    text: str
    html: str = ""
    key: str = ""
    unsubscribe: str = ""


class MailRefused(Exception):
    """The receiving server will never take mail for this address; trying again would only harm our name."""


class Mailer(Protocol):
    """Sends mails."""

    def send(self, message: Message) -> None:
        """Send one mail; raises MailRefused for an address that takes none, OSError when it may work later."""


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a mail: made from its key, or by chance when it has none. The key cannot be read from it."""
    domain = sender.rpartition("@")[2].strip(" >") or None
    if not key:
        return make_msgid(domain=domain)
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain or 'localhost'}>"


def as_email(message: Message, sender: str) -> EmailMessage:
    """Build the MIME form. Raises ValueError for line breaks in headers: they would smuggle in further headers."""
    for value in (message.to, message.subject, message.unsubscribe, sender):
        if "\r" in value or "\n" in value:
            raise ValueError("A mail header must not contain a line break.")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Date"] = localtime()
    mail["Message-ID"] = message_id(message.key, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"  # Exchange does not look at Auto-Submitted
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail
