"""Certificate numbers: VM-XXXXX-XXXXX-C, ten random symbols and one check symbol.

31 symbols (digits 1-9; letters without I, L, O, U), so ten of them carry 49.5 bits: nobody finds a live
certificate by guessing. The check symbol is the sum of value x 3^k modulo 31 over the positions k = 1 to 10
from the left. 3 generates all residues of 31 and no weight, sum or difference of two neighboring weights is
zero, so every single wrong symbol, swap of neighbors, swap across one symbol and twin error is detected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "VM"
RANDOM_SYMBOLS = 10
LONGEST_INPUT = 2048

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, k, 31) for k in range(1, RANDOM_SYMBOLS + 1))
_SEPARATORS = re.compile(r"[\s\-‐-―−_.·]+")
# I and L are read as 1 (they look the same in many typefaces); O and 0 are not guessed, they get a hint.
_READ_AS = str.maketrans({"I": "1", "L": "1"})
_IN_ADDRESS = re.compile(r"(?:^|[/=])(VM[^/?#&=]*)", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:json|jwt|png|svg|pdf)$", re.IGNORECASE)

Reason = Literal["empty", "length", "zero", "symbol", "check"]


@dataclass(frozen=True, slots=True)
class NumberResult:
    """What became of typed text: `number` in its printed form when ok, else a reason code and a hint."""

    status: Literal["ok", "mistyped"]
    number: str = ""
    reason: Reason | None = None
    hint: str = ""

    @property
    def ok(self) -> bool:
        """True when the text is a well-formed number; says nothing about whether it was ever issued."""
        return self.status == "ok"


def new_number(random_bytes: Callable[[int], bytes]) -> str:
    """Return a fresh number; `random_bytes` is a cryptographic source such as secrets.token_bytes."""
    body = ""
    while len(body) < RANDOM_SYMBOLS:
        # 248 = 8 x 31: larger bytes are thrown away, or the first symbols would come up more often.
        body += "".join(ALPHABET[byte % 31] for byte in random_bytes(16) if byte < 248)
    body = body[:RANDOM_SYMBOLS]
    return _printed(body + check_symbol(body))


def check_symbol(body: str) -> str:
    """Return the check symbol of ten symbols of the alphabet."""
    return ALPHABET[sum(weight * _VALUES[s] for weight, s in zip(_WEIGHTS, body, strict=True)) % 31]


def normalize(text: str) -> str:
    """Return typed, pasted or scanned text in the printed form, as far as it can be read.

    Case, spaces, dashes, a missing VM prefix, I and L for 1 and a whole address around the number are put
    right. Text of another length comes back upper-case and without separators.
    """
    symbols = _symbols(text)
    return _printed(symbols) if len(symbols) == RANDOM_SYMBOLS + 1 else symbols


def check(text: str) -> NumberResult:
    """Judge typed text without a look-up: "ok" with the number in printed form, or "mistyped" with a reason."""
    if not text or not text.strip():
        return _mistyped("empty", "Type the number that is printed on the certificate.")
    if len(text) > LONGEST_INPUT:
        return _mistyped("length", "That is too long for a certificate number.")
    symbols = _symbols(text)
    if "0" in symbols or "O" in symbols:
        return _mistyped("zero", "Numbers never contain the letter O or the digit 0. Is it a Q, a D or an 8?")
    unknown = next((s for s in symbols if s not in _VALUES), None)
    if unknown is not None:
        return _mistyped("symbol", f"The character {unknown} is not used in certificate numbers.")
    if len(symbols) != RANDOM_SYMBOLS + 1:
        return _mistyped(
            "length", f"A number has 11 characters after VM, such as VM-XXXXX-XXXXX-X; this has {len(symbols)}."
        )
    if check_symbol(symbols[:-1]) != symbols[-1]:
        return _mistyped("check", "One or two characters are wrong. Compare each one with the certificate.")
    return NumberResult("ok", _printed(symbols))


def _symbols(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:LONGEST_INPUT]).strip()
    if "/" in text or "=" in text:
        found = _IN_ADDRESS.findall(text)
        text = _SUFFIX.sub("", found[-1]) if found else text
    text = _SEPARATORS.sub("", text).upper()
    if text.startswith(PREFIX) and len(text) != RANDOM_SYMBOLS + 1:
        text = text.removeprefix(PREFIX)
    return text.translate(_READ_AS)


def _printed(symbols: str) -> str:
    return f"{PREFIX}-{symbols[:5]}-{symbols[5:10]}-{symbols[10:]}"


def _mistyped(reason: Reason, hint: str) -> NumberResult:
    return NumberResult("mistyped", reason=reason, hint=hint)
