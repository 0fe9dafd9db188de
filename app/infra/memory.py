"""What the process holds of memory. Both wishes are to the C library of Linux (glibc); elsewhere nothing happens."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

M_ARENA_MAX = -8  # malloc.h
ARENAS = 2


def keep_arenas_few() -> None:
    """Have all threads share two heaps. By default each gets its own, and what each once needed stays with it.

    To be called before there are threads. Measured with ten threads: 60 MB less, no slower.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return to the system what the start needed for a while, and spare later collections what stays for good."""
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
