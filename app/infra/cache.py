"""A bounded memory for what is expensive to make and never changes under its key."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Keeps the `size` values that were used last, for all threads of a process."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of the key, made by `make` when it is not here.

        Two threads that miss at once both make it: cheaper than making everybody wait for one.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def get_many(self, keys: Sequence[K], make: Callable[[Sequence[K]], Mapping[K, V]]) -> dict[K, V]:
        """Return the values of several keys; those that are not here are made by one call of `make`.

        A key that `make` knows nothing of is left out.
        """
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in keys if key not in found]
        if missing:
            found |= {key: self.get(key, lambda value=value: value) for key, value in make(missing).items()}  # type: ignore[misc]
        return found

    def __len__(self) -> int:
        return len(self._values)
