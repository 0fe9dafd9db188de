"""What waits on desks of the demo: a proof, an appeal, a waiver, a kit and a signed session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from app.certification import services as certification
from app.demo import cast
from app.domain.practice.kit import KitKind
from app.domain.practice.signoff import Guest
from app.domain.review.appeal import Subject
from app.practice import services as practice
from app.reviews import queries as reviews
from app.reviews import services as review_services

if TYPE_CHECKING:
    from app.demo.academy import Academy

APPEALED = "appealed"
"""Under this name the summary holds the piece whose result is appealed."""


def write(academy: Academy) -> None:
    """Put it all into the script."""
    script = academy.script
    script.at(academy.day(40), lambda: _fill_kit(academy))
    script.at(academy.day(12), lambda: _train_supervised(academy))
    script.at(academy.day(4), lambda: _send_proof(academy))
    script.at(academy.day(3.5), lambda: _waive(academy))
    script.at(academy.day(0.5), lambda: _appeal(academy))
    script.at(academy.day(0.45), lambda: _complain(academy))


def _fill_kit(academy: Academy) -> None:
    now, amara = academy.stage.now, academy.who(cast.AMARA)
    far = (now + timedelta(days=500)).date().isoformat()
    soon = (academy.today + timedelta(days=12)).date().isoformat()
    things = (
        practice.KitFacts(KitKind.MACHINE, "Rotary pen, 3.0 mm stroke"),
        practice.KitFacts(KitKind.CARTRIDGE, "1 round liner 0.30", code="1rl-030"),
        practice.KitFacts(KitKind.PIGMENT, "Rosewood 04", lot="2418", expires=far),
        practice.KitFacts(KitKind.PIGMENT, "Brick 07", lot="2377", expires=soon),
    )
    with academy.stage.runtime.transaction() as session:
        for thing in things:
            practice.add_to_kit(session, amara, thing, now=now)


def _train_supervised(academy: Academy) -> None:
    """One session is signed by a guest, another one waits for the signature."""
    now, amara = academy.stage.now, academy.who(cast.AMARA)
    work = "Two lip maps and one first pass on practice skin, watched from beginning to end."
    with academy.stage.runtime.transaction() as session:
        for days, minutes in ((2, 150), (1, 90)):
            claim = practice.SessionClaim((now - timedelta(days=days)).date(), minutes, "Atelier Rouge, Lyon", work)
            _link, token = practice.ask_signoff(session, amara, claim, now=now)
            if days == 2:
                guest = Guest("Claire Dumont", "Studio lead", "LY-20417")
                practice.sign_session(session, token, guest, now=now + timedelta(minutes=5))


def _send_proof(academy: Academy) -> None:
    issued = (academy.stage.now - timedelta(days=6)).date()
    academy.stage.prove(academy.who(cast.AMARA), "bbp", "Body Art Training Group", f"BA-{issued:%y%m%d}", issued)


def _waive(academy: Academy) -> None:
    """The first hours that Amara lacks are waived, for a reason that her certificate's decision will show."""
    now, amara = academy.stage.now, academy.who(cast.AMARA)
    with academy.stage.runtime.transaction() as session:
        evaluations, _gathered = certification.evaluate_requirements(session, amara.user_id, now=now)
        lines = next(e.outcome.missing for e in evaluations if e.policy.rules.id == "foundation")
        code = next(line.code for line in lines if line.group == "hours")
        reason = "Two-day workshop at the academy before the log was kept; the attendance list is on file."
        certification.grant_waiver(
            session, academy.who(cast.ADMIN), amara.user_id, "foundation", code, reason=reason, until=None, now=now
        )


def _complain(academy: Academy) -> None:
    """One complaint is open; the revocation that waits comes of it. Another one is closed."""
    now, admin = academy.stage.now, academy.who(cast.ADMIN)
    with academy.stage.runtime.transaction() as session:
        closed = certification.open_complaint(
            session, admin, academy.who(cast.VALID).user_id, "A studio wrote that a number did not work.", now=now
        )
        certification.close_complaint(session, admin, closed.id, "They had mistyped it. Nothing was wrong.", now=now)
        about = "A studio wrote: she kept on working on clients while her certificate was suspended."
        certification.open_complaint(session, admin, academy.who(cast.SUSPENDED).user_id, about, now=now)


def _appeal(academy: Academy) -> None:
    now, submission_id = academy.stage.now, UUID(academy.notes[APPEALED]["submission"])
    with academy.stage.runtime.transaction() as session:
        result = reviews.result_of(session, submission_id)
        if result is None:
            raise LookupError(submission_id)
        ratings = reviews.ratings_of(session, [result.id])[result.id]
        lowest = min(ratings, key=lambda rating: rating.level or 9)
        why = "The patch near the corner is a reflection of the lamp: the photo from the side shows it even."
        subject = Subject((lowest.criterion,), (), why)
        review_services.file_appeal(session, academy.who(cast.QUEUED[2]), submission_id, subject, now=now)
