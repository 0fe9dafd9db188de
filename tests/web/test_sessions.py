"""Who gets a cookie: people on pages that need one, never programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response

from app.domain.access.actor import Actor, Role
from app.domain.errors import TooMany
from app.factory import create_app
from app.infra.runtime import Runtime
from app.web.access import current_actor, public
from app.web.blueprint import Audience, AudienceBlueprint
from tests.conftest import Browser


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """An application of this module's own: the one that tests share takes no more routes."""
    app = create_app(runtime)
    blueprint = AudienceBlueprint("sample", Audience.PUBLIC)

    @blueprint.get("/sample/program")
    @public("A sample for the tests of cookies.", for_programs=True)
    def program() -> Response:
        return Response(current_actor().name or "nobody", mimetype="text/plain")

    @blueprint.get("/sample/person")
    @public("A sample for the tests of cookies.")
    def person() -> str:
        return current_actor().name or "nobody"

    @blueprint.get("/sample/refusal")
    @public("A sample for the tests of cookies.", for_programs=True)
    def refusal() -> str:
        raise TooMany("Not so fast.", retry_after=7)

    app.register_blueprint(blueprint)
    return app


def test_programs_are_nobody_and_get_no_cookie(browse: Callable[..., Browser], make_user: Callable[..., Actor]) -> None:
    browser = browse(make_user(Role.STUDENT, name="Amara Osei"))
    answer = browser.get("/sample/program")
    assert answer.text == "nobody"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert browser.get("/sample/person").text == "Amara Osei"


def test_refusals_to_programs_are_problem_documents_without_cookies(browse: Callable[..., Browser]) -> None:
    answer = browse().get("/sample/refusal", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert answer.headers["Retry-After"] == "7"
    assert "Set-Cookie" not in answer.headers


def test_a_session_cookie_is_not_sent_again_with_every_page(
    browse: Callable[..., Browser], make_user: Callable[..., Actor]
) -> None:
    browser = browse(make_user(Role.STUDENT))
    browser.get("/account/")
    with browser.client.session_transaction(base_url="https://academy.test") as session:
        session.permanent = True
    assert "Set-Cookie" not in browser.get("/account/").headers
