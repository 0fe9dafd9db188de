"""Appeals: filing, judging, what changes and what never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.review.appeal import Answer, Subject
from app.domain.rubric.scoring import Result
from app.infra.audit import AuditEvent, AuditTag
from app.infra.jobs.models import Job
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import Appeal, Review
from app.reviews.services import FlagAnswer, FlagInput, PinInput
from tests.conftest import Clock
from tests.factories.reviews import FAR_BELOW, decided_review, full_draft, sent_again

Send = Callable[..., Submission]
WHY = "Both peaks are within one millimeter: see the ruler on the map."
SUBJECT = Subject(tuple(FAR_BELOW), (), WHY)
RAISED = {name: Answer("Within a millimeter.", 3) for name in FAR_BELOW}
KEPT = {name: Answer("It is off by two.", 1) for name in FAR_BELOW}


@pytest.fixture
def returned(session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor) -> Review:
    """Amara's piece went back, far below the mark."""
    review = decided_review(session, ines, send(amara).id, now=clock(), good=False)
    session.commit()
    return review


@pytest.fixture
def filed(session: Session, clock: Clock, returned: Review, amara: Actor) -> Appeal:
    found = services.file_appeal(session, amara, returned.submission_id, SUBJECT, now=clock())
    session.commit()
    return found


def jobs(session: Session, handler: str) -> list[dict]:
    return list(session.scalars(select(Job.payload).where(Job.handler == handler)))


def test_filing_twice_is_one_appeal(
    session: Session, clock: Clock, filed: Appeal, returned: Review, amara: Actor
) -> None:
    assert services.file_appeal(session, amara, returned.submission_id, SUBJECT, now=clock()).id == filed.id
    with pytest.raises(Conflict) as refusal:
        services.file_appeal(session, amara, returned.submission_id, replace(SUBJECT, why=WHY + " Too."), now=clock())
    assert refusal.value.code == "appealed"


def test_while_it_waits_no_other_try_is_sent(
    session: Session, clock: Clock, filed: Appeal, returned: Review, amara: Actor
) -> None:
    submission = practice.submission(session, returned.submission_id)
    entry = practice.entry_for(session, amara.user_id, submission.entry_id)
    assert (entry.state, submission.state) == ("submitted", "resubmit")
    with pytest.raises(Conflict):
        sent_again(session, amara, entry.id, now=clock())


@pytest.mark.parametrize("days", [14, 400])
def test_it_is_too_late_after_fourteen_days(
    session: Session, clock: Clock, returned: Review, amara: Actor, days: int
) -> None:
    with pytest.raises(Conflict) as refusal:
        services.file_appeal(session, amara, returned.submission_id, SUBJECT, now=clock.tick(days=days))
    assert refusal.value.code == "too_late"


def test_a_newer_try_takes_the_place_of_an_appeal(
    session: Session, clock: Clock, returned: Review, amara: Actor
) -> None:
    submission = practice.submission(session, returned.submission_id)
    sent_again(session, amara, submission.entry_id, now=clock.tick(hours=1))
    with pytest.raises(Conflict) as refusal:
        services.file_appeal(session, amara, submission.id, SUBJECT, now=clock())
    assert refusal.value.code == "newer_try"


def test_only_the_student_files_and_only_whole_appeals(
    session: Session, clock: Clock, returned: Review, amara: Actor, linh: Actor
) -> None:
    with pytest.raises(NotFound):
        services.file_appeal(session, linh, returned.submission_id, SUBJECT, now=clock())
    with pytest.raises(Invalid):
        services.file_appeal(session, amara, returned.submission_id, Subject((), (), WHY), now=clock())


def test_whoever_marked_it_never_judges_it(
    session: Session, clock: Clock, filed: Appeal, ines: Actor, jun: Actor, make_user: Callable[..., Actor]
) -> None:
    assert queries.waiting_appeals(session, ines.user_id) == []
    with pytest.raises(NotAllowed) as refusal:
        services.claim_appeal(session, ines, filed.id, now=clock())
    assert refusal.value.code == "has_marked"
    (line,) = queries.waiting_appeals(session, jun.user_id)
    assert (line.id, line.points) == (filed.id, 3)
    services.claim_appeal(session, jun, filed.id, now=clock())
    mara = make_user(Role.INSTRUCTOR, name="Mara Lind")
    with pytest.raises(Conflict):
        services.claim_appeal(session, mara, filed.id, now=clock())
    with pytest.raises(NotFound):
        services.decide_appeal(session, mara, filed.id, RAISED, now=clock())
    services.release_appeal(session, jun, filed.id)
    with pytest.raises(Conflict) as gone:
        services.decide_appeal(session, jun, filed.id, RAISED, now=clock())
    assert gone.value.code == "not_claimed"
    services.claim_appeal(session, mara, filed.id, now=clock())
    assert services.claim_appeal(session, jun, filed.id, now=clock.tick(hours=1)).judge_id == jun.id, "the hold ran out"


def test_a_changed_result_stands_beside_the_old_one(
    session: Session, clock: Clock, filed: Appeal, returned: Review, jun: Actor, amara: Actor
) -> None:
    services.claim_appeal(session, jun, filed.id, now=clock())
    found = services.decide_appeal(session, jun, filed.id, RAISED, now=clock.tick(days=1))
    session.commit()
    assert services.decide_appeal(session, jun, filed.id, KEPT, now=clock()).state == "changed", "again changes nothing"
    new, old = queries.results_so_far(session, returned.submission_id)
    assert (new.id, new.kind, new.outcome, new.score) == (found.changed_id, "appeal", "approved", Decimal("90.40"))
    assert (old.id, old.state, old.outcome, old.score) == (returned.id, "superseded", "resubmit", 52)
    assert {r.level for r in queries.ratings_of(session, [old.id])[old.id]} == {1, 4}, "nothing is overwritten"
    submission = practice.submission(session, returned.submission_id)
    assert submission.state == "approved"
    assert practice.entry_for(session, amara.user_id, submission.entry_id).state == "approved"
    assert [job["outcome"] for job in jobs(session, "certification.after_review")] == ["resubmit", "approved"]
    assert [r.review.id for r in queries.decided_reviews(session, submission.entry_id)] == [new.id]
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.target_id == str(submission.id))).all()
    assert AuditTag.APPEAL_FILED.value in tags and AuditTag.APPEAL_DECIDED.value in tags


def test_an_upheld_result_goes_back_to_the_student(
    session: Session, clock: Clock, filed: Appeal, returned: Review, jun: Actor, amara: Actor
) -> None:
    services.claim_appeal(session, jun, filed.id, now=clock())
    found = services.decide_appeal(session, jun, filed.id, KEPT, now=clock())
    assert (found.state, found.answers["lip-mapping"]["reason"]) == ("upheld", "It is off by two.")
    submission = practice.submission(session, returned.submission_id)
    entry = practice.entry_for(session, amara.user_id, submission.entry_id)
    assert (submission.state, entry.state) == ("resubmit", "returned")
    assert len(queries.results_so_far(session, submission.id)) == 1
    assert sent_again(session, amara, entry.id, now=clock.tick(hours=1)).number == 2


def test_a_flag_can_fall_on_appeal(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor, make_user: Callable[..., Actor]
) -> None:
    piece, mara = send(amara), make_user(Role.INSTRUCTOR, name="Mara Lind")
    review = services.claim_review(session, ines, piece.id, now=clock())
    photo = practice.submission_photos(session, piece.id)[0].id
    pin, flag = PinInput(photo, 0.5, 0.5, "hygiene", "HYG", "Here."), FlagInput("HYG", "A used cap.", pin=1)
    draft = replace(full_draft(session, review, 4, note="Start over."), pins=[pin], critical=[flag])
    services.decide_review(session, ines, review.id, draft, Result.FAILED, now=clock())
    look = services.claim_review(session, jun, piece.id, now=clock())
    services.check_flags(session, jun, look.id, {"HYG": FlagAnswer(True, "Seen.")}, now=clock())
    appeal = services.file_appeal(session, amara, piece.id, Subject((), ("HYG",), "The cap is a new one."), now=clock())
    for marker in (ines, jun):
        with pytest.raises(NotAllowed):
            services.claim_appeal(session, marker, appeal.id, now=clock())
    services.claim_appeal(session, mara, appeal.id, now=clock())
    services.decide_appeal(session, mara, appeal.id, {"HYG": Answer("It is sealed.", stays=False)}, now=clock())
    result = queries.result_of(session, piece.id)
    assert result is not None
    assert (result.outcome, result.critical, practice.submission(session, piece.id).state) == (
        "approved",
        [],
        "approved",
    )
