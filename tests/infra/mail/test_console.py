from __future__ import annotations

import io

import pytest

from app.infra.mail.base import Message
from app.infra.mail.console import ConsoleMailer

MESSAGE = Message("amara@example.com", "Reset your password", "Open https://academy.test/reset/abc")


def test_it_prints_the_mail_and_says_that_none_was_sent() -> None:
    out = io.StringIO()
    ConsoleMailer(out).send(MESSAGE)
    said = out.getvalue()
    assert "NO MAIL WAS SENT" in said
    assert "VERMILION_SMTP_HOST" in said
    for part in (MESSAGE.to, MESSAGE.subject, MESSAGE.text):
        assert part in said


def test_by_default_it_speaks_on_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleMailer().send(MESSAGE)
    printed = capsys.readouterr()
    assert "NO MAIL WAS SENT" in printed.err
    assert printed.out == ""
