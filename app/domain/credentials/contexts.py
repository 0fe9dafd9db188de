"""The JSON-LD contexts that a signature may depend on: bundled, pinned by digest, never fetched.

A context decides what the signed words mean, so each file of the openbadgeslib package is checked against the
SHA-256 written here before use. The published context-3.0.3.json existed in two contents (credentials.md T15);
this pins the newer one, and the two terms in which they differ are never used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

VC_V2 = "https://www.w3.org/ns/credentials/v2"
OB_V3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OB_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

PINNED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        VC_V2: (
            "credentials-v2.json",
            "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
        ),
        OB_V3: (
            "ob-v3p0-context-3.0.3.json",
            "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
        ),
        OB_EXTENSIONS: (
            "ob-v3p0-extensions.json",
            "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
        ),
    }
)

Contexts = Mapping[str, Mapping[str, Any]]


class ContextsChanged(RuntimeError):
    """A bundled context is missing or is not the one whose meaning we sign. Nothing can be issued or verified."""


@cache
def bundled() -> Contexts:
    """Return the pinned contexts by address; raises ContextsChanged if a file is not what it was."""
    folder = _folder()
    documents: dict[str, Mapping[str, Any]] = {}
    for address, (name, digest) in PINNED.items():
        documents[address] = read_pinned(folder / name, digest)
    return MappingProxyType(documents)


def read_pinned(path: Path, digest: str) -> Mapping[str, Any]:
    """Return the parsed file if its SHA-256 is `digest` (lower-case hex), else raise ContextsChanged."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ContextsChanged(f"the bundled context {path.name} is missing") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ContextsChanged(f"the bundled context {path.name} is not the pinned one")
    return MappingProxyType(json.loads(data))


def _folder() -> Path:
    # find_spec finds the package without running it: its import would add 110 ms to the start for three files.
    spec = find_spec("openbadgeslib")
    if spec is None or not spec.submodule_search_locations:
        raise ContextsChanged("the openbadgeslib package, which carries the contexts, is not installed")
    return Path(spec.submodule_search_locations[0]) / "ob3" / "contexts"
