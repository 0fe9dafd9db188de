"""The first page, the style guide and the note to robots: open to everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, Role
from tests.conftest import NOW, Browser, QueryCount
from tests.factories.content import publish_journey

MakeUser = Callable[..., Actor]
Browse = Callable[..., Browser]


def soup(browser: Browser, url: str) -> BeautifulSoup:
    response = browser.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


@pytest.mark.parametrize("url", ["/", "/styleguide", "/robots.txt"])
def test_everybody_may_come_in(session: Session, make_user: MakeUser, browse: Browse, url: str) -> None:
    assert browse().get(url).status_code == 200
    for role in (Role.STUDENT, Role.INSTRUCTOR, Role.ADMIN):
        assert browse(make_user(role)).get(url).status_code == 200


def test_the_first_page_checks_a_certificate_with_one_field(browse: Browse) -> None:
    form = soup(browse(), "/").find("form")
    assert isinstance(form, Tag)
    assert (form["action"], form["method"]) == ("/verify", "get")
    (field,) = form.find_all("input")
    assert field["name"] == "number"


def test_the_first_page_names_the_seven_steps_and_aftercare(browse: Browse) -> None:
    headings = [" ".join(h.get_text(" ").split()) for h in soup(browse(), "/").select(".seven h3")]
    assert headings == [
        "1. Consultation",
        "2. Color Selection",
        "3. Lip Mapping",
        "4. Numbing",
        "5. Pigment Application",
        "6. Building Layers",
        "7. Final Touch",
        "Aftercare",
    ]


def test_before_the_first_release_no_figure_is_claimed(browse: Browse) -> None:
    text = soup(browse(), "/").get_text(" ")
    assert "Earned in four ways" not in text
    assert "lessons" not in text


def test_the_figures_are_those_of_the_live_program(session: Session, browse: Browse, count_queries: QueryCount) -> None:
    publish_journey(session, NOW)
    session.commit()
    browser = browse()
    count_queries.statements.clear()
    text = " ".join(soup(browser, "/").get_text(" ").split())
    assert len(count_queries) == 2
    assert "1 course, 2 lessons." in text
    assert "Vermilion Certified Lip Blush Artist" in text
    for fact in ("1 quiz and exam", "1 learning hour", "1 approved piece", "valid for 24 months"):
        assert fact in text


def test_the_first_page_leads_in(make_user: MakeUser, browse: Browse) -> None:
    assert soup(browse(), "/").select(".hero .btn--primary")[0]["href"] == "/sign-up"
    signed_in = soup(browse(make_user()), "/").select(".hero .btn--primary")[0]
    assert signed_in["href"] == "/account/home"


def test_robots_are_kept_out_of_what_is_private_only(browse: Browse) -> None:
    response = browse().get("/robots.txt")
    assert response.mimetype == "text/plain"
    lines = response.get_data(as_text=True).splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[1:] == [f"Disallow: /{area}/" for area in ("account", "admin", "api", "learn", "studio", "teach")]


def test_the_style_guide_is_not_for_search_engines(browse: Browse) -> None:
    robots = soup(browse(), "/styleguide").select_one("meta[name=robots]")
    assert robots is not None
    assert robots["content"] == "noindex"
