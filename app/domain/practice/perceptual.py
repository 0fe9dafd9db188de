"""Perceptual hashes of 64 bits: how far two are apart, and how to find the near ones among a million.

Multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012): a hash is cut into five bands. When two hashes differ in
nine bits or fewer, one band of the five differs in one bit or none (pigeonhole), so it is enough to look into the
buckets of every band with no bit or one bit turned, and to count the bits of what lies there. Measured among a million
(bench/bench_hashes.py): about ten thousand candidates and 25 ms for a search, on SQLite as on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BITS: Final = 64
BANDS: Final[tuple[tuple[int, int], ...]] = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))
"""Lowest bit and width of each band. Five bands of 13 bits cost 69 buckets of about 122 hashes in a million."""
REACH: Final = 2 * len(BANDS) - 1
"""The largest distance at which no near hash is ever missed."""
_BAND_SHIFT: Final = 13
PLAIN_BITS: Final = 6
"""A hash with fewer bits set (or unset) than this is of a picture without detail: it is like every other plain one."""


def hash_of_hex(text: str) -> int:
    """The hash that 16 hexadecimal digits write, 0 <= hash < 2**64. Raises ValueError for anything else."""
    if len(text) != BITS // 4:
        raise ValueError(f"{text!r} is not a hash of {BITS} bits.")
    return int(text, 16)


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ."""
    return (one ^ other).bit_count()


def tells_enough(value: int) -> bool:
    """False for the hash of a picture without detail (black, white, one smooth gradient), which matches strangers."""
    return PLAIN_BITS <= value.bit_count() <= BITS - PLAIN_BITS


def buckets(value: int) -> tuple[int, ...]:
    """The bucket of each band that a hash is filed under; numbers of different bands differ."""
    return tuple(_bucket(band, _part(value, band)) for band in range(len(BANDS)))


def probes(value: int) -> tuple[int, ...]:
    """All buckets in which hashes at most `REACH` bits away lie, for sure; others lie there, too."""
    found = []
    for band, (_, width) in enumerate(BANDS):
        part = _part(value, band)
        found.append(_bucket(band, part))
        found.extend(_bucket(band, part ^ (1 << bit)) for bit in range(width))
    return tuple(found)


def near(value: int, candidates: Iterable[int], reach: int = REACH) -> dict[int, int]:
    """The candidates at most `reach` bits away, with their distance."""
    return {one: bits for one in candidates if (bits := (one ^ value).bit_count()) <= reach}


def signed(value: int) -> int:
    """The hash as a signed number of 64 bits, which is what databases store."""
    return value - (1 << BITS) if value >> (BITS - 1) else value


def unsigned(value: int) -> int:
    """The hash that `signed` made a number of."""
    return value & ((1 << BITS) - 1)


def _part(value: int, band: int) -> int:
    low, width = BANDS[band]
    return (value >> low) & ((1 << width) - 1)


def _bucket(band: int, part: int) -> int:
    return (band << _BAND_SHIFT) | part
