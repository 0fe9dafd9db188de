"""The design system keeps its promises: strict markup, known icons, legible colors, light pages, tied form fields."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import wtforms
from bs4 import BeautifulSoup
from flask import Flask, g, render_template, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect
from wtforms.validators import DataRequired, InputRequired

from app.domain.access.actor import ANONYMOUS
from app.web import templating

APP = Path(__file__).parents[2] / "app"
STATIC = APP / "static"
TEMPLATES = sorted(p for p in (APP / "templates").rglob("*.html") if "email" not in p.parts)
SHEETS = ["tokens", "base", "shell", "components", "forms", "work", "patterns", "figures", "utilities", "print"]
ERRORS = sorted(p.stem for p in (APP / "templates" / "errors").glob("*.html") if p.stem != "page")


@pytest.fixture
def pages() -> Iterator[Flask]:
    """A bare application with the templates; addresses of parts that are not loaded are their endpoint names."""
    app = Flask("pages", template_folder=str(APP / "templates"), static_folder=str(STATIC))
    app.config.update(SECRET_KEY="x" * 32, TESTING=True, WTF_CSRF_CHECK_DEFAULT=False)
    Babel(app)
    CSRFProtect(app)
    templating.register(app, cached=True)
    app.context_processor(lambda: {"unread": 0})
    app.jinja_env.globals["closed_house"] = lambda: None
    app.jinja_env.filters["said"] = str
    app.url_build_error_handlers.append(lambda error, endpoint, values: f"/{endpoint}")
    with app.test_request_context("/somewhere"):
        g.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        g.actor = ANONYMOUS
        yield app


def soup(markup: str) -> BeautifulSoup:
    return BeautifulSoup(markup, "html.parser")


# --- markup ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(APP / "templates")))
def test_template_has_nothing_that_the_content_policy_refuses(path: Path) -> None:
    # What Jinja reads is no markup: its keyword arguments look like handlers to the last pattern.
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style\b|\sstyle\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="i-([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named: dict[str, str] = {}
    for path in TEMPLATES:
        text = path.read_text()
        for pattern in (r"\bicon\('([\w-]+)'", r"icon_name='([\w-]+)'", r"'icon': '([\w-]+)'"):
            named.update(dict.fromkeys(re.findall(pattern, text), path.name))
    assert len(named) > 20
    assert {name: where for name, where in named.items() if name not in sprite} == {}


# --- colors ----------------------------------------------------------------------------------------------------


def _blocks() -> list[dict[str, str]]:
    """The tokens of light, of dark by the device and of dark by choice."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / "tokens.css").read_text(), flags=re.DOTALL)
    bodies = re.findall(r":root[^{]*\{([^}]*)\}", text)
    return [dict(re.findall(r"--([\w-]+):\s*([^;]+);", body)) for body in bodies]


def _contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.2, relative luminance of sRGB."""

    def luminance(value: str) -> float:
        value = value.lstrip("#")
        value = "".join(c * 2 for c in value) if len(value) == 3 else value
        parts = [int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_published() -> None:
    assert _contrast("#000", "#fff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_dark_by_the_device_is_dark_by_choice() -> None:
    light, device, choice = _blocks()
    assert device == choice
    assert set(device) <= set(light)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [(ink, ground, 4.5) for ink in ("ink", "ink-2", "ink-3", "brand-ink") for ground in ("bg", "surface", "sunk")]
    + [(look, f"{look}-soft", 4.5) for look in ("ok", "warn", "bad", "info", "plum")]
    + [("ink", f"{look}-soft", 7) for look in ("ok", "warn", "bad", "info", "plum", "brand")]
    + [("on-brand", "brand", 4.5), ("on-brand", "brand-hover", 4.5), ("brand-ink", "brand-soft", 4.5)]
    + [("line-2", "surface", 3), ("line-2", "bg", 3), ("focus", "bg", 3), ("focus", "surface", 3)],
)
def test_pair_is_legible(theme: int, ink: str, ground: str, least: float) -> None:
    light, dark, _choice = _blocks()
    tokens = light | dark if theme else light
    assert _contrast(tokens[ink], tokens[ground]) >= least


def test_every_custom_property_that_is_read_is_set() -> None:
    css = "".join((STATIC / "css" / f"{name}.css").read_text() for name in [*SHEETS, "positions"])
    scripts = "".join(p.read_text() for p in (STATIC / "js").glob("*.js"))
    written = set(re.findall(r"(--[\w-]+)\s*:", css)) | set(re.findall(r'setProperty\("(--[\w-]+)"', scripts))
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) - written == set()


# --- weight ----------------------------------------------------------------------------------------------------


def test_a_page_without_photos_is_light(pages: Flask) -> None:
    files = [STATIC / "css" / f"{name}.css" for name in SHEETS] + [STATIC / "icons.svg", STATIC / "js" / "theme.js"]
    modules = re.findall(r'import "\./([\w-]+\.js)"', (STATIC / "js" / "app.js").read_text())
    files += [STATIC / "js" / name for name in ["app.js", *modules]]
    page = render_template("errors/404.html", status=404).encode()
    assert sum(len(gzip.compress(f.read_bytes())) for f in files) + len(gzip.compress(page)) < 45_000


def test_base_loads_exactly_these_sheets_in_order(pages: Flask) -> None:
    links = soup(render_template("errors/404.html", status=404)).select("link[rel=stylesheet]")
    assert [re.search(r"css/([\w-]+)\.css", link["href"])[1] for link in links] == SHEETS  # type: ignore[index]


# --- shells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ERRORS)
def test_error_page_says_what_happened_and_what_to_do(pages: Flask, name: str) -> None:
    page = soup(render_template(f"errors/{name}.html", status=name, message="", request_id="E-7F2K"))
    assert page.title is not None and page.title.text.strip() == f"{page.h1.text} - Vermilion"  # type: ignore[union-attr]
    assert len(page.select("main p")) >= 3
    assert page.select("main .btn--primary")
    assert "E-7F2K" in page.main.text  # type: ignore[union-attr]


def test_invalid_lists_its_problems(pages: Flask) -> None:
    page = soup(render_template("errors/422.html", status=422, message="No.", problems=["Too short.", "Too <b>."]))
    assert [li.text for li in page.select("main li")] == ["Too short.", "Too <b>."]


@pytest.mark.parametrize(
    ("shell", "endpoint", "label"),
    [
        ("student", "practice_student.log", "Practice"),
        ("student", "quizzes_student.attempt", "Courses"),
        ("student", "practice_student.new", "Log piece"),
        ("instructor", "reviews_instructor.review", "Review"),
        ("studio", "studios_studio.watchlist", "Watchlist"),
        ("admin", "credentials_admin.show", "Certificates"),
    ],
)
def test_navigation_marks_one_item(pages: Flask, shell: str, endpoint: str, label: str) -> None:
    pages.add_url_rule("/here", endpoint=endpoint, view_func=lambda: "")
    with pages.test_request_context("/here"):
        g.now = datetime(2026, 11, 22, tzinfo=UTC)
        page = soup(render_template(f"{shell}.html"))
    marked = page.select("nav.nav [aria-current]")
    exact = label in ("Practice", "Log piece", "Watchlist")
    current = [m for m in marked if m["aria-current"] == "page"] if exact else marked
    assert [m.span.text for m in current] == [label]  # type: ignore[union-attr]


def test_a_page_may_name_its_item(pages: Flask) -> None:
    page = soup(render_template_string('{% extends "student.html" %}{% set nav_active = "path" %}'))
    assert [m.span.text for m in page.select("nav.nav [aria-current]")] == ["My path"]  # type: ignore[union-attr]


def test_style_guide_shows_everything(pages: Flask) -> None:
    page = soup(render_template("home/styleguide.html"))
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert len(page.select(".verdict")) == 8
    assert len(page.select("main .sg-icons li")) == (STATIC / "icons.svg").read_text().count('<symbol id="i-')


# --- macros ----------------------------------------------------------------------------------------------------


class Sample(wtforms.Form):
    """One field of each kind."""

    name = wtforms.StringField("Name", [DataRequired("Enter your name")], description="As in your ID.")
    skin = wtforms.RadioField(
        "Skin",
        [InputRequired("Choose the skin")],
        choices=[wtforms.SelectChoice("a", "Pad"), wtforms.SelectChoice("b", "3D")],
    )
    note = wtforms.TextAreaField("Note")
    agree = wtforms.BooleanField("I have read it", [DataRequired("Confirm it")])


def _refused() -> Sample:
    form = Sample(data={})
    form.validate()
    return form


def _render(macros: str, call: str, **context: object) -> BeautifulSoup:
    return soup(
        render_template_string(
            "{% from '" + macros + "' import " + call.split("(")[0] + " with context %}{{ " + call + " }}", **context
        )
    )


def test_field_ties_label_hint_and_error(pages: Flask) -> None:
    page = _render("macros/form.html", "field(form.name, autocomplete='name')", form=_refused())
    box = page.select_one("input")
    assert box is not None
    assert box["aria-describedby"] == "name-hint name-error"
    assert box["aria-invalid"] == "true"
    assert box["autocomplete"] == "name"
    assert page.select_one("label[for=name]").text.strip() == "Name"  # type: ignore[union-attr]
    assert page.select_one("#name-error").text == "Error: Enter your name"  # type: ignore[union-attr]


def test_field_without_error_says_nothing_of_errors(pages: Flask) -> None:
    page = _render("macros/form.html", "field(form.note)", form=Sample())
    assert page.select_one("textarea").attrs.keys() == {"class", "id", "name"}  # type: ignore[union-attr]
    assert page.select_one(".optional").text == "Optional"  # type: ignore[union-attr]
    assert not page.select(".err, .field--err")


def test_choices_are_a_fieldset_with_a_legend(pages: Flask) -> None:
    page = _render("macros/form.html", "field(form.skin)", form=_refused())
    assert page.fieldset is not None and page.fieldset["aria-describedby"] == "skin-error"
    assert page.legend is not None and page.legend.text.strip() == "Skin"
    assert [label["for"] for label in page.select("label.chip")] == ["skin-0", "skin-1"]


def test_error_summary_links_to_what_can_take_the_focus(pages: Flask) -> None:
    form = _refused()
    form.form_errors.append("The entry was changed elsewhere.")
    page = _render("macros/form.html", "error_summary(form)", form=form)
    assert [a["href"] for a in page.select("a")] == ["#name", "#skin-0", "#agree"]
    assert page.li is not None and page.li.text == "The entry was changed elsewhere."
    assert _render("macros/form.html", "error_summary(form)", form=Sample()).text.strip() == ""


def test_pin_stands_at_its_place_and_turns_at_the_top(pages: Flask) -> None:
    pins = [
        SimpleNamespace(number=1, x=0.245, y=0.4312, code="BOR", severity="M", note="Border <thin>"),
        SimpleNamespace(number=2, x=1, y=0.02, code="EVN", severity="praise", note=""),
    ]
    page = _render("macros/photo.html", "photo('a.jpg', 'After', 800, 600, pins)", pins=pins)
    places = page.select(".pins > svg")
    assert [(p["x"], p["y"]) for p in places] == [("24.5%", "43.12%"), ("100%", "2.0%")]
    assert [p.a["class"] for p in places] == [["pin", "pin--fix"], ["pin", "pin--good"]]  # type: ignore[union-attr,index]
    assert places[0].a["aria-label"] == "Note 1: Border <thin>"  # type: ignore[index]
    assert [bool(p.g.get("transform")) for p in places] == [False, True]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("x", "y", "classes"), [(0, 1, "x-0 y-1000"), (0.31, 0.4237, "x-310 y-425"), (0.9974, 0.5, "x-995 y-500")]
)
def test_marker_classes_exist(pages: Flask, x: float, y: float, classes: str) -> None:
    text = _render("macros/photo.html", "at(x, y)", x=x, y=y).text.strip()
    assert text == classes
    css = (STATIC / "css" / "positions.css").read_text()
    assert all(f".{name} {{" in css for name in text.split())


@pytest.mark.parametrize(("value", "dash"), [(63, "63.0 100"), (140, "100 100")])
def test_ring_draws_the_share(pages: Flask, value: int, dash: str) -> None:
    page = _render("macros/ring.html", f"ring({value}, label='x')")
    assert page.select_one("circle.v")["stroke-dasharray"] == dash  # type: ignore[index]


def test_ring_of_nothing_has_no_arc(pages: Flask) -> None:
    page = _render("macros/ring.html", "ring(0, max=0)")
    assert not page.select("circle.v")
    assert page.select_one(".ring")["aria-label"] == "0 percent"  # type: ignore[index]


def test_stackbar_shares_the_width_and_says_the_counts(pages: Flask) -> None:
    page = _render(
        "macros/progress.html", "stackbar([(3, 'f-ok', 'valid'), (0, 'f-warn', 'expired'), (1, 'f-bad', 'revoked')])"
    )
    assert page.svg is not None and page.svg["aria-label"] == "3 valid, 1 revoked"
    assert [(r["x"], r["width"]) for r in page.select("rect")] == [("0.0", "746.0"), ("750.0", "246.0")]


def test_every_credential_state_has_its_own_word(pages: Flask) -> None:
    states = [
        "valid",
        "expiring",
        "expired",
        "suspended",
        "revoked",
        "superseded",
        "withdrawn",
        "not_found",
        "mistyped",
        "cannot_check",
    ]
    words = [_render("macros/badge.html", f"credential_tag('{state}')").text.strip() for state in states]
    assert len(set(words)) == len(states)
    assert not set(words) & set(states)


def test_steps_bar_names_all_eight_and_marks_one(pages: Flask) -> None:
    page = _render("macros/step.html", "steps_bar(['consultation'], 'numbing', {'numbing': '#n'})")
    assert [t.text for t in page.select(".steps .t")][3:5] == ["4 Numbing", "5 Pigment Application"]
    assert [t.text for t in page.select(".steps .t")][-1] == "+ Aftercare"
    assert [m.name for m in page.select("[aria-current=step]")] == ["a"]
    assert len(page.select("li.done")) == 1
