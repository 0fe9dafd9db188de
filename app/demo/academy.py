"""A believable academy: students at every stage, pieces in review, certificates in every state, two studios."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from rich.progress import Progress

from app.accounts import queries as accounts
from app.credentials import queries as credentials
from app.demo import cast, cohort, desk, life, studios
from app.demo.acts import NoMail, SimulatedClock, Stage
from app.demo.cast import Person
from app.demo.photos import keep_honest_flags
from app.domain.access.actor import SYSTEM, Actor, Role
from app.domain.assessment.spacing import Recall
from app.infra.audit import AuditTag, record
from app.infra.runtime import Runtime
from app.studios import services as studio_services

FOUNDATION = "foundation"
OLD_PROOF = 280
"""Days after which a holder has handed in a new proof: with an old one, the certificate would be suspended by now."""
PAST = timedelta(days=560)
Act = Callable[[], object]


class NotEmpty(Exception):
    """The demo is only for an instance without people."""


@dataclass
class Script:
    """Acts with the days on which they happen; played in the order of time, so that the audit log is in order."""

    acts: list[tuple[datetime, int, Act]] = field(default_factory=list)

    def spread(self, acts: Sequence[Act], start: datetime, end: datetime) -> None:
        """Put acts evenly between two days."""
        gap = (end - start) / max(len(acts), 1)
        for place, act in enumerate(acts):
            self.at(start + gap * place, act)

    def at(self, when: datetime, act: Act) -> None:
        """Put one act on a moment."""
        self.acts.append((when, len(self.acts), act))


@dataclass
class Academy:
    """The people and what came of their stories."""

    stage: Stage
    today: datetime
    script: Script = field(default_factory=Script)
    people: dict[str, Actor] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def day(self, days_ago: float) -> datetime:
        """A moment so many days ago."""
        return self.today - timedelta(days=days_ago)

    def who(self, person: Person) -> Actor:
        """The account of a person of the cast."""
        return self.people[person.name]

    def reviewer(self, seed: int) -> Actor:
        """One of the instructors."""
        return self.who(cast.INSTRUCTORS[seed % len(cast.INSTRUCTORS)])


def fill(runtime: Runtime, progress: Progress) -> dict[str, Any]:
    """Fill an empty instance and return what demo.json says. Raises NotEmpty when there are people already."""
    with runtime.db.reading() as session:
        if accounts.has_people(session):
            raise NotEmpty("This instance holds people already. The demo needs an empty one: set VERMILION_INSTANCE.")
    now = runtime.now()
    clock = SimulatedClock(now - timedelta(days=540))
    stage = Stage(replace(runtime, now=clock, mailer=NoMail()), clock, runtime.passwords.hash(cast.PASSWORD))
    academy = Academy(stage, now)
    _found(academy)
    _write_script(academy)
    acts = sorted(academy.script.acts, key=lambda act: (act[0], act[1]))
    task = progress.add_task("Living the stories", total=len(acts))
    for when, _place, act in acts:
        clock.value = when
        act()
        stage.settle()
        progress.advance(task)
    clock.value = now
    stage.settle()
    keep_honest_flags(stage.runtime)
    return _summary(academy)


def _found(academy: Academy) -> None:
    stage = academy.stage
    for person in cast.ADMINS:
        academy.people[person.name] = stage.account(person, Role.ADMIN)
    for person in cast.INSTRUCTORS:
        academy.people[person.name] = stage.account(person, Role.INSTRUCTOR)
    for name, city, member in cast.STUDIOS:
        with stage.runtime.transaction() as session:
            studio = studio_services.create_studio(
                session, academy.who(cast.ADMIN), name=name, city=city, now=stage.now, is_demo=True
            )
            studio_id = studio.id
            record(session, SYSTEM, AuditTag.DEMO_FILLED, now=stage.now, target_kind="studio", target_id=studio_id)
        academy.people[member.name] = stage.account(member, Role.STUDIO, studio_id=studio_id)


def _join(academy: Academy, person: Person, days_ago: float) -> None:
    def join() -> None:
        academy.people[person.name] = academy.stage.account(person)

    academy.script.at(academy.day(days_ago), join)


def _write_script(academy: Academy) -> None:
    for person, start, end in (
        (cast.EXPIRED, 520, 400),
        (cast.REVOKED, 330, 210),
        (cast.SUPERSEDED, 270, 160),
        (cast.SUSPENDED, 240, 130),
        (cast.VALID, 200, 95),
        (cast.LEA, 110, 1.2),
    ):
        _join(academy, person, start)
        _earn_foundation(academy, person, start - 0.5, end, hold_last=person is cast.LEA)
    _amara(academy)
    for seed, person in enumerate(cast.QUEUED):
        _in_the_queue(academy, person, seed)
    _join(academy, cast.NEWCOMER, 0.3)
    academy.script.at(academy.day(0.25), lambda: academy.stage.enroll(academy.who(cast.NEWCOMER), _courses(academy)[0]))
    cohort.write(academy)
    life.write(academy)
    studios.write(academy)
    desk.write(academy)


def _courses(academy: Academy) -> list[str]:
    return list(academy.stage.policy(FOUNDATION)["courses"])


def _course_acts(academy: Academy, person: Person, course: str, *, lessons: int | None = None) -> list[Act]:
    stage = academy.stage
    return [
        lambda lesson=lesson: stage.read(academy.who(person), lesson)  # type: ignore[misc]
        for lesson in stage.lessons(course)[:lessons]
    ]


def _quiz_act(academy: Academy, person: Person, quiz: str, mistakes: int = 0) -> Act:
    return lambda: academy.stage.take(academy.who(person), quiz, mistakes=mistakes)


def _piece_acts(
    academy: Academy, person: Person, exercise: str, seed: int, *, good: bool | None = True, key: str = ""
) -> list[Act]:
    """Make, send and (unless `good` is None) decide a piece; the first act only makes it and its photos."""
    stage, made = academy.stage, dict[str, UUID]()

    def make() -> None:
        made["entry"] = stage.make_piece(academy.who(person), exercise, seed=seed)

    def send() -> None:
        made["submission"] = stage.send(academy.who(person), made["entry"])
        if key:
            academy.notes[key] = {"submission": str(made["submission"]), "piece": str(made["entry"])}

    def decide() -> None:
        praise = "Clean work. Keep the same rhythm through the corners."
        blame = "The color is lovely. The field is patchy near the left corner: see the pins and redo that pass."
        stage.review(
            academy.reviewer(seed),
            made["submission"],
            good=bool(good),
            note=praise if good else blame,
            seed=seed,
            second=academy.reviewer(seed + 1),
        )

    return [make, send] if good is None else [make, send, decide]


def _earn_foundation(academy: Academy, person: Person, start: float, end: float, *, hold_last: bool) -> None:
    policy, acts = academy.stage.policy(FOUNDATION), list[Act]()
    course_quizzes = [row["quiz"] for row in policy["quizzes"]]
    for course in policy["courses"]:
        acts += _course_acts(academy, person, course)
    acts += [_quiz_act(academy, person, quiz) for quiz in course_quizzes]
    acts += _proof_acts(academy, person, policy)
    pieces = [exercise for exercise, count in policy["pieces"]["exercises"].items() for _ in range(count)]
    for seed, exercise in enumerate(pieces):
        last = seed == len(pieces) - 1
        acts += _piece_acts(
            academy,
            person,
            exercise,
            seed,
            good=None if last and hold_last else True,
            key="one_review_away" if last else "",
        )
    if hold_last:
        _send_last(academy, acts, academy.day(start), academy.day(end))
    else:
        academy.script.spread(acts, academy.day(start), academy.day(end))
    if end > OLD_PROOF:
        for act in _proof_acts(academy, person, policy):
            academy.script.at(academy.day(25), act)


def _proof_acts(academy: Academy, person: Person, policy: dict[str, Any]) -> list[Act]:
    stage, sent = academy.stage, dict[str, UUID]()

    def send(kind: str) -> None:
        issued = (stage.now - timedelta(days=40)).date()
        sent[kind] = stage.prove(academy.who(person), kind, "Body Art Training Group", f"BA-{issued:%y%m%d}", issued)

    def check(kind: str) -> None:
        stage.check_proof(academy.reviewer(0), sent[kind])

    acts: list[Act] = []
    for row in policy["proofs"]:
        acts += [lambda kind=row["kind"]: send(kind), lambda kind=row["kind"]: check(kind)]  # type: ignore[misc]
    return acts


def _amara(academy: Academy) -> None:
    courses = _courses(academy)
    _join(academy, cast.AMARA, 60)
    acts: list[Act] = []
    for course in courses[:2]:
        acts += [*_course_acts(academy, cast.AMARA, course)]
    policy = academy.stage.policy(FOUNDATION)
    acts += [
        _quiz_act(academy, cast.AMARA, row["quiz"], 1 if place == 0 else 0)
        for place, row in enumerate(policy["quizzes"][:2])
    ]
    acts += _course_acts(academy, cast.AMARA, courses[2], lessons=2)
    exercises = list(policy["pieces"]["exercises"])
    acts += _piece_acts(academy, cast.AMARA, exercises[0], 1)
    acts += _piece_acts(academy, cast.AMARA, exercises[1], 2)
    acts += _piece_acts(academy, cast.AMARA, exercises[-2], 3, good=False, key="returned")
    acts += _piece_acts(academy, cast.AMARA, exercises[-3], 4, good=None, key="waiting")
    _send_last(academy, acts, academy.day(59), academy.day(0.8))
    _amara_trains(academy, courses[0])
    academy.script.at(
        academy.day(0.2), lambda: academy.stage.make_piece(academy.who(cast.AMARA), exercises[2], seed=5, photos=1)
    )


def _amara_trains(academy: Academy, course: str) -> None:
    """Questions that she missed or chose: some settled for a while, some due today."""
    stage = academy.stage

    def choose() -> None:
        for lesson in stage.lessons(course):
            stage.practice_lesson(academy.who(cast.AMARA), lesson)

    def train() -> None:
        stage.train(academy.who(cast.AMARA), [Recall.GOOD, Recall.EASY, Recall.AGAIN, Recall.HARD, Recall.GOOD])

    academy.script.at(academy.day(3.1), choose)
    academy.script.at(academy.day(2.1), train)


def _in_the_queue(academy: Academy, person: Person, seed: int) -> None:
    policy = academy.stage.policy(FOUNDATION)
    _join(academy, person, 30 + seed)
    acts = _course_acts(academy, person, _courses(academy)[0])
    acts += [_quiz_act(academy, person, policy["quizzes"][0]["quiz"])]
    exercises = list(policy["pieces"]["exercises"])
    if person is cast.QUEUED[2]:
        # Decided within the fourteen days in which a result can be appealed.
        returned = _piece_acts(academy, person, exercises[0], seed + 5, good=False, key=desk.APPEALED)
        academy.script.spread(returned, academy.day(6), academy.day(4))
    acts += _piece_acts(academy, person, exercises[seed + 1], seed + 7, good=None)
    # Sent a few hours to two days ago: the queue of a well-run academy, with one piece near the end of its promise.
    _send_last(academy, acts, academy.day(29 + seed), academy.day(0.3 + 0.7 * seed))


def _send_last(academy: Academy, acts: list[Act], start: datetime, sent: datetime) -> None:
    """Spread all acts but the last over the days, and have the last one, which sends a piece, at its own moment."""
    academy.script.spread(acts[:-1], start, sent - timedelta(hours=2))
    academy.script.at(sent, acts[-1])


def _summary(academy: Academy) -> dict[str, Any]:
    def account(person: Person) -> dict[str, str]:
        return {"name": person.name, "email": person.email, "password": cast.PASSWORD}

    def numbers(person: Person) -> list[str]:
        with academy.stage.runtime.db.reading() as session:
            return [c.number for c in credentials.held_by(session, academy.who(person).user_id)]

    policy = academy.stage.policy(FOUNDATION)
    students = (cast.AMARA, cast.LEA, cast.VALID, cast.NEWCOMER, *cast.QUEUED)
    newest, *older = numbers(cast.SUPERSEDED)
    return {
        "accounts": {
            "admin": [account(p) for p in cast.ADMINS],
            "instructor": [account(p) for p in cast.INSTRUCTORS],
            "student": [account(p) for p in students],
            "studio": [account(p) | {"studio": name} for name, _city, p in cast.STUDIOS]
            + [account(p) | {"studio": cast.STUDIOS[0][0], "rank": rank} for p, rank in cast.TEAM],
        },
        "credentials": {
            "valid": numbers(cast.VALID)[0],
            "expired": numbers(cast.EXPIRED)[0],
            "suspended": numbers(cast.SUSPENDED)[0],
            "revoked": numbers(cast.REVOKED)[0],
            "superseded": older[0],
            "superseded_by": newest,
        },
        "course": policy["courses"][0],
        "lesson": academy.stage.lessons(policy["courses"][0])[0],
        "quiz": policy["quizzes"][0]["quiz"],
        **academy.notes,
    }


def write_summary(runtime: Runtime, summary: dict[str, Any]) -> str:
    """Write demo.json into the instance folder, readable by its owner only; returns its path."""
    path = runtime.settings.instance / "demo.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(summary, indent=2) + "\n")
    return str(path)
