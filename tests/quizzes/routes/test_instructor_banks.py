"""The pages that turn a file into a bank and a bank into a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.domain.access.actor import Actor, Role
from app.domain.content import yaml_text
from app.infra.runtime import Runtime
from tests.conftest import Browser, QueryCount
from tests.domain.assessment.interchange.importing import SVG
from tests.support import multipart

JOURNEY = Path(__file__).parents[2] / "journey_content"
GIFT = b"::Gloves::How long does one pair of gloves stay on? {=Until it tears ~All day ~Until lunch####See.}\n\nE {}\n"
FIELDS = {"bank": "new-bank", "source": "Old <b>bank</b>", "objective": "obj-clean-order", "difficulty": "2"}


@pytest.fixture
def teacher(browse: Callable[..., Browser], make_user: Callable[..., Actor], journey: str, runtime: Runtime) -> Browser:
    runtime.settings = replace(runtime.settings, courses=JOURNEY / "courses", quizzes=JOURNEY / "quizzes")
    browser = browse(make_user(Role.INSTRUCTOR))
    browser.get("/account/")
    return browser


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def words(response: Any) -> str:
    main = page(response).main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def send(browser: Browser, data: bytes = GIFT, name: str = "old.txt", **fields: str) -> Any:
    form = multipart.form({**FIELDS, "format": "", "explanation": "", "rules": "", **fields}, {"file": (name, data)})
    return browser.post("/teach/banks/import", **form)


def test_the_form_names_objectives_and_says_that_nothing_is_published(
    teacher: Browser, count_queries: QueryCount
) -> None:
    text = words(teacher.get("/teach/banks/import"))
    assert "Nothing is published here" in text
    assert "Set up and tear down a station" in text


def test_a_file_becomes_a_report_and_then_a_bank_to_download(teacher: Browser) -> None:
    answer = send(teacher)
    assert answer.status_code == 200
    text = words(answer)
    for part in (
        "old.txt, read as GIFT.",
        "1. Gloves",
        "Line 1",
        "nb-001",
        "Imported with changes",
        "2. essay",
        "Line 3",
    ):
        assert part in text
    assert "<b>bank</b>" not in answer.get_data(as_text=True)
    form = page(answer).select_one('form[action$="/banks/import/file"]')
    assert form is not None
    area = form.select_one("textarea")
    assert area is not None
    file = teacher.post("/teach/banks/import/file", {"bank": "new-bank", "text": area.text.replace("\n", "\r\n")})
    assert file.headers["Content-Disposition"] == 'attachment; filename="new-bank.yaml"'
    bank = yaml_text.load(file.get_data(as_text=True))
    assert (bank["items"][0]["source"], bank["items"][0]["difficulty"]) == ("Old <b>bank</b>", 2)


def test_figures_come_along_in_a_zip_and_are_judged_again(teacher: Browser) -> None:
    sent = {"bank": "new-bank", "text": "bank: new-bank\r\n", "figure": f"figures/nb-lip.svg\r\n{SVG}"}
    file = teacher.post("/teach/banks/import/file", sent)
    with zipfile.ZipFile(io.BytesIO(file.get_data())) as archive:
        assert archive.namelist() == ["quizzes/banks/new-bank.yaml", "quizzes/figures/nb-lip.svg"]
        assert archive.read("quizzes/figures/nb-lip.svg").decode() == SVG
    for figure in (f"../x.svg\n{SVG}", "figures/a.svg\n<svg onload='x()'/>", "figures/a.svg"):
        assert teacher.post("/teach/banks/import/file", {**sent, "figure": figure}).status_code == 422
    assert teacher.post("/teach/banks/import/file", {**sent, "bank": "../x"}).status_code == 422


@pytest.mark.parametrize(
    ("data", "fields", "said"),
    [
        (b"", {}, "arrived empty"),
        (b"nothing to see", {}, "cannot be told"),
        (GIFT, {"bank": "New Bank"}, "lower-case letters"),
        (GIFT, {"bank": ""}, "Give the bank a name"),
        (GIFT, {"source": ""}, "Say where"),
        (GIFT, {"objective": "nowhere"}, "Not a valid choice"),
        (GIFT, {"rules": "odd\nWeek 2 = step:nowhere"}, "is not a rule"),
        (b"x" * (8 * 1024 * 1024 + 1), {}, "at most 8 MB"),
    ],
    ids=["empty", "unknown", "name", "no-name", "source", "objective", "rules", "large"],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    teacher: Browser, data: bytes, fields: dict[str, str], said: str
) -> None:
    answer = send(teacher, data, **{"explanation": "Typed before", **fields})
    assert answer.status_code == 422
    assert said in words(answer)
    assert "Typed before" in answer.get_data(as_text=True)


def test_a_page_without_a_file_asks_for_one(teacher: Browser) -> None:
    answer = teacher.post("/teach/banks/import", FIELDS | {"format": "", "rules": ""})
    assert answer.status_code == 422
    assert "Choose a file." in words(answer)


def test_a_hostile_file_is_reported(teacher: Browser) -> None:
    answer = send(teacher, b'<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', "x.xml")
    assert answer.status_code == 200
    text = words(answer)
    assert "DOCTYPE" in text
    assert "root:" not in text


def test_a_bank_goes_out_in_each_format(teacher: Browser, count_queries: QueryCount) -> None:
    assert "Lip blush basics (8 items)" in words(teacher.get("/teach/banks/export"))
    text = words(teacher.get("/teach/banks/export?bank=lip-blush-basics&format=gift"))
    assert "Left out: GIFT holds no" in text
    for form, ending in (
        ("gift", ".gift.txt"),
        ("aiken", ".aiken.txt"),
        ("moodle-xml", ".moodle.xml"),
        ("qti", ".qti.zip"),
    ):
        file = teacher.get(f"/teach/banks/export/file?bank=lip-blush-basics&format={form}")
        assert file.headers["Content-Disposition"] == f'attachment; filename="lip-blush-basics{ending}"'
        assert file.headers["Cache-Control"] == "no-store"
        assert file.get_data()
    assert teacher.get("/teach/banks/export/file?bank=nowhere&format=gift").status_code == 422
    assert teacher.get("/teach/banks/export/file").status_code == 422


def test_the_list_of_banks_takes_the_same_statements_however_many_items(
    teacher: Browser, count_queries: QueryCount
) -> None:
    teacher.get("/teach/banks/export")
    count_queries.statements.clear()
    teacher.get("/teach/banks/export")
    assert len(count_queries) <= 5


def test_students_do_not_find_the_pages(browse: Callable[..., Browser], student: Actor, journey: str) -> None:
    browser = browse(student)
    for address in ("import", "export", "export/file?bank=lip-blush-basics&format=gift"):
        assert browser.get(f"/teach/banks/{address}").status_code == 404
