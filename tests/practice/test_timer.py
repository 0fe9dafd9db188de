"""The clock of a piece, and pieces in which nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.errors import Conflict
from app.infra.jobs.worker import JobContext
from app.infra.runtime import Runtime
from app.notifications.models import Notice
from app.practice import queries, services, tasks
from app.practice.models import PracticeEntry
from app.practice.services import Upload
from tests.conftest import NOW
from tests.factories.practice import complete_piece, decide, draft_piece, ready_photo, submitted_piece
from tests.practice.test_services import stored

LATER = NOW + timedelta(minutes=31, seconds=5)
WEEK = timedelta(weeks=1)
Ask = Callable[..., None]


def test_the_clock_adds_begun_minutes_once(session: Session, learner: Actor) -> None:
    entry = draft_piece(session, learner, now=NOW, piece__minutes="10")
    services.start_timer(session, learner, entry.id, now=NOW)
    services.start_timer(session, learner, entry.id, now=LATER)
    assert entry.timer_since == NOW, "a second tap does not begin anew"
    services.stop_timer(session, learner, entry.id, now=LATER)
    services.stop_timer(session, learner, entry.id, now=LATER + WEEK)
    assert (entry.minutes, entry.records["piece"]["minutes"], entry.timer_since) == (42, "42", None)


def test_a_forgotten_clock_stops_at_what_a_piece_can_take(session: Session, learner: Actor) -> None:
    entry = draft_piece(session, learner, now=NOW)
    services.start_timer(session, learner, entry.id, now=NOW)
    services.stop_timer(session, learner, entry.id, now=NOW + WEEK)
    assert entry.minutes == 600


def test_sending_stops_the_clock(session: Session, learner: Actor) -> None:
    entry = complete_piece(session, learner, now=NOW)
    services.start_timer(session, learner, entry.id, now=NOW)
    submission = services.submit_entry(session, learner, entry.id, now=LATER)
    assert (submission.minutes, submission.frozen["records"]["piece"]["minutes"]) == (137, "137")
    with pytest.raises(Conflict):
        services.start_timer(session, learner, entry.id, now=LATER)


def test_the_same_as_the_last_piece_lacks_nothing_but_photos_and_says_so(session: Session, learner: Actor) -> None:
    submitted_piece(session, learner, now=NOW)
    entry = services.start_entry(session, learner, "e08", now=NOW, same=True)
    assert {gap.code for gap in services.missing_from(session, entry, now=NOW)} == {"photo_missing"}
    assert (entry.copied_from, entry.minutes, entry.tone) == (1, 105, "medium")
    for slot in queries.exercise_at(session, entry.exercise_version_id).slots:
        ready_photo(session, entry, slot.id, now=NOW)
    assert services.submit_entry(session, learner, entry.id, now=NOW).frozen["copied_from"] == 1


def test_the_same_of_another_exercise_is_an_ordinary_start(session: Session, learner: Actor) -> None:
    assert services.start_entry(session, learner, "e08", now=NOW, same=True).copied_from is None


# ---------------------------------------------------------------- healed results


def attach_healed(session: Session, actor: Actor, entry: PracticeEntry, days: int) -> None:
    upload = Upload(stored(days), "IMG.jpg", "healed")
    services.attach_photo(session, actor, entry.id, upload, now=NOW + timedelta(days=days))


def healed_piece(session: Session, actor: Actor, ask_healed: Ask) -> PracticeEntry:
    """A piece in review whose exercise asks for a follow-up photo."""
    entry = complete_piece(session, actor, now=NOW)
    ask_healed(entry)
    services.submit_entry(session, actor, entry.id, now=NOW)
    return entry


def test_the_follow_up_photo_is_taken_in_its_weeks_whatever_the_review_says(
    session: Session, learner: Actor, ask_healed: Ask
) -> None:
    entry = healed_piece(session, learner, ask_healed)
    assert (entry.healed_from, entry.healed_until) == ((NOW + 4 * WEEK).date(), (NOW + 8 * WEEK).date())
    for days in (0, 27, 57):
        with pytest.raises(Conflict, match="2026-12-20 to 2027-01-17"):
            attach_healed(session, learner, entry, days)
    decide(session, queries.submissions_of(session, entry.id)[0], "approved", now=NOW)
    attach_healed(session, learner, entry, 28)
    assert [photo.slot for photo in queries.photos_of(session, entry.id)][-1] == "healed"


def test_an_exercise_that_does_not_ask_takes_none(session: Session, learner: Actor) -> None:
    entry = draft_piece(session, learner, now=NOW)
    with pytest.raises(Exception, match="no such photo"):
        attach_healed(session, learner, entry, 30)


def test_people_are_reminded_once_when_the_weeks_begin_and_once_before_they_end(
    session: Session, learner: Actor, ask_healed: Ask, runtime: Runtime
) -> None:
    entry = healed_piece(session, learner, ask_healed)
    session.commit()

    def kinds(days: int) -> list[str]:
        context = JobContext(runtime, NOW + timedelta(days=days))
        tasks.remind_healed(context, {})
        tasks.remind_healed(context, {})
        found = session.query(Notice).filter(Notice.kind.startswith("healed")).order_by(Notice.created_at).all()
        kept = [notice.kind for notice in found]
        session.commit()
        return kept

    assert kinds(27) == []
    assert kinds(28) == ["healed_open"]
    assert kinds(51) == ["healed_open", "healed_closing"]
    session.expire_all()
    attach_healed(session, learner, entry, 51)
    assert queries.healed_due(session, (NOW + timedelta(days=51)).date()) == []
    assert kinds(58) == ["healed_open", "healed_closing"]
