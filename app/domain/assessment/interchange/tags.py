"""What an item of the house needs and a question of another program lacks: step, objective, lesson, source ...

An export writes it as tags of the form key:value, which every program keeps. An import reads such tags back, applies
rules from the tags and categories of the file, and takes the rest from defaults that are given once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.assessment.exact import decimal_text, to_fraction
from app.domain.procedure import SECTIONS, Topic

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_ID = 80
MOST_POINTS = 100
# What Moodle lets stand in a tag, and no character that would end it.
_TAGGABLE = re.compile(r"[^\x00-\x1f<>`]{1,240}")


def _slug(value: str) -> str | None:
    return value if SLUG.fullmatch(value) and len(value) <= LONGEST_ID else None


def _points(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= MOST_POINTS else None


# Reads the value of a tag; None says that it cannot be used.
META: Mapping[str, Callable[[str], Any]] = {
    "step": lambda value: value if value in SECTIONS else None,
    "topic": lambda value: value if value in list(Topic) else None,
    "objective": _slug,
    "difficulty": lambda value: int(value) if value in ("1", "2", "3") else None,
    "safety": lambda value: {"true": True, "yes": True, "false": False, "no": False}.get(value.lower()),
    "points": _points,
    "lesson": _slug,
    "source": lambda value: value or None,
}
# Read by the readers while they build the body.
FORM = frozenset(["scoring", "unit", "tolerance", "shuffle", "negative", "case", "punctuation"])


@dataclass(frozen=True, slots=True)
class Rule:
    """A tag or category of the file, and the field that it decides."""

    name: str
    key: str
    value: Any


def rule_of(line: str) -> Rule:
    """Read a rule such as `Week 2 hygiene = step:hygiene`; raises ValueError with a sentence."""
    name, equals, field = line.rpartition("=")
    key, colon, value = (part.strip() for part in field.partition(":"))
    if not (name.strip() and equals and colon):
        raise ValueError(f"“{line.strip()[:80]}” is not a rule. Write: tag or category = key:value")
    if key not in META:
        raise ValueError(f"“{key[:40]}” is not a field to set. There are {', '.join(META)}.")
    read = META[key](value)
    if read is None:
        raise ValueError(f"“{value[:60]}” cannot be the {key} of an item.")
    return Rule(name.strip().casefold(), key, read)


@dataclass(frozen=True, slots=True)
class Own:
    """The tags of a question, parted into those that this house wrote and the rest."""

    meta: dict[str, str]
    form: dict[str, str]
    other: tuple[str, ...]


def own(tags: Sequence[str]) -> Own:
    """Part the tags; of two with the same key the first counts."""
    meta: dict[str, str] = {}
    form: dict[str, str] = {}
    other = []
    for tag in tags:
        key, colon, value = (part.strip() for part in tag.partition(":"))
        if colon and value and key in META:
            meta.setdefault(key, value)
        elif colon and value and key in FORM:
            form.setdefault(key, value)
        elif tag.strip():
            other.append(tag.strip())
    return Own(meta, form, tuple(other))


def tags_of(item: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the tags that carry what other programs have no field for, and the keys that no tag can carry."""
    wanted: dict[str, str] = {}
    for key in ("step", "topic", "objective", "difficulty", "points", "lesson", "source"):
        if item.get(key) not in (None, ""):
            wanted[key] = str(item[key])
    if item.get("safety"):
        wanted["safety"] = "true"
    if item.get("scoring"):
        wanted["scoring"] = str(item["scoring"])
    if item.get("shuffle") is False:
        wanted["shuffle"] = "false"
    if item.get("negative"):
        wanted["negative"] = "true"
    if item["type"] == "short_text":
        wanted["case"] = "sensitive" if item.get("case_sensitive") else "ignored"
        wanted["punctuation"] = str(item.get("punctuation", "ignore"))
    if item.get("unit"):
        wanted["unit"] = str(item["unit"])
    tolerance = item.get("tolerance")
    if tolerance and tolerance["kind"] != "nominal":
        value, answer = (decimal_text(to_fraction(n), 12) for n in (tolerance["value"], item["answer"]))
        wanted["tolerance"] = f"{tolerance['kind']}:{value}:{answer}"
    tags = [f"{key}:{value}" for key, value in wanted.items() if _TAGGABLE.fullmatch(value)]
    return tags, [key for key, value in wanted.items() if not _TAGGABLE.fullmatch(value)]
