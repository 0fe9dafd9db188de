"""The one place where Markdown becomes HTML: lessons, prompts of items, and what people write.

Three walls, each enough by itself: raw HTML in the source is text (the parser never passes it on), the
result goes through an allow-list sanitizer, and the pages forbid inline script by policy. Figures are
already checked SVG; they take the place of their placeholders after the sanitizer.
"""

from __future__ import annotations

import html
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from app.infra.markdown_tree import (
    Glossary,
    demote_headings,
    flatten_headings,
    link_lessons,
    link_terms,
    mark_callouts,
    place_figures,
    task_lists,
    text_for_images,
    wide_tables,
)

HEADING_PREFIX = "s-"
_INLINE = {"p", "br", "strong", "em", "code", "ul", "ol", "li", "blockquote"}
_BLOCKS = _INLINE | {"a", "pre", "hr", "table", "thead", "tbody", "tr", "th", "td"}
_LESSON = _BLOCKS | {"h2", "h3", "h4", "div", "details", "summary", "label", "input", "span"}
# nh3 lets title and lang pass everywhere unless "*" is named.
_LESSON_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href", "data-meaning"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "ol": {"start"},
    "table": {"tabindex"},
}
_LESSON_CLASSES = {
    "a": {"glossary-term"},
    "div": {"admonition", "key", "check", "dispute", "safety"},
    "p": {"admonition-title"},
    "details": {"question"},
    "ul": {"task-list"},
    "li": {"task-list-item"},
}
_VOID_CONTENT = {"script", "style", "template", "iframe", "object", "noscript", "title", "textarea"}


def _own_address(address: str) -> str | None:
    """Let a path of this site or a place on this page through; nothing that only looks relative."""
    own = address.startswith("#") or (address.startswith("/") and address[1:2] not in ("/", "\\"))
    return address if own else None


_cleaners = {
    "lesson": nh3.Cleaner(
        tags=_LESSON,
        clean_content_tags=_VOID_CONTENT,
        attributes=_LESSON_ATTRIBUTES,
        allowed_classes=_LESSON_CLASSES,
        tag_attribute_values={"input": {"type": {"checkbox"}}, "div": {"role": {"note"}}},
        url_schemes={"http", "https", "mailto"},
        url_relative=_own_address,
        link_rel="noopener noreferrer",
    ),
    "prompt": nh3.Cleaner(
        tags=_BLOCKS - {"a"},
        clean_content_tags=_VOID_CONTENT,
        attributes={"*": set(), "ol": {"start"}, "table": {"tabindex"}},
        url_schemes={"https"},
        link_rel=None,
    ),
    "user": nh3.Cleaner(
        tags=_INLINE | {"a"},
        clean_content_tags=_VOID_CONTENT,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow ugc",
    ),
}


@dataclass
class _Job:
    """What one rendering needs beside its text; the parser of the thread reads it."""

    profile: str
    figures: Mapping[str, str] = field(default_factory=dict)
    glossary: Glossary = field(default_factory=lambda: Glossary({}, str))
    lesson_url: Callable[[str], str] = str
    nonce: str = field(default_factory=lambda: "figure" + secrets.token_hex(12))
    placed: dict[str, str] = field(default_factory=dict)


class _Shape(Treeprocessor):
    """Gives the parsed tree the shape of our pages; runs last, when no placeholder text is left in it."""

    job: _Job

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        job = self.job
        job.placed = place_figures(root, job.figures, job.nonce)
        text_for_images(root)
        if job.profile == "user":
            flatten_headings(root)
            return
        wide_tables(root)
        if job.profile == "prompt":
            flatten_headings(root)
            return
        demote_headings(root, HEADING_PREFIX)
        mark_callouts(root)
        task_lists(root)
        link_lessons(root, job.lesson_url)
        link_terms(root, job.glossary)


class _House(Extension):
    """Raw HTML and reference definitions are text; the shape comes last."""

    def __init__(self) -> None:
        super().__init__()
        self.shape = _Shape()

    def extendMarkdown(self, md: Markdown) -> None:
        """Called by Python-Markdown when the parser is built."""
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.parser.blockprocessors.deregister("reference")
        self.shape.md = md
        md.treeprocessors.register(self.shape, "vermilion", -10)


_local = threading.local()


def _parser(profile: str) -> tuple[Markdown, _Shape]:
    """Return this thread's parser for the profile: Python-Markdown keeps state, so threads share none."""
    made: dict[str, tuple[Markdown, _Shape]] = _local.__dict__.setdefault("parsers", {})
    if profile not in made:
        house = _House()
        extensions: list[Extension | str] = ["sane_lists", house]
        # In a comment a line break is meant as one.
        extensions.append("nl2br" if profile == "user" else "tables")
        if profile == "lesson":
            extensions = ["admonition", "pymdownx.details", *extensions]
        made[profile] = (Markdown(extensions=extensions, output_format="html"), house.shape)
    return made[profile]


def _render(text: str, job: _Job) -> str:
    parser, shape = _parser(job.profile)
    shape.job = job
    try:
        raw = parser.reset().convert(text)
    except RecursionError:
        # Thousands of nested quotes or lists: nobody writes that to be read. Show it as it was typed, and
        # drop the parser, which was left in the middle of a block.
        _local.parsers.pop(job.profile)
        raw = f"<p>{html.escape(text)}</p>"
    clean = _cleaners[job.profile].clean(raw)
    for placeholder, figure in job.placed.items():
        clean = clean.replace(f"<p>{placeholder}</p>", figure, 1)
    return clean


def render_lesson(
    body: str,
    *,
    figures: Mapping[str, str],
    glossary: Mapping[str, tuple[str, str]],
    lesson_url: Callable[[str], str],
    glossary_url: Callable[[str], str],
) -> str:
    """Return the HTML of a lesson body.

    `figures` maps the path in the Markdown to SVG that the allow-list let through; `glossary` maps a term to
    its slug and meaning (abbreviations in capitals); the two functions make the address of a lesson id and of a
    term slug. The first use of each term is linked. Headings get ids that begin with "s-".
    """
    terms = Glossary(glossary, glossary_url)
    return _render(body, _Job("lesson", figures=figures, glossary=terms, lesson_url=lesson_url))


def render_prompt(text: str, figures: Mapping[str, str] | None = None) -> str:
    """Return the HTML of an item's prompt, an exercise's instructions or feedback: no links, no headings."""
    return _render(text, _Job("prompt", figures=figures or {}))


def render_inline(text: str) -> str:
    """Return a prompt-like text for use inside a label: one paragraph loses its <p>; more stay as they are."""
    clean = render_prompt(text).strip()
    if clean.startswith("<p>") and clean.endswith("</p>") and clean.count("<p>") == 1:
        return clean[3:-4]
    return clean


def render_user_text(text: str) -> str:
    """Return the HTML of what a person wrote: paragraphs, lists, emphasis, quotes, code, and links out."""
    return _render(text, _Job("user"))
