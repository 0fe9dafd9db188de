"""Messages below a released review, and the points of a redo: who sees them, who is told, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid, NotFound
from app.notifications import queries as notifications
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import LONGEST_MESSAGE, PointTick, Review, ReviewMessage
from tests.conftest import NOW, Browser, Clock
from tests.factories.reviews import decided_review, sent_again

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]
Send = Callable[..., Submission]


@pytest.fixture
def returned(session: Session, send: Send, ines: Actor, amara: Actor, clock: Clock) -> Submission:
    """Amara's piece, sent back by Ines."""
    submission = send(amara)
    decided_review(session, ines, submission.id, now=clock(), good=False)
    session.commit()
    return submission


def kinds(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(notice.kind, notice.url) for notice in notifications.inbox(session, actor.user_id)]


def said(browser: Browser, submission: Submission) -> str:
    text = browser.get(f"/learn/practice/{submission.entry_id}").text
    return " ".join(BeautifulSoup(text, "html.parser").get_text(" ").split())


# ---------------------------------------------------------------- messages


def test_a_student_asks_and_the_reviewer_answers_and_each_is_told_once(
    session: Session, browse: Browse, returned: Submission, ines: Actor, amara: Actor
) -> None:
    student, reviewer = browse(amara), browse(ines)
    page = f"/learn/practice/{returned.entry_id}"
    student.get(page)
    for _ in range(2):  # a double click
        sent = student.post(f"/learn/threads/{returned.id}", {"text": "Where is the <b>axis</b>?\r\n\r\nThanks."})
        assert sent.status_code == 303
    question = session.scalars(select(ReviewMessage)).one()
    assert sent.location == f"{page}#message-{question.id}"
    assert question.text == "Where is the <b>axis</b>?\n\nThanks."
    ((kind, url),) = kinds(session, ines)
    assert (kind, url) == ("review_question", f"/teach/threads/{returned.id}#message-{question.id}")
    thread = reviewer.get(url.partition("#")[0]).text
    assert "Where is the &lt;b&gt;axis&lt;/b&gt;?" in thread
    assert "Amara" not in thread, "who reads is not told whose piece it is"
    assert reviewer.post(f"/teach/threads/{returned.id}", {"text": "On photo 2."}).status_code == 303
    assert [kind for kind, _url in kinds(session, amara)] == ["review_message"]
    words = said(student, returned)
    assert "You" in words and "Ines Calloway" in words and "On photo 2." in words


def test_nobody_else_sees_a_thread_and_none_is_open_before_the_decision(
    session: Session, browse: Browse, returned: Submission, send: Send, linh: Actor, jun: Actor,
    ines: Actor, make_user: MakeUser, amara: Actor,
) -> None:  # fmt: skip
    services.write_as_student(session, amara, returned.id, "A private question", now=NOW)
    session.commit()
    for actor in (linh, jun, make_user(Role.ADMIN)):
        browser = browse(actor)
        browser.get("/account/")
        for answer in (
            browser.get(f"/teach/threads/{returned.id}"),
            browser.post(f"/teach/threads/{returned.id}", {"text": "x"}),
            browser.post(f"/learn/threads/{returned.id}", {"text": "x"}),
        ):
            assert answer.status_code == 404
    waiting = send(linh)
    with pytest.raises(NotFound):
        queries.thread_of_student(session, linh.user_id, waiting.id)
    services.claim_review(session, ines, waiting.id, now=NOW)
    with pytest.raises(NotFound):
        queries.thread_of_staff(session, ines.user_id, waiting.id)
    assert session.scalar(select(func.count(ReviewMessage.id))) == 1


def test_who_reviews_the_next_try_joins_and_who_re_marks_does_not(
    session: Session, returned: Submission, amara: Actor, jun: Actor, make_user: MakeUser, clock: Clock
) -> None:
    again = sent_again(session, amara, returned.entry_id, now=clock.tick(days=1))
    review = services.claim_review(session, jun, again.id, now=clock())
    assert queries.thread_of_staff(session, jun.user_id, returned.id).try_number == 1
    review.blind = True
    session.flush()
    with pytest.raises(NotFound):
        queries.thread_of_staff(session, jun.user_id, returned.id)
    drawer = make_user(Role.INSTRUCTOR)
    remark = Review(
        submission_id=returned.id, reviewer_id=drawer.user_id, rubric_version_id=review.rubric_version_id,
        kind="remark", blind=True, claimed_at=clock(), lease_until=clock() + timedelta(hours=1),
    )  # fmt: skip
    session.add(remark)
    session.flush()
    with pytest.raises(NotFound):
        queries.thread_of_staff(session, drawer.user_id, returned.id)


def test_in_a_blind_review_the_student_reads_numbers_not_names(
    session: Session, browse: Browse, send: Send, ines: Actor, amara: Actor
) -> None:
    submission = send(amara)
    review = services.claim_review(session, ines, submission.id, now=NOW)
    session.execute(update(Review).where(Review.id == review.id).values(blind=True))
    session.commit()
    decided_review(session, ines, submission.id, now=NOW)
    services.write_as_staff(session, ines, submission.id, "Well done.", now=NOW)
    session.commit()
    browser = browse(amara)
    words = said(browser, submission)
    assert "Ines" not in words
    assert "Ines" not in browser.get("/learn/").text
    assert "Decision of Reviewer 1" in words
    assert "Well done." in words


@pytest.mark.parametrize("text", ["", "   \r\n", "x" * (LONGEST_MESSAGE + 1)])
def test_a_refused_message_stays_as_it_was_typed(
    session: Session, browse: Browse, returned: Submission, ines: Actor, amara: Actor, text: str
) -> None:
    for actor, address in ((amara, "learn"), (ines, "teach")):
        browser = browse(actor)
        browser.get("/account/")
        answer = browser.post(f"/{address}/threads/{returned.id}", {"text": text})
        assert answer.status_code == 422
        field = BeautifulSoup(answer.text, "html.parser").select_one("#message-text")
        assert field is not None
        assert field.text.strip() == text.strip()
        assert field["aria-invalid"] == "true"
    assert session.scalar(select(func.count(ReviewMessage.id))) == 0
    with pytest.raises(Invalid):
        services.write_as_student(session, amara, returned.id, text, now=NOW)


def test_ten_messages_an_hour_are_enough(browse: Browse, returned: Submission, amara: Actor, clock: Clock) -> None:
    browser = browse(amara)
    browser.get("/account/")
    address = f"/learn/threads/{returned.id}"
    for number in range(10):
        assert browser.post(address, {"text": f"Message {number}"}).status_code == 303
    refused = browser.post(address, {"text": "One too many"})
    assert refused.status_code == 429
    assert "One too many" in refused.text
    clock.tick(hours=1)
    assert browser.post(address, {"text": "One too many"}).status_code == 303


# ---------------------------------------------------------------- points


def test_ticks_are_carried_to_the_reviewer_of_the_next_try(
    session: Session, browse: Browse, returned: Submission, ines: Actor, amara: Actor, clock: Clock
) -> None:
    points = queries.open_points(session, returned.entry_id)
    assert [point.number for point in points] == [1, 2, 3]
    student, page = browse(amara), f"/learn/practice/{returned.entry_id}"
    student.get(page)
    ticked = [str(points[0].pin_id), str(points[2].pin_id)]
    assert student.post(f"{page}/points", {"point": ticked}).status_code == 303
    answer = student.post(f"{page}/points", {"point": ticked}, headers={"Accept": "application/json"})
    assert answer.get_json() == {"ticked": 2}
    student.post(f"{page}/points", {"point": [ticked[0], "nonsense", str(returned.id)]})
    for address in (page, f"{page}/edit"):
        boxes = BeautifulSoup(student.get(address).text, "html.parser").select('input[name="point"]')
        assert [box.has_attr("checked") for box in boxes] == [True, False, False]
    again = sent_again(session, amara, returned.entry_id, now=clock.tick(days=1))
    session.commit()
    assert student.post(f"{page}/points", {"point": ticked}).status_code == 409, "what was sent stays as it was"
    review = services.claim_review(session, ines, again.id, now=clock())
    session.commit()
    seen = BeautifulSoup(browse(ines).get(f"/teach/reviews/{review.id}").text, "html.parser")
    section = seen.select_one('[aria-labelledby="points-h"]')
    assert section is not None
    assert "1 of 3 ticked" in section.text
    assert section.text.count("Not ticked:") == 2


def test_the_next_review_brings_points_of_its_own(
    session: Session, returned: Submission, ines: Actor, amara: Actor, clock: Clock
) -> None:
    before = {point.pin_id for point in queries.open_points(session, returned.entry_id)}
    services.tick_points(session, amara, returned.entry_id, before, now=clock())
    again = sent_again(session, amara, returned.entry_id, now=clock.tick(days=1))
    with pytest.raises(Conflict):
        services.tick_points(session, amara, returned.entry_id, (), now=clock())
    decided_review(session, ines, again.id, now=clock(), good=False)
    session.commit()
    after = queries.open_points(session, returned.entry_id)
    assert not before & {point.pin_id for point in after}
    assert not any(point.ticked_at for point in after)
    assert {point.pin_id for point in queries.open_points(session, returned.entry_id, before_try=2)} == before
    assert session.scalar(select(func.count(PointTick.pin_id))) == 3


def test_the_points_of_another_are_not_found(browse: Browse, returned: Submission, linh: Actor) -> None:
    browser = browse(linh)
    browser.get("/account/")
    assert browser.post(f"/learn/practice/{returned.entry_id}/points", {}).status_code == 404


def test_what_to_work_on_names_the_two_weakest_with_lesson_and_exercise(
    session: Session, browse: Browse, returned: Submission, amara: Actor
) -> None:
    found = BeautifulSoup(browse(amara).get(f"/learn/practice/{returned.entry_id}").text, "html.parser")
    steps = found.select('[aria-labelledby="next-h"] li')
    assert [" ".join(step.b.text.split()) for step in steps] == ["Pigment Application", "Building Layers"]
    links = [str(link["href"]) for link in steps[0].select("a")]
    assert links[-1].startswith("/learn/practice/new?exercise=")
