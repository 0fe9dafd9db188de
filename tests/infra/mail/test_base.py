from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from app.infra.mail.base import Message, as_email

SENDER = "Vermilion <hello@academy.test>"


def test_a_mail_has_text_and_html() -> None:
    mail = as_email(Message("amara@example.com", "Grüße", "Hello Amara,", "<p>Hello Amara,</p>"), SENDER)
    assert (mail["To"], mail["From"], mail["Subject"]) == ("amara@example.com", SENDER, "Grüße")
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    assert mail.get_body(("plain",)).get_content() == "Hello Amara,\n"  # type: ignore[union-attr]


def test_without_html_it_is_plain() -> None:
    assert as_email(Message("amara@example.com", "Hi", "Hello"), SENDER).get_content_type() == "text/plain"


def test_the_headers_that_mail_servers_expect() -> None:
    mail = as_email(Message("amara@example.com", "Hi", "Hello"), SENDER)
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["Message-ID"].endswith("@academy.test>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] != as_email(Message("amara@example.com", "Hi", "Hello"), SENDER)["Message-ID"]


@pytest.mark.parametrize("evil", ["\r\nBcc: all@example.com", "\nBcc: all@example.com", "\r"])
@pytest.mark.parametrize("place", ["to", "subject", "sender"])
def test_a_line_break_in_a_header_is_refused(place: str, evil: str) -> None:
    parts = {"to": "amara@example.com", "subject": "Hi", "sender": SENDER}
    parts[place] += evil
    with pytest.raises(ValueError, match="line break"):
        as_email(Message(parts["to"], parts["subject"], "Hello"), parts["sender"])
