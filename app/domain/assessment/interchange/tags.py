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
LONGEST_GAP = 1_000
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
_GAP = re.compile(r"gap-[1-9][0-9]?")


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
        elif colon and value and (key in FORM or _GAP.fullmatch(key)):
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
        wanted |= _comparing(item)
    if item.get("unit"):
        wanted["unit"] = str(item["unit"])
    wanted |= _tolerance(item)
    if item["type"] == "cloze":
        wanted |= {f"gap-{number}": _gap(row) for number, row in enumerate(item["gaps"], 1)}
    tags = [f"{key}:{value}" for key, value in wanted.items() if _TAGGABLE.fullmatch(value)]
    return tags, [key for key, value in wanted.items() if not _TAGGABLE.fullmatch(value)]


def _comparing(item: Mapping[str, Any]) -> dict[str, str]:
    """How a short text is compared."""
    case = "sensitive" if item.get("case_sensitive") else "ignored"
    return {"case": case, "punctuation": str(item.get("punctuation", "ignore"))}


def _tolerance(item: Mapping[str, Any]) -> dict[str, str]:
    tolerance = item.get("tolerance")
    if not tolerance or tolerance["kind"] == "nominal":
        return {}
    value, answer = (decimal_text(to_fraction(n), 12) for n in (tolerance["value"], item["answer"]))
    return {"tolerance": f"{tolerance['kind']}:{value}:{answer}"}


def _gap(gap: Mapping[str, Any]) -> str:
    """What the tag of a gap says: its fields as name=value with & between them, so that one tag holds all of them."""
    fields = {"id": str(gap["id"]), "share": str(gap.get("share", 1)), **_tolerance(gap)}
    if gap.get("unit"):
        fields["unit"] = str(gap["unit"])
    if gap["type"] == "short_text":
        fields |= _comparing(gap)
    return "&".join(f"{key}={_coded(value)}" for key, value in fields.items())


def gap_form(form: Mapping[str, str], number: int) -> dict[str, str]:
    """Return what the tag of this gap says, by the names of FORM and id and share; nothing when there is none."""
    pieces = (piece.partition("=") for piece in form.get(f"gap-{number}", "")[:LONGEST_GAP].split("&"))
    return {key: _decoded(value) for key, equals, value in pieces if equals and value}


def _coded(value: str) -> str:
    return value.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def _decoded(value: str) -> str:
    return value.replace("%3D", "=").replace("%26", "&").replace("%25", "%")
