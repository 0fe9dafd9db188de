"""A person with everything there is asks for a copy and to be erased: the copy is whole, and nothing is found after.

`test_matrix.py` brings these tests in: they need its world, which takes long to build.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.admin import services as admin_services
from app.infra.audit_verify import verify_log
from app.infra.db import Base
from app.infra.jobs.worker import JobContext, work_off
from app.infra.runtime import Runtime
from app.practice import services as practice
from app.privacy import queries, services, tasks
from tests.conftest import Browser, Clock
from tests.security.world import World

Browse = Callable[..., Browser]


def everywhere(runtime: Runtime, words: tuple[str, ...]) -> Iterator[str]:
    """Each table that holds one of these words."""
    with runtime.db.reading() as session:
        for name in Base.metadata.tables:
            for row in session.execute(text(f"SELECT * FROM {name}")):
                line = str(row).lower()
                yield from (f"{name}: {word}" for word in words if word in line)


def erase(runtime: Runtime, world: World) -> None:
    """As the page and the jobs do it."""
    clock = runtime.now
    assert isinstance(clock, Clock)
    with runtime.transaction() as session:
        services.ask_erasure(session, world.people["student"], url="https://academy.test/account/data", now=clock())
    work_off(runtime)
    clock.tick(days=14, minutes=1)
    tasks.erase_due(JobContext(runtime, clock()), {})
    work_off(runtime)
    clock.tick(days=1)
    tasks.retain(JobContext(runtime, clock()), {})


def without_deleting(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Note what is deleted from the store instead of deleting it: the files of the world serve other tests, too."""
    deleted: set[str] = set()
    monkeypatch.setattr(runtime.storage, "delete", deleted.add)
    return deleted


def test_a_copy_holds_what_the_person_made_and_nothing_of_others(
    runtime: Runtime, world: World, browse: Browse
) -> None:
    browser = browse(world.people["student"])
    assert "Download" in browser.get("/account/data").text
    answer = browser.post(f"/account/data/copies/{world.values['copy_id']}/file")
    data = answer.get_data()
    answer.close()
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        account = json.loads(archive.read("data/user_account.json"))
        reviews = json.loads(archive.read("data/review.json"))
        everything = " ".join(archive.read(name).decode() for name in names if name.endswith((".json", ".html")))
        page = archive.read("index.html").decode()
    assert account[0]["email"] == world.emails["student"]
    assert {"data/credential.json", "data/attempt_item.json", "data/quiz_results.json"} <= names
    assert any(name.startswith("photos/") for name in names)
    assert reviews[0]["outcome"] in {"approved", "resubmit", "failed"}
    others = [mail for person, mail in world.emails.items() if person not in ("student", "studio")]
    assert [mail for mail in others if mail in everything] == []
    assert "password_hash" not in everything and "token_hash" not in everything
    assert "<script" not in page and "default-src 'none'" in page


def test_after_erasure_nothing_is_found_and_every_page_still_answers(
    app: Flask, runtime: Runtime, world: World, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.security.test_matrix import SIGNED_IN, visits

    deleted = without_deleting(runtime, monkeypatch)
    admin_services.seal_audit(runtime)
    student, number = world.people["student"], world.values["number"]
    with runtime.db.reading() as session:
        files = {each.key for each in queries.files_of(session, student.user_id)}
    words = (world.emails["student"].lower(), student.name.lower())
    assert files and list(everywhere(runtime, words)), "the test looks for something that is there"
    browser = browse(student)
    erase(runtime, world)
    assert list(everywhere(runtime, words)) == []

    assert browser.get("/account/").status_code == 303, "the old session is dead"
    page = browse().get(f"/credentials/{number}").text
    assert "The data of its holder is erased" in page and number in page and student.name not in page
    assert browse().get(f"/credentials/{number}.json").status_code in (404, 409, 410)

    admin_services.seal_audit(runtime)
    with runtime.db.reading() as session:
        report = verify_log(session, runtime.keys.public_keys())
        assert report.is_sound, report.findings
        later = runtime.now() + timedelta(days=3650)  # files are as old as the machine's clock says
        practice.sweep_orphans(session, runtime.storage, now=later)
        services.sweep_files(session, runtime.storage, now=later)
    assert files <= deleted

    wrong = []
    for person in (each for each in SIGNED_IN if each != "student"):
        walker = browse(world.people[person])
        for visit in visits(app, world, frozenset({"GET"})):
            answer = walker.get(visit.url)
            if answer.status_code >= 500 and visit.endpoint != "health_public.ready":
                wrong.append(f"{person} {visit.url} ({visit.endpoint}): {answer.status_code}")
            elif answer.mimetype == "text/html" and student.name in answer.text:
                wrong.append(f"{person} {visit.url} ({visit.endpoint}) names the person")
            answer.close()
    assert wrong == [], "\n".join(wrong)
    with runtime.transaction() as session:  # a job that is run again finds no request
        assert not services.erase_person(session, student.user_id, issuer=lambda: pytest.fail("asked"), now=later)
