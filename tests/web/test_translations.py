"""Every text of the interface is there in every language, and each person gets the pages in theirs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from flask import Flask, render_template_string
from flask_babel import get_translations

from app.accounts import queries as people
from app.accounts import services as accounts
from app.domain.access.actor import Actor
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.infra import catalogs
from app.infra.catalogs import LOCALES, NAMES, SOURCE, catalog, po_file, sentences_with_places
from app.infra.jobs.worker import JobContext
from app.infra.mail.messages import MAILS, PARTS, mail_payload, render_message
from app.infra.runtime import Runtime
from app.notifications.tasks import send_mail
from app.web import locale
from app.web.sentences import in_language, said
from tests.conftest import Browser, Outbox
from tools import translations

Browse = Callable[..., Browser]
OTHERS = [each for each in LOCALES if each != SOURCE]


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Spanish catalog of the test's own, so that no test depends on the wording of the real one."""
    made = Catalog(locale="es")
    for english, spanish in (
        ("Wait %(v1)s minutes.", "Espere %(v1)s minutos."),
        ("Wait %(v1)s minutes for %(v2)s.", "Para %(v2)s espere %(v1)s minutos."),
        ("%(v1)s: %(v2)s", "nunca"),
        ("Nobody is 100%% sure.", "Nadie está 100%% seguro."),
        ("Someone was faster.", "Alguien fue más rápido."),
    ):
        made.add(english, spanish)
    file = BytesIO()
    write_mo(file, made)
    file.seek(0)
    texts = Translations(file)
    monkeypatch.setattr(catalogs, "catalog", lambda language: texts if language == "es" else catalog(language))
    monkeypatch.setattr("app.web.sentences.catalog", catalogs.catalog)
    sentences_with_places.cache_clear()
    yield
    sentences_with_places.cache_clear()


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_translated_leaves_the_same_places_open(language: str) -> None:
    """Completeness is for `python -m tools.translations check`; a place that differs would break a page."""
    kept = translations.catalog_of(po_file(language), language)
    wrong = [
        f"{fault}: {message.id!r}"
        for message in kept
        if message.id
        for fault in translations.faults(message, kept.num_plurals)
        if fault != "has no translation"
    ]
    assert wrong == []
    assert len(kept) > 1000


def test_each_language_has_a_name_and_a_locale_whose_dates_are_known() -> None:
    assert set(NAMES) == set(LOCALES)
    assert [locale.locale_of(each).language for each in LOCALES] == list(LOCALES)
    assert locale.locale_of("xx").language == SOURCE


@pytest.mark.parametrize(
    ("message", "text", "fault"),
    [
        ("Hello %(name)s.", "Hola %(name)s.", ""),
        ("Hello %(name)s.", "Hola.", "places"),
        ("Hello %(name)s.", "Hola %(nombre)s.", "places"),
        ("%(n)s %% done", "%(n)s % hecho", "percent"),
        ("Hello", "", "no translation"),
    ],
)
def test_faults_of_a_translation_are_named(message: str, text: str, fault: str) -> None:
    made = Catalog(locale="es")
    found = list(translations.faults(made.add(message, text), made.num_plurals))
    assert bool(found) is bool(fault) and all(fault in each for each in found)


def test_what_a_rule_says_is_read_from_the_code() -> None:
    code = 'raise Conflict(f"Wait {n} minutes, 5% more.", code="busy")'
    assert list(translations.refusals(ast.parse(code))) == ["Wait %(v1)s minutes, 5%% more."]


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("Someone was faster.", "Alguien fue más rápido."),
        ("Wait 5 minutes.", "Espere 5 minutos."),
        ("Wait 5 minutes for photo 100%.", "Para photo 100% espere 5 minutos."),
        ("Nobody is 100% sure.", "Nadie está 100% seguro."),
        ("Somebody wrote: this", "Somebody wrote: this"),
        ("Wait.", "Wait."),
    ],
)
def test_a_refusal_is_found_by_its_words_whatever_was_filled_in(invented: None, english: str, spanish: str) -> None:
    assert in_language(english, "es") == spanish
    assert in_language(english, "en") == english


@pytest.mark.parametrize(
    ("cookie", "header", "wanted"),
    [
        ("", "", "en"),
        ("", "es-MX,es;q=0.9,en;q=0.5", "es"),
        ("", "fr, es;q=0.4", "es"),
        ("", "fr", "en"),
        ("en", "es", "en"),
        ("es", "en", "es"),
        ("xx", "es", "es"),
    ],
)
def test_a_browser_gets_the_language_that_was_chosen_in_it_else_the_one_it_asks_for(
    app: Flask, cookie: str, header: str, wanted: str
) -> None:
    headers = {"Accept-Language": header, "Cookie": f"{locale.COOKIE}={cookie}"}
    with app.test_request_context(headers=headers):
        assert (locale.chosen(), locale.language(), locale.direction()) == (wanted, wanted, "ltr")


def test_dates_and_numbers_follow_the_language(app: Flask) -> None:
    text = "{{ day|date('long') }} | {{ 1234.5|number }}"
    shown = {}
    for code in LOCALES:
        with app.test_request_context(headers={"Accept-Language": code}):
            shown[code] = render_template_string(text, day=date(2026, 11, 3))
    assert shown["en"] == "November 3, 2026 | 1,234.5"
    assert shown["es"].startswith("3 de noviembre de 2026 | ")


def test_a_kept_part_of_a_page_never_shows_another_language(app: Flask) -> None:
    page = app.jinja_env.from_string("{% kept 1 %}{{ lang }}{% endkept %}")
    seen = []
    for code in ("en", "es", "en", "es"):
        with app.test_request_context(headers={"Accept-Language": code}):
            seen.append(page.render(lang=code))
            assert get_translations() is catalog(code)
    assert seen == ["en", "es", "en", "es"]


def test_the_profile_comes_first_then_the_cookie_and_the_page_says_which(
    app: Flask, browse: Browse, make_user: Callable[..., Actor], runtime: Runtime
) -> None:
    person = make_user()
    browser = browse(person)
    ask = {"headers": {"Accept-Language": "es"}}
    page = browser.get("/account/", **ask)
    assert '<html lang="es" dir="ltr">' in page.get_data(as_text=True)
    assert page.headers["Content-Language"] == "es" and "Accept-Language" in page.headers["Vary"]
    chosen = browser.get("/language/en?next=/account/", **ask)
    assert chosen.headers["Location"] == "/account/"
    assert '<html lang="en"' in browser.get("/account/", **ask).get_data(as_text=True)
    with runtime.transaction() as session:
        accounts.choose_language(session, person.user_id, "es")
    assert '<html lang="es"' in browser.get("/account/", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert browser.get("/language/fr").status_code == 404
    with runtime.transaction() as session, pytest.raises(Invalid):
        accounts.choose_language(session, person.user_id, "fr")


def test_a_choice_of_language_leads_back_to_this_site_only(browse: Browse) -> None:
    assert browse().get("/language/es?next=https://evil.test/").headers["Location"] == "/"


def test_a_refusal_is_translated_on_the_page_and_not_for_programs(app: Flask, invented: None) -> None:
    def refuse() -> None:
        raise Invalid("Someone was faster.", [FieldProblem("", "wait", "Wait 5 minutes.")])

    handler = app.error_handler_spec[None][None]
    (tell,) = [handle for kind, handle in handler.items() if issubclass(Conflict, kind) and kind is not Exception]
    for path, words in (("/", "Alguien fue más rápido."), ("/api/v1/x", "Someone was faster.")):
        with app.test_request_context(path, headers={"Accept-Language": "es"}), pytest.raises(Invalid) as raised:
            refuse()
        with app.test_request_context(path, headers={"Accept-Language": "es"}):
            body = tell(raised.value).get_data(as_text=True)
            assert words in body or words.encode("ascii", "backslashreplace").decode() in body
            assert said("Wait 5 minutes.") == "Espere 5 minutos."


def test_a_mail_comes_in_the_language_of_whoever_reads_it(
    make_user: Callable[..., Actor], runtime: Runtime, outbox: Outbox
) -> None:
    reader, other = make_user(name="Ana"), make_user(name="Bo")
    with runtime.transaction() as session:
        accounts.choose_language(session, reader.user_id, "es")
        addresses = people.emails_of(session, [reader.user_id, other.user_id])
    for each in (reader, other):
        payload = mail_payload(addresses[each.user_id], "sign_up_known", url="https://academy.test/sign-in")
        send_mail(JobContext(runtime, runtime.now()), payload)
    assert [re.findall(r'<html lang="(\w+)"', each.html) for each in outbox.messages] == [["es"], ["en"]]
    assert [each.subject for each in outbox.messages] == ["Ya tienes una cuenta", "You have an account already"]


MAILS_WRITTEN = sorted(path.parent for each in OTHERS for path in (MAILS / each).glob("*/subject.txt"))
FILLED_IN = re.compile(r"\{\{ *([^}]+?) *\}\}")


@pytest.mark.parametrize("folder", MAILS_WRITTEN, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_translated_mail_says_what_the_english_one_does(folder: Path) -> None:
    """The same facts in the same parts: nothing is lost, and no subject tells what it must not."""
    for part in PARTS:
        ours, theirs = (set(FILLED_IN.findall((at / part).read_text())) for at in (MAILS / folder.name, folder))
        assert {each for each in theirs if "if" not in each} == {each for each in ours if "if" not in each}, part


def test_a_mail_that_is_not_translated_comes_in_english_and_says_so() -> None:
    mail = render_message(mail_payload("a@example.com", "mail_works", name="Ana"), academy="Academy", language="es")
    assert '<html lang="en"' in mail.html and mail.subject == "Mail works"
