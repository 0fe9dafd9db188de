"""The queue and the workspace as read from the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from markupsafe import escape
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from app.accounts import services as account_services
from app.content.models import Definition
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import NotFound
from app.infra.runtime import Runtime
from app.practice import queries as practice
from app.practice.models import Photo, Submission, SubmissionPhoto
from app.reviews import queries, services
from app.reviews.models import Review
from app.studios import services as studio_services
from tests.conftest import NOW, Browser, Clock, QueryCount
from tests.factories.reviews import FAR_BELOW, decided_review, full_draft, sent_again

Send = Callable[..., Submission]
HOUR = timedelta(hours=1)


def ids(lines: list[queries.QueueLine]) -> list[object]:
    return [line.submission_id for line in lines]


def test_the_oldest_piece_comes_first_with_all_that_a_row_shows(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor, linh: Actor
) -> None:
    young, old = send(amara, at=NOW - HOUR), send(linh, at=NOW - 20 * HOUR)
    services.claim_review(session, jun, young.id, now=NOW)
    first, second = queries.queue(session, now=NOW)
    assert (first.submission_id, second.submission_id) == (old.id, young.id)
    assert (first.student_name, first.piece_number, first.try_number) == ("Linh Tran", 1, 1)
    assert (first.exercise_code, first.exercise_title) == ("E08", "Lip blush, full lip, sheer")
    assert (first.skin, first.question, first.sent_at) == ("lip_pad_flat", "Is the left corner even?", NOW - 20 * HOUR)
    assert (first.reviewer_name, first.is_held(NOW)) == (None, False)
    assert (second.reviewer_name, second.claimed_at) == ("Jun Park", NOW)
    assert second.is_held(NOW) and not second.is_held(NOW + HOUR)
    front = next(photo.id for photo in practice.submission_photos(session, old.id) if photo.slot == "f8")
    assert first.photo_id == front
    session.execute(update(SubmissionPhoto).where(SubmissionPhoto.slot == "f8").values(position=-1))
    session.expire_all()
    assert queries.queue(session, now=NOW)[0].photo_id == front, "wherever it stands among the photos"


def test_decided_pieces_leave_the_queue(session: Session, send: Send, ines: Actor, amara: Actor) -> None:
    decided_review(session, ines, send(amara).id, now=NOW)
    assert queries.queue(session, now=NOW) == []
    assert queries.queue_figures(session) == queries.QueueFigures(0, None)
    assert queries.next_waiting(session, ines.user_id, NOW) is None


def test_pages_follow_each_other_without_gaps(session: Session, send: Send, amara: Actor) -> None:
    sent = [send(amara, at=NOW - n * HOUR).id for n in (5, 4, 4, 3, 1)]
    first = queries.queue(session, now=NOW, size=2)
    assert len(first) == 3, "one more says that there is more"
    last = first[1]
    rest = queries.queue(session, now=NOW, size=5, after=(last.sent_at, str(last.submission_id)))
    assert set(ids(first[:2]) + ids(rest)) == set(sent)
    assert len(rest) == 3


def test_own_pieces_are_not_offered(
    session: Session, send: Send, amara: Actor, make_user: Callable[..., Actor]
) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR, name="Noor Haddad")
    own, other = send(both, at=NOW - HOUR), send(amara)
    assert ids(queries.queue(session, now=NOW, not_by=both.id)) == [other.id]
    assert queries.next_waiting(session, both.user_id, NOW) == other.id
    assert ids(queries.queue(session, now=NOW)) == [own.id, other.id]


def test_pieces_of_ones_own_studio_are_not_offered(session: Session, send: Send, ines: Actor, amara: Actor) -> None:
    studio = studio_services.create_studio(session, SYSTEM, name="Atelier Rouge", city="Lyon", now=NOW)
    session.flush()
    account_services.grant_role(session, SYSTEM, amara.user_id, Role.STUDIO, studio_id=studio.id, now=NOW)
    send(amara)
    assert queries.queue(session, now=NOW, studios={studio.id}) == []
    assert queries.next_waiting(session, ines.user_id, NOW, studios={studio.id}) is None
    account_services.end_role(session, SYSTEM, amara.user_id, Role.STUDIO, now=NOW)
    assert len(queries.queue(session, now=NOW, studios={studio.id})) == 1


def test_the_queue_is_filtered_by_exercise(session: Session, send: Send, ines: Actor, amara: Actor) -> None:
    send(amara)
    other = send(amara, at=NOW - HOUR)
    session.execute(update(Submission).where(Submission.id == other.id).values(exercise_key="e01"))
    assert ids(queries.queue(session, now=NOW, only=queries.QueueFilter(exercise="e01"))) == [other.id]
    assert queries.queue(session, now=NOW, only=queries.QueueFilter(exercise="e99")) == []
    assert queries.next_waiting(session, ines.user_id, NOW, only=queries.QueueFilter(exercise="e01")) == other.id
    assert [(name.key, name.code) for name in queries.exercise_names(session)] == [("e08", "E08")]


def test_the_next_piece_is_the_oldest_that_nobody_holds(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    old, young = send(amara, at=NOW - HOUR), send(amara)
    services.claim_review(session, jun, old.id, now=NOW)
    assert queries.next_waiting(session, ines.user_id, NOW) == young.id
    assert queries.next_waiting(session, ines.user_id, NOW + HOUR) == old.id


def test_ones_own_holds_are_listed_and_left_out_of_the_rest(
    session: Session, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    first, second, third = (send(amara, at=NOW - n * HOUR) for n in (3, 2, 1))
    services.claim_review(session, ines, second.id, now=NOW)
    services.claim_review(session, ines, first.id, now=NOW + HOUR / 2)
    services.claim_review(session, jun, third.id, now=NOW)
    assert ids(queries.held_by(session, ines.user_id)) == [second.id, first.id]
    assert ids(queries.queue(session, now=NOW, not_held_by=ines.id)) == [third.id]


def test_figures_count_what_waits_and_what_was_decided(session: Session, send: Send, ines: Actor, amara: Actor) -> None:
    send(amara, at=NOW - 50 * HOUR)
    decided_review(session, ines, send(amara, at=NOW - 60 * HOUR).id, now=NOW)
    assert queries.queue_figures(session) == queries.QueueFigures(1, NOW - 50 * HOUR)
    assert queries.decided_by(session, ines.user_id, NOW) == 1
    assert queries.decided_by(session, ines.user_id, NOW + HOUR) == 0


def test_the_queue_costs_the_same_for_many_rows(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, count_queries: QueryCount
) -> None:
    def cost() -> int:
        session.commit()
        count_queries.statements.clear()
        queries.queue(session, now=clock(), not_by=ines.id, not_held_by=ines.id)
        queries.held_by(session, ines.user_id)
        queries.queue_figures(session)
        queries.next_waiting(session, ines.user_id, clock())
        return len(count_queries)

    for n in range(3):
        send(amara, at=NOW - n * HOUR)
    services.claim_review(session, ines, send(amara).id, now=clock())
    few = cost()
    for n in range(30):
        send(amara, at=NOW - n * HOUR)
    assert cost() == few == 8


def test_a_partial_index_carries_the_queue(session: Session, send: Send, amara: Actor, runtime: Runtime) -> None:
    send(amara)
    query = select(Submission.id).where(queries.WAITS).order_by(Submission.sent_at, Submission.id).limit(20)
    if not runtime.db.is_sqlite:
        for other in ("seqscan", "bitmapscan"):  # the planner's taste for tiny tables
            session.connection().exec_driver_sql(f"SET LOCAL enable_{other} = off")
    explain = "EXPLAIN QUERY PLAN " if runtime.db.is_sqlite else "EXPLAIN "
    statement = query.compile(session.get_bind(), compile_kwargs={"render_postcompile": True, "literal_binds": True})
    plan = session.connection().exec_driver_sql(explain + str(statement).replace("%", "%%")).all()
    assert "ix_submission_queue" in " ".join(str(row) for row in plan)
    assert "TEMP B-TREE" not in str(plan) and "Sort" not in str(plan)


# --- the workspace ------------------------------------------------------------------------------------------------


def test_a_review_is_its_holders_alone(session: Session, held: Review, ines: Actor, jun: Actor) -> None:
    review, submission = queries.own_review(session, ines.user_id, held.id)
    assert (review.id, submission.id) == (held.id, held.submission_id)
    with pytest.raises(NotFound):
        queries.own_review(session, jun.user_id, held.id)


def test_the_workspace_has_everything_about_a_piece(session: Session, held: Review, ines: Actor) -> None:
    found = queries.workspace(session, *queries.own_review(session, ines.user_id, held.id))
    assert (found.student_name, found.piece_number) == ("Amara Osei", 1)
    assert [photo.slot for photo in found.photos] == ["f1", "f2", "f8"]
    assert [photo.label for photo in found.photos] == ["Blank skin with code card", "Map with ruler", "Final front"]
    assert (found.photos[0].width, found.photos[0].height) == (2016, 1512)
    assert [part.part for part in found.parts][:3] == ["piece", "consultation", "color-selection"]
    assert len(found.parts) == 9
    assert found.plan is not None
    assert (found.plan.planned_mg, found.plan.ceiling_mg) == (40, 270)
    assert (found.sheet.tier, found.sheet.mark.score, len(found.sheet.criteria)) == ("foundation", 70, 10)
    assert found.earlier == ()


def test_photos_come_in_the_order_of_the_exercise_and_twins_are_numbered(
    session: Session, held: Review, ines: Actor
) -> None:
    exercise = practice.exercise_at(session, practice.submission(session, held.submission_id).exercise_version_id)
    slots = {slot.id: slot for slot in exercise.slots}
    turned = replace(exercise, slots=(slots["f8"], slots["f2"], slots["f1"]))
    found = queries.sent_photos(session, held.submission_id, turned)
    assert [photo.slot for photo in found] == ["f8", "f2", "f1"]
    session.execute(update(Photo).values(slot="f8"))
    session.expire_all()
    labels = [photo.label for photo in queries.sent_photos(session, held.submission_id, exercise)]
    assert labels == ["Final front", "Final front 2", "Final front 3"]


def test_earlier_tries_come_with_their_outcome_and_levels(
    session: Session, held: Review, ines: Actor, jun: Actor, amara: Actor
) -> None:
    draft = full_draft(session, held, 4, FAR_BELOW, note="Measure first.")
    services.save_review(session, ines, held.id, draft, now=NOW)
    services.complete_review(session, ines, held.id, services.Result.RESUBMIT, now=NOW)
    entry_id = practice.submission(session, held.submission_id).entry_id
    second = sent_again(session, amara, entry_id, now=NOW + 24 * HOUR)
    review = services.claim_review(session, jun, second.id, now=NOW + 25 * HOUR)
    found = queries.workspace(session, *queries.own_review(session, jun.user_id, review.id))
    (earlier,) = found.earlier
    assert (earlier.number, earlier.outcome, earlier.reviewer_name) == (1, "resubmit", "Ines Calloway")
    assert (earlier.note, earlier.score, earlier.decided_at) == ("Measure first.", Decimal("52.00"), NOW)
    assert (earlier.levels["lip-mapping"], earlier.levels["numbing"]) == (1, 4)


def test_the_workspace_costs_the_same_for_many_pins(
    session: Session, clock: Clock, held: Review, ines: Actor, count_queries: QueryCount
) -> None:
    review_id = held.id

    def cost() -> int:
        session.expire_all()
        count_queries.statements.clear()
        review, submission = queries.own_review(session, ines.user_id, review_id)
        queries.workspace(session, review, submission)
        services.stored_input(session, review)
        return len(count_queries)

    cost()  # a process reads the versions of rubric, exercise and codes once
    few = cost()
    draft = full_draft(session, held, 3)
    many = replace(draft, pins=list(draft.pins) * 15)
    services.save_review(session, ines, held.id, many, now=clock())
    session.commit()
    assert cost() == few == 7


def test_new_codes_are_on_the_page_at_once_and_a_pinned_rubric_stays(
    session: Session, browse: Callable[..., Browser], held: Review, ines: Actor
) -> None:
    """What is kept of versions is kept by version: the page of a review shows the codes that are live now."""
    browser = browse(ines)
    before = browser.get(f"/teach/reviews/{held.id}").text
    query = select(Definition).where(Definition.kind == "defects", Definition.is_current)
    live = session.scalars(query.options(undefer(Definition.payload))).one()
    codes = [dict(row) for row in live.payload["defects"]]
    critical = next(row for row in codes if row["severity"] == "C")
    critical["title"] = "A fault with another name"
    facts = {c.key: getattr(live, c.key) for c in Definition.__table__.c if c.key not in ("id", "version", "digest")}
    live.is_current = False
    session.flush()
    payload = {**live.payload, "defects": codes}
    session.add(
        Definition(**facts | {"version": live.version + 1, "digest": "f" * 64, "is_current": True, "payload": payload})
    )
    session.commit()
    after = browser.get(f"/teach/reviews/{held.id}").text
    assert "A fault with another name" not in before
    # Among the options of three empty rows and of the one that a script copies, and as a fault to raise.
    assert after.count("A fault with another name") >= 5
    criterion = queries.sheet_of(session, held, session.get_one(Submission, held.submission_id)).criteria[0]
    assert str(escape(criterion.levels[4])) in before and str(escape(criterion.levels[4])) in after
    assert "<!-- photos -->" not in after and "<!-- fields -->" not in after
