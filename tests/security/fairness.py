"""What fair marking adds to the world: a second look, an appeal that is held and one that waits, a draw, a round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.demo.acts import Stage
from app.domain.access.actor import Actor
from app.domain.practice.blocks import BlockKind
from app.domain.review.appeal import Subject
from app.domain.rubric.scoring import Result
from app.practice import queries as practice
from app.practice.models import SendingBlock
from app.reviews import services
from app.reviews.models import CalibrationRound, Remark
from app.reviews.services import FlagInput, PinInput
from tests.factories.reviews import decided_review, full_draft

WHY = "Both peaks are within one millimeter: see the ruler on the map."


def build(stage: Stage, people: Mapping[str, Actor], values: dict[str, Any], exercise: str) -> None:
    """Add them; the "a" instructor holds what one person holds, and the "b" instructor gave the marks before."""
    student, judge, marker = people["student"], people["instructor"], people["instructor_b"]
    entries = [stage.make_piece(student, exercise, seed=seed) for seed in (11, 12, 13)]
    stage.settle()
    held, waiting, flagged = (stage.send(student, entry) for entry in entries)
    with stage.runtime.transaction() as session:
        result, _other = (
            decided_review(session, marker, submission_id, now=stage.now, good=False)
            for submission_id in (held, waiting)
        )
        values["look_id"] = _second_look(session, marker, judge, flagged, stage)
        subject = Subject(("lip-mapping",), (), WHY)
        values["appeal_id"] = services.file_appeal(session, student, held, subject, now=stage.now).id
        services.claim_appeal(session, judge, values["appeal_id"], now=stage.now)
        values["try_id"] = waiting
        reference = services.choose_reference(session, people["admin"], held, now=stage.now)
        values["reference_id"] = reference.id
        drawn = Remark(submission_id=waiting, month="2026-10", drawn_at=stage.now)
        found = CalibrationRound(reviewer_id=judge.user_id, number=1, pieces=[reference.id.hex], began_at=stage.now)
        report = Remark(submission_id=held, month="2026-10", drawn_at=stage.now, review_id=result.id, differs=True)
        session.add_all([drawn, found, report])
        session.flush()
        values["remark_id"], values["round_id"], values["report_id"] = drawn.id, found.id, report.id
    other = stage.make_piece(student, exercise, seed=14)
    stage.settle()
    last = stage.send(student, other)
    with stage.runtime.transaction() as session:
        decided_review(session, marker, last, now=stage.now, good=False)
        values["waiting_id"] = services.file_appeal(session, student, last, subject, now=stage.now).id


def stop_sending(session: Session, student: Actor, values: dict[str, Any], stage: Stage) -> None:
    """A block that an instructor ends after a talk; last of all, for the student sends nothing after it."""
    block = SendingBlock(
        user_id=student.user_id, submission_id=values["try_id"], kind=BlockKind.MEETING.value, begun_at=stage.now
    )
    session.add(block)
    session.flush()
    values["block_id"] = block.id


def _second_look(session: Session, marker: Actor, judge: Actor, submission_id: Any, stage: Stage) -> Any:
    """A piece with a critical flag that the "a" instructor holds for a second look."""
    review = services.claim_review(session, marker, submission_id, now=stage.now)
    photo = practice.submission_photos(session, submission_id)[0].id
    draft = full_draft(session, review, 4, note="Start over.")
    pin, flag = PinInput(photo, 0.5, 0.5, "hygiene", "HYG", "Here."), FlagInput("HYG", "A used cap.", pin=1)
    draft = replace(draft, pins=[pin], critical=[flag])
    services.decide_review(session, marker, review.id, draft, Result.FAILED, now=stage.now)
    return services.claim_review(session, judge, submission_id, now=stage.now).id
