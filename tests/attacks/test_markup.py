"""Thousands of texts that want to run a script become HTML in which nothing can, as a browser's parser reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest

from app.domain.content import svg
from app.infra import markdown
from tests.attacks.payloads import ADDRESSES, ELEMENTS, HANDLERS, KERNELS, PAYLOADS

# Where an address stands. `to`, `values` and `content` carry one on in animations and refreshes.
ADDRESSED = {
    "href", "src", "srcset", "action", "formaction", "data", "background", "poster", "to", "from", "values", "content",
    "cite", "ping", "manifest", "longdesc", "icon", "classid", "codebase", "archive", "profile", "dynsrc", "lowsrc",
}  # fmt: skip
ACTIVE = {
    "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "link", "meta", "form",
    "svg",
    "math", "template", "noscript", "portal", "button", "textarea", "select", "video", "audio", "img", "animate", "set",
    "use", "foreignobject", "xmp", "plaintext", "marquee",
}  # fmt: skip
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")


def active(html: str) -> Iterator[str]:
    """Everything in the HTML that runs, loads or leads to a script."""
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield from _active_in(element)


def _active_in(element: Element) -> Iterator[str]:
    tag = element.tag.rpartition("}")[2].lower()
    if tag in ACTIVE or "-" in tag:
        yield f"<{tag}>"
    for full, value in element.attrib.items():
        name = str(full).rpartition("}")[2].lower()
        if name.startswith("on") or name in ("style", "srcdoc", "is", "slot", "shadowrootmode"):
            yield f"{tag} {name}={value}"
        elif name.split(":")[-1] in ADDRESSED:
            # What browsers take away before they look for the scheme.
            address = re.sub(r"[\t\r\n]", "", value).strip("".join(map(chr, range(33)))).lower()
            scheme = SCHEME.match(address)
            if scheme and scheme.group(1) not in ("http", "https", "mailto"):
                yield f"{tag} {name}={value}"


def lesson(text: str) -> str:
    return markdown.render_lesson(text, figures={}, glossary={}, lesson_url=lambda id: f"/{id}", glossary_url=str)


def test_the_list_is_long_and_its_judge_sees_what_is_dangerous() -> None:
    assert len(PAYLOADS) > 5_000
    assert sum(1 for text in PAYLOADS if any(active(text))) > 3_500
    assert not list(active('<p>a <a href="https://e.test" rel="ugc">b</a> <code>&lt;script&gt;</code></p>'))


@pytest.mark.parametrize(
    ("render", "every"),
    [(markdown.render_user_text, 1), (markdown.render_prompt, 3), (lesson, 3)],
    ids=["what people write", "prompts", "lessons"],
)
def test_nothing_runs_after_the_sanitizer(render: Callable[[str], str], every: int) -> None:
    left = [(text, found) for text in PAYLOADS[::every] if (found := list(active(render(text))))]
    assert left == []


def test_words_that_are_escaped_stay_words() -> None:
    """What is no markup of ours is shown as it was typed, so nobody loses what they wrote about scripts."""
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markdown.render_user_text("<script>alert(1)</script>")


FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" {0} '
    'viewBox="0 0 400 200"><title>T</title><desc>D</desc>{1}</svg>'
)
ADDRESSED_PARTS = (
    '<a href="{0}"/>',
    '<a xlink:href="{0}"/>',
    '<use href="{0}"/>',
    '<image href="{0}"/>',
    '<animate attributeName="href" to="{0}"/>',
    '<set attributeName="href" to="{0}"/>',
    '<rect style="fill:url({0})"/>',
    '<rect fill="url({0})"/>',
    '<filter><feImage href="{0}"/></filter>',
)


def drawings() -> Iterator[str]:
    """Figures with something active in them, all of them refused."""
    frame = FRAME
    for handler in HANDLERS:
        yield frame.format(f'{handler}="alert(1)"', "")
        yield frame.format("", f'<rect x="1" y="1" width="9" height="9" {handler}="alert(1)"/>')
    for address in ADDRESSES:
        plain = address.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        yield from (frame.format("", inner.format(plain)) for inner in ADDRESSED_PARTS)
    for element in ELEMENTS:
        name = element.split()[0].split(">")[0]
        yield frame.format("", f"<{name}>alert(1)</{name}>")
        yield frame.format("", f'<foreignObject><{name} xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>')
    for kernel in KERNELS[:3]:
        yield frame.format("", kernel)
        yield frame.format("", f"<style>{kernel}</style>")
    yield f'<?xml-stylesheet href="javascript:alert(1)"?>{frame.format("", "")}'
    yield f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{frame.format("", "<text>&x;</text>")}'
    yield f'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>{frame.format("", "<text>&b;</text>")}'


def test_a_drawing_with_anything_active_in_it_is_refused() -> None:
    made = list(drawings())
    assert len(made) > 480
    assert svg.read(made[0].replace(f'{HANDLERS[0]}="alert(1)"', ""))[0] is not None, "the frame itself is fine"
    passed = [text for text in made if svg.read(text)[0] is not None]
    assert passed == []
