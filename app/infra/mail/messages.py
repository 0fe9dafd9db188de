"""Words of the mails: one folder per message under templates/email with subject.txt, body.txt and body.html.

A mail is translated as a whole: templates/email/<language> holds the folders of that language.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, select_autoescape

from app.config import ROOT
from app.infra.catalogs import SOURCE, catalog
from app.infra.mail.base import Message

MAIL_JOB = "mail.send"
MAIL_TRIES = 36
"""Tries of a mail: the pauses between them come to about a day, as long as mail servers are used to wait."""
TEMPLATES = ROOT / "app" / "templates"
MAILS = TEMPLATES / "email"
PARTS = ("subject.txt", "body.txt", "body.html")


@lru_cache(maxsize=8)
def _environment(language: str = SOURCE, *, escaped: bool = True) -> Environment:
    """The templates of mails in one language: mails have no request that would say which."""
    texts = catalog(language)

    def text(message: str, **values: Any) -> str:
        found = texts.gettext(message)
        return found % values if values else found.replace("%%", "%")

    def number_text(one: str, many: str, num: int, **values: Any) -> str:
        return texts.ngettext(one, many, num) % {"num": num, **values}

    env = Environment(
        loader=FileSystemLoader([MAILS / language, MAILS, TEMPLATES]),
        autoescape=select_autoescape(["html"]) if escaped else False,
        # A mail must not leave with a hole in it; a notice of long ago may lack a fact that is told today.
        undefined=StrictUndefined if escaped else Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(_=text, gettext=text, ngettext=number_text, lang=language)
    return env


def has_message(name: str) -> bool:
    """True when a message of this name has a folder."""
    return name.isidentifier() and (MAILS / name / "subject.txt").is_file()


def notice_words(kind: str, facts: dict[str, Any], language: str = SOURCE) -> str:
    """A notice in words, as the inbox says it: plain text."""
    module = _environment(language or SOURCE, escaped=False).get_template("notifications/_words.html").module
    words: str = module.notice_text(SimpleNamespace(kind=kind, facts=facts))  # type: ignore[attr-defined]
    return " ".join(words.split())


def mail_payload(to: str, message: str, **context: Any) -> dict[str, Any]:
    """The payload of a mail job: who gets which message with which values. Each is a mail of its own, by its key."""
    return {"to": to, "message": message, "context": context, "key": secrets.token_hex(16)}


def render_message(
    payload: dict[str, Any], *, academy: str, key: str = "", unsubscribe: str = "", language: str = SOURCE
) -> Message:
    """Render the mail of a job payload in the language of whoever reads it.

    `unsubscribe` is told to the mail program; the text may show it too.
    """
    # A mail that nobody has written in this language yet comes in English and says so.
    is_written = (MAILS / language / payload["message"]).is_dir()
    env = _environment(language if language and is_written else SOURCE)
    context = {"academy": academy, "unsubscribe": unsubscribe, **payload["context"]}
    subject, text, html = (env.get_template(f"{payload['message']}/{part}").render(context) for part in PARTS)
    return Message(
        to=payload["to"],
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        key=key,
        unsubscribe=unsubscribe,
    )
