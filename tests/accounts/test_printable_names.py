"""A name that a certificate could not show is refused where it is entered, not when the certificate is due."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.accounts.services import name_problem
from app.domain.access.actor import Actor, Role
from tests.conftest import PASSWORD, Browser

CANNOT = "We cannot print"


@pytest.mark.parametrize(
    "name", ["Amara Osei", "Zoë Çelik-Ångström", "Nguyễn Thị Ánh", "Łucja O’Neil", "Ελένη", "Олена"]
)
def test_names_that_the_fonts_have_are_fine(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "letters"),
    [("李小龍", "李 小 龍"), ("Amara 💋", "💋"), ("สมชาย", "ส ม ช"), ("Amara\u202eieso", "some of these characters")],
)
def test_other_letters_are_named_with_what_to_do(name: str, letters: str) -> None:
    reason = name_problem(name)
    assert reason.startswith(f"{CANNOT} {letters}")
    assert "Add a Latin form of your name" in reason


def test_a_name_has_to_fit() -> None:
    assert name_problem("x" * 80) == ""
    assert "room for 80 characters" in name_problem("x" * 81)
    assert name_problem("   ") == "", "an empty name has a sentence of its own"


def test_signing_up_asks_for_a_latin_form(browse: Callable[..., Browser]) -> None:
    browser = browse()
    browser.get("/sign-up")
    data = {"name": "李小龍", "email": "li@example.com", "password": PASSWORD, "adult": "y"}
    answer = browser.post("/sign-up", data)
    assert answer.status_code == 422
    assert CANNOT in answer.text
    assert browser.post("/sign-up", {**data, "name": "Li Xiaolong"}).status_code == 303


def test_the_profile_asks_too(browse: Callable[..., Browser], make_user: Callable[..., Actor]) -> None:
    browser = browse(make_user(Role.STUDENT, name="Li Xiaolong"))
    browser.get("/account/")
    answer = browser.post("/account/", {"name": "李小龍"})
    assert answer.status_code == 422
    assert CANNOT in answer.text
    assert browser.post("/account/", {"name": "Bruce Li"}).status_code == 303
