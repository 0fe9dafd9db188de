"""An instructor in front of published content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from app.infra.runtime import Runtime
from tests.conftest import NOW, Browser
from tests.factories.content import JOURNEY, publish_journey


@pytest.fixture
def author(
    session: Session, runtime: Runtime, make_user: Callable[..., Actor], browse: Callable[..., Browser]
) -> Browser:
    """A signed-in instructor; the small program is live and its files are those of the settings."""
    runtime.settings = replace(runtime.settings, courses=JOURNEY / "courses", quizzes=JOURNEY / "quizzes")
    publish_journey(session, NOW)
    session.commit()
    browser = browse(make_user(Role.INSTRUCTOR, name="Ines Vogel"))
    browser.get("/teach/banks")
    return browser
