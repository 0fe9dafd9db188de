"""Claiming, saving, giving back and deciding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import nan
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import services as account_services
from app.content.models import Definition, Kind
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.review import LEASE
from app.domain.rubric.scoring import Result
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import CriterionRating, Pin, Review
from app.reviews.services import DraftInput, FlagInput, PinInput, StaleDraft
from app.studios import services as studio_services
from tests.conftest import Clock
from tests.factories.reviews import CORE, FAR_BELOW, full_draft, sent_again

Send = Callable[..., Submission]


def fresh(session: Session, review: Review) -> Review:
    return session.get_one(Review, review.id, populate_existing=True)


def tags(session: Session, submission: Submission) -> list[str]:
    query = select(AuditEvent.tag).where(AuditEvent.target_id == str(submission.id)).order_by(AuditEvent.id)
    return [tag.rpartition(":")[2] for tag in session.scalars(query)]


# --- claiming ---------------------------------------------------------------------------------------------------


def test_a_claim_holds_the_piece_for_an_hour(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor
) -> None:
    submission = send(amara)
    review = services.claim_review(session, ines, submission.id, now=clock())
    assert (review.state, review.lease_until) == ("open", clock() + LEASE)
    assert submission.state == "in_review"
    assert review.rubric_version_id == queries.current_rubric(session).version_id
    assert tags(session, submission)[-1] == "claimed"


def test_claiming_again_renews_ones_own_hold(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    clock.tick(minutes=50)
    again = services.claim_review(session, ines, held.submission_id, now=clock())
    assert again.id == held.id
    assert again.lease_until == clock() + LEASE
    assert session.scalar(select(func.count(Review.id))) == 1


def test_a_held_piece_is_refused_to_others(session: Session, clock: Clock, held: Review, jun: Actor) -> None:
    clock.tick(minutes=59)
    with pytest.raises(Conflict) as refusal:
        services.claim_review(session, jun, held.submission_id, now=clock())
    assert refusal.value.code == "claimed"
    assert fresh(session, held).state == "open"


def test_a_hold_that_ran_out_passes_on(session: Session, clock: Clock, held: Review, jun: Actor) -> None:
    clock.tick(minutes=60)
    taken = services.claim_review(session, jun, held.submission_id, now=clock())
    assert taken.reviewer_id == jun.id
    assert fresh(session, held).state == "released"
    submission = practice.submission(session, held.submission_id)
    assert submission.state == "in_review"
    assert tags(session, submission)[-2:] == ["released", "claimed"]


def test_the_unique_index_refuses_what_the_lock_let_through(
    session: Session, clock: Clock, held: Review, jun: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "open_review_of", lambda _session, _id: None)
    with pytest.raises(Conflict) as refusal:
        services.claim_review(session, jun, held.submission_id, now=clock())
    assert refusal.value.code == "claimed"
    assert session.scalar(select(func.count(Review.id))) == 1, "the session can still be used"


def test_nobody_reviews_their_own_piece(
    session: Session, clock: Clock, send: Send, make_user: Callable[..., Actor]
) -> None:
    both = make_user(Role.STUDENT, Role.INSTRUCTOR, name="Noor Haddad")
    with pytest.raises(NotAllowed) as refusal:
        services.claim_review(session, both, send(both).id, now=clock())
    assert refusal.value.code == "own_piece"


def test_a_colleague_of_the_studio_does_not_review(
    session: Session, clock: Clock, send: Send, make_user: Callable[..., Actor]
) -> None:
    studio = studio_services.create_studio(session, SYSTEM, name="Atelier Rouge", city="Lyon", now=clock())
    session.flush()
    student, teacher = make_user(name="Sofia Markovic"), make_user(Role.INSTRUCTOR, name="Priya Raman")
    for person in (student, teacher):
        assert person.id is not None
        account_services.grant_role(session, SYSTEM, person.id, Role.STUDIO, studio_id=studio.id, now=clock())
    colleague = replace(teacher, studio_ids=frozenset({studio.id}))
    submission = send(student)
    with pytest.raises(NotAllowed) as refusal:
        services.claim_review(session, colleague, submission.id, now=clock())
    assert refusal.value.code == "same_studio"


def test_who_takes_a_piece_again_goes_on_with_their_notes(
    session: Session, clock: Clock, held: Review, ines: Actor, jun: Actor
) -> None:
    services.save_review(session, ines, held.id, full_draft(session, held, 3, note="Half way."), now=clock())
    services.release_review(session, ines, held.id, now=clock())
    other = services.claim_review(session, jun, held.submission_id, now=clock())
    assert (other.id != held.id, other.note) == (True, "")
    services.release_review(session, jun, other.id, now=clock())
    again = services.claim_review(session, ines, held.submission_id, now=clock())
    assert (again.id, again.state, again.note, again.revision) == (held.id, "open", "Half way.", 1)
    assert len(queries.ratings_of(session, [held.id])[held.id]) == 10


def test_nothing_is_reviewed_before_a_rubric_is_published(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor
) -> None:
    submission = send(amara)
    session.execute(update(Definition).where(Definition.kind == Kind.RUBRIC.value).values(is_current=False))
    with pytest.raises(NotFound, match="No rubric is published yet"):
        services.claim_review(session, ines, submission.id, now=clock())


def test_a_piece_is_judged_by_what_its_exercise_shows(session: Session, held: Review) -> None:
    submission = practice.submission(session, held.submission_id)
    criteria = services.applicable_criteria(session, queries.current_rubric(session).rubric, submission)
    assert [criterion.id for criterion in criteria if criterion.core] == list(CORE)


# --- saving -----------------------------------------------------------------------------------------------------


def test_a_draft_is_stored_whole(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    clock.tick(minutes=30)
    draft = replace(
        full_draft(session, held, 4, {"lip-mapping": 1}, note="Measure first."),
        critical=[FlagInput("HYG", "The cap was used twice.", log_field="pigment-application.pigment")],
    )
    saved = services.save_review(session, ines, held.id, draft, now=clock())
    session.commit()
    review = fresh(session, held)
    assert (review.revision, review.note, review.lease_until) == (1, "Measure first.", clock() + LEASE)
    stored = services.stored_input(session, review)
    assert stored.says_the_same(draft)
    assert stored.reasons == {"lip-mapping": "Not shown."}
    assert (stored.pins[0].x, stored.pins[0].y) == (0.25, 0.5)
    assert (saved.standing.rated, saved.standing.total) == (10, 10)
    assert saved.standing.reached is not None
    assert saved.standing.reached.result is Result.FAILED


def test_only_what_differs_is_written_and_pins_keep_their_rows(
    session: Session, clock: Clock, held: Review, ines: Actor
) -> None:
    draft = full_draft(session, held, 3)
    services.save_review(session, ines, held.id, draft, now=clock())
    before = [pin.id for pin in queries.pins_of(session, [held.id])[held.id]]
    assert len(before) == len(CORE)
    changed = replace(
        draft,
        revision=1,
        ratings={**draft.ratings, "lip-mapping": 2},
        pins=[replace(draft.pins[0], x=0.31), *draft.pins[1:3]],
    )
    services.save_review(session, ines, held.id, changed, now=clock())
    pins = queries.pins_of(session, [held.id])[held.id]
    assert [pin.id for pin in pins] == before[:3]
    assert [pin.x for pin in pins] == [0.31, 0.25, 0.25]
    fewer = replace(changed, revision=2, ratings={"numbing": 4}, reasons={}, pins=[])
    services.save_review(session, ines, held.id, fewer, now=clock())
    assert session.scalar(select(func.count()).select_from(CriterionRating)) == 1
    assert session.scalar(select(func.count()).select_from(Pin)) == 0
    assert fresh(session, held).revision == 3


def test_a_stale_draft_overwrites_nothing(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    first = full_draft(session, held, 3, note="From the first window.")
    services.save_review(session, ines, held.id, first, now=clock())
    session.commit()
    with pytest.raises(StaleDraft) as refusal:
        services.save_review(session, ines, held.id, replace(first, note="From the second."), now=clock())
    assert (refusal.value.code, refusal.value.sent, refusal.value.saved) == ("stale", 0, 1)
    assert "version 1 is saved" in refusal.value.message and "began with version 0" in refusal.value.message
    session.rollback()
    review = fresh(session, held)
    assert (review.note, review.revision) == ("From the first window.", 1)


def test_a_repeated_save_is_the_same_save(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    draft = full_draft(session, held, 3, note="Sent twice because the answer got lost.")
    services.save_review(session, ines, held.id, draft, now=clock())
    clock.tick(minutes=5)
    again = services.save_review(session, ines, held.id, draft, now=clock())
    assert (again.review.revision, again.review.lease_until) == (1, clock() + LEASE)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ratings": {"lip-mapping": 5}}, "lip-mapping"),
        ({"ratings": {"charm": 3}}, "charm"),
        ({"reasons": {"lip-mapping": "A reason without a level."}}, "lip-mapping"),
        ({"note": "x" * 8001}, "note"),
        ({"critical": [FlagInput("GAP", "Not critical.")]}, "flag.GAP"),
        ({"critical": [FlagInput("HYG", "Seen.", pin=3)]}, "flag.HYG"),
        ({"critical": [FlagInput("HYG", "Seen.", log_field="lip-mapping.mood")]}, "flag.HYG"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(
    session: Session, clock: Clock, held: Review, ines: Actor, change: dict, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.save_review(session, ines, held.id, DraftInput(revision=0, **change), now=clock())
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert fresh(session, held).revision == 0


def test_pins_must_lie_on_a_photo_of_the_piece(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    photo = practice.submission_photos(session, held.submission_id)[0].id
    good = PinInput(photo, 0, 1, "lip-mapping", "ASY", "At the very corner.")
    bad = [
        replace(good, photo_id=uuid4()),
        replace(good, x=1.01),
        replace(good, y=nan),
        replace(good, criterion="charm"),
        replace(good, defect="ZZZ"),
    ]
    with pytest.raises(Invalid) as refusal:
        services.save_review(session, ines, held.id, DraftInput(0, pins=[good, *bad]), now=clock())
    assert [problem.field for problem in refusal.value.problems] == [f"pin.{n}" for n in range(2, 7)]
    with pytest.raises(Invalid, match="cannot be saved"):
        services.save_review(session, ines, held.id, DraftInput(0, pins=[good] * 61), now=clock())
    assert services.save_review(session, ines, held.id, DraftInput(0, pins=[good]), now=clock()).review.revision == 1


def test_only_the_holder_saves(session: Session, clock: Clock, held: Review, ines: Actor, jun: Actor) -> None:
    with pytest.raises(NotFound):
        services.save_review(session, jun, held.id, DraftInput(0), now=clock())
    services.release_review(session, ines, held.id, now=clock())
    with pytest.raises(Conflict) as refusal:
        services.save_review(session, ines, held.id, DraftInput(0, note="Too late."), now=clock())
    assert refusal.value.code == "not_claimed"


# --- giving back ------------------------------------------------------------------------------------------------


def test_a_released_piece_waits_again(session: Session, clock: Clock, held: Review, ines: Actor, jun: Actor) -> None:
    services.release_review(session, ines, held.id, now=clock())
    services.release_review(session, ines, held.id, now=clock())
    submission = practice.submission(session, held.submission_id)
    assert (submission.state, tags(session, submission).count("released")) == ("waiting", 1)
    assert services.claim_review(session, jun, held.submission_id, now=clock()).reviewer_id == jun.id


def test_an_expired_hold_is_returned_once(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    assert not services.release_expired(session, held.id, ines.user_id, now=clock())
    clock.tick(hours=1)
    assert services.release_expired(session, held.id, ines.user_id, now=clock())
    assert not services.release_expired(session, held.id, ines.user_id, now=clock())
    assert practice.submission(session, held.submission_id).state == "waiting"


# --- deciding ---------------------------------------------------------------------------------------------------


def decide(session: Session, actor: Actor, review: Review, draft: DraftInput, result: Result, clock: Clock) -> Review:
    return services.decide_review(session, actor, review.id, draft, result, now=clock())


def events(session: Session) -> list[dict]:
    query = select(Job.payload).where(Job.handler == "reviews.tell_student")
    return list(session.scalars(query))


def test_an_approval_closes_submission_and_entry(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    review = decide(session, ines, held, full_draft(session, held, 4), Result.APPROVED, clock)
    session.commit()
    assert (review.state, review.outcome, review.score, review.decided_at) == ("decided", "approved", 100, clock())
    assert review.lease_until is None
    submission = practice.submission(session, held.submission_id)
    entry = practice.entry_for(session, submission.user_id, submission.entry_id)
    assert (submission.state, submission.decided_at, entry.state) == ("approved", clock(), "approved")
    assert events(session) == [
        {
            "user_id": submission.user_id.hex,
            "submission_id": submission.id.hex,
            "review_id": review.id.hex,
            "outcome": "approved",
        }
    ]
    line = session.scalars(select(AuditEvent).where(AuditEvent.tag == AuditTag.REVIEW_DECIDED.value)).one()
    assert (line.actor_id, line.facts["outcome"]) == (ines.id, "approved")


def test_a_return_needs_a_note_and_opens_the_entry(
    session: Session, clock: Clock, held: Review, ines: Actor, amara: Actor
) -> None:
    draft = full_draft(session, held, 4, FAR_BELOW)
    with pytest.raises(Invalid) as refusal:
        decide(session, ines, held, draft, Result.RESUBMIT, clock)
    assert [(p.field, p.code) for p in refusal.value.problems] == [("note", "note_missing")]
    session.rollback()
    decide(session, ines, held, replace(draft, note="Measure both peaks."), Result.RESUBMIT, clock)
    submission = practice.submission(session, held.submission_id)
    entry = practice.entry_for(session, amara.user_id, submission.entry_id)
    assert (submission.state, entry.state) == ("resubmit", "returned")
    second = sent_again(session, amara, entry.id, now=clock.tick(days=1))
    assert second.number == 2
    again = services.claim_review(session, ines, second.id, now=clock())
    assert (again.id != held.id, again.note) == (True, ""), "a new try begins with a blank review"


def test_a_critical_fault_waits_for_somebody_else_to_confirm_it(
    session: Session, clock: Clock, held: Review, ines: Actor
) -> None:
    flag = FlagInput("HYG", "A used cap stands in the final photo.", pin=1)
    photo = practice.submission_photos(session, held.submission_id)[0].id
    pins = [PinInput(photo, 0.5, 0.5, "hygiene", "HYG", "Here.")]
    draft = replace(full_draft(session, held, 4, note="Start over."), pins=pins, critical=[flag])
    with pytest.raises(Invalid) as refusal:
        decide(session, ines, held, draft, Result.APPROVED, clock)
    assert "By these levels the piece is failed." in refusal.value.problems[0].sentence
    session.rollback()
    review = decide(session, ines, held, draft, Result.FAILED, clock)
    submission = practice.submission(session, held.submission_id)
    assert (review.outcome, review.state, submission.state) == ("failed", "marked", "waiting"), "not final yet"
    assert review.report["second_reader"] == ["critical"]
    assert events(session) == []


def test_everything_that_a_decision_needs_is_listed(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    draft = DraftInput(0, ratings={"lip-mapping": 1, "hygiene": 4})
    with pytest.raises(Invalid) as refusal:
        decide(session, ines, held, draft, Result.RESUBMIT, clock)
    found = [(problem.field, problem.code) for problem in refusal.value.problems]
    assert [place for place, code in found if code == "unrated"] == [
        "consultation",
        "color-selection",
        "numbing",
        "pigment-application",
        "building-layers",
        "final-touch",
        "aftercare",
        "record",
    ]
    assert ("lip-mapping", "reason_missing") in found
    assert ("lip-mapping", "pin_missing") in found
    assert ("note", "note_missing") in found
    assert fresh(session, held).state == "open"


def test_a_score_is_cut_and_never_rounded_up(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    # 80 x .06 + 55 x .08 + 100 x .86 = 95.2 has no third digit; with thirds it would be cut (see _hundredths).
    draft = full_draft(session, held, 4, {"consultation": 3, "final-touch": 2})
    review = decide(session, ines, held, draft, Result.APPROVED, clock)
    assert review.score == Decimal("95.20")
    assert review.report["percent"] == "476/5"


def test_deciding_twice_changes_nothing(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    draft = full_draft(session, held, 4)
    first = decide(session, ines, held, draft, Result.APPROVED, clock)
    session.commit()
    at = first.decided_at
    clock.tick(minutes=1)
    again = decide(session, ines, held, replace(draft, note="Changed after the fact."), Result.APPROVED, clock)
    assert (again.decided_at, again.note) == (at, "")
    assert services.complete_review(session, ines, held.id, Result.APPROVED, now=clock()).decided_at == at
    assert len(events(session)) == 1
    with pytest.raises(Conflict) as refusal:
        decide(session, ines, held, draft, Result.RESUBMIT, clock)
    assert refusal.value.code == "decided"


def test_a_decided_piece_cannot_be_claimed_saved_or_released(
    session: Session, clock: Clock, held: Review, ines: Actor, jun: Actor
) -> None:
    decide(session, ines, held, full_draft(session, held, 4), Result.APPROVED, clock)
    for refused in (
        lambda: services.claim_review(session, jun, held.submission_id, now=clock()),
        lambda: services.save_review(session, ines, held.id, DraftInput(0), now=clock()),
        lambda: services.release_review(session, ines, held.id, now=clock()),
    ):
        with pytest.raises(Conflict) as refusal:
            refused()
        assert refusal.value.code == "decided"


def test_who_lost_the_piece_cannot_decide(
    session: Session, clock: Clock, held: Review, ines: Actor, jun: Actor
) -> None:
    draft = full_draft(session, held, 4)
    clock.tick(hours=2)
    services.claim_review(session, jun, held.submission_id, now=clock())
    with pytest.raises(Conflict) as refusal:
        decide(session, ines, held, draft, Result.APPROVED, clock)
    assert refusal.value.code == "not_claimed"
    assert practice.submission(session, held.submission_id).state == "in_review"


def test_a_late_save_is_taken_while_nobody_else_came(session: Session, clock: Clock, held: Review, ines: Actor) -> None:
    clock.tick(hours=3)
    review = decide(session, ines, held, full_draft(session, held, 4), Result.APPROVED, clock)
    assert review.outcome == "approved"


# --- what the database refuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"state": "decided"},
        {"state": "decided", "lease_until": None, "outcome": "approved"},
        {"state": "released"},
        {"lease_until": None},
        {"outcome": "approved"},
        {"state": "lost", "lease_until": None},
    ],
)
def test_the_database_refuses_impossible_reviews(session: Session, held: Review, values: dict) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Review).where(Review.id == held.id).values(**values))


def test_the_database_refuses_two_holders_and_wrong_values(
    session: Session, clock: Clock, held: Review, jun: Actor
) -> None:
    photo = practice.submission_photos(session, held.submission_id)[0].id
    impossible = [
        Review(
            submission_id=held.submission_id,
            reviewer_id=jun.user_id,
            rubric_version_id=held.rubric_version_id,
            claimed_at=clock(),
            lease_until=clock() + timedelta(hours=1),
        ),
        CriterionRating(review_id=held.id, criterion="numbing", level=5),
        Pin(review_id=held.id, photo_id=photo, number=1, x=1.2, y=0.5),
    ]
    for row in impossible:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(row)
            session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Submission).where(Submission.id == held.submission_id).values(state="approved"))
