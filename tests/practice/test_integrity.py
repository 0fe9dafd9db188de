"""From photos to flags: on both databases, with real renditions, seen by the reviewer alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.domain.practice.code_card import card_text
from app.practice import queries, services
from app.practice.models import IntegrityFlag, Photo, PhotoHashBand, PracticeEntry, Submission, SubmissionPhoto
from app.practice.services.integrity import file_hash
from tests.conftest import NOW
from tests.factories.content import publish_journey
from tests.factories.practice import submitted_piece

MakeUser = Callable[..., Actor]
KEY = b"k" * 32


@pytest.fixture
def student(session: Session, make_user: MakeUser) -> Actor:
    publish_journey(session, NOW)
    return make_user(Role.STUDENT, name="Amara Osei")


def hashed(session: Session, photo: Photo, dhash: int, mirrored: int = 0x0F0F0F0F0F0F0F0F) -> None:
    """Give a photo another hash, as if it were another picture."""
    digits, turned = f"{dhash:016x}", f"{mirrored:016x}"
    photo.hashes = {"dhash": digits, "ahash": digits, "dhash_mirrored": turned, "ahash_mirrored": turned}
    session.flush()
    session.execute(PhotoHashBand.__table__.delete().where(PhotoHashBand.photo_id == photo.id))
    file_hash(session, photo.id, digits)
    session.flush()


def sent(session: Session, actor: Actor, first: int) -> tuple[Submission, list[Photo]]:
    """A submission whose photos have hashes far from each other, beginning with `first`."""
    submission = submitted_piece(session, actor, now=NOW)
    photos = list(queries.submission_photos(session, submission.id))
    for place, photo in enumerate(photos):
        hashed(session, photo, (first + place * 0x1111_2222_4444_8888) % 2**64)
        photo.quality = {"codes": [], "zone": True}
        photo.taken_at = None
    session.flush()
    return submission, photos


def check(session: Session, submission: Submission) -> list[str]:
    services.check_integrity(session, submission.id, KEY, now=NOW)
    session.flush()
    return [flag.finding for flag in queries.integrity(session, submission.id).flags]


def earlier(session: Session, photos: list[Photo]) -> None:
    session.execute(
        update(Photo).where(Photo.id.in_([p.id for p in photos])).values(uploaded_at=NOW - timedelta(days=3))
    )


def test_a_photo_of_somebody_else_is_found_and_shown_to_reviewers(
    session: Session, student: Actor, make_user: MakeUser
) -> None:
    other = make_user(Role.STUDENT, name="Bea Lind")
    _theirs, old = sent(session, other, 0x0123_4567_89AB_CDEF)
    earlier(session, old)
    submission, photos = sent(session, student, 0xFEDC_0000_1234_5678)
    hashed(session, photos[-1], int(old[-1].hashes["dhash"], 16) ^ 0b10101)
    assert "same_photo" in check(session, submission)
    flag = next(f for f in queries.integrity(session, submission.id).flags if f.finding == "same_photo")
    assert (flag.photo.id, flag.other and flag.other.id) == (photos[-1].id, old[-1].id)
    assert (flag.own, flag.other_piece, flag.facts["bits"]) == (False, None, 3)
    assert queries.sent_photo(session, old[-1].id) is not None


def test_several_photos_of_ones_own_earlier_piece(session: Session, student: Actor) -> None:
    _first, old = sent(session, student, 0x0123_4567_89AB_CDEF)
    earlier(session, old)
    submission, photos = sent(session, student, 0xFEDC_0000_1234_5678)
    for mine, theirs in zip(photos, old, strict=True):
        hashed(session, mine, int(theirs.hashes["dhash"], 16) ^ 1)
    assert check(session, submission)[0] == "same_piece"
    flag = queries.integrity(session, submission.id).flags[0]
    assert (flag.own, flag.other_piece) == (True, 1)


def test_a_mirrored_copy(session: Session, student: Actor) -> None:
    _first, old = sent(session, student, 0x0123_4567_89AB_CDEF)
    earlier(session, old)
    submission, photos = sent(session, student, 0xFEDC_0000_1234_5678)
    hashed(session, photos[-1], 0x00FF_13A7_5555_0001, mirrored=int(old[-1].hashes["dhash"], 16))
    assert "mirrored" in check(session, submission)


def test_later_photos_and_those_of_the_same_piece_are_not_held_against_it(session: Session, student: Actor) -> None:
    submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    hashed(session, photos[1], int(photos[0].hashes["dhash"], 16))
    _second, later = sent(session, student, 0xFEDC_0000_1234_5678)
    for photo in later:
        photo.uploaded_at = NOW + timedelta(days=1)
    hashed(session, later[0], int(photos[0].hashes["dhash"], 16))
    assert not {"same_photo", "same_piece", "mirrored"} & set(check(session, submission))


def test_what_was_removed_and_never_sent_is_not_held_against_anybody(session: Session, student: Actor) -> None:
    first, old = sent(session, student, 0x0123_4567_89AB_CDEF)
    earlier(session, old)
    session.execute(SubmissionPhoto.__table__.delete().where(SubmissionPhoto.submission_id == first.id))
    for photo in old:
        photo.removed_at = NOW
    session.flush()
    submission, photos = sent(session, student, 0xFEDC_0000_1234_5678)
    hashed(session, photos[-1], int(old[-1].hashes["dhash"], 16))
    assert not {"same_photo", "same_piece"} & set(check(session, submission))


def test_the_code_card(session: Session, student: Actor) -> None:
    submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    entry = session.get_one(PracticeEntry, submission.entry_id)
    assert "card_missing" in check(session, submission)
    photos[0].quality = {"codes": [card_text("ZZZZ2345", NOW, KEY)], "zone": True}
    assert "card_other" in check(session, submission)
    photos[0].quality = {"codes": ["VERMILION/P1/ZZZZ2345/1/AAAAAAAAAA"], "zone": True}
    assert "card_unknown" in check(session, submission)
    photos[-1].quality = {"codes": [card_text(entry.piece_code, NOW, KEY)], "zone": True}
    assert check(session, submission) == []


def test_times_before_the_code_and_out_of_order(session: Session, student: Actor) -> None:
    submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    by_slot = {photo.slot: photo for photo in photos}
    by_slot["f2"].taken_at, by_slot["f8"].taken_at = NOW + timedelta(hours=2), NOW - timedelta(hours=2)
    found = check(session, submission)
    assert {"before_issue", "out_of_order"} <= set(found)
    by_slot["f2"].taken_at, by_slot["f8"].taken_at = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    assert not {"before_issue", "out_of_order"} & set(check(session, submission))


def test_checking_twice_leaves_one_set_of_flags(session: Session, student: Actor) -> None:
    submission, _photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    assert queries.integrity(session, submission.id).checked_at is None
    check(session, submission)
    once = session.scalar(select(func.count(IntegrityFlag.id)))
    check(session, submission)
    assert session.scalar(select(func.count(IntegrityFlag.id))) == once
    assert queries.integrity(session, submission.id).checked_at == NOW


def test_a_photo_without_detail_is_not_filed_and_finds_nothing(session: Session, student: Actor) -> None:
    _submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    hashed(session, photos[0], 0)
    assert session.scalar(select(func.count()).where(PhotoHashBand.photo_id == photos[0].id)) == 0
    assert queries.alike(session, 0) == {}


@pytest.mark.parametrize("turned", [0, 1, 5, 9])
def test_the_index_finds_every_near_hash(session: Session, student: Actor, turned: int) -> None:
    _submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    value = int(photos[2].hashes["dhash"], 16)
    spread = sum(1 << (7 * place) for place in range(turned))
    assert queries.alike(session, value ^ spread).get(photos[2].id) == turned


def test_two_near_hashes_are_looked_up_by_the_key(session: Session, student: Actor) -> None:
    """SQLite read the whole table for two pairs where it went by the key for one: 600 ms among a million."""
    _submission, photos = sent(session, student, 0x0123_4567_89AB_CDEF)
    value = int(photos[2].hashes["dhash"], 16)
    hashed(session, photos[1], value ^ 1)
    asked: list[tuple[str, Any]] = []
    bind = session.connection().engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(bind, "before_cursor_execute", note)
    assert queries.alike(session, value) == {photos[2].id: 0, photos[1].id: 1}
    event.remove(bind, "before_cursor_execute", note)
    assert len(asked) == 2
    if bind.dialect.name == "sqlite":
        plan = session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + asked[1][0], asked[1][1])
        steps = [step for *_numbers, step in plan if "photo_hash_band" in step]
        assert steps == ["SEARCH photo_hash_band USING PRIMARY KEY (bucket=? AND hash=?)"]
