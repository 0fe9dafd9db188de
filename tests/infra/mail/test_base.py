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


def test_the_key_of_a_happening_makes_the_message_id_and_cannot_be_read_from_it() -> None:
    first, second = (as_email(Message("a@example.com", "Hi", "Hello", key="notice:7"), SENDER) for _ in range(2))
    other = as_email(Message("a@example.com", "Hi", "Hello", key="notice:8"), SENDER)
    assert first["Message-ID"] == second["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].endswith("@academy.test>")
    assert "notice" not in first["Message-ID"]


def test_a_mail_that_can_be_stopped_says_how_to_programs() -> None:
    """RFC 8058: both headers, an https address, and nothing of it where mail cannot be stopped."""
    link = "https://academy.test/unsubscribe/" + "x" * 120
    mail = as_email(Message("a@example.com", "Hi", "Hello", unsubscribe=link), SENDER)
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert "List-Unsubscribe" not in as_email(Message("a@example.com", "Hi", "Hello"), SENDER)
    with pytest.raises(ValueError, match="line break"):
        as_email(Message("a@example.com", "Hi", "Hello", unsubscribe=link + "\r\nBcc: b@example.com"), SENDER)
