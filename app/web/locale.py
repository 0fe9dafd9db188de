"""Which language a page is in: the one of the account, else the one chosen in this browser, else what it asks for."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from babel import Locale
from flask import Flask, Response, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response as BaseResponse

from app.infra.catalogs import LOCALES, NAMES, SOURCE, catalog
from app.web.app import current_actor

COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 60 * 60


class Texts(Domain):
    """The texts of a request's language, from the catalogs of the house."""

    def get_translations(self) -> Any:
        """The catalog; the texts of the code outside of a request."""
        return catalog(language())


class Languages(Babel):
    """Flask-Babel with our catalogs, which need no compiled files."""

    @cached_property
    def domain_instance(self) -> Texts:
        """Where texts are looked up."""
        return Texts()


def register(app: Flask) -> None:
    """Attach the choice of the language, and say with each page which one it is in."""
    Languages(app, locale_selector=lambda: LOCALES[chosen()])

    @app.after_request
    def _say(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", language())
            response.vary.update(("Accept-Language", "Cookie"))
        return response

    @app.context_processor
    def _page() -> dict[str, Any]:
        return {"lang": language(), "dir": direction(), "languages": NAMES}


def language() -> str:
    """The language of this request's texts, as "es"; English where there is no request."""
    locale = get_locale()
    found = locale.language if locale else SOURCE
    return found if found in LOCALES else SOURCE


def direction() -> str:
    """Which way the language of this request is written: "ltr" or "rtl"."""
    locale = get_locale()
    return locale.text_direction if locale else "ltr"


def chosen() -> str:
    """The language to answer this request in."""
    if not has_request_context():
        return SOURCE
    for told in (current_actor().language, request.cookies.get(COOKIE, "")):
        if told in LOCALES:
            return told
    return _best(request.headers.get("Accept-Language", ""))


def wanted() -> str:
    """The language for a new account: that of the page, empty where it is English and nobody chose."""
    is_chosen = request.cookies.get(COOKIE, "") in LOCALES
    return language() if is_chosen or language() != SOURCE else ""


def remember(response: BaseResponse, code: str) -> None:
    """Keep a chosen language in this browser for a year."""
    response.set_cookie(COOKIE, code, max_age=COOKIE_SECONDS, secure=request.is_secure, httponly=True, samesite="Lax")


def locale_of(code: str) -> Locale:
    """The locale of a language, for texts in the language of somebody who is not the one who asks."""
    return Locale.parse(LOCALES.get(code, LOCALES[SOURCE]))


@lru_cache(maxsize=256)
def _best(header: str) -> str:
    """What a browser's header asks for, as far as we have it: the first language there that is one of ours."""
    return str(parse_accept_header(header, LanguageAccept).best_match(LOCALES, default=SOURCE))
