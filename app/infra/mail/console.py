"""A stand-in for mail: prints the message and says loudly that nothing left this machine."""

from __future__ import annotations

import sys
from typing import TextIO

from app.infra.mail.base import Message

RULE = "=" * 78


class ConsoleMailer:
    """Prints mails. Used when no SMTP server is set."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def send(self, message: Message) -> None:
        """Print the mail with a warning."""
        out = self._out or sys.stderr
        print(
            f"{RULE}\nNO MAIL WAS SENT: VERMILION_SMTP_HOST is not set, so this message stays on this screen.\n"
            f"To: {message.to}\nSubject: {message.subject}\n\n{message.text}\n{RULE}",
            file=out,
            flush=True,
        )
