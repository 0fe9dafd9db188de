"""What makes templates quick. None of it changes what a template says; docs/performance.md has the figures.

A page calls gettext, url_for and icon about two hundred times, and its templates import some ten files of macros.
Jinja runs a file that is imported "with context" again for every page, and Flask builds every address anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import get_translations
from jinja2 import Environment, Template, TemplateNotFound, meta, nodes, pass_eval_context
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from markupsafe import Markup

ADDRESSES = 4_096
TEXTS = 8_192
# At the top level of a file: definitions, which may be kept. Anything that calls would be frozen with its first answer.
_CALLING = (nodes.Call, nodes.Filter, nodes.Test, nodes.CallBlock, nodes.FilterBlock)


class PageTemplate(Template):
    """A template that is run once when it is imported "with context" but uses none.

    Such a file sees only what is the same for every page (the globals), so its macros can be kept. Whether that is
    so is read from its source, the files that it imports in turn included: a macro that names `actor` gets the
    page's actor as before.
    """

    _kept: TemplateModule | None = None
    _is_free: bool | None = None

    def make_module(
        self, vars: dict[str, Any] | None = None, shared: bool = False, locals: Mapping[str, Any] | None = None
    ) -> TemplateModule:
        """The macros of this file, made for this page or kept."""
        if self._is_free is None:
            self._is_free = self.name is not None and uses_no_context(self.environment, self.name)
        if not self._is_free:
            return super().make_module(vars, shared, locals)
        if self._kept is None:
            self._kept = super().make_module()
        return self._kept


def uses_no_context(environment: Environment, name: str) -> bool:
    """True when a file and all that it imports define macros and name nothing but globals."""
    loader = environment.loader
    try:
        source = loader.get_source(environment, name)[0] if loader is not None else "{{ unknown }}"
    except TemplateNotFound:
        return False
    tree = environment.parse(source)
    if any(tree.find_all((nodes.Extends, nodes.Include, nodes.Block))):
        return False
    if meta.find_undeclared_variables(tree) - environment.globals.keys():
        return False
    outside = [node for node in tree.body if not isinstance(node, nodes.Macro)]
    if any(isinstance(node, _CALLING) or any(node.find_all(_CALLING)) for node in outside):
        return False
    files = [node.template for node in tree.find_all(nodes.Import)]
    files += [node.template for node in tree.find_all(nodes.FromImport)]
    return all(isinstance(at, nodes.Const) and uses_no_context(environment, at.value) for at in files)


@pass_eval_context
def gettext(context: EvalContext, message: str, /, **values: Any) -> str:
    """The text in the language of the page, as Jinja's own new-style gettext gives it."""
    text = _catalog().ugettext(message)
    if not values:
        return _plain(text, context.autoescape)
    return (Markup(text) if context.autoescape else text) % values


@pass_eval_context
def ngettext(context: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    """The same for a text that depends on a number, which it may name as "num"."""
    text = _catalog().ungettext(one, many, num)
    return (Markup(text) if context.autoescape else text) % {"num": num, **values}


@lru_cache(maxsize=TEXTS)
def _plain(text: str, escaped: bool) -> str:
    """A text without values; "%%" in it means one percent sign, as in those with values."""
    return (Markup(text) if escaped else text) % {}


def _catalog() -> Any:
    """The translations for this request, looked up once."""
    if not has_request_context():
        return get_translations()
    if "catalog" not in g:
        g.catalog = get_translations()
    return g.catalog


def address_finder(app: Flask) -> Callable[..., str]:
    """Return `url_for(endpoint, **values)` that remembers: the routes are fixed once the site runs."""

    @lru_cache(maxsize=ADDRESSES)
    def remembered(_mount: str, endpoint: str, values: tuple[tuple[str, type, Any], ...]) -> str:
        return app.url_for(endpoint, **{name: value for name, _type, value in values})

    def url_for(endpoint: str, **values: Any) -> str:
        # One that begins with a dot is about the blueprint of the request; a whole address names the host.
        if endpoint.startswith(".") or "_external" in values or not has_request_context():
            return app.url_for(endpoint, **values)
        try:
            return remembered(request.script_root, endpoint, tuple((n, type(v), v) for n, v in values.items()))
        except TypeError:  # a list as a value
            return app.url_for(endpoint, **values)

    return url_for


def icon_drawer(asset: Callable[[str], str]) -> Callable[..., Markup]:
    """Return `icon(name, look="")`: a drawing from the sprite, with a class of its own where it has a look."""

    @lru_cache(maxsize=512)
    def drawn(address: str, name: str, look: str) -> Markup:
        start = Markup('<svg class="i{}" aria-hidden="true" focusable="false">').format(f" {look}" if look else "")
        return start + Markup('<use href="{}#i-{}"/></svg>').format(address, name)

    def icon(name: str, look: str = "") -> Markup:
        return drawn(asset("icons.svg"), name, look)

    return icon
