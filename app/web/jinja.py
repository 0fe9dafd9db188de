"""What makes templates quick. None of it changes what a template says; docs/performance.md has the figures.

A page calls gettext, url_for and icon about two hundred times, and its templates import some ten files of macros.
Jinja runs a file that is imported "with context" again for every page, and Flask builds every address anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any, ClassVar, cast

from flask import Flask, g, has_request_context, request
from flask_babel import get_translations
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, Template, TemplateNotFound, meta, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.nodes import EvalContext
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from app.infra.cache import Lru

ADDRESSES = 4_096
PARTS = 256  # for each place in the templates
TOKEN = secrets.token_hex(16)  # stands for the form token in what is kept; in no text by chance
TEXTS = 8_192
# At the top level of a file: definitions, which may be kept. Anything that calls would be frozen with its first answer.
_HANDED = (None, pass_eval_context(lambda _context: "").jinja_pass_arg)  # type: ignore[attr-defined]
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
    files = _read.get((source, frozenset(environment.globals)), lambda: _files_of(environment, source))
    return files is not None and all(uses_no_context(environment, file) for file in files)


# The same text says the same thing to every application of a process; tests make one for each test.
_read: Lru[Hashable, tuple[str, ...] | None] = Lru(512)


def _files_of(environment: Environment, source: str) -> tuple[str, ...] | None:
    """The files that a file of macros imports, or None when it may depend on the page by itself."""
    tree = environment.parse(source)
    if any(tree.find_all((nodes.Extends, nodes.Include, nodes.Block))):
        return None
    if meta.find_undeclared_variables(tree) - environment.globals.keys():
        return None
    outside = [node for node in tree.body if not isinstance(node, nodes.Macro)]
    if any(isinstance(node, _CALLING) or any(node.find_all(_CALLING)) for node in outside):
        return None
    files = [node.template for node in tree.find_all(nodes.Import)]
    files += [node.template for node in tree.find_all(nodes.FromImport)]
    names = [at.value for at in files if isinstance(at, nodes.Const)]
    return tuple(names) if len(names) == len(files) else None


class PageContext(Context):
    """The variables of a page; calls of plain functions and macros are made without looking at them three times."""

    def call(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls, with the context in front where the function asks for it."""
        kind = type(function)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind is not FunctionType or (wanted := function.__dict__.get("jinja_pass_arg")) not in _HANDED:
            return super().call(function, *args, **kwargs)
        elif wanted is not None:
            args = (self.eval_ctx, *args)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        try:
            return function(*args, **kwargs)
        except StopIteration:
            return self.environment.undefined("A function that a template called ran out of values.")


class PageCode(CodeGenerator):
    """What a template is compiled to: a plain `_('Text')` is looked up, not called, and a text is escaped only once."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """The module of a template, which knows the two functions below."""
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import words, written")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call, or the text that it would give."""
        if forward_caller or not _is_plain_text(node, frame):
            return super().visit_Call(node, frame, forward_caller=forward_caller)
        self.write(f"words()[{node.args[0].as_const(frame.eval_ctx)!r}]")
        return None

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("written(")


def _is_plain_text(node: nodes.Call, frame: Frame) -> bool:
    """True for the name `_` of the globals, called with one constant and nothing else, where texts are escaped."""
    if not isinstance(node.node, nodes.Name) or node.node.name != "_" or len(node.args) != 1:
        return False
    if not isinstance(node.args[0], nodes.Const) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return False
    found = frame.symbols.find_load(frame.symbols.ref("_"))
    return found == ("resolve", "_") and frame.eval_ctx.autoescape and not frame.eval_ctx.volatile


def written(value: Any) -> str:
    """What a page says for a value; as `markupsafe.escape` without marking again what goes out anyway."""
    if type(value) is Markup:
        return value
    return str(escape(value))


class Words(dict[str, Markup]):
    """The texts of one language that pages have asked for, as pages say them."""

    def __init__(self, catalog: Any) -> None:
        super().__init__()
        self._catalog = catalog

    def __missing__(self, message: str) -> Markup:
        text = self[message] = Markup(self._catalog.ugettext(message)) % {}
        return text


def words() -> Words:
    """The texts in the language of this request."""
    try:
        return cast("Words", g.words)
    except AttributeError:
        g.words = found = _words_of(_catalog())
        return found
    except RuntimeError:  # no application at work: nobody's language
        return _words_of(_catalog())


@lru_cache(maxsize=16)
def _words_of(catalog: Any) -> Words:
    return Words(catalog)


class Kept(Extension):
    """`{% kept key, key %}...{% endkept %}`: a part of a page that is drawn once for each key.

    Everything that the part depends on must be named, except the language, the mount point of the site and the form
    token: those are looked after here. It may use no time and nothing of another person.
    """

    tags: ClassVar[set[str]] = {"kept"}  # type: ignore[misc]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._parts: dict[tuple[str | None, int], Lru[tuple[Any, ...], str]] = {}

    def parse(self, parser: Parser) -> nodes.Node:
        """Read the keys and what stands before the end tag."""
        line = next(parser.stream).lineno
        keys: list[nodes.Expr] = []
        while parser.stream.current.type != "block_end":
            parser.stream.skip_if("comma")
            keys.append(parser.parse_expression())
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        call = self.call_method("draw", [nodes.Const((parser.name, line)), nodes.Tuple(keys, "load")])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def draw(self, place: tuple[str | None, int], keys: tuple[Any, ...], caller: Callable[[], str]) -> Markup:
        """The part, kept or drawn now. A form token in it is the one of this request."""
        parts = self._parts.get(place) or self._parts.setdefault(place, Lru(PARTS))
        text = parts.get((request.script_root, _catalog(), *keys), lambda: _without_token(caller()))
        return Markup(text.replace(TOKEN, generate_csrf()) if TOKEN in text else text)


def _without_token(text: str) -> str:
    return text.replace(generate_csrf(), TOKEN) if 'name="csrf_token"' in text else str(text)


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
    """The translations for this request, looked up once: a page has one language from beginning to end."""
    try:
        return g.catalog
    except AttributeError:
        g.catalog = found = get_translations()
        return found
    except RuntimeError:  # no application at work: nobody's language
        return get_translations()


def address_finder(app: Flask) -> Callable[..., str]:
    """Return `url_for(endpoint, **values)` that remembers: the routes are fixed once the site runs."""

    @lru_cache(maxsize=ADDRESSES)
    def remembered(_mount: str, endpoint: str, values: tuple[tuple[str, type, Any], ...]) -> str:
        return app.url_for(endpoint, **{name: value for name, _type, value in values})

    def url_for(endpoint: str, **values: Any) -> str:
        # One that begins with a dot is about the blueprint of the request; a whole address names the host.
        if endpoint[:1] == "." or "_external" in values or not has_request_context():
            return app.url_for(endpoint, **values)
        key = tuple([(name, type(value), value) for name, value in values.items()]) if values else ()
        try:
            return remembered(request.script_root, endpoint, key)
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
