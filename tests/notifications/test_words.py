"""What notices and mails say: each kind in words of its own, and never a result before it is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment, meta, nodes

from app.domain.notices import KINDS, TOPICS_BY_ROLE, Topic, kinds_of, topic_of, topics_for
from app.infra.mail.messages import MAILS, has_message, mail_payload, notice_words, render_message

MESSAGES = sorted(path.parent.name for path in MAILS.glob("*/subject.txt"))
SAYABLE = {"number", "title"}
RESULTS = re.compile(r"\b(approved|passed|failed|fail|resubmit|rejected|revoked|suspended|score|mark of)\b", re.I)
FACTS = {"number": 3, "title": "Color theory", "reason": "It is blurred.", "again": False, "pieces": 2, "lists": 2}


class Facts(dict):  # type: ignore[type-arg]
    """Facts that have whatever a template asks for."""

    def __missing__(self, name: str) -> str:
        return f"<{name}>"

    def __getattr__(self, name: str) -> object:
        return self[name]


def rendered(message: str):  # type: ignore[no-untyped-def]
    values = {
        "name": "Amara & Co", "url": "https://academy.test/x", "site": "https://academy.test", "f": Facts(FACTS),
        "text": "Something new.", "settings_url": "https://academy.test/s", "inviter": "Ines", "role": "instructor",
        "studio": "", "what": "password_changed", "day": "December 7, 2026", "lines": [{"text": "One <thing>", "url": "https://academy.test/1"}],
    }  # fmt: skip
    payload = mail_payload("a@example.com", message, **values)
    return render_message(payload, academy="The Academy", key="k", unsubscribe="https://academy.test/u")


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_has_both_bodies_and_the_html_is_whole(message: str) -> None:
    mail = rendered(message)
    assert mail.subject and "\n" not in mail.subject and len(mail.subject) <= 78
    leads_nowhere = message in ("erasure_done", "account_changed", "mail_works")  # nothing to do, or no link on purpose
    assert leads_nowhere or "https://academy.test" in mail.text
    page = BeautifulSoup(mail.html, "html.parser")
    assert page.html is not None and page.html["lang"] == "en"
    assert page.select_one('meta[name="color-scheme"]')
    assert leads_nowhere or page.select("a.act")
    assert "Amara & Co" not in mail.html and ("Amara" not in mail.html or "Amara &amp; Co" in mail.html)
    assert not page.select("script, img, link"), "nothing is fetched, so reading a mail tells nobody"


@pytest.mark.parametrize("message", MESSAGES)
def test_a_subject_never_tells_a_result(message: str) -> None:
    source = (MAILS / message / "subject.txt").read_text()
    tree = Environment(autoescape=False).parse(source)
    named = {node.attr for node in tree.find_all(nodes.Getattr) if getattr(node.node, "name", "") == "f"}
    assert named <= SAYABLE, "a subject is read by whoever sees the screen"
    assert meta.find_undeclared_variables(tree) <= {"f", "academy", "lines"}
    assert not RESULTS.search(source)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_listed_kind_has_words_that_tell_no_result(kind: str) -> None:
    words = notice_words(kind, Facts(FACTS, outcome="failed", score=12))
    assert words != "Something new waits for you."
    assert not RESULTS.search(words), words


def test_an_unknown_kind_is_other_news_and_has_words() -> None:
    assert topic_of("never_heard_of") is Topic.OTHER
    assert notice_words("never_heard_of", {}) == "Something new waits for you."
    assert not has_message("never_heard_of")
    assert not has_message("../email/notice")


def test_every_topic_can_be_chosen_by_some_role_and_every_kind_has_one() -> None:
    offered = {topic for topics in TOPICS_BY_ROLE.values() for topic in topics} | {Topic.OTHER}
    assert offered == set(Topic)
    assert {kind for topic in Topic for kind in kinds_of(topic)} == set(KINDS)
    assert topics_for(frozenset()) == (Topic.OTHER,)


def test_the_pages_word_every_kind_that_the_slices_send() -> None:
    """A kind that somebody sends without words would reach people as "Something new"."""
    sent = set()
    for path in Path("app").rglob("*.py"):
        sent |= set(re.findall(r"\bnotify\(\s*session,[^,]+,\s*\"([a-z_]+)\"", path.read_text()))
    assert sent
    silent = {kind for kind in sent if notice_words(kind, Facts(FACTS)) == "Something new waits for you."}
    assert silent == set()
