"""Passwords that are known to attackers. Nothing is asked of anybody on the network.

Two lists: the most used passwords of all leaks, which come with a package; and, where the operator keeps one, the
file of haveibeenpwned.com ("Pwned Passwords", SHA-1, ordered by hash), of any size, searched where it lies.
"""

from __future__ import annotations

import hashlib
import runpy
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

SHORTEST = 8  # shorter ones are refused for their length
HASH_CHARACTERS = 40


@lru_cache(maxsize=1)
def most_used() -> frozenset[str]:
    """The most used passwords of eight characters or more, lower-case (of 30,000, collected by zxcvbn)."""
    # Only the file with the list, run by itself: the package around it would keep 15 MB of other words in memory.
    source = distribution("zxcvbn").locate_file("zxcvbn/frequency_lists.py")
    lists: dict[str, Any] = runpy.run_path(str(source))["FREQUENCY_LISTS"]
    return frozenset(word for word in lists["passwords"] if len(word) >= SHORTEST)


def is_known(password: str, leaked: Path | None = None) -> bool:
    """True when a password is among the most used ones, or in the operator's file of leaked hashes."""
    if password.casefold() in most_used():
        return True
    return leaked is not None and _is_in_file(password, leaked)


def _is_in_file(password: str, path: Path) -> bool:
    # The published list is one of SHA-1 hashes; it hides nothing here, it is only how the file spells a password.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:  # the first line that starts at or after `low` and before `high` is the one to find
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.readline()  # the rest of a line that began before
            line = file.readline()
            if not line or line[:HASH_CHARACTERS].upper() >= wanted:
                if line[:HASH_CHARACTERS].upper() == wanted:
                    return True
                high = middle
            else:
                low = middle + 1
        file.seek(0)
        return file.readline()[:HASH_CHARACTERS].upper() == wanted
