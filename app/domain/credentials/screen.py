"""The first look at a document from outside: is its shape one that we are willing to work on at all?

Cheap (one walk over the parsed JSON) and strict: a credential of ours needs none of the forms refused here, and
each of them has been used to hide a member from a reader or to make a verifier work for minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from app.domain.errors import Invalid

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_OBJECTS = 300
MAX_VALUES = 1_500
# JSON-LD compares each value of a list with all others: the cost is quadratic.
MAX_LIST = 150
MAX_TYPES = 6
MAX_NAMELESS = 40
LARGEST_INTEGER = 2**53 - 1

_MEMBER = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")


class UnsafeDocument(Invalid):
    """A document that is refused unread. `code`: "size", "json", "structure", "context", "terms" or "work"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


def is_absolute_iri(text: str) -> bool:
    """True for an absolute IRI that survives into RDF; false for relative names and blank-node labels."""
    return bool(_IRI.fullmatch(text)) and not text.startswith("_:")


def parse_json(data: bytes | str) -> dict[str, Any]:
    """Return the object in `data`; raises UnsafeDocument ("size" or "json").

    Stricter than the json module: no duplicate members (two readers could see two values), no NaN, at most
    256 KiB.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeDocument("size", "The file is larger than 256 KB.")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnsafeDocument("json", "The file is not readable JSON.") from error
    if not isinstance(value, dict):
        raise UnsafeDocument("json", "The file does not hold a JSON object.")
    return value


def screen(document: Mapping[str, Any], known_contexts: Mapping[str, object]) -> None:
    """Raise UnsafeDocument unless the document has the plain shape that we sign and verify.

    Refused: contexts other than the known addresses at the top, JSON-LD keywords and full IRIs as member names,
    empty values, numbers with fractions, labels of blank nodes, one node described in two places, and more
    objects, values, types or nameless nodes than any honest credential has.
    """
    _screen_contexts(document.get("@context"), known_contexts)
    _Screen().walk({key: value for key, value in document.items() if key != "@context"}, 1)


def _screen_contexts(value: Any, known: Mapping[str, object]) -> None:
    listed = value if isinstance(value, list) else [value]
    if not listed or len(listed) > 5:
        raise UnsafeDocument("context", "The document does not name its contexts.")
    for address in listed:
        if not isinstance(address, str) or address not in known:
            raise UnsafeDocument("context", "The document uses a context that we do not know.")


class _Screen:
    """One walk over a document, counting as it goes."""

    def __init__(self) -> None:
        self.objects = self.values = self.nameless = 0
        self.described: set[str] = set()

    def walk(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise UnsafeDocument("structure", "The document is nested too deeply.")
        if isinstance(value, Mapping):
            self._object(value, depth)
        elif isinstance(value, list):
            if not 1 <= len(value) <= MAX_LIST:
                raise UnsafeDocument("structure", "The document has an empty list, or one that is too long.")
            for item in value:
                if isinstance(item, list):
                    raise UnsafeDocument("structure", "The document has a list within a list.")
                self.walk(item, depth + 1)
        else:
            self._scalar(value)

    def _object(self, value: Mapping[str, Any], depth: int) -> None:
        self.objects += 1
        if self.objects > MAX_OBJECTS:
            raise UnsafeDocument("structure", "The document has too many parts.")
        if not value:
            raise UnsafeDocument("structure", "The document has an empty object.")
        self._name(value)
        for key, item in value.items():
            if not _MEMBER.fullmatch(key):
                raise UnsafeDocument("terms", f"The member name {key[:80]!r} is not allowed.")
            if key == "type" and isinstance(item, list) and len(item) > MAX_TYPES:
                raise UnsafeDocument("structure", "A part of the document has too many types.")
            self.walk(item, depth + 1)

    def _name(self, value: Mapping[str, Any]) -> None:
        name = value.get("id")
        if name is None:
            self.nameless += 1
            if self.nameless > MAX_NAMELESS:
                raise UnsafeDocument("structure", "The document has too many parts without an id.")
            return
        if not isinstance(name, str) or not is_absolute_iri(name):
            raise UnsafeDocument("structure", "An id in the document is not an absolute address.")
        if len(value) > 1:
            # Two descriptions of one node are one node to the signature: a member could move between them.
            if name in self.described:
                raise UnsafeDocument("structure", "The document describes one thing in two places.")
            self.described.add(name)

    def _scalar(self, value: Any) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise UnsafeDocument("structure", "The document has too many values.")
        if isinstance(value, bool):
            return
        if isinstance(value, str):
            if value.startswith("_:"):
                raise UnsafeDocument("structure", "The document uses labels of blank nodes.")
            if any("\ud800" <= character <= "\udfff" for character in value):
                raise UnsafeDocument("structure", "The document has text that is not Unicode.")
        elif not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
            raise UnsafeDocument("structure", "The document has a value other than text, whole numbers and yes or no.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
