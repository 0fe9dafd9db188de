"""XML written by hand: every value is escaped, and what XML cannot hold is left out."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from app.domain.assessment.interchange.markup import VOID, Element

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Xml(str):
    """Text that is XML already."""


def text(value: str) -> Xml:
    """Return a text as XML."""
    return Xml(escape(_ILLEGAL.sub("", value)))


def tag(_name: str, *inside: str, **attributes: str | int | None) -> Xml:
    """Return an element. Attribute names are written with hyphens for underscores; None leaves one out."""
    given = "".join(
        f" {key.strip('_').replace('_', '-')}={quoteattr(_ILLEGAL.sub('', str(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(one if isinstance(one, Xml) else text(one) for one in inside)
    return Xml(f"<{_name}{given}>{inner}</{_name}>" if inner else f"<{_name}{given}/>")


def xhtml(element: Element) -> Xml:
    """Return what is inside an element as XHTML."""
    return Xml("".join(_kid(kid) for kid in element.kids))


def _kid(kid: Element | str) -> str:
    if isinstance(kid, str):
        return text(kid)
    attributes = {f"_{name}": value for name, value in kid.attributes.items()}
    inner = Xml("") if kid.tag in VOID else xhtml(kid)
    return tag(kid.tag, inner, **attributes)
