"""Telling the student, and returning pieces whose reviewer went away."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.outbox import enqueue
from app.infra.jobs.registry import RECURRING
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.practice import queries as practice
from app.reviews import services
from app.reviews.models import Review
from tests.conftest import Clock, Outbox
from tests.factories.reviews import decided_review


def notices(session: Session, actor: Actor) -> list[Notice]:
    query = select(Notice).where(Notice.user_id == actor.id, Notice.kind == "review_decided")
    return list(session.scalars(query))


def test_the_student_is_told_once_and_not_how_it_went(
    session: Session, runtime: Runtime, clock: Clock, held: Review, ines: Actor, amara: Actor, outbox: Outbox
) -> None:
    decided_review(session, ines, held.submission_id, now=clock(), good=False)
    session.commit()
    work_off(runtime)
    submission = practice.submission(session, held.submission_id)
    (notice,) = notices(session, amara)
    assert (notice.url, notice.facts) == (f"/learn/practice/{submission.entry_id}", {"number": 1})
    (mail,) = [message for message in outbox.messages if "Feedback" in message.subject]
    assert mail.subject == "Feedback on piece 1"
    assert f"https://academy.test/learn/practice/{submission.entry_id}" in mail.text
    assert "again" not in mail.subject + mail.text
    payload = {
        "user_id": amara.user_id.hex,
        "submission_id": submission.id.hex,
        "review_id": held.id.hex,
        "outcome": "resubmit",
    }
    enqueue(session, "reviews.tell_student", payload, now=clock())
    session.commit()
    work_off(runtime)
    assert len(notices(session, amara)) == 1
    assert len([message for message in outbox.messages if "Feedback" in message.subject]) == 1


def test_pieces_whose_hold_ran_out_go_back_by_themselves(
    session: Session, runtime: Runtime, clock: Clock, held: Review, ines: Actor
) -> None:
    assert RECURRING["reviews.return_expired"].every == timedelta(minutes=5)

    def sweep() -> str:
        enqueue(session, "reviews.return_expired", {}, now=clock())
        session.commit()
        work_off(runtime)
        session.expire_all()
        return session.get_one(Review, held.id).state

    clock.tick(minutes=59)
    assert sweep() == "open"
    clock.tick(minutes=1)
    assert sweep() == "released"
    assert practice.submission(session, held.submission_id).state == "waiting"
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.REVIEW_RELEASED.value)).one()
    assert (line.actor_id, line.actor_name) == (None, "Vermilion")
    again = services.claim_review(session, ines, held.submission_id, now=clock())
    session.commit()
    assert (again.id, sweep()) == (held.id, "open")
