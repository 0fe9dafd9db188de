"""The texts of the interface in the languages of the academy.

English stands in the code. For each other language one `.po` file is kept under version control; it is compiled at the
first use of the language and kept beside it in `.cache`, under the digest of its source, so that neither set-up nor
release has a step for it and a process that may not write only takes half a second longer.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from app.config import ROOT

SOURCE = "en"
LOCALES = {"en": "en_US", "es": "es_419"}
"""The languages of the interface, each with the locale that its dates and numbers follow."""
NAMES = {"en": "English", "es": "Español"}
"""Each language in its own words, as people look for it."""
TEXTS = ROOT / "app" / "translations"
KEPT = ROOT / ".cache" / "translations"
FILLED = re.compile(r"%\(v(\d+)\)s")
"""Where a sentence of the rules has a value filled in, as tools/translations.py writes it."""
ENOUGH = 6
"""Letters of its own by which a sentence with places is known again; with fewer it would look like any other."""


def po_file(language: str) -> Path:
    """Where the texts of a language are written."""
    return TEXTS / language / "LC_MESSAGES" / "messages.po"


@cache
def catalog(language: str) -> NullTranslations:
    """The texts of a language; for English and for one that is not known, those of the code."""
    if language == SOURCE or language not in LOCALES:
        return Translations()
    source = po_file(language).read_bytes()
    kept = KEPT / f"{language}-{hashlib.sha256(source).hexdigest()[:24]}.mo"
    try:
        compiled = kept.read_bytes()
    except OSError:
        compiled = compiled_texts(source, language)
        with suppress(OSError):  # a folder that cannot be written costs time, nothing else
            _keep(kept, compiled)
    return Translations(BytesIO(compiled))


@cache
def sentences_with_places(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What the rules say with something filled in: how to know it again, and its translation; the wordiest first."""
    texts = catalog(language)
    # The standard library keeps the texts to itself; its own subclasses (Babel's among them) read them here.
    found = [each for each in getattr(texts, "_catalog", {}) if isinstance(each, str) and FILLED.search(each)]
    messages = sorted((each for each in found if _words_in(each) >= ENOUGH), key=_words_in, reverse=True)
    return tuple((_known_again(each), texts.gettext(each)) for each in messages)


def _words_in(message: str) -> int:
    """How many letters of a message are its own."""
    return sum(letter.isalpha() for letter in FILLED.sub("", message))


def _known_again(message: str) -> re.Pattern[str]:
    """A pattern for what a message looks like once its places are filled in."""
    parts = FILLED.split(message)  # words, the number of a place, words, ...
    words = [
        re.escape(part.replace("%%", "%")) if at % 2 == 0 else f"(?P<v{part}>.+?)" for at, part in enumerate(parts)
    ]
    return re.compile("".join(words), re.DOTALL)


def compiled_texts(source: bytes, language: str) -> bytes:
    """A `.po` file in the form that gettext reads."""
    made = BytesIO()
    write_mo(made, read_po(BytesIO(source), locale=language))
    return made.getvalue()


def _keep(path: Path, data: bytes) -> None:
    """Put a file in its place whole: several processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(unfinished).replace(path)
