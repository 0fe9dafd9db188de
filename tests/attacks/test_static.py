"""What can be said about the code without running it: nothing of medium severity or higher is left unexplained."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SAFE_HTML = "It went through the sanitizer of app/infra/markdown.py or the allow-list of figures."
OWN_WORDS = "A message of the catalogs, which are our own files; what is filled in is escaped by Markup's own %."
# Each finding by file, rule and how many; another one, or one more, has to be looked at and explained here.
EXPLAINED = {
    ("app/config.py", "B104", 1): "The address is compared with, and nothing is bound to it.",
    ("app/domain/content/yaml_text.py", "B506", 1): "_StrictLoader is a SafeLoader that makes plain data only.",
    ("app/infra/backup/databases.py", "B608", 1): "Names of tables come from the database's own list and are quoted.",
    ("app/infra/doctor.py", "B108", 1): "Room on the disk is measured there; nothing is written.",
    ("app/infra/mail/messages.py", "B701", 1): "The environment of plain-text mails; that of HTML escapes.",
    ("app/infra/sample_photos.py", "B610", 1): "A function of ours is called `extra`; there is no Django here.",
    ("app/infra/step_triggers.py", "B608", 2): "Triggers are made of constants of this file.",
    ("app/infra/triggers.py", "B608", 1): "Triggers are made of the names of our own tables.",
    ("app/learning/routes/student.py", "B704", 1): SAFE_HTML,
    ("app/practice/forms.py", "B704", 1): "A drawing made here of checked colors; its words are escaped.",
    ("app/practice/routes/student.py", "B704", 1): SAFE_HTML,
    ("app/practice/routes/student_code.py", "B704", 1): "A QR code drawn here; its title is escaped by the library.",
    ("app/quizzes/routes/instructor_marking.py", "B704", 1): SAFE_HTML,
    ("app/statistics/routes/instructor.py", "B704", 1): SAFE_HTML,
    ("app/web/item_text.py", "B704", 3): SAFE_HTML,
    ("app/web/jinja.py", "B704", 5): OWN_WORDS,
}
# Where a template says that a text is HTML already.
MARKED_SAFE = re.compile(r"\|\s*safe\b|autoescape\s+false")
MARKED_ON_PURPOSE = {
    "reviews/_pins.html": "A constant that marks a place.",
    "reviews/_rubric.html": "A constant that marks a place.",
    "reviews/_words.html": "Looked for in options that are escaped: a value with markup in it is never found there.",
}


@pytest.mark.slow
def test_bandit_finds_nothing_that_is_not_explained() -> None:
    command = [sys.executable, "-m", "bandit", "--quiet", "-r", "app", "tools", "-ll", "-f", "json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    results = json.loads(said)["results"]
    found = Counter((each["filename"], each["test_id"]) for each in results)
    new = {(*key, count) for key, count in found.items()} - set(EXPLAINED)
    gone = set(EXPLAINED) - {(*key, count) for key, count in found.items()}
    assert not new, f"explain these or mend them: {sorted(new)}"
    assert not gone, f"these are explained and no longer there: {sorted(gone)}"


def test_no_template_calls_a_text_safe_that_somebody_typed() -> None:
    pages = [path for path in (ROOT / "app/templates").rglob("*") if path.suffix in (".html", ".txt", ".svg")]
    marked = {path for path in pages if MARKED_SAFE.search(path.read_text("utf-8"))}
    assert len(pages) > 100
    assert {str(path.relative_to(ROOT / "app/templates")) for path in marked} == set(MARKED_ON_PURPOSE)


def test_no_secret_lies_in_the_tree() -> None:
    """Private keys, and what the large providers' keys look like, in any file that git keeps."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    shapes = re.compile(
        rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}"
        rb"|sk_live_[0-9a-zA-Z]{20}|xox[abp]-[0-9A-Za-z-]{20}"
    )
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    found = [str(path.relative_to(ROOT)) for path in files if shapes.search(path.read_bytes())]
    assert found == []
