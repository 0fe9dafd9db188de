"""A small deterministic random source, the same on every machine, Python version and hash seed.

An attempt stores its seed, and years later the same seed must still show the same options in the same order.
The standard library does not promise that of `random.shuffle`, so the stream is SHA-256 in counter mode.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
Seed = str | int

_WORD = 2**64


class SeededStream:
    """An endless stream of whole numbers, decided by the parts of its seed alone."""

    def __init__(self, *parts: Seed) -> None:
        self._key = sha256("\x1f".join(str(part) for part in parts).encode()).digest()
        self._counter = 0

    def _word(self) -> int:
        block = sha256(self._key + self._counter.to_bytes(8, "big")).digest()
        self._counter += 1
        return int.from_bytes(block[:8], "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1, each equally likely; raises ValueError when limit < 1."""
        if limit < 1:
            raise ValueError("There is no number below one.")
        fair = _WORD - _WORD % limit  # words beyond the last whole multiple would favor small numbers
        while (word := self._word()) >= fair:
            pass
        return word % limit


def shuffled(values: Iterable[T], *seed: Seed) -> list[T]:
    """Return the values in an order that only `seed` decides (Fisher and Yates)."""
    result = list(values)
    stream = SeededStream(*seed)
    for last in range(len(result) - 1, 0, -1):
        other = stream.below(last + 1)
        result[last], result[other] = result[other], result[last]
    return result
