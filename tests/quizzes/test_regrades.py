"""A corrected question: who changes, what is kept, who is told, and that doing it twice is doing it once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid, NotFound
from app.infra.audit import AuditEvent
from app.infra.jobs.models import Job
from app.infra.jobs.worker import work_off
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.quizzes import queries, services
from app.quizzes.models import AttemptItem, Grade, Regrade
from tests.conftest import NOW
from tests.factories.quizzes import exam, publish_quizzes, simple_item, take_quiz

ITEM = "bank-001"
REASON = "The key of this question was wrong."


def options(right: str, letters: str = "abc") -> list[dict[str, Any]]:
    texts = {"a": "First 1", "b": "Second 1", "c": "Third 1", "d": "Fourth 1"}
    return [
        {"id": letter, "text": texts[letter], "correct": letter == right, "feedback": f"About {letter}."}
        for letter in letters
    ]


def correct_key(session: Session, right: str = "b", letters: str = "abc", **facts: Any) -> None:
    """Publish the bank again with another key of its first item."""
    items = [simple_item(1, options=options(right, letters), **facts), *[simple_item(n) for n in (2, 3, 4)]]
    publish_quizzes(session, NOW, items, exam(count=4, pass_mark=70))
    session.commit()


@pytest.fixture
def taken(session: Session, make_user: Callable[..., Actor]) -> dict[str, Actor]:
    """Four students: one right everywhere, one wrong in the first item only, one who left it out, one half wrong."""
    correct_key(session, "a")
    people = {name: make_user(Role.STUDENT, name=name) for name in ("Right", "Wrong", "Silent", "Half")}
    for name, actor in people.items():
        place = _place_of(session, actor)
        attempt_id = queries.attempts_of(session, actor.user_id)[0].id
        _answer(session, actor, attempt_id, place, name)
    session.commit()
    return people


def _place_of(session: Session, actor: Actor) -> int:
    attempt, _none = take_quiz(session, actor, "exam", now=NOW, skip=range(1, 5), hand_in=False)
    session.flush()
    return next(slot.position for slot in queries.items_of(session, attempt.id) if slot.item_key == ITEM)


def _answer(session: Session, actor: Actor, attempt_id: Any, place: int, name: str) -> None:
    """The option "a" is the key of every item; "b" is wrong."""
    for slot in queries.items_of(session, attempt_id):
        item = queries.pinned_item(session, slot.item_version_id)
        wrong = {"Right": False, "Wrong": slot.position == place, "Silent": False, "Half": slot.position == place}[name]
        wrong = wrong or (name == "Half" and slot.item_key == "bank-002")
        if name == "Silent" and slot.position == place:
            continue
        chosen = item.to_form(item.response_from_json({"chosen": "b" if wrong else "a"}))
        services.save_response(session, actor, attempt_id, slot.position, chosen, now=NOW)
    services.submit_attempt(session, actor, attempt_id, now=NOW)


def grades(session: Session, actor: Actor) -> list[Grade]:
    return list(session.scalars(select(Grade).where(Grade.user_id == actor.id).order_by(Grade.sequence)))


def outcome(preview: services.Preview) -> dict[str, tuple[Fraction, Fraction, bool, bool]]:
    return {
        j.touched.name: (j.turn.before.percent, j.turn.after.percent, j.turn.passes, j.turn.fails)
        for j in preview.changes
        if j.turn is not None
    }


def test_the_preview_says_who_changes_and_writes_nothing(session: Session, taken: dict[str, Actor]) -> None:
    assert queries.outdated_items(session) == []
    correct_key(session)
    (item,) = queries.outdated_items(session)
    assert (item.key, item.version, item.oldest, item.attempts, item.bank) == (ITEM, 2, 1, 4, "bank")
    preview = services.preview_regrade(session, ITEM)
    assert outcome(preview) == {
        "Right": (100, 75, False, False),
        "Wrong": (75, 100, False, False),
        "Half": (50, 75, True, False),
    }, "who left it out keeps what they have"
    assert (preview.looked, preview.is_whole, preview.passes, preview.fails) == (4, True, 1, 0)
    assert session.scalar(select(func.count()).select_from(Grade)) == 4


def ask(session: Session, actor: Actor, version: Any = None, reason: str = REASON) -> Regrade:
    version = version or queries.outdated_item(session, ITEM).version_id
    return services.ask_regrade(session, actor, ITEM, version_id=version, reason=reason, now=NOW)


def test_applying_adds_grades_keeps_the_old_and_tells_each_once(
    session: Session, runtime: Runtime, taken: dict[str, Actor], instructor: Actor
) -> None:
    correct_key(session)
    regrade = ask(session, instructor)
    session.commit()
    work_off(runtime)
    session.expire_all()
    assert (regrade.state, regrade.done, regrade.total, regrade.changed) == ("done", 4, 4, 3)
    assert (regrade.passed, regrade.failed, regrade.refused) == (1, 0, 0)
    first, second = grades(session, taken["Half"])
    assert (first.sequence, first.is_current, first.percent, first.passed, first.reason) == (1, False, 50, False, "")
    assert (second.sequence, second.is_current, second.percent, second.passed) == (2, True, 75, True)
    assert (second.reason, second.regrade_id) == (REASON, regrade.id)
    assert len(grades(session, taken["Silent"])) == 1
    told = session.scalars(select(Notice).where(Notice.kind == "grade_corrected")).all()
    assert {notice.user_id for notice in told} == {taken[name].id for name in ("Right", "Wrong", "Half")}
    assert len(told) == 3
    events = session.scalars(select(Job).where(Job.handler == "certification.after_regrade")).all()
    assert len(events) == 3, "certification looks again at each"
    tags = set(session.scalars(select(AuditEvent.tag).where(AuditEvent.target_id == str(regrade.id))))
    assert tags == {"quizzes:item:regrade_asked", "quizzes:item:regraded"}
    about = (AuditEvent.tag == "quizzes:grade:changed", AuditEvent.target_id == str(second.attempt_id))
    line = session.scalars(select(AuditEvent).where(*about)).one()
    assert {name: line.facts[name]["passed"] for name in ("before", "after")} == {"before": False, "after": True}
    assert [float(line.facts[name]["percent"]) for name in ("before", "after")] == [50, 75]
    assert line.facts["reason"] == REASON
    assert queries.outdated_items(session) == [], "every answer is judged by the live version now"


def test_doing_it_again_changes_nothing(
    session: Session, runtime: Runtime, taken: dict[str, Actor], instructor: Actor
) -> None:
    correct_key(session)
    ask(session, instructor)
    session.commit()
    work_off(runtime)
    session.expire_all()
    before = session.scalar(select(func.count()).select_from(Grade))
    with pytest.raises(Conflict) as refused:
        ask(session, instructor)
    assert refused.value.code == "nothing"
    assert services.preview_regrade(session, ITEM).changes == ()
    assert session.scalar(select(func.count()).select_from(Grade)) == before


def test_a_worker_that_died_goes_on_where_it_was(
    session: Session, taken: dict[str, Actor], instructor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.quizzes.services.regrades.CHUNK", 2)
    correct_key(session)
    regrade = ask(session, instructor)
    assert services.begin_regrade(session, regrade.id)
    after, number = services.regrade_some(session, instructor, regrade.id, None, now=NOW)
    assert after is not None and (number, regrade.done) == (2, 2)
    assert services.begin_regrade(session, regrade.id), "a second worker takes over"
    assert (regrade.done, regrade.total) == (2, 4)
    after, seen = None, 0
    while regrade.state == "running":
        after, number = services.regrade_some(session, instructor, regrade.id, after, now=NOW)
        seen += number
    assert (seen, regrade.done, regrade.state, regrade.changed) == (2, 4, "done", 3)
    assert session.scalar(select(func.count()).select_from(Grade)) == 7


def test_it_can_be_stopped(session: Session, taken: dict[str, Actor], instructor: Actor) -> None:
    correct_key(session)
    regrade = ask(session, instructor)
    with pytest.raises(Conflict) as refused:
        ask(session, instructor)
    assert refused.value.code == "ahead"
    services.stop_regrade(session, instructor, regrade.id, now=NOW)
    assert not services.begin_regrade(session, regrade.id)
    assert services.regrade_some(session, instructor, regrade.id, None, now=NOW) == (None, 0)
    assert session.scalar(select(func.count()).select_from(Grade)) == 4
    with pytest.raises(Conflict):
        services.stop_regrade(session, instructor, regrade.id, now=NOW)


def test_asking_needs_a_reason_and_the_version_that_was_seen(
    session: Session, taken: dict[str, Actor], instructor: Actor
) -> None:
    correct_key(session)
    seen = queries.outdated_item(session, ITEM).version_id
    with pytest.raises(Invalid):
        ask(session, instructor, reason=" ")
    correct_key(session, "c")
    with pytest.raises(Conflict) as refused:
        ask(session, instructor, seen)
    assert refused.value.code == "stale"
    with pytest.raises(NotFound):
        services.preview_regrade(session, "bank-999")
    with pytest.raises(NotFound):
        queries.regrade_row(session, uuid4())


def test_answers_are_carried_over_by_option_or_left_with_the_reason(
    session: Session, runtime: Runtime, taken: dict[str, Actor], instructor: Actor
) -> None:
    # Three options are the least that a bank may have, so one is exchanged: b goes, d comes.
    correct_key(session, "d", "acd")
    preview = services.preview_regrade(session, ITEM)
    assert {j.touched.name: j.refusal for j in preview.refused} == dict.fromkeys(
        taken, "The corrected question offers what was not there to choose: d."
    )


def test_a_safety_flag_alone_changes_the_outcome(session: Session, taken: dict[str, Actor]) -> None:
    items = [simple_item(1, options=options("a"), safety=True), *[simple_item(n) for n in (2, 3, 4)]]
    publish_quizzes(session, NOW, items, exam(count=4, pass_mark=70, safety_must_pass=True))
    session.commit()
    found = outcome(services.preview_regrade(session, ITEM))
    assert set(found) == {"Wrong", "Silent", "Half"}, "marks stay, but the question counts as safety"
    assert all(before == after for before, after, _passes, _fails in found.values())


def test_the_student_sees_the_corrected_question_and_the_reason(
    session: Session, runtime: Runtime, taken: dict[str, Actor], instructor: Actor, browse: Callable[..., Any]
) -> None:
    correct_key(session)
    ask(session, instructor)
    session.commit()
    work_off(runtime)
    session.expire_all()
    attempt = queries.attempts_of(session, taken["Wrong"].user_id)[0]
    sitting = queries.sitting(session, taken["Wrong"].user_id, attempt.id)
    result = queries.result(session, taken["Wrong"].user_id, sitting, NOW)
    view = next(view for view in result.views if view["item"]["prompt"].endswith("bank-001?"))
    assert (view["correct"], view["earned"]) == (True, "1")
    assert result.standing.mark is not None and result.standing.mark.percent == 100
    session.commit()
    page = browse(taken["Wrong"]).get(f"/learn/attempts/{attempt.id}/result").get_data(as_text=True)
    assert REASON in page


def test_open_attempts_stay_with_what_they_were_shown(
    session: Session, make_user: Callable[..., Actor], taken: dict[str, Actor]
) -> None:
    late = make_user(Role.STUDENT, name="Late")
    take_quiz(session, late, "exam", now=NOW, hand_in=False)
    session.commit()
    correct_key(session)
    assert queries.outdated_item(session, ITEM).attempts == 4
    attempt = queries.attempts_of(session, late.user_id)[0]
    services.submit_attempt(session, late, attempt.id, now=NOW)
    assert queries.outdated_item(session, ITEM).attempts == 5
    versions = session.scalars(select(AttemptItem.graded_version_id).where(AttemptItem.item_key == ITEM)).all()
    assert len(set(versions)) == 1
