"""The ledger as it is kept: read where hours are earned, corrected by lines that the database does not let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict, Expired, Invalid, NotFound
from app.domain.practice.hours import Source
from app.domain.practice.signoff import Guest, digest_of
from app.infra.audit import AuditEvent, AuditTag
from app.learning import services as learning
from app.practice import queries, services
from app.practice.models import HoursLine, SignoffLink
from app.practice.services import SessionClaim
from tests.conftest import NOW, QueryCount
from tests.factories.practice import decide, submitted_piece

CLAIM = SessionClaim(NOW.date(), 120, "Studio  Nord", "Full lip on 3D skin.\nTwo passes.")
GUEST = Guest("Marc Delorme", "Studio owner", "T-4711")


def approve(session: Session, actor: Actor) -> str:
    """An approved piece of 105 minutes; returns the key of its line."""
    submission = submitted_piece(session, actor, now=NOW)
    decide(session, submission, "approved", now=NOW)
    return f"practice:{submission.id}"


def sign(session: Session, actor: Actor) -> None:
    _link, token = services.ask_signoff(session, actor, CLAIM, now=NOW)
    services.sign_session(session, token, GUEST, now=NOW)


def sums(session: Session, actor: Actor) -> list[int]:
    return list(queries.ledger(session, actor.user_id).totals.by_source.values())


def test_hours_come_from_lessons_approved_pieces_and_signed_sessions(
    session: Session, learner: Actor, stranger: Actor
) -> None:
    learning.enroll(session, learner, "lip-blush-basics", now=NOW)
    lesson = learning_lesson(session, learner)
    approve(session, learner)
    submitted_piece(session, learner, now=NOW)  # waits, so it does not count yet
    sign(session, learner)
    assert sums(session, learner) == [lesson, 105, 120]
    assert sums(session, stranger) == [0, 0, 0]
    titles = {row.line.source: row.line.title for row in queries.ledger(session, learner.user_id).rows}
    assert titles[Source.SUPERVISED] == "Marc Delorme"


def learning_lesson(session: Session, actor: Actor) -> int:
    """Finish a lesson and say how many minutes it counted."""
    from app.content import queries as content
    from app.content.models import Kind
    from app.learning.models import LessonProgress

    key = content.currents(session, Kind.LESSON)[0].key
    learning.complete_lesson(session, actor, key, now=NOW)
    session.flush()
    return session.scalars(select(LessonProgress.minutes).where(LessonProgress.user_id == actor.user_id)).one()


def test_a_correction_is_a_line_of_its_own_with_its_reason(session: Session, learner: Actor) -> None:
    key = approve(session, learner)
    services.correct_hours(session, learner, key, true_minutes=60, reason=" Counted  the break. ", now=NOW)
    later = NOW + timedelta(minutes=1)
    services.correct_hours(session, learner, key, true_minutes=45, reason="And the set-up.", now=later)
    row = queries.ledger(session, learner.user_id).row(key)
    assert row is not None
    assert (row.line.minutes, row.left) == (105, 45)
    assert [(line.minutes, line.reason) for line in row.corrections] == [
        (-45, "Counted the break."),
        (-15, "And the set-up."),
    ]
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.tag == AuditTag.HOURS_CORRECTED)).all()
    assert len(tags) == 2
    assert list(queries.signed_time(session, learner.user_id).corrections.values()) == [-60]
    assert f"practice:{next(iter(queries.signed_time(session, learner.user_id).corrections))}" == key


def test_time_with_a_supervisor_counts_from_a_day_on_with_its_corrections() -> None:
    day = NOW.date()
    signed = queries.SignedTime({}, [(day - timedelta(days=9), 120), (day, 60), (day, -15)])
    assert (signed.supervised(), signed.supervised(day), signed.supervised(day + timedelta(days=1))) == (165, 45, 0)


@pytest.mark.parametrize(
    ("minutes", "reason", "field"), [(200, "More", "minutes"), (None, "x", "minutes"), (9, "", "reason")]
)
def test_what_is_no_correction_adds_no_line(
    session: Session, learner: Actor, minutes: int | None, reason: str, field: str
) -> None:
    key = approve(session, learner)
    with pytest.raises(Invalid) as refused:
        services.correct_hours(session, learner, key, true_minutes=minutes, reason=reason, now=NOW)
    assert refused.value.problems[0].field == field
    assert session.scalars(select(HoursLine)).all() == []


def test_nobody_corrects_the_line_of_another(session: Session, learner: Actor, stranger: Actor) -> None:
    key = approve(session, learner)
    with pytest.raises(NotFound):
        services.correct_hours(session, stranger, key, true_minutes=0, reason="not mine", now=NOW)


def test_the_ledger_costs_the_same_for_few_and_many_lines(
    session: Session, learner: Actor, count_queries: QueryCount
) -> None:
    costs = []
    for many in (1, 4):
        for _each in range(many):
            approve(session, learner)
            sign(session, learner)
        session.flush()
        count_queries.statements.clear()
        queries.ledger(session, learner.user_id)
        costs.append(len(count_queries))
    assert costs == [3, 3]


# ---------------------------------------------------------------- sign-off


def test_a_guest_signs_once_and_the_words_stay(session: Session, learner: Actor) -> None:
    link, token = services.ask_signoff(session, learner, CLAIM, now=NOW)
    assert token not in str(session.get_one(SignoffLink, link.id).__dict__), "only its hash is kept"
    signed = services.sign_session(session, token, GUEST, now=NOW)
    assert "Student: Amara Osei\n" in signed.statement
    assert "Place: Studio Nord\n" in signed.statement
    assert signed.digest == digest_of(signed.statement)
    with pytest.raises(Expired):
        services.sign_session(session, token, GUEST, now=NOW)
    assert sums(session, learner)[2] == 120
    with pytest.raises(Conflict, match="signed"):
        services.withdraw_signoff(session, learner, link.id, now=NOW)


def test_a_link_ends_when_it_is_withdrawn_or_old(session: Session, learner: Actor, stranger: Actor) -> None:
    link, token = services.ask_signoff(session, learner, CLAIM, now=NOW)
    with pytest.raises(NotFound):
        services.withdraw_signoff(session, stranger, link.id, now=NOW)
    assert queries.open_signoff(session, token, link.expires_at) is None
    assert queries.open_signoff(session, "x" * 43, NOW) is None
    services.withdraw_signoff(session, learner, link.id, now=NOW)
    services.withdraw_signoff(session, learner, link.id, now=NOW)
    with pytest.raises(Expired):
        services.sign_session(session, token, GUEST, now=NOW)
    assert [face.state for face in queries.signoffs_of(session, learner.user_id, NOW)] == ["withdrawn"]


def test_a_claim_is_judged_field_by_field(session: Session, learner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        services.ask_signoff(session, learner, SessionClaim(None, 0, " ", "x" * 601), now=NOW)
    assert {problem.field for problem in refused.value.problems} == {"day", "minutes", "place", "work"}


def test_few_links_wait_at_once(session: Session, learner: Actor) -> None:
    for _each in range(10):
        services.ask_signoff(session, learner, CLAIM, now=NOW)
    with pytest.raises(Invalid, match="10 links wait"):
        services.ask_signoff(session, learner, CLAIM, now=NOW)
