"""The pages and the command of regrades: what would change, which certificates rest on it, and having it done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certification import queries, services
from app.certification.models import Decision
from app.cli import attach_commands
from app.content import queries as content
from app.content.models import Definition, Kind
from app.domain.access.actor import SYSTEM, Actor
from app.domain.assessment.grading import AttemptMark
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.quizzes import queries as quizzes
from app.quizzes.models import AttemptItem, Grade, Regrade
from tests.conftest import NOW, Browser
from tests.factories.certification import QUIZ, meet
from tests.factories.quizzes import enroll_for, take_quiz


def words(response: Any) -> str:
    page = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    assert page.main is not None
    return " ".join(page.main.get_text(" ").split())


@pytest.fixture
def certified(session: Session, student: Actor) -> Actor:
    """A student who took the quiz with every answer right, and got a decision that rests on it."""
    enroll_for(session, student, QUIZ, now=NOW - timedelta(days=9))
    take_quiz(session, student, QUIZ, now=NOW - timedelta(days=8))
    meet(session, student, now=NOW, without={"quiz"})
    assert services.record_decisions(session, SYSTEM, student.user_id, now=NOW)
    session.commit()
    return student


@pytest.fixture
def corrected(session: Session, certified: Actor) -> str:
    """The key of a single-choice question of that quiz turns out to be another option; its id."""
    kinds = {version.key: version.payload for version in content.currents(session, Kind.ITEM)}
    drawn = session.scalars(select(AttemptItem.item_key)).all()
    key = next(item for item in drawn if kinds[item]["type"] == "single_choice")
    payload = dict(kinds[key])
    right = next(o["id"] for o in payload["options"] if o.get("correct"))
    other = next(o["id"] for o in payload["options"] if o["id"] != right)
    payload["options"] = [{**option, "correct": option["id"] == other} for option in payload["options"]]
    _replace(session, key, payload)
    session.commit()
    return key


def _replace(session: Session, key: str, payload: dict[str, Any]) -> None:
    old = session.scalars(select(Definition).where(Definition.key == key, Definition.is_current)).one()
    old.is_current = False
    session.flush()
    names = ("kind", "key", "title", "parent", "position", "step", "topic", "subtype", "is_safety", "release_id")
    facts = {name: getattr(old, name) for name in names}
    fresh = Definition(**facts, version=2, digest="x" * 64, payload=payload, created_at=NOW, difficulty=old.difficulty)
    session.add(fresh)
    session.flush()


@pytest.fixture
def teacher(browse: Callable[..., Browser], instructor: Actor) -> Browser:
    browser = browse(instructor)
    browser.get("/account/")
    return browser


def test_the_preview_names_who_changes_and_the_certificate(teacher: Browser, corrected: str, session: Session) -> None:
    assert corrected in words(teacher.get("/teach/regrades"))
    page = words(teacher.get(f"/teach/regrades/items/{corrected}"))
    assert "Amara Osei" in page and "100%" in page and "Marks that change 1" in page
    grade = session.scalars(select(Grade)).one()
    assert grade.passed and grade.is_current, "looking changes nothing"
    assert teacher.get("/teach/regrades/items/nothing-1").status_code == 404


def test_a_regrade_is_asked_for_done_and_followed(
    session: Session, runtime: Runtime, teacher: Browser, corrected: str
) -> None:
    address = f"/teach/regrades/items/{corrected}"
    version = str(quizzes.outdated_item(session, corrected).version_id)
    session.commit()
    data = {"version": version, "reason": "The key was wrong.", "sure": "y"}
    for wrong in ({"reason": ""}, {"sure": ""}):
        assert teacher.post(address, {k: v for k, v in {**data, **wrong}.items() if v}).status_code == 422
    for version in ("no-id", "00000000-0000-0000-0000-000000000001"):
        assert teacher.post(address, {**data, "version": version}).status_code == 409
    asked = teacher.post(address, data)
    assert asked.status_code == 303
    assert "0 of 1 answers judged again" in words(teacher.get(asked.location))
    assert "A regrade of this question is under way." in words(teacher.get(address))
    work_off(runtime)
    done = words(teacher.get(asked.location))
    assert "1 of 1 answers judged again" in done and "Marks changed 1" in done and "Done" in done
    assert "Nothing to judge again" in words(teacher.get("/teach/regrades"))
    assert teacher.post(f"{asked.location}/stop").status_code == 409


def test_a_regrade_can_be_stopped(session: Session, runtime: Runtime, teacher: Browser, corrected: str) -> None:
    version = str(quizzes.outdated_item(session, corrected).version_id)
    session.commit()
    data = {"version": version, "reason": "The key was wrong.", "sure": "y"}
    address = teacher.post(f"/teach/regrades/items/{corrected}", data).location
    assert teacher.post(f"{address}/stop").location == address
    work_off(runtime)
    session.expire_all()
    assert session.scalars(select(Regrade.state)).one() == "stopped"
    assert "Stopped" in words(teacher.get(address))


def test_certificates_rest_on_the_mark_that_counts(session: Session, certified: Actor) -> None:
    attempt = quizzes.attempts_of(session, certified.user_id)[0]

    def resting(percent: int, passed: bool) -> list[queries.Resting]:
        mark = AttemptMark(Fraction(percent), passed)
        return queries.resting_on(session, {attempt.id: (certified.user_id, QUIZ, mark)})

    (found,) = resting(50, False)
    assert (found.name, found.quiz_key, found.after) == ("Amara Osei", QUIZ, Fraction(50))
    assert found.certification_key == session.scalars(select(Decision.certification_key)).one()
    assert resting(100, True) == []
    assert queries.resting_on(session, {}) == []
    # A second attempt that passed counts now (the best does), so nothing rests on the first any more.
    take_quiz(session, certified, QUIZ, now=NOW)
    assert resting(50, False) == []


def test_the_command_says_what_would_change_and_does_it(app: Flask, session: Session, corrected: str) -> None:
    attach_commands(app)
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["quiz", "regrade", corrected])
    assert dry.exit_code == 0, dry.output
    assert "Amara Osei" in dry.output and "1 marks change" in dry.output
    assert session.scalar(select(Regrade.id)) is None
    session.commit()
    assert runner.invoke(args=["quiz", "regrade", corrected, "--apply"]).exit_code == 1, "a reason is needed"
    done = runner.invoke(args=["quiz", "regrade", corrected, "--apply", "--reason", "The key was wrong."])
    assert done.exit_code == 0, done.output
    session.expire_all()
    assert session.scalars(select(Regrade.state)).one() == "done"
    assert [g.sequence for g in session.scalars(select(Grade).order_by(Grade.sequence))] == [1, 2]
    assert runner.invoke(args=["quiz", "regrade", "nothing-1"]).exit_code == 1
    assert {"import", "export", "regrade"} >= set(app.cli.commands["quiz"].commands) >= {"regrade"}  # type: ignore[attr-defined]
