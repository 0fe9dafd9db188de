"""Templates are quick without saying anything else: kept macros, texts, addresses and icons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from flask_wtf.csrf import generate_csrf
from jinja2 import DictLoader, pass_context

from app.web.jinja import (
    Kept,
    PageCode,
    PageContext,
    PageTemplate,
    address_finder,
    gettext,
    icon_drawer,
    ngettext,
    uses_no_context,
)

FILES = {
    "plain.html": "{% macro hello(name) %}{{ word }} {{ name }}{% endmacro %}",
    "words.html": "{% macro hello() %}{{ _('Hello') }}{% endmacro %}",
    "actor.html": "{% macro hello() %}{{ actor }}{% endmacro %}",
    "outer.html": "{% from 'actor.html' import hello with context %}{% macro twice() %}{{ hello() }}{% endmacro %}",
    "frozen.html": "{% set greeting = _('Hello') %}{% macro hello() %}{{ greeting }}{% endmacro %}",
    "filtered.html": "{% set greeting = 'a'|upper %}{% macro hello() %}{{ greeting }}{% endmacro %}",
    "constant.html": "{% set looks = {'ok': 'check'} %}{% macro look(k) %}{{ looks[k] }}{% endmacro %}",
    "including.html": "{% macro hello() %}{% include 'plain.html' %}{% endmacro %}",
    "page.html": "{% from 'actor.html' import hello with context %}{{ hello() }}",
    "counted.html": "{% set seen = runs.append(1) %}{% macro hello() %}hi{% endmacro %}",
}


@pytest.fixture
def pages() -> Iterator[Flask]:
    app = Flask("pages")
    Babel(app)
    app.jinja_env.loader = DictLoader(FILES)
    app.jinja_env.template_class = PageTemplate
    app.jinja_env.context_class = PageContext
    app.jinja_env.code_generator_class = PageCode
    app.jinja_env.add_extension(Kept)
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, word="Dear")
    app.add_url_rule("/pieces/<uuid:piece>", "piece", lambda piece: "")
    app.add_url_rule("/pieces", "pieces", lambda: "")
    with app.test_request_context():
        yield app


@pytest.mark.parametrize(
    ("name", "free"),
    [
        ("plain.html", True),
        ("words.html", True),
        ("constant.html", True),
        ("actor.html", False),
        ("outer.html", False),
        ("frozen.html", False),
        ("filtered.html", False),
        ("including.html", False),
        ("page.html", False),
        ("missing.html", False),
    ],
)
def test_a_file_is_kept_when_it_only_defines_and_names_nothing_but_globals(pages: Flask, name: str, free: bool) -> None:
    assert uses_no_context(pages.jinja_env, name) is free


def test_macros_that_name_the_page_get_the_values_of_each_page(pages: Flask) -> None:
    template = pages.jinja_env.get_template("page.html")
    assert [template.render(actor=name) for name in ("Amara", "Lea")] == ["Amara", "Lea"]


def test_macros_that_name_nothing_are_made_once(pages: Flask) -> None:
    plain = pages.jinja_env.get_template("plain.html")
    assert plain.make_module({"word": "Hello"}, True) is plain.make_module({"word": "Goodbye"}, True)
    assert str(plain.make_module().hello("Lea")) == "Dear Lea"  # type: ignore[attr-defined]
    actor = pages.jinja_env.get_template("actor.html")
    assert actor.make_module({"actor": "A"}, True) is not actor.make_module({"actor": "A"}, True)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ _('Half %%') }}", "Half %"),
        ("{{ _('Half %%') }}{{ _('Half %%') }}", "Half %Half %"),
        ("{{ _('<b>%(n)s</b>', n='<i>') }}", "<b>&lt;i&gt;</b>"),
        ("{{ _('at most %(n)s %%', n=5) }}", "at most 5 %"),
        ("{{ ngettext('%(num)d piece', '%(num)d pieces', 1) }}", "1 piece"),
        ("{{ ngettext('%(num)d by %(who)s', '%(num)d, by %(who)s', 3, who='<A>') }}", "3, by &lt;A&gt;"),
        ("{% autoescape false %}{{ _('<b>%(n)s</b>', n='<i>') }}{% endautoescape %}", "<b><i></b>"),
    ],
)  # fmt: skip
def test_texts_are_filled_in_and_escaped_as_jinja_does_it(pages: Flask, source: str, text: str) -> None:
    env = pages.jinja_env.overlay(autoescape=True)
    assert env.from_string(source).render() == text


def test_a_text_follows_the_language_and_only_the_global_name_is_looked_up(
    pages: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked up instead of called: one constant for the global `_`, in pages that escape."""

    class Shouting:
        def ugettext(self, text: str) -> str:
            return text.upper()

    env = pages.jinja_env.overlay(autoescape=True)
    page = env.from_string("{{ _('Save & go, 100 %% sure') }}{% set said = _('<b>') %}{{ said }}{{ '<i>' }}{{ 1 < 2 }}")
    shadowed = env.from_string("{% for _ in [number] %}{{ _('x') }}{% endfor %}")
    assert page.render() == "Save & go, 100 % sure<b>&lt;i&gt;True"
    assert shadowed.render(number=lambda text: f"<{text}>") == "&lt;x&gt;"
    monkeypatch.setattr("app.web.jinja.get_translations", Shouting)
    with pages.app_context(), pages.test_request_context():
        assert page.render() == "SAVE & GO, 100 % SURE<B>&lt;i&gt;True"
    assert page.render() == "Save & go, 100 % sure<b>&lt;i&gt;True"


def test_addresses_are_remembered_by_endpoint_values_and_mount(pages: Flask) -> None:
    url_for = address_finder(pages)
    assert url_for("pieces") == url_for("pieces") == "/pieces"
    assert url_for("pieces", page=1) == "/pieces?page=1"
    assert url_for("pieces", page=True) == "/pieces?page=True"
    assert url_for("pieces", tag=["a", "b"]) == "/pieces?tag=a&tag=b"
    assert url_for("pieces", _anchor="top") == "/pieces#top"
    assert url_for("pieces", _external=True) == "http://localhost/pieces"
    with pages.test_request_context(environ_overrides={"SCRIPT_NAME": "/academy"}):
        assert url_for("pieces") == "/academy/pieces"
    assert url_for("pieces") == "/pieces"


def test_icons_are_decoration(pages: Flask) -> None:
    icon = icon_drawer(lambda path: f"/static/{path}?v=1&w=2")
    drawn = '<svg class="i{}" aria-hidden="true" focusable="false">'
    drawn += '<use href="/static/icons.svg?v=1&amp;w=2#i-check"/></svg>'
    assert icon("check") == drawn.format("")
    assert icon("check", "ok") == drawn.format(" ok")
    assert "<b>" not in icon("<b>")


def test_a_kept_part_is_drawn_once_for_each_key_and_language(pages: Flask) -> None:
    env = pages.jinja_env.overlay(autoescape=True)
    runs: list[str] = []
    template = env.from_string("{% kept name, size %}<b>{{ seen(name) or name }}</b>{% endkept %}")
    drawn = [template.render(name=name, size=1, seen=runs.append) for name in ("<A>", "B", "<A>")]
    assert drawn == ["<b>&lt;A&gt;</b>", "<b>B</b>", "<b>&lt;A&gt;</b>"]
    assert runs == ["<A>", "B"]
    with pages.app_context(), pages.test_request_context(), force_locale("de"):
        assert template.render(name="B", size=1, seen=runs.append) == "<b>B</b>"
    with pages.test_request_context(environ_overrides={"SCRIPT_NAME": "/academy"}):
        template.render(name="B", size=1, seen=runs.append)
    assert runs == ["<A>", "B", "B", "B"]


def test_parts_with_the_same_key_at_two_places_are_two_parts(pages: Flask) -> None:
    env = pages.jinja_env.overlay(
        loader=DictLoader({"a": "{% kept 1 %}a{% endkept %}", "b": "{% kept 1 %}b{% endkept %}"})
    )
    assert [env.get_template(name).render() for name in "abab"] == ["a", "b", "a", "b"]
    twice = env.from_string("{% kept 1 %}first{% endkept %}\n{% kept 1 %}second{% endkept %}")
    assert twice.render() == twice.render() == "first\nsecond"


def test_nobody_gets_the_form_token_of_another_person_from_a_kept_part(pages: Flask) -> None:
    pages.config["SECRET_KEY"] = pages.secret_key = "x" * 32
    form = '<input name="csrf_token" value="{{ csrf_token() }}">'
    template = pages.jinja_env.from_string("{% kept 1 %}" + form + "{% endkept %}|{{ csrf_token() }}")
    pages.jinja_env.globals["csrf_token"] = generate_csrf
    tokens = set()
    for _person in range(3):
        with pages.app_context(), pages.test_request_context():
            inside, _, own = template.render().partition("|")
            assert inside == f'<input name="csrf_token" value="{own}">'
            tokens.add(own)
    assert len(tokens) == 3


def test_functions_and_macros_get_what_they_ask_for(pages: Flask) -> None:
    pages.jinja_env.globals.update(plain=lambda n: f"plain {n}", told=pass_context(lambda c, n: f"{c['name']} {n}"))
    source = "{% macro twice(n) %}{{ plain(n) }}, {{ told(n) }}{% endmacro %}{{ twice(1) }}"
    source += "{% for n in (2,) %}; {{ told(n) }} {{ 'x'.upper() }}{% endfor %}; {{ empty() }}"
    ended = iter(())
    rendered = pages.jinja_env.from_string(source).render(name="Amara", empty=lambda: next(ended))
    assert rendered == "plain 1, Amara 1; Amara 2 X; "
