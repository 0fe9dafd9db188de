"""Every page of the product in real Chromium, as whoever may open it: the list is the route map, so none escapes.

Each page is looked at by axe-core (every fifth one in the dark theme, too), must have one h1 and headings in order,
must fit 320 px in both writing directions, must show where the focus is, and must leave the console quiet.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response
from sqlalchemy import select, text

from app.accounts import services as accounts
from app.domain.access.actor import Actor
from app.domain.access.policy import POLICY
from app.factory import create_app, make_runtime
from app.infra import migrate
from app.infra.db import Base, Database
from app.infra.runtime import Runtime
from app.quizzes.models import Attempt
from app.web.access import rule_of
from app.web.server import make_server, serve
from tests.browser.walker import DRAWN, NARROW, RULES, SETTLE, WIDER
from tests.conftest import TEMPLATES, Outbox, make_settings
from tests.security.test_matrix import values_of
from tests.security.world import World, build
from tests.support import axe
from tests.support.site import free_port

WIDE, TALL = 1280, 800
DARK_EACH = 5
PEOPLE = ("student", "instructor", "studio", "admin")

FILES = "a file for a program or for keeping"
FACTS = "JSON that a script of a page asks for"
MACHINES = "an answer to a machine"
NO_PAGES = {
    "accounts_account.home": "it leads to the area of a role",
    "accounts_public.second_step": "it asks whoever has just given a password; tests/browser/test_passkeys.py",
    "accounts_security_account.begin": "it leads on when nothing was begun; tests/browser/test_passkeys.py",
    "accounts_security_account.code_app": "it leads on when nothing was begun; tests/browser/test_passkeys.py",
    "certification_instructor.document": FILES,
    "certification_student.own_document": FILES,
    "credentials_api.verify": MACHINES,
    "credentials_name_student.file": FILES,
    "credentials_offline_public.kit": FILES,
    "credentials_proof_public.pdf": FILES,
    "credentials_public.achievement_document": MACHINES,
    "credentials_public.did_document": MACHINES,
    "credentials_public.document": FILES,
    "credentials_public.pdf": FILES,
    "credentials_public.png": FILES,
    "credentials_public.qr": FILES,
    "credentials_public.short": "it leads to the page of a certificate",
    "credentials_public.status": MACHINES,
    "credentials_public.status_token": MACHINES,
    "credentials_public.svg": FILES,
    "credentials_public.token": FILES,
    "health_public.live": MACHINES,
    "health_public.ready": MACHINES,
    "home_public.calendar_file": FILES,
    "home_public.choose_language": "it leads back to the page",
    "home_public.robots": MACHINES,
    "operations_public.metrics": MACHINES,
    "oversight_agreement_instructor.export": FILES,
    "oversight_turnaround_instructor.export": FILES,
    "practice_card_student.drawing": FILES,
    "practice_card_student.sheet": FILES,
    "practice_export_student.file": FILES,
    "practice_export_student.status": FACTS,
    "practice_student.photo": FILES,
    "practice_student.status": FACTS,
    "privacy_account.status": FACTS,
    "quizzes_student.paused": "it leads on where nothing is paused; tests/browser/test_quiz.py",
    "quizzes_student.result": "it leads back to an attempt that runs; tests/browser/test_journey.py looks at it",
    "reference_api.document": MACHINES,
    "reviews_audio_instructor.listen": FILES,
    "reviews_audio_student.listen": FILES,
    "reviews_calibration_instructor.round_": "it leads to the next piece",
    "reviews_instructor.next_piece": FACTS,
    "reviews_instructor.photo": FILES,
    "reviews_queue_instructor.holders": FACTS,
    "reviews_student.piece": "it leads to the step that a piece is at",
    "statistics_instructor.export": FILES,
    "statistics_instructor.progress": FACTS,
    "studios_public.picture": FILES,
    "studios_rosters_studio.download": FILES,
    "studios_rosters_studio.progress": FACTS,
    "studios_team_studio.file": FILES,
    "studios_team_studio.progress": FACTS,
    "training_student.following": "it leads to the next question",
    "training_student.item": "it leads back when nothing is due; tests/training says what it shows",
    "training_student.result": "it leads back when nothing was answered",
}
# What the world has none of. The page that says so is a page, too.
STATUS = {
    "accounts_public.reset_password": 410,
    "practice_hours_student.correct": 404,
    "practice_results_student.healed": 404,
    "quizzes_banks_instructor.export_file": 422,
}

HEADINGS = """() => {
  const found = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(e => e.checkVisibility());
  const wrong = [], levels = found.map(e => Number(e.tagName[1]));
  const first = levels.filter(level => level === 1).length;
  if (first !== 1) wrong.push(`${first} h1`);
  levels.forEach((level, at) => {
    const before = at ? levels[at - 1] : level;
    if (level > before + 1) wrong.push(`h${level} after h${before}: ${found[at].textContent.trim()}`);
  });
  return wrong;
}"""
# The focus must be seen: an outline or a shadow that was not there before.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "";
  const look = element => (s => [s.outlineStyle, s.outlineWidth, s.boxShadow])(getComputedStyle(element));
  const [style, width, shadow] = look(at);
  const around = at.closest("label") || at.parentElement;
  const seen = (style !== "none" && parseFloat(width) > 0) || shadow !== "none" || look(around)[0] !== "none";
  return seen ? "" : at.outerHTML.slice(0, 120);
}"""


@dataclass
class Academy:
    """The world of the security tests, served on a port."""

    url: str
    app: Flask
    runtime: Runtime
    world: World

    def pages(self, person: str) -> list[tuple[str, str]]:
        """Endpoint and path of every page that this person is the first to be allowed; all public ones for "nobody"."""
        adapter = self.app.url_map.bind("localhost")
        found = []
        for rule in self.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in {*NO_PAGES, "static"}:
                who = self._opener(rule.endpoint)
                if who == person:
                    found.append((rule.endpoint, adapter.build(rule.endpoint, values_of(rule, self.world))))
        return found

    def _opener(self, endpoint: str) -> str:
        rule = rule_of(self.app.view_functions[endpoint])
        assert rule is not None
        if rule.scope is not None:
            return "a program"
        if rule.permission is None:
            return "nobody"
        allowed = POLICY[rule.permission]
        return next(name for name in PEOPLE if not allowed.isdisjoint(self.world.people[name].roles))

    def window(self, browser: Browser, person: str) -> BrowserContext:
        """A window of Chromium in which this person is signed in."""
        context = browser.new_context(viewport={"width": WIDE, "height": TALL}, reduced_motion="reduce", locale="en-US")
        context.set_default_timeout(60_000)
        if person != "nobody":
            name = str(self.app.config["SESSION_COOKIE_NAME"])
            context.add_cookies([{"name": name, "value": self._cookie(self.world.people[person]), "url": self.url}])
        return context

    def _cookie(self, person: Actor) -> str:
        client = self.app.test_client()
        with self.runtime.transaction() as session:
            token = accounts.start_session(session, person.user_id, device="test", now=self.runtime.now())
        with client.session_transaction(base_url=self.url) as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        kept = client.get_cookie(str(self.app.config["SESSION_COOKIE_NAME"]), domain="localhost")
        assert kept is not None
        return str(kept.value)


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    """The world on a database and a port of its own, at the moment in which its attempt runs."""
    folder = tmp_path_factory.mktemp("every_page")
    port = free_port()
    settings = make_settings(folder, f"sqlite:///{folder / 'world.db'}")
    settings = replace(settings, public_url=f"http://localhost:{port}", host="127.0.0.1", port=port)
    database = Database(settings.database_url)
    runtime = make_runtime(settings, database=database)
    _make_tables(database)
    runtime.mailer = Outbox()
    world = build(runtime)
    moment = _while_the_attempt_runs(runtime, world)
    runtime.now = lambda: moment
    app = create_app(runtime)
    app.jinja_env.bytecode_cache = TEMPLATES
    stopping = threading.Event()
    server = make_server(app, settings)
    thread = threading.Thread(target=serve, args=(server, stopping), daemon=True)
    thread.start()
    yield Academy(settings.public_url, app, runtime, world)
    stopping.set()
    thread.join(20)
    database.dispose()


def _make_tables(database: Database) -> None:
    Base.metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrate.head()})


def _while_the_attempt_runs(runtime: Runtime, world: World) -> datetime:
    with runtime.db.reading() as session:
        begun = session.scalars(select(Attempt.started_at).where(Attempt.id == world.values["attempt_id"])).one()
    return begun + timedelta(minutes=2)


@dataclass
class Eyes:
    """Looks at pages in one window and writes down what is wrong, once for all the pages that share it."""

    page: Page
    faults: dict[str, list[str]] = field(default_factory=dict)
    at: str = ""

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.note(f"script error: {error}"))
        self.page.on("response", self._follow)

    def note(self, fault: str) -> None:
        """One thing that is wrong on the page of this moment."""
        self.faults.setdefault(fault, []).append(self.at)

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium reports every answer of 400 and above here; `_follow` knows which file it is.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.note(f"console: {message.text}")

    def _follow(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.note(f"{response.status} for a part of it: {response.url.partition('?')[0]}")

    def look(self, url: str, endpoint: str, script: str, *, thoroughly: bool) -> None:
        """Open a page and look at it as a person with a wide screen, a narrow one, a keyboard or a screen reader."""
        self.at = endpoint
        answer = self.page.goto(url)
        assert answer is not None
        if answer.status != STATUS.get(endpoint, 200) or not answer.headers.get("content-type", "").startswith(
            "text/html"
        ):
            self.note(f"answers {answer.status} {answer.headers.get('content-type')}")
            return
        if self.page.url.partition("?")[0].partition("#")[0] != url.partition("?")[0]:
            self.note(f"leads to {self.page.url}: name it in NO_PAGES, with a reason")
            return
        self.page.evaluate(script)  # through the browser's own tools: the policy of the page forbids inline script
        self._axe("light")
        for wrong in self.page.evaluate(HEADINGS):
            self.note(wrong)
        if thoroughly:
            self._dark_and_by_keyboard()
        self._narrow()

    def _axe(self, theme: str) -> None:
        self.page.evaluate(SETTLE)  # colors that still fade are not the colors of the page
        found = self.page.evaluate("rules => axe.run(document, {...rules, resultTypes: ['violations']})", RULES)
        for violation in found["violations"]:
            for node in violation["nodes"][:3]:
                self.note(f"axe, {theme}: {violation['id']}: {violation['help']}: {node['html'][:160]}")

    def _dark_and_by_keyboard(self) -> None:
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        self._axe("dark")
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        for _step in range(4):
            self.page.keyboard.press("Tab")
            if hidden := self.page.evaluate(FOCUS):
                self.note(f"the focus is not seen: {hidden}")

    def _narrow(self) -> None:
        self.page.set_viewport_size({"width": NARROW, "height": TALL})
        for direction in ("ltr", "rtl"):
            self.page.evaluate("way => { document.documentElement.dir = way }", direction)
            self.page.evaluate(DRAWN)
            width = self.page.evaluate("document.documentElement.scrollWidth")
            if width > NARROW:
                self.note(f"{width} px wide at {NARROW} px, {direction}: {self.page.evaluate(WIDER, NARROW)[:2]}")
        self.page.set_viewport_size({"width": WIDE, "height": TALL})


@pytest.mark.parametrize("person", ["nobody", *PEOPLE])
def test_every_page(academy: Academy, browser: Browser, person: str) -> None:
    script = axe.ensure().read_text()
    context = academy.window(browser, person)
    eyes = Eyes(context.new_page())
    pages = academy.pages(person)
    assert len(pages) > 5
    for at, (endpoint, path) in enumerate(pages):
        eyes.look(academy.url + path, endpoint, script, thoroughly=at % DARK_EACH == 0)
    context.close()
    assert not eyes.faults, "\n".join(f"{fault}\n    on {', '.join(on[:6])}" for fault, on in eyes.faults.items())


def test_the_exceptions_are_routes(academy: Academy) -> None:
    """A name that is left here after its route is gone would hide the next one of that name."""
    known = {rule.endpoint for rule in academy.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {*NO_PAGES, *STATUS} <= known
