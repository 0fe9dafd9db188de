"""The log: drafts that are never overwritten or lost, photos that count once, submissions that are whole and single."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid, NotFound
from app.infra.audit import AuditEvent
from app.infra.db import Database
from app.infra.jobs.models import Job
from app.infra.runtime import Runtime
from app.infra.storage.base import StoredFile
from app.practice import queries, services
from app.practice.models import Photo, PracticeEntry, Submission, SubmissionPhoto
from app.practice.services import MAX_PHOTOS_PER_SLOT, Upload
from tests.conftest import NOW
from tests.factories.content import publish_journey
from tests.factories.practice import complete_piece, decide, draft_piece, raw_fields, ready_photo, submitted_piece
from tests.support import databases
from tests.support.databases import at_once

MakeUser = Callable[..., Actor]
LATER = NOW + timedelta(hours=1)
FIRST = {"skin_type": "lip_pad_flat", "worked_on": "2026-11-22"}


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


def stored(number: int = 1) -> StoredFile:
    sha = f"{number:064x}"
    return StoredFile(f"original/{sha[:2]}/{sha}.jpg", sha, 1000 + number)


def attach(session: Session, actor: Actor, entry: PracticeEntry, slot: str, number: int, **more: Any) -> Photo:
    upload = Upload(stored(number), f"IMG_{number}.jpg", slot, **more)
    return services.attach_photo(session, actor, entry.id, upload, now=LATER)


def jobs(session: Session) -> list[dict[str, Any]]:
    """What the queued jobs of photos say."""
    return list(session.scalars(select(Job.payload).where(Job.handler == services.PROCESS_PHOTO)))


# ---------------------------------------------------------------- starting


def test_a_first_piece_is_number_one_and_takes_what_leaves_no_choice(session: Session, student: Actor) -> None:
    entry = services.start_entry(session, student, "e08", now=NOW)
    assert (entry.number, entry.state, entry.exercise_key) == (1, "draft", "e08")
    assert entry.records == {"piece": FIRST, **{step: {} for step in list(entry.records)[1:]}}
    assert len(entry.piece_code) == 8


def test_the_next_piece_is_filled_in_from_the_one_before(session: Session, student: Actor) -> None:
    draft_piece(session, student, now=NOW, pigment_application__machine="Pen 7")
    following = services.start_entry(session, student, "e08", now=LATER)
    assert following.number == 2
    assert following.records["pigment-application"]["machine"] == "Pen 7"
    assert "minutes" not in following.records["piece"], "time is never carried over"
    assert "decision" not in following.records["consultation"]
    blank = services.start_entry(session, student, "e08", now=LATER, blank=True)
    assert blank.records == {"piece": FIRST}


def test_an_exercise_that_is_not_published_cannot_be_started(session: Session, student: Actor) -> None:
    with pytest.raises(NotFound):
        services.start_entry(session, student, "e99", now=NOW)


def test_a_draft_can_be_emptied(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    services.clear_entry(session, student, entry.id, now=LATER)
    assert entry.records == {"piece": FIRST}
    assert (entry.minutes, entry.question, entry.updated_at) == (0, "", LATER)


# ---------------------------------------------------------------- saving


def test_saving_writes_what_was_typed_and_lifts_what_lists_show(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    assert entry.records["numbing"]["planned_g"] == "1"
    assert (entry.skin, entry.minutes, entry.question) == ("lip_pad_flat", 105, "Is the left corner even?")
    assert entry.revision == 1


def test_saving_the_same_again_changes_nothing(session: Session, student: Actor) -> None:
    """A request may arrive twice: the network lost the answer and the page sent it again, with its old revision."""
    entry = services.start_entry(session, student, "e08", now=NOW)
    raw = {"numbing.product": ["Cream"], "revision": ["0"]}
    services.save_entry(session, student, entry.id, raw, now=NOW, revision=0)
    services.save_entry(session, student, entry.id, raw, now=LATER, revision=0)
    assert (entry.revision, entry.updated_at) == (1, NOW)


def test_a_newer_version_is_never_overwritten_by_an_older_page(session: Session, student: Actor) -> None:
    entry = services.start_entry(session, student, "e08", now=NOW)
    services.save_entry(session, student, entry.id, {"numbing.product": ["Laptop"]}, now=NOW, revision=0)
    with pytest.raises(Conflict) as caught:
        services.save_entry(session, student, entry.id, {"numbing.product": ["Phone"]}, now=LATER, revision=0)
    assert caught.value.code == "stale"
    assert entry.records["numbing"]["product"] == "Laptop"


def test_only_the_cards_that_were_sent_are_replaced(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    services.save_entry(session, student, entry.id, {"lip-mapping.method": ["ruler"]}, now=LATER)
    assert entry.records["lip-mapping"] == {"method": "ruler"}
    assert entry.records["numbing"]["product"] == "Lidocaine cream (simulated)"


def test_a_card_whose_boxes_are_all_empty_is_sent_by_its_mark(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    services.save_entry(session, student, entry.id, {"final-touch!": ["1"]}, now=LATER)
    assert entry.records["final-touch"] == {"checks": []}


def test_odd_values_are_kept_as_text_and_harm_no_column(session: Session, student: Actor) -> None:
    entry = services.start_entry(session, student, "e08", now=NOW)
    raw = {
        "piece.skin_type": ["x" * 500],
        "piece.minutes": ["9" * 40],
        "piece.question": ["line one\r\nline\0 two"],
        "numbing.product": ["\0"],
        "self.hygiene": ["7"],
        "stranger.field": ["x"],
    }
    services.save_entry(session, student, entry.id, raw, now=NOW)
    session.flush()
    assert (len(entry.skin), entry.minutes, entry.question) == (30, 0, "line one\nline two")
    assert entry.records["numbing"] == {}
    assert entry.self_scores == {}
    assert "stranger" not in entry.records


def test_own_levels_are_kept_one_by_one(session: Session, student: Actor) -> None:
    entry = services.start_entry(session, student, "e08", now=NOW)
    services.save_entry(session, student, entry.id, {"self.hygiene": ["3"], "self.nothing": ["3"]}, now=NOW)
    services.save_entry(session, student, entry.id, {"self.lip-mapping": ["2"]}, now=LATER)
    assert entry.self_scores == {"hygiene": 3, "lip-mapping": 2}


def test_nobody_saves_into_the_piece_of_another(session: Session, student: Actor, make_user: MakeUser) -> None:
    entry = draft_piece(session, student, now=NOW)
    other = make_user(Role.STUDENT)
    calls: list[Callable[[], object]] = [
        lambda: services.save_entry(session, other, entry.id, {"numbing.product": ["x"]}, now=NOW),
        lambda: services.clear_entry(session, other, entry.id, now=NOW),
        lambda: attach(session, other, entry, "f1", 1),
        lambda: services.remove_photo(session, other, entry.id, uuid4(), now=NOW),
        lambda: services.submit_entry(session, other, entry.id, now=NOW),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


# ---------------------------------------------------------------- photos


def test_a_photo_is_a_row_and_a_job(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = attach(session, student, entry, "f1", 1)
    assert (photo.state, photo.slot, photo.original_name, photo.size) == ("processing", "f1", "IMG_1.jpg", 1001)
    session.flush()
    assert jobs(session) == [{"photo_id": photo.id.hex}]


def test_the_same_bytes_in_the_same_slot_count_once(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    first = attach(session, student, entry, "f1", 1)
    assert attach(session, student, entry, "f1", 1) is first
    assert attach(session, student, entry, "f2", 1) is not first
    session.flush()
    assert len(jobs(session)) == 2


def test_a_photo_takes_the_place_of_another(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    old = attach(session, student, entry, "f1", 1)
    new = attach(session, student, entry, "f1", 2, replaces=old.id)
    stranger = attach(session, student, entry, "f2", 3, replaces=new.id)
    assert [photo.id for photo in queries.photos_of(session, entry.id)] == [new.id, stranger.id]
    assert old.removed_at == LATER
    session.flush()
    assert session.scalars(select(AuditEvent.tag).where(AuditEvent.target_kind == "photo")).all() == [
        "practice:photo:removed"
    ]


def test_a_photo_that_could_not_be_used_makes_room_by_itself(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    bad = attach(session, student, entry, "f1", 1)
    services.photo_rejected(session, bad.id, "IMG_1.jpg: It is damaged.", now=NOW)
    again = attach(session, student, entry, "f1", 1)
    assert again.id != bad.id
    assert [photo.id for photo in queries.photos_of(session, entry.id)] == [again.id]


def test_slots_and_their_limits(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    with pytest.raises(Invalid, match="no such photo"):
        attach(session, student, entry, "f77", 1)
    for number in range(MAX_PHOTOS_PER_SLOT):
        attach(session, student, entry, "f1", number)
    with pytest.raises(Invalid, match="4 in each place"):
        attach(session, student, entry, "f1", 50)
    with pytest.raises(Invalid, match="Remove one first"):
        attach(session, student, entry, "f2", 51, most=4)


def test_removing_twice_is_removing_once(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = attach(session, student, entry, "f1", 1)
    services.remove_photo(session, student, entry.id, photo.id, now=NOW)
    services.remove_photo(session, student, entry.id, photo.id, now=LATER)
    assert photo.removed_at == NOW
    assert queries.photos_of(session, entry.id) == []
    other = draft_piece(session, student, now=NOW)
    with pytest.raises(NotFound):
        services.remove_photo(session, student, other.id, photo.id, now=NOW)


def test_news_about_a_removed_photo_bothers_nobody(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    photo = attach(session, student, entry, "f1", 1)
    services.remove_photo(session, student, entry.id, photo.id, now=NOW)
    assert services.photo_rejected(session, photo.id, "Broken.", now=NOW) is None
    assert photo.state == "processing"
    assert services.photo_rejected(session, uuid4(), "Broken.", now=NOW) is None


def test_results_of_a_twin_are_taken_over(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    twin = ready_photo(session, entry, "f1", now=NOW)
    photo = attach(session, student, entry, "f2", 1)
    services.photo_like(session, photo.id, twin, now=LATER)
    session.refresh(photo)
    assert (photo.state, photo.width, photo.renditions) == ("ready", 4032, twin.renditions)
    assert queries.processed_twin(session, twin.original_key) is not None
    twin = session.get_one(Photo, twin.id)
    twin.removed_at = NOW
    session.flush()
    assert queries.processed_twin(session, twin.original_key) is None, "its files may be swept at any time"


# ---------------------------------------------------------------- sending


def test_a_complete_piece_is_frozen_with_its_photos_in_order(session: Session, student: Actor) -> None:
    entry = complete_piece(session, student, now=NOW, slots=["f8", "f1", "f2"])
    submission = services.submit_entry(session, student, entry.id, now=LATER)
    session.flush()
    assert (submission.number, submission.state, submission.sent_at) == (1, "waiting", LATER)
    assert submission.frozen == {"records": entry.records, "self_scores": {}, "piece_code": entry.piece_code}
    assert entry.state == "submitted"
    slots = session.scalars(select(SubmissionPhoto.slot).order_by(SubmissionPhoto.position)).all()
    assert slots == ["f1", "f2", "f8"]
    handlers = session.scalars(select(Job.handler).where(Job.payload["submission_id"].as_string() == submission.id.hex))
    assert "practice.tell_received" in handlers.all()
    assert session.scalars(select(AuditEvent.tag).where(AuditEvent.target_kind == "submission")).all() == [
        "practice:submission:sent"
    ]


def test_sending_twice_sends_once(session: Session, student: Actor) -> None:
    entry = complete_piece(session, student, now=NOW)
    first = services.submit_entry(session, student, entry.id, now=NOW)
    assert services.submit_entry(session, student, entry.id, now=LATER) is first
    session.flush()
    assert len(session.scalars(select(Submission.id)).all()) == 1


def test_nothing_incomplete_enters_the_queue(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW, numbing__planned_g="9")
    attach(session, student, entry, "f1", 1)
    with pytest.raises(Invalid) as caught:
        services.submit_entry(session, student, entry.id, now=NOW)
    assert caught.value.code == "incomplete"
    assert [(problem.field, problem.code) for problem in caught.value.problems] == [
        ("f1.", "photo_processing"),
        ("f2.", "photo_missing"),
        ("f8.", "photo_missing"),
        ("numbing.planned_g", "over_ceiling"),
    ]
    assert entry.state == "draft"


def test_a_piece_in_review_changes_no_more(session: Session, student: Actor) -> None:
    submission = submitted_piece(session, student, now=NOW)
    entry = session.get_one(PracticeEntry, submission.entry_id)
    same = raw_fields(queries.exercise_at(session, entry.exercise_version_id), now=NOW)
    services.save_entry(session, student, entry.id, same, now=LATER)  # the second of two quick taps
    with pytest.raises(Conflict, match="cannot be changed"):
        services.save_entry(session, student, entry.id, {"numbing.product": ["Other"]}, now=LATER)
    with pytest.raises(Conflict):
        attach(session, student, entry, "f1", 7)
    photo = queries.photos_of(session, entry.id)[0]
    with pytest.raises(Conflict):
        services.remove_photo(session, student, entry.id, photo.id, now=LATER)
    assert photo.removed_at is None


def test_a_returned_piece_is_sent_again_as_the_next_try_once_it_has_changed(session: Session, student: Actor) -> None:
    first = submitted_piece(session, student, now=NOW)
    decide(session, first, "resubmit", now=LATER)
    entry = session.get_one(PracticeEntry, first.entry_id)
    assert entry.state == "returned"
    with pytest.raises(Invalid) as caught:
        services.submit_entry(session, student, entry.id, now=LATER)
    assert caught.value.code == "unchanged"
    old = next(photo for photo in queries.photos_of(session, entry.id) if photo.slot == "f8")
    old.removed_at = LATER
    ready_photo(session, entry, "f8", now=LATER)
    second = services.submit_entry(session, student, entry.id, now=LATER)
    assert (second.number, second.state) == (2, "waiting")
    assert [photo.id for photo in queries.submission_photos(session, first.id)] != [
        photo.id for photo in queries.submission_photos(session, second.id)
    ]


@pytest.mark.parametrize(("outcome", "state"), [("approved", "approved"), ("failed", "failed")])
def test_a_decided_piece_is_not_sent_again(session: Session, student: Actor, outcome: str, state: str) -> None:
    submission = submitted_piece(session, student, now=NOW)
    services.mark_in_review(session, submission, held=True)
    assert submission.state == "in_review"
    decide(session, submission, outcome, now=LATER)
    assert session.get_one(PracticeEntry, submission.entry_id).state == state
    with pytest.raises(Conflict, match="decided"):
        services.submit_entry(session, student, submission.entry_id, now=LATER)


# ---------------------------------------------------------------- stored files


def test_only_old_files_that_nothing_needs_are_swept(session: Session, student: Actor, runtime: Runtime) -> None:
    storage = runtime.storage
    entry = complete_piece(session, student, now=NOW, storage=storage)
    services.submit_entry(session, student, entry.id, now=NOW)
    sent, kept, _rest = queries.photos_of(session, entry.id)
    sent.removed_at = NOW
    draft = draft_piece(session, student, now=NOW)
    removed = ready_photo(session, draft, "f1", now=NOW, storage=storage, original=b"taken out")
    removed.removed_at = NOW
    session.commit()
    orphan = storage.put_bytes("original", b"an upload that came to nothing", "jpg").key
    proof = storage.put_bytes("proof", b"of another part of the house", "pdf").key
    soon = services.sweep_orphans(session, storage, now=_stored_at(storage, orphan) + timedelta(hours=23))
    assert soon == 0
    ticks: list[int] = []
    later = _stored_at(storage, orphan) + timedelta(days=2)
    assert services.sweep_orphans(session, storage, now=later, tick=lambda: ticks.append(1)) == 2
    assert not storage.exists(orphan)
    assert not storage.exists(removed.original_key)
    assert storage.exists(sent.original_key), "a submission still shows it"
    assert storage.exists(kept.original_key)
    assert storage.exists(proof)
    assert len(ticks) == 8
    assert all(storage.exists(key) for _photo, key in queries.kept_files(session))


def test_a_file_that_vanishes_during_the_sweep_is_no_fault(
    session: Session, student: Actor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.storage.put_bytes("original", b"orphan", "jpg")

    def gone(_self: Any, _key: str) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(type(runtime.storage), "stat", gone)
    assert services.sweep_orphans(session, runtime.storage, now=NOW + timedelta(days=900)) == 0


def _stored_at(storage: Any, key: str) -> Any:
    return storage.stat(key).stored_at


# ---------------------------------------------------------------- two at once, on a database of their own


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with separate connections: transactions commit and threads wait for locks."""
    if request.param == "sqlite":
        with databases.sqlite_file(tmp_path) as database:
            yield database
        return
    name = f"practice_{uuid4().hex[:12]}"
    with databases.postgres_beside(request.getfixturevalue("postgres_database"), name) as database:
        yield database


@pytest.fixture
def tapper(shared_database: Database) -> Actor:
    """A student on the shared database, where the program is published."""
    with shared_database.transaction() as session:
        publish_journey(session, NOW)
        user = account_services.sign_up(session, email="a@example.com", name="A", password_hash="x", now=NOW)
        user_id = user.id
    with shared_database.reading() as session:
        actor = accounts.actor_by_id(session, user_id)
    assert actor is not None
    return actor


def test_two_taps_at_once_are_two_pieces_with_two_numbers(shared_database: Database, tapper: Actor) -> None:
    def tap(session: Session) -> int:
        return services.start_entry(session, tapper, "e08", now=NOW).number

    assert sorted(at_once(shared_database, *[tap] * 4)) == [1, 2, 3, 4]


def test_sending_at_once_is_one_submission(shared_database: Database, tapper: Actor) -> None:
    with shared_database.transaction() as session:
        entry_id = complete_piece(session, tapper, now=NOW).id

    def send(session: Session) -> UUID:
        return services.submit_entry(session, tapper, entry_id, now=NOW).id

    assert len(set(at_once(shared_database, *[send] * 4))) == 1
    with shared_database.reading() as session:
        assert len(session.scalars(select(Submission.id)).all()) == 1
        told = session.scalars(select(Job.handler).where(Job.handler == "practice.tell_received")).all()
        assert len(told) == 1


def test_saving_at_once_lets_one_page_win_and_tells_the_others(shared_database: Database, tapper: Actor) -> None:
    with shared_database.transaction() as session:
        entry_id = services.start_entry(session, tapper, "e08", now=NOW).id

    def saving(word: str) -> Callable[[Session], str]:
        def save(session: Session) -> str:
            services.save_entry(session, tapper, entry_id, {"numbing.product": [word]}, now=NOW, revision=0)
            return word

        return save

    results = at_once(shared_database, *[saving(word) for word in ("one", "two", "three", "four")])
    winners = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if isinstance(result, Conflict) and result.code == "stale"]
    assert (len(winners), len(losers)) == (1, 3)
    with shared_database.reading() as session:
        entry = queries.entry_for(session, tapper.user_id, entry_id)
        assert (entry.records["numbing"]["product"], entry.revision) == (winners[0], 1)


def test_the_same_photo_sent_twice_at_once_is_one_photo(shared_database: Database, tapper: Actor) -> None:
    with shared_database.transaction() as session:
        entry_id = services.start_entry(session, tapper, "e08", now=NOW).id

    def send(session: Session) -> UUID:
        return services.attach_photo(session, tapper, entry_id, Upload(stored(), "a.jpg", "f1"), now=NOW).id

    assert len(set(at_once(shared_database, *[send] * 3))) == 1


def test_a_photo_and_its_job_are_rolled_back_together(session: Session, student: Actor) -> None:
    entry = draft_piece(session, student, now=NOW)
    session.commit()
    attach(session, student, entry, "f1", 1)
    session.rollback()
    assert session.scalars(select(Photo.id)).all() == []
    assert jobs(session) == []
