"""What browser tests share: Chromium, a live site on a database of its own, and people to sign in with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.config import settings_from
from app.domain.access.actor import SYSTEM, Actor, Role
from app.factory import make_runtime
from app.infra.runtime import Runtime
from tests.support import chromium
from tests.support.site import Site

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a module: two of Playwright's loops cannot live in one thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class LiveServer:
    """A running site (waitress, workers, SQLite file, the journey's content) and its ports, to put things there."""

    site: Site
    runtime: Runtime
    emails: dict[Actor, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return self.site.url

    def person(self, *roles: Role, name: str) -> Actor:
        """A committed account with these roles (a student when none is named) and the password PASSWORD."""
        email = f"{name.lower().replace(' ', '.')}@example.com"
        hashed = self.runtime.passwords.hash(PASSWORD)
        with self.runtime.transaction() as session:
            now = self.runtime.now()
            user = account_services.sign_up(session, email=email, name=name, password_hash=hashed, now=now)
            if roles and Role.STUDENT not in roles:
                account_services.end_role(session, SYSTEM, user.id, Role.STUDENT, now=now)
            for role in roles:
                if role is not Role.STUDENT:
                    account_services.grant_role(session, SYSTEM, user.id, role, studio_id=None, now=now)
            session.flush()
            actor = accounts.actor_by_id(session, user.id)
        assert actor is not None
        self.emails[actor] = email
        return actor

    def sign_in(self, page: Page, actor: Actor) -> None:
        """Sign a person in through the page."""
        page.goto(f"{self.base_url}/sign-in")
        page.get_by_label("E-mail").fill(self.emails[actor])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))


@pytest.fixture
def site_environment() -> dict[str, str]:
    """Variables that a module's site gets beside those of every test."""
    return {}


@pytest.fixture
def live_server(tmp_path: Path, site_environment: dict[str, str]) -> Iterator[LiveServer]:
    """`live_server.base_url`, `live_server.person(Role.INSTRUCTOR, name=...)`, `live_server.runtime` for services."""
    site = Site(tmp_path / "instance", environment=site_environment)
    site.start()
    settings = settings_from(site.settings)
    runtime = make_runtime(settings)
    try:
        yield LiveServer(site, runtime)
    finally:
        runtime.db.dispose()
        site.stop()
