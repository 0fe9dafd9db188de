"""A confirmed critical fault keeps its student from sending: brought by results, ended by what each block asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid
from app.domain.practice.blocks import BlockKind
from app.infra.audit import AuditEvent, AuditTag
from app.notifications.models import Notice
from app.practice import queries as practice
from app.practice import services as practice_services
from app.practice.models import SendingBlock, Submission
from app.reviews import queries, services
from tests.conftest import Clock
from tests.factories.practice import complete_piece

Send = Callable[..., Submission]
Browse = Callable[..., object]


def fail(session: Session, piece: Submission, *codes: str, clock: Clock) -> None:
    """Decide as a confirmed flag does."""
    practice_services.mark_in_review(session, piece, held=True)
    session.flush()
    practice_services.mark_decided(session, piece, "failed", faults=codes, now=clock())
    session.commit()


def kinds(session: Session, student: Actor) -> list[str]:
    return sorted(each.kind for each in practice.open_blocks(session, student.user_id))


def told(session: Session, person: Actor) -> list[str]:
    return list(session.scalars(select(Notice.kind).where(Notice.user_id == person.user_id).order_by(Notice.id)))


def test_the_refresher_comes_before_the_next_piece(
    session: Session, clock: Clock, send: Send, amara: Actor, linh: Actor
) -> None:
    fail(session, send(amara), "HYG", "CON", clock=clock)
    assert kinds(session, amara) == ["refresher"]
    entry = complete_piece(session, amara, now=clock())
    with pytest.raises(Invalid) as refusal:
        practice_services.submit_entry(session, amara, entry.id, now=clock())
    assert (refusal.value.code, [p.code for p in refusal.value.problems]) == ("blocked", ["block_refresher"])
    assert practice.entry_for(session, amara.user_id, entry.id).state == "draft"
    send(linh)  # nobody else is kept

    practice_services.refresher_passed(session, amara.user_id, now=clock.tick(hours=1))
    assert practice_services.refresher_passed(session, amara.user_id, now=clock()) == []
    assert practice_services.submit_entry(session, amara, entry.id, now=clock()).state == "waiting"
    assert {"sending_blocked", "sending_unblocked"} <= set(told(session, amara))


def test_the_second_hygiene_fault_in_six_months_asks_for_a_talk(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor
) -> None:
    first, second = send(amara), send(amara)
    fail(session, first, "HYG", clock=clock)
    practice_services.refresher_passed(session, amara.user_id, now=clock())
    clock.tick(days=150)
    fail(session, second, "SHP", clock=clock)
    assert kinds(session, amara) == ["meeting", "refresher"]
    assert told(session, ines) == ["block_waits"]
    (line,) = practice.blocks_to_end(session, [BlockKind.MEETING])
    with pytest.raises(Invalid):
        practice_services.end_block(session, ines, line.block.id, "  ", now=clock())
    practice_services.end_block(session, ines, line.block.id, "New barrier list on the wall.", now=clock())
    practice_services.end_block(session, ines, line.block.id, "Again.", now=clock())
    assert line.block.note == "New barrier list on the wall."
    assert kinds(session, amara) == ["refresher"]
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.tag == AuditTag.SENDING_UNBLOCKED)).all()
    assert len(tags) == 2


def test_a_reused_photo_stops_what_waits_until_the_committee_has_decided(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, linh: Actor, make_user: Callable[..., Actor]
) -> None:
    admin = make_user(Role.ADMIN, name="Sol Reyes")
    guilty, waiting, open_one, other = send(amara), send(amara), send(amara), send(linh)
    review = services.claim_review(session, ines, open_one.id, now=clock())
    fail(session, guilty, "DUP", clock=clock)
    assert [line.submission_id for line in queries.queue(session, now=clock())] == [other.id]
    assert queries.next_waiting(session, ines.user_id, clock()) == other.id
    with pytest.raises(Conflict) as refusal:
        services.claim_review(session, ines, waiting.id, now=clock())
    assert refusal.value.code == "stopped"
    assert told(session, admin) == ["block_waits"]

    (block,) = practice.open_blocks(session, amara.user_id)
    practice_services.end_block(session, admin, block.id, "An honest mix-up, shown by the originals.", now=clock())
    assert {line.submission_id for line in queries.queue(session, now=clock())} == {waiting.id, open_one.id, other.id}
    assert services.claim_review(session, ines, open_one.id, now=clock()).id == review.id


def test_a_changed_result_takes_its_block_along(session: Session, clock: Clock, send: Send, amara: Actor) -> None:
    piece, later = send(amara), send(amara)
    fail(session, piece, "HYG", clock=clock)
    # As an appeal does that ends with another result of the same try.
    practice_services.block_after(session, piece, [], now=clock.tick(days=1))
    assert kinds(session, amara) == []
    (block,) = session.scalars(select(SendingBlock))
    assert block.ended_as == "overturned"
    fail(session, later, "HYG", clock=clock)
    assert kinds(session, amara) == ["refresher"], "what was taken back counts for no second fault"


def test_pages_say_what_is_to_be_done_and_who_may_end_it(
    session: Session,
    clock: Clock,
    browse: Callable[..., object],
    send: Send,
    ines: Actor,
    amara: Actor,
    make_user: Callable[..., Actor],
) -> None:
    admin = make_user(Role.ADMIN, name="Sol Reyes")
    first, second = send(amara), send(amara)
    fail(session, first, "HYG", clock=clock)
    fail(session, second, "HYG", "DUP", clock=clock)
    entry = complete_piece(session, amara, now=clock())
    session.commit()
    student = browse(amara)
    page = BeautifulSoup(student.get("/learn/practice").text, "html.parser")
    assert page.select_one("a[href='/learn/quizzes/refresher-hygiene']")
    refused = student.post(f"/learn/practice/{entry.id}/submit")
    assert refused.status_code == 422
    assert "You cannot send pieces at the moment" in refused.text

    teacher, chair = browse(ines), browse(admin)
    of_teacher, of_admin = (
        [form["action"] for form in BeautifulSoup(page.text, "html.parser").select("form[action$='/end']")]
        for page in (teacher.get("/teach/blocks"), chair.get("/teach/blocks"))
    )
    assert (len(of_teacher), len(of_admin)) == (1, 2)
    (committee,) = set(of_admin) - set(of_teacher)
    assert teacher.post(committee, data={"note": "Fine."}).status_code == 404
    assert chair.post(committee, data={"note": ""}).status_code == 422
    assert chair.post(committee, data={"note": "An honest mix-up."}).status_code == 303
    assert teacher.post(of_teacher[0], data={"note": "We talked."}).status_code == 303
    assert kinds(session, amara) == ["refresher", "refresher"]
