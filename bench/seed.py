"""Data sets that are the same at every run: one student lives a story through the services, the rest are copies.

The story writes whatever the product writes today, so the data follow the schema by themselves. Copies are made row
by row in bulk: every id that belongs to the story is exchanged, whatever has to be unique is made anew.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import Flask
from sqlalchemy import Connection, Table, event

from app.accounts import queries as accounts
from app.accounts.models import SignIn, User
from app.certification.models import Decision
from app.cli import prepare
from app.config import settings_from
from app.content import queries as content
from app.credentials.models import Credential, CredentialEvent, CredentialFile, StatusList
from app.demo.acts import NoMail, SimulatedClock, Stage
from app.demo.cast import Person
from app.domain.access.actor import Actor, Role
from app.domain.credentials.number import new_number
from app.domain.credentials.status_list import SIZE
from app.factory import create_app, make_runtime
from app.infra.db import Base
from app.infra.jobs.models import Job, Schedule
from app.infra.runtime import Runtime
from app.infra.sample_photos import Piece, draw_photo
from app.infra.storage.base import StoredFile
from app.practice import queries as practice
from bench.measure import Visitor

STUDENTS = 1_000
WAITING_EACH = 10
"""Pieces in the queue for each student: ten thousand in all."""
HOLDERS = 10_000
PASSWORD = "a long pass phrase"
QUIZ = "check-application"
"""A quiz of ten items that may be taken as often as one likes."""
FOUNDATION = "foundation"
CHUNK = 50
STORY = timedelta(days=90)
_CODES = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LEFT_OUT = {
    "audit_event",
    "audit_personal",
    Job.__tablename__,
    Schedule.__tablename__,
    SignIn.__tablename__,
    StatusList.__tablename__,
}
LEAN = 2_000_000
_OF_LEAN = [
    *("user_account", "role_grant", "enrollment", "attempt", "grade"),
    *(m.__tablename__ for m in (Decision, Credential, CredentialFile, CredentialEvent)),
]
_OF_HOLDERS = [m.__tablename__ for m in (User, Decision, Credential, CredentialFile, CredentialEvent)]


@dataclass
class World:
    """An instance with its people, and what the flows ask for."""

    runtime: Runtime
    app: Flask
    student: UUID
    instructor: UUID
    draft: UUID
    numbers: Sequence[str]
    waiting: Sequence[UUID]
    students: int = 1
    port: int = 0
    _callers: int = field(default=0, init=False)

    def student_id(self, n: int) -> UUID:
        """The nth student; 0 is the one whose story is real."""
        return copied(self.student, n % self.students)

    def draft_id(self, n: int) -> UUID:
        """The draft of the nth student."""
        return copied(self.draft, n % self.students)

    def visit(self, n: int = 0) -> Visitor:
        """The nth student in a browser, signed in."""
        return self._signed_in(self.student_id(n))

    def teach(self) -> Visitor:
        """The instructor in a browser, signed in."""
        return self._signed_in(self.instructor)

    def stranger(self, *, cookie: str = "", token: str = "") -> Visitor:
        """Somebody without an account, from an address that nobody came from before."""
        self._callers += 1
        third, fourth = divmod(self._callers, 250)
        return Visitor(self.port, cookie=cookie, token=token, source=f"127.9.{third}.{fourth + 1}")

    def _signed_in(self, user_id: UUID) -> Visitor:
        signer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        value = signer.dumps({"_user_id": token_of(user_id), "_fresh": True, "csrf_token": "0" * 40})
        name = self.app.config["SESSION_COOKIE_NAME"]
        with self.app.test_request_context():
            token = _form_token(self.app.secret_key)
        return Visitor(self.port, cookie=f"{name}={value}", token=token)

    @cached_property
    def lessons(self) -> list[str]:
        """Open lessons of the first course."""
        with self.runtime.db.reading() as session:
            return [face.key for face in content.outline(session, "orientation")]


def _form_token(secret: Any) -> str:
    from itsdangerous import URLSafeTimedSerializer

    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps("0" * 40))


def token_of(user_id: UUID) -> str:
    """The session token of a person of the bench."""
    return f"bench-{user_id.hex}"


def mask(n: int) -> int:
    """What the ids of the nth copy differ by; spread over all bits, so that copies lie scattered in every index."""
    return uuid5(NAMESPACE_URL, f"vermilion-bench:{n}").int if n else 0


def copied(original: UUID, n: int) -> UUID:
    """The id that the nth copy has in place of an original one."""
    return UUID(int=original.int ^ mask(n))


# --- an instance and one story -----------------------------------------------------------------------------------


def make_runtime_in(folder: Path) -> Runtime:
    """An instance with the real curriculum, as the first start makes it."""
    values = {"INSTANCE": str(folder), "PASSWORD_MEMORY_KIB": "8", "PASSWORD_TIME_COST": "1", "LOG_LEVEL": "error"}
    runtime = make_runtime(settings_from({f"VERMILION_{name}": value for name, value in values.items()}))
    event.listen(runtime.db.engine, "connect", _trust_the_disk)
    runtime.keys.ensure(runtime.now() - STORY)  # the story signs a certificate, and that needs a key of then
    prepare(runtime, lambda _line: None)
    return runtime


def _trust_the_disk(connection: Any, _record: object) -> None:
    """A data set that is lost with the machine is made again; the server under measurement keeps its own setting."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-262144")


class OnePhoto(Stage):
    """The stage of the demo with one photo for every slot: what is measured is not the drawing."""

    @cached_property
    def only(self) -> StoredFile:
        """A drawn photo, stored once."""
        data = draw_photo(
            "final-front", Piece(seed=1, code="P-1", skin="#d9a585", pigment="#a8403a"), taken_at=self.now
        )
        return self.runtime.storage.put_bytes("original", data, "jpg")

    def _photo(self, slot: str, look: int) -> StoredFile:
        return self.only


def live(runtime: Runtime) -> World:
    """Let one student earn the first certificate, send ten more pieces and begin a draft; one of them is claimed."""
    now = runtime.now()
    clock = SimulatedClock(now - STORY)
    stage = OnePhoto(replace(runtime, now=clock, mailer=NoMail()), clock, runtime.passwords.hash(PASSWORD))
    instructor = stage.account(Person("Ines Calloway"), Role.INSTRUCTOR)
    student = stage.account(Person("Amara Osei"))
    _earn(stage, student, instructor)
    clock.value = now - timedelta(days=2)
    for course in ("color-theory", "application-to-aftercare"):
        stage.enroll(student, course)
    for lesson in stage.lessons("color-theory")[:3]:
        stage.read(student, lesson)
    sent = []
    for seed in range(WAITING_EACH):
        clock.value += timedelta(hours=1)
        sent.append(_send_piece(stage, student, "e02" if seed % 2 else "e01", seed))
    draft = stage.make_piece(student, "e05", seed=3, photos=0)
    stage.settle()
    with runtime.db.reading() as session:
        numbers = [d.number for d in session.query(Decision).filter_by(user_id=student.user_id)]
        drafts = practice.entry_for(session, student.user_id, draft).id
    return World(runtime, create_app(runtime), student.user_id, instructor.user_id, drafts, numbers, sent)


def _earn(stage: Stage, student: Actor, instructor: Actor) -> None:
    policy = stage.policy(FOUNDATION)
    for course in policy["courses"]:
        stage.clock.value += timedelta(days=5)
        for lesson in stage.lessons(course):
            stage.read(student, lesson)
    for row in policy["quizzes"]:
        stage.take(student, row["quiz"])
    for row in policy["proofs"]:
        issued = stage.now.date()
        stage.check_proof(instructor, stage.prove(student, row["kind"], "Body Art Training", "BA-1", issued))
    exercises = [exercise for exercise, count in policy["pieces"]["exercises"].items() for _ in range(count)]
    for seed, exercise in enumerate(exercises):
        stage.clock.value += timedelta(days=2)
        submission = _send_piece(stage, student, exercise, seed)
        stage.review(instructor, submission, good=True, note="Clean work. Keep the rhythm.", seed=seed)
    stage.settle()


def _send_piece(stage: Stage, student: Actor, exercise: str, seed: int) -> UUID:
    entry = stage.make_piece(student, exercise, seed=seed)
    stage.settle()
    return stage.send(student, entry)


# --- copies of it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Template:
    """The rows of one table that belong to the story, as the database holds them, and where their ids stand."""

    table: Table
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    ids: tuple[tuple[int, ...], ...]

    @property
    def statement(self) -> str:
        """The insert of one row."""
        marks = ", ".join("?" * len(self.columns))
        return f'INSERT INTO "{self.table.name}" ({", ".join(self.columns)}) VALUES ({marks})'


def story(connection: Connection, student: UUID) -> list[Template]:
    """Every row that belongs to a student, table by table in the order in which they may be inserted."""
    known, found = {student.hex}, []
    for table in Base.metadata.sorted_tables:
        if table.name in _LEFT_OUT:
            continue
        counted = {c.name for c in table.primary_key if c.autoincrement is True}
        columns = tuple(c.name for c in table.columns if c.name not in counted)
        every = connection.exec_driver_sql(f'SELECT {", ".join(columns)} FROM "{table.name}"')
        rows = tuple(tuple(row) for row in every if known.intersection(v for v in row if isinstance(v, str)))
        if rows and "id" in columns:
            known.update(row[columns.index("id")] for row in rows)
        if rows:
            places = tuple(tuple(i for i, value in enumerate(row) if _among(value, known)) for row in rows)
            found.append(Template(table, columns, rows, places))
    return found


def _among(value: object, known: set[str]) -> bool:
    return isinstance(value, str) and value in known


@dataclass
class Copier:
    """Makes the nth copy of a story."""

    templates: Sequence[Template]
    random: random.Random = field(default_factory=lambda: random.Random(1))
    numbers: list[str] = field(default_factory=list)
    files: int = 0

    def rows(self, template: Template, n: int, number: str) -> Iterator[list[Any]]:
        """The rows of one table for one copy."""
        exchanged, name = mask(n), template.table.name
        for row, places in zip(template.rows, template.ids, strict=True):
            made = list(row)
            for place in places:
                made[place] = f"{int(made[place], 16) ^ exchanged:032x}"
            self._make_unique(name, template.columns, made, n, number)
            yield made

    def number(self) -> str:
        """The number of the next certificate."""
        self.numbers.append(new_number(self.random.randbytes))
        return self.numbers[-1]

    def _make_unique(self, table: str, columns: tuple[str, ...], row: list[Any], n: int, number: str) -> None:
        def put(column: str, value: object) -> None:
            row[columns.index(column)] = value

        if table == User.__tablename__:
            put("email", email_of(n))
            put("name", f"Student {n}")
        elif table == "practice_entry":
            put("piece_code", "".join(self.random.choices(_CODES, k=8)))
        elif table == "submission":
            at = columns.index("sent_at")
            row[at] = f"{row[at][:-6]}{n:06}"
        elif table in (Decision.__tablename__, Credential.__tablename__):
            put("number", number)
        elif table == CredentialFile.__tablename__:
            put("status_list_id", 2 + self.files // SIZE)
            put("status_index", self.files % SIZE)
            self.files += 1


def email_of(n: int) -> str:
    """The address of the nth student."""
    return f"student-{n}@bench.test"


def copy_students(world: World, count: int = STUDENTS) -> None:
    """Fill the academy with `count` students who did the same, and sign everybody in."""
    _copy(world, range(1, count), only=None)
    world.students = count
    _sign_in(world, [world.instructor, *(world.student_id(n) for n in range(count))])


def copy_holders(world: World, count: int, *, whole: int = 2_000) -> None:
    """Add `count` people who only hold a certificate; of those beyond `whole` the signed files are left short.

    Numbers that are looked up are those of whole files.
    """
    start = 1_000_000
    _copy(world, range(start, start + min(count, whole)), only=_OF_HOLDERS)
    known = list(world.numbers)
    _copy(world, range(start + whole, start + count), only=_OF_HOLDERS, short=True)
    world.numbers = known


def copy_lean(world: World, which: range, made: Callable[[int], None]) -> None:
    """Add students of whom only what the long tables hold is there: account, courses, attempts, a certificate.

    Nobody signs in as one of them; `made` is told how many have been added, portion by portion.
    """
    known = list(world.numbers)
    _copy(world, range(LEAN + which.start, LEAN + which.stop), only=_OF_LEAN, short=True, made=made)
    world.numbers = known


def _copy(
    world: World,
    which: range,
    *,
    only: Sequence[str] | None,
    short: bool = False,
    made: Callable[[int], None] = lambda _count: None,
) -> None:
    with world.runtime.db.transaction() as session:
        connection = session.connection()
        templates = [t for t in story(connection, world.student) if only is None or t.table.name in only]
        copier = Copier([_shortened(t) if short else t for t in templates], random.Random(which.start))
        copier.files = _files(connection)
        _add_status_lists(connection, copier.files + len(which))
        for start in range(which.start, which.stop, CHUNK):
            people = [(n, copier.number()) for n in range(start, min(start + CHUNK, which.stop))]
            for template in copier.templates:
                rows = [tuple(row) for n, number in people for row in copier.rows(template, n, number)]
                connection.exec_driver_sql(template.statement, rows)
            made(len(people))
    world.numbers = [*world.numbers, *copier.numbers]


def _shortened(template: Template) -> Template:
    wide = {"document": b"{}", "token": "", "facts": "{}", "evidence": "{}", "lines": "[]"}
    rows = tuple(
        tuple(wide.get(column, value) for column, value in zip(template.columns, row, strict=True))
        for row in template.rows
    )
    return replace(template, rows=rows)


def _files(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM credential_file WHERE status_list_id > 1").scalar_one())


def _add_status_lists(connection: Connection, files: int) -> None:
    wanted = 2 + files // SIZE
    columns = ", ".join(c.name for c in StatusList.__table__.columns if c.name != "id")
    for list_id in range(2, wanted + 1):
        connection.exec_driver_sql(
            f"INSERT OR IGNORE INTO status_list (id, {columns}) SELECT ?, {columns} FROM status_list WHERE id = 1",
            (list_id,),
        )


def _sign_in(world: World, people: Sequence[UUID]) -> None:
    now = world.runtime.now()
    kept = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=30), "device": "bench"}
    rows = [{"user_id": p, "token_hash": accounts.hash_token(token_of(p)), **kept} for p in people]
    with world.runtime.db.transaction() as session:
        session.execute(SignIn.__table__.insert(), rows)  # type: ignore[attr-defined]
