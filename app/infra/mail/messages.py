"""Words of the mails: one folder per message under templates/email with subject.txt, body.txt and body.html."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.config import ROOT
from app.infra.mail.base import Message

MAIL_JOB = "mail.send"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT / "app" / "templates" / "email"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def mail_payload(to: str, message: str, **context: Any) -> dict[str, Any]:
    """The payload of a mail job: who gets which message with which values."""
    return {"to": to, "message": message, "context": context}


def render_message(payload: dict[str, Any], *, academy: str) -> Message:
    """Render the mail of a job payload."""
    env = _environment()
    context = {"academy": academy, **payload["context"]}
    parts = {
        part: env.get_template(f"{payload['message']}/{part}").render(context)
        for part in ("subject.txt", "body.txt", "body.html")
    }
    subject = " ".join(parts["subject.txt"].split())
    return Message(to=payload["to"], subject=subject, text=parts["body.txt"], html=parts["body.html"])
