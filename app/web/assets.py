"""Static files at addresses that change with their content, so that browsers keep them for a year.

A stylesheet or picture carries a fingerprint of its own (`?v=`). Scripts are modules that import each other by
relative addresses, which cannot carry one: they stand under a folder that is named after all of them
(`/static/v-0123456789ab/js/app.js`), and what they import comes from the same folder. Without it a page would ask
the server twenty times whether a module has changed, which on a slow network is what people wait for.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from flask import request, url_for

PREFIX = "v-"
_DIGITS = 12
_IMPORT = re.compile(r'^(?:import|\}|export)[^"\n]*"(\.[^"]+\.js)"', re.MULTILINE)
"""What a module names at the beginning of a line; one that it asks for later, by `import()`, is not meant."""


class Assets:
    """The files of a folder; `cached` where they do not change while the process runs."""

    def __init__(self, folder: Path, *, cached: bool) -> None:
        self._folder = folder
        self._scripts: Callable[[], str] = lru_cache(maxsize=1)(self._fingerprint_of_scripts)
        # A page names some fifty assets, most of them the icon sprite; the prefix is where the site is mounted.
        self._remembered: Callable[[str, str], str] = lru_cache(maxsize=None)(self._address)
        self._imports: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=None)(self._imports_of)
        if not cached:
            self._scripts, self._remembered = self._fingerprint_of_scripts, self._address
            self._imports = self._imports_of

    def address(self, path: str) -> str:
        """The address of a file, inside a request."""
        return self._remembered(path, request.script_root)

    def modules(self, path: str) -> tuple[str, ...]:
        """The addresses of what a script imports, and of what that imports, each once; inside a request.

        A browser learns of a module's imports when it has fetched it. Named in the page, all are fetched at once.
        """
        return tuple(self.address(found) for found in self._imports(path))

    def file_of(self, name: str) -> tuple[str, bool]:
        """The path of the file that an address names, and whether the address tells this content from any other.

        A page that was open while a new version came asks for the old folder: it gets the new file, not to be kept.
        """
        if not name.startswith(PREFIX):
            return name, "v" in request.args
        version, _slash, path = name.removeprefix(PREFIX).partition("/")
        return path, version == self._scripts()

    def _address(self, path: str, _prefix: str) -> str:
        if path.endswith(".js"):
            return url_for("static", filename=f"{PREFIX}{self._scripts()}/{path}")
        return url_for("static", filename=path, v=_fingerprint((self._folder / path).read_bytes()))

    def _imports_of(self, path: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = [path]
        while waiting:
            here = waiting.pop(0)
            text = (self._folder / here).read_text(encoding="utf-8")
            names = [posixpath.normpath(f"{posixpath.dirname(here)}/{name}") for name in _IMPORT.findall(text)]
            fresh = [name for name in names if name != path and name not in found]
            found |= dict.fromkeys(fresh)
            waiting += fresh
        return tuple(found)

    def _fingerprint_of_scripts(self) -> str:
        found = sorted(self._folder.glob("js/*.js"))
        return _fingerprint(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in found))


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
