"""Short answers as people write them: what may differ without being wrong, and what never may.

Case, spaces, forms of the same character and (as set) punctuation may differ. Digits, signs and negations may not:
"do not press" is never taken for "do press", nor 25 for 2.5 or 10 squared for 102. Nothing is matched by likeness.
"""

from __future__ import annotations

import re
import unicodedata

from app.domain.assessment.pattern import Pattern

_RAISED = re.compile("(?<=[0-9])([\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u2080-\u2089]+)")
_FRACTION_SLASH = "\u2044"
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_APOSTROPHES = "'\u2018\u2019\u02bc`\u00b4"
_SPACES = re.compile(r"\s+")
_NUMBERS = re.compile(r"[0-9]+")
# fmt: off
_VERBS = (
    "do", "does", "did", "is", "are", "was", "were", "wo", "ca", "could", "should", "would", "must", "might", "need",
    "have", "has", "had", "ai", "sha",
)
_NEGATING = (
    "not", "no", "never", "none", "non", "nor", "neither", "without", "cannot", "nothing", "nobody", "nowhere",
)
# fmt: on
NEGATIONS = frozenset((*_NEGATING, *(f"{verb}nt" for verb in _VERBS)))


def tidy(text: str, *, case_sensitive: bool = False, keep_punctuation: bool = False) -> str:
    """Return the form in which answers are compared; doing it twice changes nothing more."""
    plain = _characters(text)
    if not case_sensitive:
        plain = unicodedata.normalize("NFKC", plain.casefold())
    if not keep_punctuation:
        plain = "".join(_unpunctuated(plain, at) for at in range(len(plain)))
    return _SPACES.sub(" ", plain).strip()


def _characters(text: str) -> str:
    """One form for each character. Raised digits and fractions keep apart from the digits before them."""
    apart = _RAISED.sub(lambda match: "^" + match[1], text)
    pieces = []
    for character in apart:
        plain = unicodedata.normalize("NFKC", character)
        if _FRACTION_SLASH in plain and len(plain) > 1:
            plain = " " + plain
        pieces.append(plain)
    joined = unicodedata.normalize("NFKC", "".join(pieces)).replace(_FRACTION_SLASH, "/").translate(_DASHES)
    for mark in _APOSTROPHES[1:]:
        joined = joined.replace(mark, "'")
    return "".join(_plain_character(character) for character in joined)


def _plain_character(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Cc":
        return " "
    return "" if kind == "Cf" else character  # marks that cannot be seen, such as a soft hyphen


def _unpunctuated(text: str, at: int) -> str:
    character = text[at]
    if not unicodedata.category(character).startswith("P") or character == "%":
        return character
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if character == "'":
        return "" if before.isalpha() and after.isalpha() else " "
    if after.isdecimal() and (before.isdecimal() or (character in "-." and not before.isalpha())):
        return character  # a decimal mark, a time, a range, a sign: without it this is another number
    return " "


def negations(tidied: str) -> set[str]:
    """Return the words of an answer that turn its meaning round."""
    return {word for word in tidied.replace("'", "").casefold().split() if word.strip(".,;:!?()") in NEGATIONS}


def fits(pattern: Pattern, tidied: str) -> bool:
    """True when the answer has the shape of the pattern and adds no negation and no number of its own.

    A wildcard may take any word; it may not take a "not", nor a digit that the pattern neither names nor asks for.
    """
    if not pattern.matches(tidied):
        return False
    said = " ".join(pattern.words)
    if not negations(tidied) <= negations(said):
        return False
    return pattern.takes_digits or set(_NUMBERS.findall(tidied)) <= set(_NUMBERS.findall(said))
