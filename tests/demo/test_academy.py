"""The demo is made through the services, holds every state, and refuses an instance with people in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from rich.progress import Progress
from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.certification.models import ExternalProof
from app.cli import prepare
from app.credentials import queries as credentials
from app.credentials.models import Credential, RevocationRequest
from app.demo import academy, cast, cohort
from app.domain.assessment.statistics.chosen import Chosen
from app.domain.assessment.statistics.verdicts import Finding
from app.factory import make_runtime
from app.infra import api_keys
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from app.practice.models import Photo, Submission
from app.reviews.models import Appeal
from app.statistics.queries import pages as statistics
from app.studios.models import Alert, PortfolioPiece, RosterCheck, Webhook
from app.training import queries as training
from tests.conftest import make_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runtime, dict]]:
    folder: Path = tmp_path_factory.mktemp("demo")
    runtime = make_runtime(make_settings(folder, f"sqlite:///{folder / 'demo.db'}"))
    runtime.keys.ensure(runtime.now() - academy.PAST)
    prepare(runtime, say=lambda _line: None)
    with Progress(disable=True) as progress:
        summary = academy.fill(runtime, progress)
    yield runtime, summary
    runtime.db.dispose()


def test_certificates_are_there_in_every_state(filled: tuple[Runtime, dict]) -> None:
    runtime, summary = filled
    with runtime.db.reading() as session:
        for state in ("valid", "expired", "suspended", "revoked", "superseded"):
            view = credentials.public_view(session, summary["credentials"][state], runtime.now())
            assert view is not None
            assert ("valid" if view.status.is_valid else view.status.value) == state


def test_nothing_failed_and_nothing_is_left_over(filled: tuple[Runtime, dict]) -> None:
    runtime, _summary = filled
    with runtime.db.reading() as session:
        states = {row[0]: row[1] for row in session.execute(select(Job.state, func.count()).group_by(Job.state))}
        assert set(states) == {"done"}
        assert session.scalar(select(func.count()).where(Photo.state != "ready")) == 0


def test_the_queue_and_the_alerts_are_alive(filled: tuple[Runtime, dict]) -> None:
    runtime, summary = filled
    with runtime.db.reading() as session:
        waiting = session.scalars(select(Submission.id).where(Submission.state == "waiting")).all()
        assert len(waiting) >= 4
        assert UUID(summary["one_review_away"]["submission"]) in waiting
        assert session.scalar(select(func.count(Alert.id))) >= 3


def test_a_student_has_questions_to_train_today(filled: tuple[Runtime, dict]) -> None:
    runtime, _summary = filled
    with runtime.db.reading() as session:
        amara = accounts.user_by_email(session, cast.AMARA.email)
        assert amara is not None
        tally = training.glance(session, amara.id, runtime.now())
    assert tally.today >= 3
    assert tally.total > tally.today, "some are settled for a while"


def test_the_statistics_point_at_the_question_that_fools_the_able(filled: tuple[Runtime, dict]) -> None:
    runtime, _summary = filled
    with runtime.db.reading() as session:
        page = statistics.quiz_page(session, cohort.QUIZ, Chosen.FIRST, None)
    findings = {line.key: {verdict.finding for verdict in line.report.verdicts} for line in page.items}
    assert Finding.BEST_FOOLED in findings[cohort.FOOLING]
    assert sum(Finding.GOOD in found for found in findings.values()) >= 20


def test_every_desk_has_something_on_it(filled: tuple[Runtime, dict]) -> None:
    runtime, summary = filled
    now = runtime.now()
    assert len(summary["accounts"]["admin"]) == 2
    assert {each.get("rank") for each in summary["accounts"]["studio"]} == {None, "manager", "viewer"}
    with runtime.db.reading() as session:
        waiting = credentials.revocations_waiting(session, now)
        assert [line.number for line in waiting] == [summary["credentials"]["suspended"]]
        by_two = select(RevocationRequest).where(RevocationRequest.state == "confirmed")
        confirmed = session.scalars(by_two).one()
        assert confirmed.asked_by != confirmed.answered_by
        key = api_keys.key_of(session, summary["api_key"], now)
        assert key is not None
        checked = session.scalars(select(RosterCheck)).one()
        assert (checked.state, checked.done) == ("ready", 7)
        assert session.scalar(select(func.count(Webhook.id))) == 1
        shown = session.scalars(select(PortfolioPiece.state)).all()
        assert len(shown) == 6 and set(shown) == {"ready"}
        assert session.scalar(select(func.count(Appeal.id)).where(Appeal.state == "waiting")) == 1
        documents = session.scalars(select(ExternalProof.document_key)).all()
    assert documents
    for key in documents:
        with runtime.storage.open(key) as scan:
            assert scan.read(2) == b"\xff\xd8", "a JPEG"


def test_one_approval_certifies_the_student_who_is_one_review_away(filled: tuple[Runtime, dict]) -> None:
    runtime, summary = filled
    clock = academy.SimulatedClock(runtime.now())
    stage = academy.Stage(replace(runtime, now=clock), clock, "")
    with runtime.db.reading() as session:
        lea = accounts.user_by_email(session, cast.LEA.email)
        ines = accounts.user_by_email(session, cast.INSTRUCTORS[0].email)
        assert lea is not None and ines is not None
        lea_id, instructor = lea.id, ines.id
        assert session.scalar(select(func.count()).where(Credential.user_id == lea_id)) == 0
    submission = UUID(summary["one_review_away"]["submission"])
    stage.review(stage.actor(instructor), submission, good=True, note="Well done.", seed=1)
    stage.settle()
    with runtime.db.reading() as session:
        assert session.scalar(select(func.count()).where(Credential.user_id == lea_id)) == 1


def test_it_refuses_an_instance_with_people(filled: tuple[Runtime, dict]) -> None:
    runtime, _summary = filled
    with Progress(disable=True) as progress, pytest.raises(academy.NotEmpty, match="empty one"):
        academy.fill(runtime, progress)


def test_the_summary_names_accounts_of_every_role(filled: tuple[Runtime, dict]) -> None:
    runtime, summary = filled
    path = Path(academy.write_summary(runtime, summary))
    assert path.stat().st_mode & 0o077 == 0
    assert set(summary["accounts"]) == {"admin", "instructor", "student", "studio"}
    for people in summary["accounts"].values():
        assert all(account["email"].endswith(cast.DOMAIN) and account["password"] for account in people)
