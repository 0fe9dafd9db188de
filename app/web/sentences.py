"""What a rule says when it refuses, in the language of the page.

The rules know no languages: they speak English, some with figures filled in ("Wait 5 minutes."). The catalogs hold
each such sentence with places ("Wait %(v1)s minutes."; tools/translations.py reads them from the code), so a sentence
is found by its wording, or by the wording around what was filled in.
"""

from __future__ import annotations

from markupsafe import Markup

from app.infra.catalogs import SOURCE, catalog, sentences_with_places
from app.web.locale import language


def said(sentence: str) -> str:
    """A sentence of the rules in the language of this request; as it is where no translation is known."""
    if not sentence or isinstance(sentence, Markup):  # what has marks in it is a text of a page, not of a rule
        return sentence
    return in_language(str(sentence), language())


def in_language(sentence: str, code: str) -> str:
    """A sentence of the rules in a language. What is filled in stays as the rule said it."""
    if code == SOURCE:
        return sentence
    known = sentence.replace("%", "%%") if "%" in sentence else sentence
    found: str = catalog(code).gettext(known)
    if found != known:
        return found.replace("%%", "%")
    for pattern, translated in sentences_with_places(code):
        if match := pattern.fullmatch(sentence):
            return translated % match.groupdict()
    return sentence
