"""What the figures of agreement allow to be said in words. An interval that reaches over a border says "perhaps"."""

from __future__ import annotations

from enum import StrEnum

from app.domain.agreement.kappa import Kappa
from app.domain.agreement.severity import Severity

FLOOR = 0.6
"""The kappa that reviewers of capstones have to reach (domain facts, section 5)."""
MATTERS = 0.25
"""A quarter of a level: what is less does not change how a piece reads."""


class Firmness(StrEnum):
    """How well marks agree."""

    FIRM = "firm"
    LIKELY_FIRM = "likely_firm"
    LIKELY_WEAK = "likely_weak"
    WEAK = "weak"
    NO_SPREAD = "no_spread"
    TOO_FEW = "too_few"


class Leaning(StrEnum):
    """How strict a reviewer is against colleagues."""

    STRICTER = "stricter"
    MILDER = "milder"
    SLIGHTLY_STRICTER = "slightly_stricter"
    SLIGHTLY_MILDER = "slightly_milder"
    ALIKE = "alike"
    UNSURE = "unsure"
    TOO_FEW = "too_few"


def firmness(found: Kappa | None) -> Firmness:
    """Firm or weak when the whole interval lies on one side of the floor, else what is likelier.

    Without a kappa (everybody gave the same level) there is nothing to tell apart.
    """
    if found is None:
        return Firmness.NO_SPREAD
    if found.interval.low >= FLOOR:
        return Firmness.FIRM
    if found.interval.high < FLOOR:
        return Firmness.WEAK
    return Firmness.LIKELY_FIRM if found.value >= FLOOR else Firmness.LIKELY_WEAK


def leaning(found: Severity | None) -> Leaning:
    """Stricter or milder when the interval leaves out zero, "slightly" below a quarter of a level.

    Alike when the whole interval lies within a quarter of a level around zero; else the pieces do not tell.
    """
    if found is None:
        return Leaning.TOO_FEW
    interval = found.interval
    if interval.low > 0:
        return Leaning.STRICTER if found.value >= MATTERS else Leaning.SLIGHTLY_STRICTER
    if interval.high < 0:
        return Leaning.MILDER if found.value <= -MATTERS else Leaning.SLIGHTLY_MILDER
    if interval.low >= -MATTERS and interval.high <= MATTERS:
        return Leaning.ALIKE
    return Leaning.UNSURE
