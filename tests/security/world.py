"""A small academy in which every kind of object exists and belongs to somebody, for walking all routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.certification import queries as certification
from app.certification.models import Application, Complaint, RuleTrial, Waiver
from app.content import queries as content
from app.content.models import Kind
from app.credentials import queries as credentials
from app.credentials import services as credential_services
from app.demo.acts import SimulatedClock, Stage
from app.demo.cast import Person
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.access.scopes import OFFERED
from app.domain.content.schema_items import item_adapter
from app.domain.content.schema_quizzes import Quiz
from app.domain.credentials.receipt import Receipt
from app.domain.practice.kit import KitKind
from app.infra import api_keys
from app.infra.jobs.models import Job
from app.infra.links import sign_link
from app.infra.passkeys import NewPasskey
from app.infra.runtime import Runtime
from app.notifications import services as notification_services
from app.notifications.models import Notice
from app.practice import queries as practice
from app.practice import services as practice_services
from app.privacy import services as privacy_services
from app.quizzes.models import Marking, Regrade
from app.reviews import queries as review_queries
from app.reviews import services as review_services
from app.reviews.models import AudioNote, Review
from app.reviews.services import DraftInput
from app.studios import services as studio_services
from app.training import services as training_services
from app.training.models import TrainingItem
from tests.factories import quizzes as quiz_factory
from tests.factories.content import publish_journey
from tests.security import fairness, workplaces

COURSE, QUIZ, EXERCISE = "lip-blush-basics", "quiz-lip-blush-basics", "e08"
CANARY_NOTE = "canary-private-note-4711"
CANARY_DRAFT = "canary-of-a-draft-2203"


@dataclass
class World:
    """Who there is, and the values of every route parameter (all owned by the "a" people)."""

    people: dict[str, Actor] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)


ROLES = {
    "student": (),
    "student_b": (),
    "instructor": (Role.INSTRUCTOR,),
    "instructor_b": (Role.INSTRUCTOR,),
    "admin": (Role.ADMIN,),
}


def build(runtime: Runtime) -> World:
    """Build the world through the services, on the runtime's own clock."""
    runtime.keys.ensure(runtime.now() - timedelta(days=2))
    with runtime.transaction() as session:
        written = quiz_factory.exam("written", draws=[{"bank": "written", "type": "essay", "count": 1}])
        essay = item_adapter.validate_python(quiz_factory.essay_item(1, "written"))
        publish_journey(session, runtime.now(), items=[essay], quizzes=[Quiz.model_validate(written)])
    clock = SimulatedClock(runtime.now() - timedelta(hours=6))
    stage = Stage(runtime, clock, runtime.passwords.hash("a lip is not a wall"))
    real_now, runtime.now = runtime.now, clock
    world = World()
    for name, roles in ROLES.items():
        world.people[name] = stage.account(Person(f"{name.title()} Person"), *roles)
        world.emails[name] = Person(f"{name.title()} Person").email
    for letter in ("studio", "studio_b"):
        with runtime.transaction() as session:
            studio = studio_services.create_studio(session, SYSTEM, name=letter, city="Lyon", now=stage.now)
            world.values.setdefault("studio_id", studio.id)
            studio_id = studio.id
        world.people[letter] = stage.account(Person(f"{letter.title()} Member"), Role.STUDIO, studio_id=studio_id)
    _certify(stage, world)
    _leave_open(stage, world)
    workplaces.build(stage, world.people, world.values)
    world.values["language"] = "es"
    _collect(stage, world)
    runtime.now = real_now
    return world


def _certify(stage: Stage, world: World) -> None:
    student, instructor = world.people["student"], world.people["instructor"]
    for lesson in stage.lessons(COURSE):
        stage.read(student, lesson)
        stage.settle()
    world.values["lesson_key"] = stage.lessons(COURSE)[0]
    stage.take(student, QUIZ)
    stage.settle()
    with stage.runtime.transaction() as session:  # before an attempt runs that holds the keys back
        training_services.add_lesson(session, student, world.values["lesson_key"], now=stage.now)
        world.values["training_id"] = _first(
            session, select(TrainingItem.id).where(TrainingItem.user_id == student.user_id)
        )
    stage.check_proof(instructor, stage.prove(student, "bbp", "School", "1", stage.now.date()))
    entry_id = stage.make_piece(student, EXERCISE, seed=1)
    stage.settle()
    submission_id = world.values["thread_id"] = stage.send(student, entry_id)
    stage.settle()
    stage.review(instructor, submission_id, good=True, note=CANARY_NOTE, seed=1)
    stage.settle()
    fairness.build(stage, world.people, world.values, EXERCISE)


def _leave_open(stage: Stage, world: World) -> None:
    """An open attempt, a draft, a piece in review, one that waits, a waiting proof, a watch, a dead job."""
    runtime, values = stage.runtime, world.values
    student, instructor = world.people["student"], world.people["instructor"]
    from app.quizzes import services as quizzes

    with runtime.transaction() as session:
        values["attempt_id"] = quizzes.start_attempt(session, student, QUIZ, now=stage.now).id
        quiz_factory.take_quiz(session, student, "written", now=stage.now)
        values["marking_id"] = session.scalars(select(Marking.id)).one()
    values["entry_id"] = stage.make_piece(student, EXERCISE, seed=2)
    in_review = stage.make_piece(student, EXERCISE, seed=3)
    waiting = stage.make_piece(student, EXERCISE, seed=4)
    stage.settle()
    held = stage.send(student, in_review)
    values["submission_id"] = stage.send(student, waiting)
    with runtime.transaction() as session:
        values["review_id"] = review_services.claim_review(session, instructor, held, now=stage.now).id
        values["sent_photo_id"] = practice.submission_photos(session, held)[0].id
        _furnish_desk(session, runtime, world, stage.now)
    with runtime.transaction() as session:
        values["photo_id"] = practice.photos_of(session, values["entry_id"])[0].id
        values["card_id"] = practice_services.make_card(session, student, now=stage.now).id
    with runtime.transaction() as session:
        announced = practice_services.Announced("IMG_1.jpg", "f8", 1000)
        upload = practice_services.begin_upload(
            session, student, values["entry_id"], announced, max_bytes=2000, now=runtime.now()
        )
        values["upload_id"] = upload.id
    values["proof_id"] = stage.prove(student, "first_aid", "Red Cross", "2", stage.now.date())
    stage.settle()
    with runtime.transaction() as session:
        held_credential = credentials.held_by(session, student.user_id)[0]
        values["number"], values["credential_id"] = held_credential.number, held_credential.id
        member = world.people["studio"]
        watch = studio_services.add_watch(session, member, min(member.studio_ids), values["number"], now=stage.now)
        values["watch_id"] = watch.id
        studio_id = min(member.studio_ids)
        key, _secret = api_keys.make_key(session, member, studio_id, name="Bookings", scopes=OFFERED, now=stage.now)
        values["key_id"], values["kid"] = key.id, runtime.keys.public_keys()[0].kid
        values["own_number"], values["form"] = values["number"], "json"
        values["receipt"] = _proof_of_a_check(runtime, values["number"])
        now = stage.now
        session.add(Job(handler="mail.send", state="dead", run_at=now, created_at=now, finished_at=now, tries=8))


def _proof_of_a_check(runtime: Runtime, number: str) -> str:
    """The signed proof that a stranger checked a number."""
    settings = runtime.settings
    desk = credential_services.ProofDesk(runtime.keys, settings.academy_name, settings.public_url)
    return desk.sign(Receipt("number", "VALID", runtime.now(), (), number), runtime.now())


def _furnish_desk(session: Session, runtime: Runtime, world: World, now: datetime) -> None:
    """What an instructor keeps beside a review: a version, a view, a comment, a spoken note; one in a result, too."""
    values, instructor = world.values, world.people["instructor"]
    review_services.keep_draft(session, instructor, values["review_id"], DraftInput(0, note=CANARY_DRAFT), now=now)
    values["version_id"] = review_queries.versions_of(session, values["review_id"])[0].id
    values["view_id"] = review_services.save_view(session, instructor, "Late", {"overdue": "1"}, now=now).id
    values["comment_id"] = review_services.add_comment(session, instructor, text="Slower.", now=now).id
    own = Review.reviewer_id == instructor.user_id
    decided = _first(session, select(Review.id).where(Review.state == "decided", own))
    stored = runtime.storage.put_bytes("audio", b"a voice", "webm")
    for name, review_id in (("spoken_id", values["review_id"]), ("note_id", decided)):
        note = AudioNote(
            review_id=review_id,
            author_id=instructor.user_id,
            key=stored.key,
            mime="audio/webm",
            size=stored.size,
            summary="In words.",
            created_at=now,
        )
        session.add(note)
        session.flush()
        values[name] = note.id


def _regraded(session: Session, stage: Stage) -> UUID:
    """A regrade that waits, of a question that is live."""
    item = content.currents(session, Kind.ITEM)[0]
    found = Regrade(item_key=item.key, version_id=item.id, reason="The key was wrong.", asked_at=stage.now)
    session.add(found)
    session.flush()
    return found.id


def _collect(stage: Stage, world: World) -> None:
    values, student = world.values, world.people["student"]
    with stage.runtime.transaction() as session:
        values["item_key"] = content.currents(session, Kind.ITEM)[0].key
        values["regrade_id"] = _regraded(session, stage)
        values["job_id"] = session.scalars(select(Job.id).where(Job.state == "dead")).one()
        values["notice_id"] = _first(session, select(Notice.id).where(Notice.user_id == student.user_id))
        account_services.start_session(session, student.user_id, device="kept", now=stage.now)
        session.flush()
        values["sign_in_id"] = accounts.live_sessions(session, student.user_id, stage.now)[0].id
        values["passkey_id"] = _passkey(session, student, stage.now)
        values["absence_id"] = _absence(session, world.people["instructor"], stage)
        token = account_services.invite(session, SYSTEM, email="new@example.com", role=Role.INSTRUCTOR, now=stage.now)
        session.flush()
        values["invitation_id"] = accounts.waiting_invitations(session, stage.now)[0].id
        notification_services.renew_calendar(session, student.user_id)
        fairness.stop_sending(session, student, values, stage)
    secret, hexed = stage.runtime.settings.secret_key, student.user_id.hex
    values |= {
        "link": sign_link(secret, notification_services.UNSUBSCRIBE, hexed, "pieces"),
        "feed": sign_link(secret, notification_services.CALENDAR, hexed, 1),
        "token": token,
        "user_id": student.user_id,
        **_kept_beside_the_log(stage, student),
        "course_key": COURSE,
        "quiz_key": QUIZ,
        "bank_key": COURSE,
        "position": 1,
        "name": "small",
        "language": "en",
        "list_id": 1,
        "slug": "certified-v1",
        "certification_key": "certified",
        **_certification_desk(stage, world),
    }


def _passkey(session: Session, person: Actor, now: datetime) -> UUID:
    """The public half of a passkey; nobody signs with it here."""
    made = NewPasskey(credential_id="YS1wYXNza2V5", public_key=b"public", sign_count=0, is_synced=False)
    return account_services.add_passkey(session, person, made, name="Phone", now=now).id


def _certification_desk(stage: Stage, world: World) -> dict[str, Any]:
    """An application that waits, a waiver, a trial of a rule and a complaint."""
    student, admin, now = world.people["student"], world.people["admin"], stage.now
    with stage.runtime.transaction() as session:
        version = certification.policies(session)[0].definition_id
        rows = (
            Application(
                user_id=student.user_id, certification_key="certified", kind="first", policy_version_id=version,
                lines=[], asked_at=now,
            ),
            Waiver(
                user_id=student.user_id, certification_key="certified", code="hours:total", label="Hours",
                reason="Trained elsewhere.", granted_by=admin.user_id, granted_name=admin.name, granted_at=now,
            ),
            RuleTrial(
                certification_key="certified", policy_version_id=version, changes={"hours.total": [1, 2]},
                asked_by=admin.user_id, asked_at=now, state="done", people=[],
            ),
            Complaint(
                user_id=student.user_id, about="A client wrote of sore lips.", opened_at=now,
                opened_by=admin.user_id, opened_name=admin.name,
            ),
        )  # fmt: skip
        session.add_all(rows)
        session.flush()
        names = ("application_id", "waiver_id", "trial_id", "complaint_id")
        return dict(zip(names, [row.id for row in rows], strict=True))


def _absence(session: Session, person: Actor, stage: Stage) -> UUID:
    """Days away that lie ahead, so that nothing goes back to the queue today."""
    day = stage.now.date() + timedelta(days=30)
    found = account_services.enter_absence(
        session, person, person.user_id, first_day=day, last_day=day + timedelta(days=7), now=stage.now
    )
    session.flush()
    return found.id


def _kept_beside_the_log(stage: Stage, student: Actor) -> dict[str, Any]:
    """A thing of the kit, a link to sign by, a copy of the log that is made."""
    now, session_done = stage.now, practice_services.SessionClaim(stage.now.date(), 60, "Studio", "Two full lips.")
    with stage.runtime.transaction() as session:
        thing = practice_services.KitFacts(KitKind.CARTRIDGE, "1RL 0.30 long taper")
        kit_id = practice_services.add_to_kit(session, student, thing, now=now).id
        link, token = practice_services.ask_signoff(session, student, session_done, now=now)
        export = practice_services.ask_export(session, student, "zip", now=now)
        copied = privacy_services.ask_copy(session, student, now=now)
        values = {"kit_id": kit_id, "link_id": link.id, "signoff": token, "export_id": export.id}
        values |= {"copy_id": copied.id, "kind": "teaching"}
    stage.settle()
    return values


def _first(session: Session, query: Any) -> UUID:
    found: UUID = session.scalars(query.limit(1)).one()
    return found
