"""Mail as people want it: at once, in digests, or never; once, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.domain.access.actor import SYSTEM, Actor
from app.domain.errors import Conflict
from app.domain.notices import Frequency, Topic
from app.factory import make_runtime
from app.infra.db import Database
from app.infra.jobs.models import Job
from app.infra.jobs.registry import RECURRING
from app.infra.jobs.worker import JobContext, work_off
from app.infra.mail.base import MailRefused, Message
from app.infra.mail.messages import MAIL_JOB, mail_payload
from app.infra.runtime import Runtime
from app.notifications import queries, services, tasks
from app.notifications.models import Digest, MailDelivery, Notice
from tests.conftest import Clock, Outbox, make_settings

Tell = Callable[..., None]


def want(
    session: Session, actor: Actor, topic: Topic, frequency: Frequency, *, zone: str = "UTC", hour: int = 7
) -> None:
    services.choose_mail(session, actor.user_id, {topic: frequency}, time_zone=zone, digest_hour=hour)
    session.commit()


def run_digests(runtime: Runtime) -> None:
    tasks.make_digests(JobContext(runtime, runtime.now()), {})
    work_off(runtime)


class Broken:
    """A mail server that fails so many times, then takes mail."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.left, self.error = failures, error
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        if self.left:
            self.left -= 1
            raise self.error
        self.messages.append(message)


# ---------------------------------------------------------------- at once


def test_feedback_comes_at_once_and_only_when_the_change_is_kept(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, clock: Clock
) -> None:
    for keep in (False, True):
        services.notify(session, amara.user_id, "review_decided", once_key="r:1", url="/learn/x", now=clock(), number=3)
        session.commit() if keep else session.rollback()
        work_off(runtime)
        assert len(outbox.messages) == keep
    (mail,) = outbox.messages
    assert mail.subject == "Feedback on piece 3"
    assert mail.to == "amara.osei.1@example.com"
    for part in (mail.text, mail.html):
        assert "https://academy.test/learn/x" in part
        assert mail.unsubscribe in part
        assert "https://academy.test/account/notifications/mail" in part
    assert mail.text.startswith("Hello Amara Osei,")


def test_the_same_happening_twice_is_one_mail(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, clock: Clock
) -> None:
    for _ in range(2):
        services.notify(session, amara.user_id, "review_decided", once_key="r:1", url="", now=clock(), number=3)
        session.commit()
    notice_id = session.scalars(select(Notice.id)).one()
    for _ in range(3):
        tasks.mail_notice(JobContext(runtime, clock()), {"notice_id": notice_id.hex})
    work_off(runtime)
    assert len(outbox.messages) == 1


def test_a_kind_without_a_folder_of_its_own_is_said_in_the_words_of_the_inbox(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell
) -> None:
    want(session, amara, Topic.QUIZZES, Frequency.NOW)
    tell(amara, "attempt_marked", title='Colors & "tones"', again=False)
    work_off(runtime)
    (mail,) = outbox.messages
    assert 'Your text in "Colors & "tones"" is marked. The result is there.' in mail.text
    assert "Colors &amp; &#34;tones&#34;" in mail.html
    assert "Colors" not in mail.subject


@pytest.mark.parametrize("how", ["never", "read", "closed", "unknown job"])
def test_no_mail_for_who_wants_or_needs_none(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell, clock: Clock, how: str
) -> None:
    if how == "never":
        want(session, amara, Topic.FEEDBACK, Frequency.NEVER)
    tell(amara, "review_decided")
    if how == "read":
        services.mark_all_read(session, amara.user_id, now=clock())
    if how == "closed":
        accounts.disable_user(session, SYSTEM, amara.user_id, now=clock())
    if how == "unknown job":
        session.delete(session.scalars(select(Notice)).one())
    session.commit()
    work_off(runtime)
    assert outbox.messages == []
    assert session.scalar(select(func.count(Job.id)).where(Job.state == "dead")) == 0


def test_mail_for_signing_in_cannot_be_turned_off(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, clock: Clock
) -> None:
    frequencies = dict.fromkeys(Topic, Frequency.NEVER)
    services.choose_mail(session, amara.user_id, frequencies, time_zone="UTC", digest_hour=7)
    services.stop_mail(session, amara.user_id, "550 no such user", now=clock())
    payload = mail_payload("amara.osei.1@example.com", "password_reset", name="Amara", url="https://academy.test/r")
    session.add(Job(handler=MAIL_JOB, payload=payload, run_at=clock(), created_at=clock()))
    session.commit()
    work_off(runtime)
    (mail,) = outbox.messages
    assert (mail.subject, mail.unsubscribe) == ("Set a new password", "")
    assert "stop this kind of mail" not in mail.text + mail.html


# ---------------------------------------------------------------- on the way


def test_a_server_that_is_away_is_tried_again_and_gets_the_mail_once(
    session: Session, runtime: Runtime, amara: Actor, tell: Tell, clock: Clock
) -> None:
    server = runtime.mailer = Broken(2, ConnectionRefusedError("away"))
    tell(amara, "review_decided")
    for _ in range(4):
        work_off(runtime)
        clock.tick(hours=1)
    assert len(server.messages) == 1
    job = session.scalars(select(Job).where(Job.handler == services.NOTICE_JOB)).one()
    assert (job.state, job.tries, job.max_tries) == ("done", 3, 36)
    row = session.scalars(select(MailDelivery)).one()
    assert (row.state, row.tries, row.claimed_until) == ("sent", 3, None)


def test_a_mail_in_the_hands_of_another_worker_is_not_sent_beside_it(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell, clock: Clock
) -> None:
    tell(amara, "review_decided")
    notice = session.scalars(select(Notice)).one()
    key = f"notice:{amara.user_id.hex}:{notice.once_key}"
    assert services.claim_delivery(session, key, now=clock())
    session.commit()
    job = {"notice_id": notice.id.hex}
    with pytest.raises(Conflict):
        tasks.mail_notice(JobContext(runtime, clock()), job)
    assert outbox.messages == []
    clock.tick(minutes=3)  # that worker died
    tasks.mail_notice(JobContext(runtime, clock()), job)
    assert [mail.key for mail in outbox.messages] == [key], "the key, and so the Message-ID, stays the same"


def test_an_address_that_takes_no_mail_is_left_alone_until_the_person_says_so(
    session: Session, runtime: Runtime, amara: Actor, tell: Tell, clock: Clock
) -> None:
    server = runtime.mailer = Broken(1, MailRefused("550 5.1.1 no such user"))
    tell(amara, "review_decided")
    work_off(runtime)
    tell(amara, "review_decided")
    work_off(runtime)
    assert server.messages == []
    session.expire_all()
    wishes = queries.wishes_of(session, amara.user_id)
    assert (wishes.mail_stopped_at, wishes.mail_stopped_why) == (clock(), "550 5.1.1 no such user")
    assert queries.unread_count(session, amara.user_id) == 2, "the inbox goes on"
    services.resume_mail(session, amara.user_id)
    session.commit()
    tell(amara, "review_decided")
    work_off(runtime)
    assert len(server.messages) == 1


# ---------------------------------------------------------------- digests


def test_a_digest_is_one_mail_at_the_persons_hour(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell, clock: Clock
) -> None:
    assert RECURRING["notifications.make_digests"].every == timedelta(minutes=10)
    clock.value = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    want(session, amara, Topic.QUIZZES, Frequency.DAILY, zone="America/New_York", hour=8)
    tell(amara, "attempt_marked", title="Colors", again=False)
    tell(amara, "piece_received", number=4)
    clock.value = datetime(2026, 11, 23, 12, 59, tzinfo=UTC)  # 7:59 in New York
    run_digests(runtime)
    assert outbox.messages == []
    clock.value = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    tell(amara, "piece_received", number=5)  # after eight: tomorrow
    for _ in range(3):
        run_digests(runtime)
    (mail,) = outbox.messages
    assert mail.subject == "2 things are new at Vermilion Academy"
    for words in ('Your text in "Colors" is marked.', "Piece 4 is in the review queue."):
        assert words in mail.text
    assert "Piece 5" not in mail.text + mail.html
    clock.tick(days=1)
    run_digests(runtime)
    assert [mail.subject for mail in outbox.messages[1:]] == ["1 thing is new at Vermilion Academy"]
    assert len({mail.key for mail in outbox.messages}) == 2
    session.expire_all()
    assert session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all() == []


def test_weekly_news_wait_for_monday_and_go_with_the_daily_ones(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell, clock: Clock
) -> None:
    clock.value = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)  # a Tuesday
    want(session, amara, Topic.PIECES, Frequency.WEEKLY)
    tell(amara, "piece_received", number=1)
    for _ in range(5):
        clock.tick(days=1)
        run_digests(runtime)
    assert outbox.messages == []
    tell(amara, "attempt_marked", title="Colors", again=False)
    clock.tick(days=1)
    run_digests(runtime)
    (mail,) = outbox.messages
    assert clock().weekday() == 0
    assert "Piece 1" in mail.text and "Colors" in mail.text


def test_what_was_read_meanwhile_is_not_mailed_and_a_change_of_mind_counts(
    session: Session, runtime: Runtime, amara: Actor, outbox: Outbox, tell: Tell, clock: Clock
) -> None:
    tell(amara, "piece_received", number=1)
    services.mark_all_read(session, amara.user_id, now=clock())
    tell(amara, "attempt_marked", title="Colors", again=False)
    tell(amara, "something_new")
    want(session, amara, Topic.QUIZZES, Frequency.NEVER)
    clock.tick(days=1)
    run_digests(runtime)
    (mail,) = outbox.messages
    assert "Something new waits for you." in mail.text
    assert "Colors" not in mail.text and "Piece 1" not in mail.text
    tell(amara, "something_new")
    services.unsubscribe(session, amara.user_id, services.EVERY_DIGEST)
    session.commit()
    clock.tick(days=1)
    run_digests(runtime)
    assert len(outbox.messages) == 1


def test_people_are_gone_through_in_portions_with_the_same_number_of_statements(
    session: Session, runtime: Runtime, make_user: Callable[..., Actor], tell: Tell, outbox: Outbox, clock: Clock
) -> None:
    people = [make_user() for _ in range(5)]
    for person in people:
        tell(person)
    first = queries.waiting_for_digest(session, size=3)
    rest = queries.waiting_for_digest(session, after=first[-1].user_id, size=3)
    assert [found.user_id for found in (*first, *rest)] == sorted(person.user_id for person in people)
    clock.tick(days=1)
    run_digests(runtime)
    assert len(outbox.messages) == 5


def test_runs_that_meet_make_one_digest_and_send_one_mail(shared_database: Database, tmp_path: Path) -> None:
    runtime = make_runtime(make_settings(tmp_path, shared_database.url), database=shared_database)
    runtime.mailer = outbox = Outbox()
    runtime.now = clock = Clock()
    with runtime.transaction() as session:
        user = accounts.sign_up(session, email="a@example.com", name="Amara", password_hash="x", now=clock())
        for number in range(4):
            services.notify(
                session, user.id, "piece_received", once_key=f"{number}", url="", now=clock(), number=number
            )
    clock.tick(days=1)
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        try:
            tasks.make_digests(JobContext(runtime, clock()), {})
            with runtime.db.reading() as session:
                digest_id = session.scalars(select(Digest.id)).one()
            with suppress(Conflict):  # another one has it in hand
                tasks.mail_digest(JobContext(runtime, clock()), {"digest_id": digest_id.hex})
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off(runtime)
    assert failures == []
    assert len(outbox.messages) == 1
    with runtime.db.reading() as session:
        assert session.scalar(select(func.count(Digest.id))) == 1
        assert session.scalar(select(func.count(Job.id)).where(Job.handler == services.DIGEST_JOB)) == 1
