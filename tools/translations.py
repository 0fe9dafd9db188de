"""The catalogs of the interface: `python -m tools.translations extract|update|check`.

English stands in the code. `extract` lists what is there, `update` brings every `.po` file to that list (new texts come
in empty, texts that are gone leave), `check` says what is wrong with them and is part of ./vermilion check. Nothing is
compiled here: app/infra/catalogs.py does it at the first use.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.config import ROOT
from app.infra.catalogs import LOCALES, SOURCE, po_file

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {pattern: {"newstyle_gettext": "true", "encoding": "utf-8"} for pattern, kind in METHODS if kind == "jinja2"}
WORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
# What a rule says in words when it refuses: the pages translate it as they show it (app/web/sentences.py).
REFUSALS = {"Conflict", "Expired", "FieldProblem", "Invalid", "NotAllowed", "NotFound", "TooLarge", "TooMany"}
PLACE = re.compile(r"%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?[sdif]|\{(\w+)\}|%%")
# After a percent sign that no place holds, gettext's readers and ours would disagree.
STRAY = re.compile(r"%(?!%|\(\w+\)[-#0 +]*\d*(?:\.\d+)?[sdif])")


def extracted() -> Catalog:
    """Every text of the code, each with the files that say it."""
    found = Catalog(project="Vermilion", charset="utf-8", fuzzy=False)
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT / "app", method_map=METHODS, options_map=OPTIONS, keywords=WORDS
    ):
        found.add(message, locations=[(f"app/{name}", 0)])
    for path in sorted((ROOT / "app").rglob("*.py")):
        for sentence in refusals(ast.parse(path.read_text("utf-8"))):
            if sentence not in found:
                found.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    return found


def refusals(tree: ast.AST) -> Iterator[str]:
    """The sentences of refusals in a module; what is filled in becomes a place, as "%(minutes)s"."""
    for node in ast.walk(tree):
        name = node.func if isinstance(node, ast.Call) else None
        if isinstance(name, ast.Name) and name.id in REFUSALS:
            assert isinstance(node, ast.Call)
            values = [*node.args, *(each.value for each in node.keywords if each.arg == "sentence")]
            for value in values:
                sentence = pattern_of(value)
                if " " in sentence:
                    yield sentence


def pattern_of(value: ast.expr) -> str:
    """A string as a message with places; empty for what is no string."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value.replace("%", "%%") if "%" in value.value else value.value
    if not isinstance(value, ast.JoinedStr):
        return ""
    parts, taken = [], 0
    for each in value.values:
        if isinstance(each, ast.Constant):
            parts.append(str(each.value).replace("%", "%%"))
        else:
            taken += 1
            parts.append(f"%(v{taken})s")
    return "".join(parts)


def update(language: str) -> None:
    """Bring the catalog of a language to the texts of the code; what was translated stays."""
    path, fresh = po_file(language), extracted()
    old = catalog_of(path, language)
    made = Catalog(locale=language, project="Vermilion", charset="utf-8", fuzzy=False)
    for message in sorted((each for each in fresh if each.id), key=_place):
        kept = old.get(message.id) if message.id in old else None
        text = kept.string if kept is not None and isinstance(kept.id, tuple) == isinstance(message.id, tuple) else ""
        files = sorted({(name, 0) for name, _line in message.locations})
        made.add(message.id, text, locations=files, flags=message.flags - {"fuzzy"})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, made, width=0, omit_header=False, include_lineno=False, sort_output=False)


def _place(message: Message) -> tuple[str, str]:
    first = min((name for name, _line in message.locations), default="")
    return first, str(message.id)


def catalog_of(path: Path, language: str) -> Catalog:
    """What a `.po` file holds; nothing for one that is not there."""
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def problems(fresh: Catalog, kept: Catalog) -> list[str]:
    """What is wrong with a catalog, as lines: texts it lacks or need not have, places that differ, missing plurals."""
    ours = {message.id: message for message in fresh if message.id}
    theirs = {message.id: message for message in kept if message.id}
    found = [f"lacks: {each!r}" for each in ours if each not in theirs]
    found += [f"is in no code any more: {each!r}" for each in theirs if each not in ours]
    for key, message in theirs.items():
        if key in ours:
            found += [f"{what}: {key!r}" for what in faults(message, kept.num_plurals)]
    return found


def faults(message: Message, plurals: int) -> Iterator[str]:
    """What is wrong with one translation."""
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    if message.fuzzy:
        yield "is marked as a guess"
    if isinstance(message.id, tuple) and len(texts) != plurals:
        yield f"needs {plurals} forms"
    if not all(texts):
        yield "has no translation"
        return
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    asked, allowed = places(ids[-1]), places(ids[0]) | places(ids[-1])
    for text in texts:
        if not (asked <= places(text) <= allowed or (len(texts) > 1 and text is texts[0] and places(text) <= allowed)):
            yield f"has other places ({', '.join(sorted(places(text) ^ asked))})"
        if places(ids[-1]) and STRAY.search(text.replace("%%", "")) and "{" not in text:
            yield "has a lone percent sign"


def places(text: str) -> set[str]:
    """What a text leaves to be filled in."""
    return {a or b for a, b in PLACE.findall(text) if a or b}


def main(arguments: list[str]) -> int:
    """Run a verb; returns 1 when a catalog is not in order."""
    verb = arguments[0] if arguments else "check"
    others = [each for each in LOCALES if each != SOURCE]
    if verb == "extract":
        write_po(sys.stdout.buffer, extracted(), width=0, include_lineno=False)
    elif verb == "update":
        for language in others:
            update(language)
    elif verb == "check":
        fresh = extracted()
        found = [f"{each}: {line}" for each in others for line in problems(fresh, catalog_of(po_file(each), each))]
        print("\n".join(found) or f"{len(fresh)} texts, all there in: {', '.join(others)}.")
        return 1 if found else 0
    else:
        print("python -m tools.translations extract|update|check", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
