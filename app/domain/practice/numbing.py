"""The numbing plan: how much lidocaine is the ceiling, and how many grams of a product that is.

Source: label of an approved 4 % topical lidocaine solution (below 300 mg and never over 4.5 mg per kg of body
weight, all lidocaine products together) and the FDA warning of 26 March 2024 (4 % at most without prescription).
These are ceilings for teaching; lips need a fraction of them, and a product's own label rules if it is lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

MAX_MG = Fraction(300)
MG_PER_KG = Fraction(9, 2)
MAX_PERCENT = Fraction(4)
LIGHTEST_KG, HEAVIEST_KG = Fraction(30), Fraction(300)


def ceiling_mg(weight_kg: Fraction) -> Fraction:
    """Return the ceiling in milligrams of lidocaine: min(300, 4.5 x kg). Weight from 30 to 300 kg, else ValueError."""
    if not LIGHTEST_KG <= weight_kg <= HEAVIEST_KG:
        raise ValueError("A weight is from 30 to 300 kg.")
    return min(MAX_MG, MG_PER_KG * weight_kg)


def milligrams(grams: Fraction, percent: Fraction) -> Fraction:
    """Return the milligrams of drug in some grams of a product: 1 % is 10 mg per gram."""
    if grams < 0 or percent <= 0:
        raise ValueError("Grams cannot be negative and a strength is above zero.")
    return grams * percent * 10


def grams(mg: Fraction, percent: Fraction) -> Fraction:
    """Return the grams of a product that hold so many milligrams: 270 mg at 4 % are 6.75 g."""
    if mg < 0 or percent <= 0:
        raise ValueError("Milligrams cannot be negative and a strength is above zero.")
    return mg / (percent * 10)


@dataclass(frozen=True, slots=True)
class NumbingPlan:
    """A plan beside its ceiling. All exact: milligrams and grams."""

    percent: Fraction
    ceiling_mg: Fraction
    ceiling_g: Fraction
    planned_mg: Fraction

    @property
    def within(self) -> bool:
        """True when the plan stays within the ceiling and within 4 %."""
        return self.planned_mg <= self.ceiling_mg and self.percent <= MAX_PERCENT


def numbing_plan(weight_kg: Fraction, percent: Fraction, planned_g: Fraction) -> NumbingPlan:
    """Return the plan for a client of this weight; raises ValueError for values that nobody can have."""
    ceiling = ceiling_mg(weight_kg)
    return NumbingPlan(percent, ceiling, grams(ceiling, percent), milligrams(planned_g, percent))
