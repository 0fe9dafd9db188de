"""Several marks of one try: second and third readings, checked flags, and that nothing of them is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.content.models import Definition, Kind
from app.domain.access.actor import Actor, Role
from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.rubric.scoring import Result
from app.infra.jobs.models import Job
from app.practice import queries as practice
from app.practice.models import Submission
from app.reviews import queries, services
from app.reviews.models import FlagCheck, Review
from app.reviews.services import FlagAnswer, FlagInput, PinInput
from tests.conftest import Clock
from tests.factories.reviews import FAR_BELOW, full_draft

Send = Callable[..., Submission]
NEAR = {"lip-mapping": 2, "building-layers": 2}  # with 3 elsewhere: 72.5, where Foundation asks for 70


@pytest.fixture
def mara(make_user: Callable[..., Actor]) -> Actor:
    return make_user(Role.INSTRUCTOR, name="Mara Lind")


def mark(
    session: Session,
    actor: Actor,
    submission: Submission,
    result: Result,
    level: int = 3,
    levels: Mapping[str, int] | None = None,
    *,
    clock: Clock,
    note: str = "Go on.",
) -> Review:
    review = services.claim_review(session, actor, submission.id, now=clock())
    draft = full_draft(session, review, level, levels, note=note)
    return services.decide_review(session, actor, review.id, draft, result, now=clock())


def told(session: Session) -> list[str]:
    query = select(Job.payload).where(Job.handler == "certification.after_review")
    return [payload["outcome"] for payload in session.scalars(query)]


def levels_of(session: Session, review: Review) -> dict[str, int]:
    return {rating.criterion: rating.level for rating in queries.ratings_of(session, [review.id])[review.id]}


# --- second and third marks -----------------------------------------------------------------------------------------


def test_a_result_near_the_mark_waits_for_a_second_one(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    piece = send(amara)
    one = mark(session, ines, piece, Result.APPROVED, levels=NEAR, clock=clock, note="Left is short.")
    assert (one.state, one.kind, one.blind, piece.state) == ("marked", "first", False, "waiting")
    assert (told(session), queries.decided_reviews(session, piece.entry_id)) == ([], []), "hidden until both are in"
    assert practice.entry_for(session, amara.user_id, piece.entry_id).state == "submitted"

    other = services.claim_review(session, jun, piece.id, now=clock.tick(hours=1))
    assert (other.kind, other.blind, other.note, other.revision) == ("second", True, "", 0)
    assert levels_of(session, other) == {}, "nothing of the first mark is shown"
    draft = full_draft(session, other, 3, {"lip-mapping": 2}, note="Right is long.")
    services.decide_review(session, jun, other.id, draft, Result.APPROVED, now=clock())
    session.commit()

    (result,) = queries.decided_reviews(session, piece.entry_id)
    assert (result.review.kind, result.review.outcome, result.review.score) == (
        "combined",
        "approved",
        Decimal("74.50"),
    )
    assert levels_of(session, result.review)["building-layers"] == 3
    assert result.review.note == "Left is short.\n\nRight is long."
    pins = queries.pins_of(session, [result.review.id, one.id, other.id])
    said = {(pin.criterion, pin.defect) for pin in (*pins[one.id], *pins[other.id])}
    assert [pin.number for pin in pins[result.review.id]] == list(range(1, len(said) + 1)), "what both pinned, once"
    assert [(m.kind, m.state, m.outcome) for m in queries.marks_of(session, piece.id)] == [
        ("first", "marked", "approved"),
        ("second", "marked", "approved"),
    ], "each mark stays as it was given"
    assert (practice.submission(session, piece.id).state, told(session)) == ("approved", ["approved"])


def test_nobody_gives_two_marks_of_one_try(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor
) -> None:
    piece = send(amara)
    mark(session, ines, piece, Result.APPROVED, levels=NEAR, clock=clock)
    with pytest.raises(NotAllowed) as refusal:
        services.claim_review(session, ines, piece.id, now=clock())
    assert refusal.value.code == "has_marked"
    assert queries.next_waiting(session, ines.user_id, clock()) is None, "nor is it offered"


def test_marks_that_disagree_go_to_a_third_who_writes_why(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, mara: Actor, amara: Actor
) -> None:
    piece = send(amara)
    mark(session, ines, piece, Result.APPROVED, levels=NEAR, clock=clock)
    mark(session, jun, piece, Result.RESUBMIT, 2, clock=clock)
    assert practice.submission(session, piece.id).state == "waiting"
    third = services.claim_review(session, mara, piece.id, now=clock())
    assert (third.kind, third.blind) == ("third", True)
    assert levels_of(session, third) == NEAR, "it begins with what both gave"
    assert len(queries.pins_of(session, [third.id])[third.id]) == 6, "two of the eight are the same"
    draft = full_draft(session, third, 3, NEAR)
    session.commit()
    with pytest.raises(Invalid) as refusal:
        services.decide_review(session, mara, third.id, draft, Result.APPROVED, now=clock())
    assert {problem.code for problem in refusal.value.problems} == {"change_unexplained"}
    assert len(refusal.value.problems) == 8
    session.rollback()

    reasons = dict.fromkeys(draft.ratings, "Even at the edge, seen on the macro photo.")
    services.decide_review(session, mara, third.id, replace(draft, reasons=reasons), Result.APPROVED, now=clock())
    result = queries.result_of(session, piece.id)
    assert result is not None
    assert (result.id, result.kind, result.outcome) == (third.id, "third", "approved")
    assert [(m.kind, m.outcome) for m in queries.marks_of(session, piece.id)] == [
        ("first", "approved"),
        ("second", "resubmit"),
        ("third", "approved"),
    ]
    assert told(session) == ["approved"]


def test_a_capstone_is_marked_twice_and_always_blind(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor, capstones: None
) -> None:
    piece = send(amara)
    piece.tier = "certified"
    one = mark(session, ines, piece, Result.APPROVED, 4, clock=clock)
    assert (one.state, one.blind, one.report["second_reader"]) == ("marked", True, ["capstone"])
    mark(session, jun, piece, Result.APPROVED, 4, clock=clock)
    assert practice.submission(session, piece.id).state == "approved"


def test_the_mini_capstone_of_foundation_is_marked_once(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, capstones: None
) -> None:
    one = mark(session, ines, send(amara), Result.APPROVED, 4, clock=clock)
    assert (one.state, one.blind) == ("decided", True)


@pytest.fixture
def capstones(session: Session, journey: None) -> None:
    """Every exercise is a capstone."""
    for version_id, payload in session.execute(
        select(Definition.id, Definition.payload).where(Definition.kind == Kind.EXERCISE.value)
    ).all():
        changed = update(Definition).where(Definition.id == version_id)
        session.execute(changed.values(payload={**payload, "capstone": True}))
    session.commit()


def test_the_academy_can_blind_every_review(
    session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor, make_user: Callable[..., Actor]
) -> None:
    admin = make_user(Role.ADMIN, name="Noor Haddad")
    services.set_policy(session, admin, blind_all=True, calibration_months=6, now=clock())
    services.set_policy(session, admin, blind_all=True, calibration_months=6, now=clock())
    assert services.claim_review(session, ines, send(amara).id, now=clock()).blind
    with pytest.raises(Invalid):
        services.set_policy(session, admin, blind_all=True, calibration_months=0, now=clock())


# --- critical flags -------------------------------------------------------------------------------------------------


def flagged(session: Session, actor: Actor, piece: Submission, *codes: str, clock: Clock, level: int = 4) -> Review:
    review = services.claim_review(session, actor, piece.id, now=clock())
    photo = practice.submission_photos(session, piece.id)[0].id
    draft = full_draft(session, review, level, note="Start over.")
    here = [PinInput(photo, 0.5, 0.5, "hygiene", code, "Here.") for code in codes]
    critical = [FlagInput(code, f"{code} is seen.", pin=place) for place, code in enumerate(codes, start=1)]
    draft = replace(draft, pins=[*here, *draft.pins], critical=critical)
    return services.decide_review(session, actor, review.id, draft, Result.FAILED, now=clock())


def test_a_flag_fails_the_piece_when_somebody_else_confirms_it(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    piece = send(amara)
    one = flagged(session, ines, piece, "HYG", clock=clock)
    assert (one.state, piece.state, told(session)) == ("marked", "waiting", [])
    with pytest.raises(NotAllowed):
        services.claim_review(session, ines, piece.id, now=clock())
    look = services.claim_review(session, jun, piece.id, now=clock())
    assert look.kind == "confirm"
    assert [(flag.code, flag.reason, flag.pin) for flag in services.open_flags(session, piece.id)] == [
        ("HYG", "HYG is seen.", 1)
    ]
    with pytest.raises(Conflict) as refusal:
        services.complete_review(session, jun, look.id, Result.FAILED, now=clock())
    assert refusal.value.code == "confirm"
    with pytest.raises(Invalid) as incomplete:
        services.check_flags(session, jun, look.id, {"HYG": FlagAnswer(True, "")}, now=clock())
    assert [(p.field, p.code) for p in incomplete.value.problems] == [("HYG", "reason_missing")]
    with pytest.raises(Invalid):
        services.check_flags(session, jun, look.id, {"HYG": FlagAnswer(None, "Hm.")}, now=clock())
    answers = {"HYG": FlagAnswer(True, "The cap is used.")}
    services.check_flags(session, jun, look.id, answers, now=clock())
    services.check_flags(session, jun, look.id, answers, now=clock())
    result = queries.result_of(session, piece.id)
    assert result is not None
    assert (result.id, result.state, result.outcome) == (one.id, "decided", "failed")
    assert (practice.submission(session, piece.id).state, told(session)) == ("failed", ["failed"])
    assert [check.reason for check in session.scalars(select(FlagCheck))] == ["The cap is used."], "asked once"


def test_an_unconfirmed_flag_leaves_the_levels(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, amara: Actor
) -> None:
    piece = send(amara)
    flagged(session, ines, piece, "HYG", clock=clock)
    look = services.claim_review(session, jun, piece.id, now=clock())
    services.check_flags(session, jun, look.id, {"HYG": FlagAnswer(False, "The cap is new.")}, now=clock())
    result = queries.result_of(session, piece.id)
    assert result is not None
    assert (result.kind, result.outcome, result.critical) == ("combined", "approved", [])
    assert told(session) == ["approved"]


def test_only_the_holder_looks_at_a_flag(
    session: Session, clock: Clock, send: Send, ines: Actor, jun: Actor, mara: Actor, amara: Actor
) -> None:
    piece = send(amara)
    one = flagged(session, ines, piece, "HYG", clock=clock)
    look = services.claim_review(session, jun, piece.id, now=clock())
    for actor, review in ((mara, look), (ines, one)):
        with pytest.raises(NotFound):
            services.check_flags(session, actor, review.id, {"HYG": FlagAnswer(True, "Seen.")}, now=clock())
    services.release_review(session, jun, look.id, now=clock())
    with pytest.raises(Conflict):
        services.check_flags(session, jun, look.id, {"HYG": FlagAnswer(True, "Seen.")}, now=clock())
    assert services.claim_review(session, mara, piece.id, now=clock()).kind == "confirm"


# --- re-marks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(session: Session, clock: Clock, send: Send, ines: Actor, amara: Actor) -> list[Submission]:
    """Eleven approved pieces and one that went back, of one month."""
    pieces = [send(amara) for _ in range(12)]
    for piece in pieces[:-1]:
        mark(session, ines, piece, Result.APPROVED, 4, clock=clock)
    mark(session, ines, pieces[-1], Result.RESUBMIT, 4, FAR_BELOW, clock=clock)
    session.commit()
    return pieces


def test_a_tenth_is_drawn_once_a_month_and_read_blind(
    session: Session, clock: Clock, decided: list[Submission], ines: Actor, jun: Actor, amara: Actor
) -> None:
    clock.tick(days=12)
    assert services.draw_remarks(session, "seed", now=clock()) == 3, "two of eleven approvals, one of one return"
    assert services.draw_remarks(session, "seed", now=clock()) == 0, "a month is drawn once"
    assert queries.waiting_remarks(session, ines.user_id) == [], "not by whoever marked it"
    assert queries.waiting_remarks(session, amara.user_id) == [], "nor one's own"
    lines = queries.waiting_remarks(session, jun.user_id)
    assert len(lines) == 3
    outcomes = {line.id: practice.submission(session, line.submission_id).state for line in lines}
    line = next(line for line in lines if outcomes[line.id] == "approved")
    with pytest.raises(NotAllowed):
        services.claim_remark(session, ines, line.id, now=clock())
    review = services.claim_remark(session, jun, line.id, now=clock())
    assert (review.kind, review.blind, practice.submission(session, line.submission_id).state) == (
        "remark",
        True,
        "approved",
    )
    draft = full_draft(session, review, 2, note="Not for me.")
    services.decide_review(session, jun, review.id, draft, Result.RESUBMIT, now=clock())
    assert practice.submission(session, line.submission_id).state == "approved", "it changes nothing by itself"
    (report,) = queries.open_reports(session)
    assert (report.remark.differs, report.result.outcome, report.again.outcome) == (True, "approved", "resubmit")
    assert len(told(session)) == 12


def test_a_report_is_closed_with_words(
    session: Session, clock: Clock, decided: list[Submission], jun: Actor, make_user: Callable[..., Actor]
) -> None:
    services.draw_remarks(session, "seed", now=clock.tick(days=12))
    line = queries.waiting_remarks(session, jun.user_id)[0]
    review = services.claim_remark(session, jun, line.id, now=clock())
    draft = full_draft(session, review, 2, note="No.")
    services.decide_review(session, jun, review.id, draft, Result.RESUBMIT, now=clock())
    (report,) = queries.open_reports(session)
    admin = make_user(Role.ADMIN, name="Noor Haddad")
    with pytest.raises(Invalid):
        services.close_report(session, admin, report.remark.id, " ", now=clock())
    services.close_report(session, admin, report.remark.id, "Talked it over with both.", now=clock())
    assert queries.open_reports(session) == []


def test_a_re_mark_returns_like_any_claim(
    session: Session, clock: Clock, decided: list[Submission], jun: Actor, make_user: Callable[..., Actor]
) -> None:
    services.draw_remarks(session, "seed", now=clock.tick(days=12))
    line = queries.waiting_remarks(session, jun.user_id)[0]
    mara = make_user(Role.INSTRUCTOR, name="Mara Lind")
    review = services.claim_remark(session, jun, line.id, now=clock())
    assert services.claim_remark(session, jun, line.id, now=clock()).id == review.id
    with pytest.raises(Conflict):
        services.claim_remark(session, mara, line.id, now=clock())
    assert services.release_expired(session, review.id, jun.user_id, now=clock.tick(hours=2))
    state = practice.submission(session, line.submission_id).state
    assert state in ("approved", "resubmit"), "the piece stays decided"
    assert services.claim_remark(session, mara, line.id, now=clock() + timedelta(minutes=1)).kind == "remark"
