"""Certificate numbers that are one slip away from what was typed: the check symbol says which ones can be.

For a wrong symbol in a known place exactly one other symbol makes the sum right, so a typed number has eleven
neighbors at most by replacement, and a handful more by a swap, a missing or a doubled symbol. They are worked out
from the difference of the sums and not by trial.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.credentials import number
from app.domain.credentials.number import ALPHABET, RANDOM_SYMBOLS

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
# The check symbol as one more term with weight -1: a number is right when the sum is 0 modulo 31.
_WEIGHTS = (*(pow(3, k, 31) for k in range(1, RANDOM_SYMBOLS + 1)), -1)
_INVERSE = tuple(pow(weight, -1, 31) for weight in _WEIGHTS)
LENGTH = RANDOM_SYMBOLS + 1


def neighbors(typed: str) -> list[str]:
    """The well-formed numbers, in printed form, that one slip may have turned into `typed`; none for a right one.

    A slip is one wrong symbol (also a 0 or O, which numbers never have), two neighbors swapped, one symbol left out,
    or one too many.
    """
    symbols = _bare(typed)
    unknown = [at for at, symbol in enumerate(symbols) if symbol not in _VALUES]
    if not LENGTH - 1 <= len(symbols) <= LENGTH + 1 or len(unknown) > 1:
        return []
    if len(symbols) == LENGTH:
        if not unknown and _sum(symbols) == 0:
            return []
        forms = {_mended(symbols, at) for at in (unknown or range(LENGTH))}
        forms |= set() if unknown else set(_swapped(symbols))
    elif len(symbols) < LENGTH:
        forms = set() if unknown else {_mended(f"{symbols[:at]}1{symbols[at:]}", at) for at in range(LENGTH)}
    else:
        forms = {symbols[:at] + symbols[at + 1 :] for at in (unknown or range(len(symbols)))}
    return sorted(_printed(form) for form in forms if _sum(form) == 0)


def looks_meant(text: str) -> bool:
    """True for text that was surely meant as a certificate number, right or wrong."""
    symbols = _bare(text)
    if not symbols.isascii() or not symbols.isalnum():
        return False
    if text.strip().upper().startswith("VM") and 6 <= len(symbols) <= LENGTH + 3:
        return True
    # Digits as they were typed: an I of a name is read as 1 in a number.
    mixed = any(c.isdigit() for c in text) and not symbols.isdigit()
    return mixed and LENGTH - 1 <= len(symbols) <= LENGTH + 1


def _bare(typed: str) -> str:
    read = number.normalize(typed)
    return read.removeprefix("VM-").replace("-", "")


def _sum(symbols: str) -> int:
    return sum(weight * _VALUES[symbol] for weight, symbol in zip(_WEIGHTS, symbols, strict=True)) % 31


def _mended(symbols: str, at: int) -> str:
    """The symbols with the one in this place that makes the sum right."""
    blank = symbols[:at] + ALPHABET[0] + symbols[at + 1 :]
    return symbols[:at] + ALPHABET[-_sum(blank) * _INVERSE[at] % 31] + symbols[at + 1 :]


def _swapped(symbols: str) -> Iterator[str]:
    for at in range(LENGTH - 1):
        yield symbols[:at] + symbols[at + 1] + symbols[at] + symbols[at + 2 :]


def _printed(symbols: str) -> str:
    return f"VM-{symbols[:5]}-{symbols[5:10]}-{symbols[10:]}"
