"""The arithmetic of domain 4.2 and 4.3."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.practice.numbing import ceiling_mg, grams, milligrams, numbing_plan

F = Fraction


@pytest.mark.parametrize(
    ("kg", "mg", "g"),
    [
        (F(50), F(225), F(45, 8)),
        (F(60), F(270), F(27, 4)),
        (F(67), F(300), F(15, 2)),
        (F(66), F(297), F(297, 40)),
        (F(200), F(300), F(15, 2)),
    ],
)
def test_the_ceiling_by_weight_and_its_grams_at_4_percent(kg: Fraction, mg: Fraction, g: Fraction) -> None:
    assert ceiling_mg(kg) == mg
    assert grams(mg, F(4)) == g
    assert milligrams(g, F(4)) == mg


def test_emla_holds_25_mg_of_lidocaine_per_gram() -> None:
    assert milligrams(F(1), F(5, 2)) == 25


@given(st.fractions(30, 300), st.fractions("0.1", 4))
def test_the_ceiling_in_grams_is_exactly_the_ceiling(kg: Fraction, percent: Fraction) -> None:
    plan = numbing_plan(kg, percent, grams(ceiling_mg(kg), percent))
    assert plan.planned_mg == plan.ceiling_mg <= 300
    assert plan.within
    assert not numbing_plan(kg, percent, plan.ceiling_g + F(1, 1000)).within


def test_more_than_4_percent_is_never_within() -> None:
    assert not numbing_plan(F(60), F(5), F(1, 10)).within


@pytest.mark.parametrize("kg", [F(29), F(301), F(-1)])
def test_weights_that_nobody_has_are_refused(kg: Fraction) -> None:
    with pytest.raises(ValueError, match="from 30 to 300"):
        ceiling_mg(kg)


@pytest.mark.parametrize(("amount", "percent"), [(F(-1), F(4)), (F(1), F(0))])
def test_amounts_that_cannot_be_are_refused(amount: Fraction, percent: Fraction) -> None:
    with pytest.raises(ValueError, match="above zero"):
        grams(amount, percent)
    with pytest.raises(ValueError, match="above zero"):
        milligrams(amount, percent)
