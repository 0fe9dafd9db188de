"""What people of the demo do, each through the services that the pages use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.certification import queries as certification_queries
from app.certification import services as certification
from app.content import queries as content
from app.demo.answers import right_answer, wrong_answer
from app.demo.cast import PIGMENTS, SKINS, Person
from app.demo.records import log_fields
from app.demo.scans import draw_scan
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.assessment.spacing import Recall, day_of
from app.domain.practice.exercise import Exercise, exercise_from_dict
from app.domain.rubric.scoring import Result
from app.infra.jobs.worker import work_off
from app.infra.mail.base import Message
from app.infra.runtime import Runtime
from app.infra.sample_photos import Piece, Slot, draw_photo
from app.infra.storage.base import StoredFile
from app.learning import queries as learning
from app.learning import services as learning_services
from app.practice import queries as practice
from app.practice import services as practice_services
from app.quizzes import queries as quizzes
from app.quizzes import services as quiz_services
from app.reviews import queries as reviews
from app.reviews import services as review_services
from app.training import queries as training
from app.training import services as training_services

SLOTS: dict[str, Slot] = {
    "f0": "setup",
    "f1": "blank",
    "f2": "map",
    "f3": "pass-1",
    "f4": "pass-2",
    "f8": "final-front",
    "f9": "final-45",
    "f10": "macro",
    "f11": "teardown",
}
LOOKS = 6


@dataclass(slots=True)
class SimulatedClock:
    """The demo's time; stories move it."""

    value: datetime

    def __call__(self) -> datetime:
        """The simulated instant."""
        return self.value


class NoMail:
    """Nobody in the demo can read mail, so none leaves it and none floods the screen."""

    def send(self, message: Message) -> None:
        """Drop the mail."""


@dataclass
class Stage:
    """The runtime on simulated time, with what the acts look up again and again."""

    runtime: Runtime
    clock: SimulatedClock
    password_hash: str
    _photos: dict[tuple[str, int], StoredFile] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The simulated instant."""
        return self.clock.value

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """Exercises by id."""
        with self.runtime.db.reading() as session:
            return {e.key: exercise_from_dict(e.payload) for e in content.exercises(session)}

    def settle(self) -> None:
        """Work off the jobs that the acts asked for."""
        work_off(self.runtime)

    def account(self, person: Person, *roles: Role, studio_id: UUID | None = None, rank: str = "") -> Actor:
        """Make an account; without roles it is a student's."""
        with self.runtime.transaction() as session:
            user = account_services.sign_up(
                session,
                email=person.email,
                name=person.name,
                password_hash=self.password_hash,
                now=self.now,
                is_demo=True,
            )
            for role in roles:
                owned = studio_id if role is Role.STUDIO else None
                account_services.grant_role(
                    session, SYSTEM, user.id, role, studio_id=owned, studio_rank=rank, now=self.now
                )
            if roles:
                account_services.end_role(session, SYSTEM, user.id, Role.STUDENT, now=self.now)
        return self.actor(user.id)

    def actor(self, user_id: UUID) -> Actor:
        """The person with the roles that they hold now."""
        with self.runtime.db.reading() as session:
            found = accounts.actor_by_id(session, user_id)
        if found is None:
            raise LookupError(user_id)
        return found

    def lessons(self, course: str) -> list[str]:
        """The lessons of a course in order."""
        with self.runtime.db.reading() as session:
            return [line.key for line in content.outline(session, course)]

    def enroll(self, student: Actor, course: str) -> None:
        """Take a course."""
        with self.runtime.transaction() as session:
            learning_services.enroll(session, student, course, now=self.now)

    def read(self, student: Actor, lesson: str) -> None:
        """Read a lesson to its end."""
        with self.runtime.transaction() as session:
            learning_services.complete_lesson(session, student, lesson, now=self.now)

    def take(self, student: Actor, quiz: str, *, mistakes: int = 0) -> UUID:
        """Take a quiz; the last `mistakes` items that are no safety items are answered wrongly."""
        with self.runtime.transaction() as session:
            attempt = quiz_services.start_attempt(session, student, quiz, now=self.now)
            rows = quizzes.items_of(session, attempt.id)
            items = quizzes.definitions_of(session, [row.item_version_id for row in rows])
            harmless = [row.position for row in rows if not items[row.item_version_id].safety]
            wrong = set(harmless[len(harmless) - mistakes :]) if mistakes else set()
            for row in rows:
                item = items[row.item_version_id].for_seed(attempt.seed)
                raw = wrong_answer(item) if row.position in wrong else right_answer(item)
                quiz_services.save_response(session, student, attempt.id, row.position, raw, now=self.now)
        self.clock.value += timedelta(minutes=12)
        with self.runtime.transaction() as session:
            quiz_services.submit_attempt(session, student, attempt.id, now=self.now)
        return attempt.id

    def practice_lesson(self, student: Actor, lesson: str) -> None:
        """Add the questions about a lesson to the training."""
        with self.runtime.transaction() as session:
            training_services.add_lesson(session, student, lesson, now=self.now)

    def train(self, student: Actor, recalls: Sequence[Recall]) -> None:
        """Answer so many questions that are due: wrongly for "again", else rightly and remembered like this."""
        for recall in recalls:
            with self.runtime.transaction() as session:
                self._train_one(session, student, recall)

    def _train_one(self, session: Session, student: Actor, recall: Recall) -> None:
        found = training.next_item(session, student.user_id, day_of(self.now), (), new=True)
        if found is None:
            return
        sheet = training.sheet(session, student.user_id, found, self.now)
        if sheet.version_id is None:
            raise LookupError(sheet.row.item_key)
        item = training.asked(session, sheet.row, sheet.version_id, sheet.row.answers)
        raw = wrong_answer(item) if recall is Recall.AGAIN else right_answer(item)
        revision = sheet.row.revision
        training_services.answer(session, student, found, raw, revision=revision, now=self.now)
        if recall is not Recall.AGAIN:
            training_services.rate(session, student, found, recall, revision=revision + 1, now=self.now)

    def make_piece(self, student: Actor, exercise: str, *, seed: int, photos: int | None = None) -> UUID:
        """Start a piece, fill in the log and add its photos (or the first `photos` of them)."""
        facts = self.exercises[exercise]
        expiry = date(self.now.year + 2, 3, 31).isoformat()
        with self.runtime.transaction() as session:
            entry = practice_services.start_entry(session, student, exercise, now=self.now)
            raw = log_fields(facts, seed=seed, expiry=expiry, question=_question(seed))
            practice_services.save_entry(session, student, entry.id, raw, now=self.now)
        wanted = [slot.id for slot in facts.slots if slot.required]
        for slot in wanted if photos is None else wanted[:photos]:
            stored = self._photo(slot, seed % LOOKS)
            upload = practice_services.Upload(stored, f"IMG_{4100 + seed}_{slot}.jpg", slot)
            with self.runtime.transaction() as session:
                practice_services.attach_photo(session, student, entry.id, upload, now=self.now)
        return entry.id

    def send(self, student: Actor, entry_id: UUID) -> UUID:
        """Send a piece to review."""
        with self.runtime.transaction() as session:
            return practice_services.submit_entry(session, student, entry_id, now=self.now).id

    def review(
        self,
        instructor: Actor,
        submission_id: UUID,
        *,
        good: bool,
        note: str,
        seed: int = 0,
        second: Actor | None = None,
    ) -> None:
        """Claim a piece, rate every criterion, pin what was seen, decide; `second` marks it too when that is due."""
        self._mark(instructor, submission_id, good=good, note=note, seed=seed)
        with self.runtime.db.reading() as session:
            waits = practice.submission(session, submission_id).state == "waiting"
        if waits and second is not None:
            self._mark(second, submission_id, good=good, note=note, seed=seed)

    def _mark(self, instructor: Actor, submission_id: UUID, *, good: bool, note: str, seed: int) -> None:
        with self.runtime.transaction() as session:
            review = review_services.claim_review(session, instructor, submission_id, now=self.now)
            draft = self._draft(session, submission_id, good=good, note=note, seed=seed)
            review_services.save_review(session, instructor, review.id, draft, now=self.now)
        self.clock.value += timedelta(minutes=14)
        result = Result.APPROVED if good else Result.RESUBMIT
        with self.runtime.transaction() as session:
            review_services.complete_review(session, instructor, review.id, result, now=self.now)

    def prove(self, student: Actor, kind: str, issuer: str, number: str, issued_on: date) -> UUID:
        """Hand in a proof from elsewhere with a scan of it."""
        scan = draw_scan(student.name, issuer, number, issued_on)
        document = self.runtime.storage.put_bytes("proof", scan, "jpg").key
        facts = certification.ProofFacts(kind, issuer, number, issued_on, None, document, "image/jpeg")
        with self.runtime.transaction() as session:
            return certification.send_proof(session, student, facts, now=self.now).id

    def check_proof(self, instructor: Actor, proof_id: UUID) -> None:
        """Accept a proof."""
        with self.runtime.transaction() as session:
            certification.check_proof(session, instructor, proof_id, accept=True, note="", now=self.now)

    def policy(self, certification_id: str) -> dict[str, Any]:
        """The requirement set of a certification."""
        with self.runtime.db.reading() as session:
            found = next(p for p in certification_queries.policies(session) if p.rules.id == certification_id)
            return found.payload

    def next_lesson(self, student: Actor) -> str | None:
        """The lesson that the student's home page offers."""
        with self.runtime.db.reading() as session:
            up = learning.next_up(session, learning.catalog(session, student.user_id), student.user_id)
            return up.lesson.key if up else None

    def _photo(self, slot: str, look: int) -> StoredFile:
        # A handful of looks, drawn once: what the demo shows is the product, not the drawing.
        if (slot, look) not in self._photos:
            _name, pigment = PIGMENTS[look % len(PIGMENTS)]
            piece = Piece(seed=look + 1, code=f"P-{1000 + look}", skin=SKINS[look % len(SKINS)], pigment=pigment)
            data = draw_photo(SLOTS[slot], piece, taken_at=self.now)
            self._photos[slot, look] = self.runtime.storage.put_bytes("original", data, "jpg")
        return self._photos[slot, look]

    def _draft(self, session: Any, submission_id: UUID, *, good: bool, note: str, seed: int) -> Any:
        submission = practice.submission(session, submission_id)
        rubric = reviews.current_rubric(session).rubric
        photos = practice.submission_photos(session, submission_id)
        defects = reviews.defect_codes(session)
        shown = next((p for p in photos if p.slot == "f8"), photos[-1])
        ratings, pins = {}, []
        for place, criterion in enumerate(review_services.applicable_criteria(session, rubric, submission)):
            level = (3 + (seed + place) % 2) if good else (2 if criterion.core else 3)
            wanted = (criterion.id, "m" if good else "M")
            code = next((d for d in defects.values() if (d["criterion"], d["severity"]) == wanted), None)
            # A mark below 4 of a core criterion needs a pin, and only a known defect makes one.
            ratings[criterion.id] = 4 if criterion.core and code is None else level
            if criterion.core and level < 4 and code:
                x, y = 0.34 + 0.08 * (place % 5), 0.52 + 0.05 * (place % 3)
                text = f"{code['title']}: {code['fix']}"
                pins.append(review_services.PinInput(shown.id, x, y, criterion.id, code["code"], text))
        return review_services.DraftInput(revision=0, ratings=ratings, pins=pins, note=note)


def _question(seed: int) -> str:
    asked = (
        "Is the left corner saturated enough?",
        "Did the fade towards the wet-dry line work?",
        "",
        "Is the warm modifier too strong?",
    )
    return asked[seed % len(asked)]
