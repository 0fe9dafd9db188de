"""What a mail is, and what can send one."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one person, as text with an HTML twin."""

    to: str
    subject: str
    text: str
    html: str = ""


class Mailer(Protocol):
    """Sends mails."""

    def send(self, message: Message) -> None:
        """Send one mail; raises OSError (or a subclass) when it could not be handed over."""


def as_email(message: Message, sender: str) -> EmailMessage:
    """Build the MIME form. Raises ValueError for line breaks in headers: they would smuggle in further headers."""
    for value in (message.to, message.subject, sender):
        if "\r" in value or "\n" in value:
            raise ValueError("A mail header must not contain a line break.")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Date"] = localtime()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(" >") or None)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail
