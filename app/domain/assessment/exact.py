"""Numbers as exact fractions: no mark of the house ever passes through binary floating point."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

Number = int | str | float | Decimal | Fraction


def to_fraction(value: object) -> Fraction:
    """Return the exact value that was written: 0.1 (a float read from YAML or JSON) becomes 1/10.

    Raises ValueError for anything that is not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str, float, Decimal, Fraction)):
        raise ValueError(f"{value!r} is not a number.")
    try:
        return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ValueError(f"{value!r} is not a number.") from None


def decimal_text(value: Fraction, places: int = 4) -> str:
    """Return the number as people write it: exact when it ends, else rounded to `places` decimals."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    shown = exact if rest == 1 else round(exact, places)
    text = f"{shown:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floor_text(value: Fraction, places: int = 1) -> str:
    """Return the number cut (never rounded up) to `places` decimals: 79.96 is shown as 79.9, not as 80."""
    scale = 10**places
    return decimal_text(Fraction(value.numerator * scale // value.denominator, scale), places)


def percent_text(value: Fraction) -> str:
    """Return a percentage for people, for example "83.3%", cut so that it never claims a mark not reached."""
    return f"{floor_text(value)}%"


def hundredths(value: Fraction) -> int:
    """Return the number times 100 as a whole number, cut downward: the form in which a column can sort it."""
    return value.numerator * 100 // value.denominator
