"""Every value of the two tables in the learning reference, 3.1, and the bounds that hold for all policies."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assessment.scoring import (
    CHOICE_POLICIES,
    ORDERING_RULES,
    POLICY_NAMES,
    POLICY_SENTENCES,
    Ticks,
    certainty_mark,
    choice_score,
    order_score,
    tolerance_interval,
    weights,
)

F = Fraction
OPTIONS, RIGHT = "ABCDE", "ABC"

EIGHT_POLICIES = {
    # ticked: exact, Moodle +1/3 -1/2, Moodle +1/3 0, Canvas, Brightspace, EDC, RELATE prop_correct, halves
    "ABD": (F(0), F(1, 6), F(2, 3), F(1, 3), F(1, 5), F(3, 5), F(0), F(1, 4)),
    "ABCDE": (F(0), F(0), F(1), F(1, 3), F(1, 5), F(3, 5), F(0), F(1, 4)),
    "A": (F(0), F(1, 3), F(1, 3), F(1, 3), F(1, 5), F(3, 5), F(1, 3), F(1, 4)),
    "": (F(0), F(0), F(0), F(0), F(0), F(2, 5), F(0), F(0)),
    "ABC": (F(1), F(1), F(1), F(1), F(1), F(1), F(1), F(1)),
}
PRINTED_THREE_DIGITS = {
    "ABD": ("0", ".167", ".667", ".333", ".2", ".6", "0", ".25"),
    "ABCDE": ("0", "0", "1.0", ".333", ".2", ".6", "0", ".25"),
    "A": ("0", ".333", ".333", ".333", ".2", ".6", ".333", ".25"),
    "": ("0", "0", "0", "0", "0", ".4", "0", "0"),
}


def ticks(ticked: str) -> Ticks:
    right = len(set(ticked) & set(RIGHT))
    return Ticks(len(OPTIONS), len(RIGHT), right, len(ticked) - right)


def eight(ticked: str) -> tuple[Fraction, ...]:
    punishing = {option: F(1, 3) if option in RIGHT else F(-1, 2) for option in OPTIONS}
    lenient = {option: F(1, 3) if option in RIGHT else F(0) for option in OPTIONS}
    t = ticks(ticked)
    return (
        CHOICE_POLICIES["exact"](t),
        weights(punishing, ticked),
        weights(lenient, ticked),
        CHOICE_POLICIES["right_minus_wrong_correct"](t),
        CHOICE_POLICIES["right_minus_wrong_options"](t),
        CHOICE_POLICIES["per_decision"](t),
        CHOICE_POLICIES["proportional_correct"](t),
        CHOICE_POLICIES["halves"](t),
    )


@pytest.mark.parametrize("ticked", EIGHT_POLICIES)
def test_eight_policies(ticked: str) -> None:
    assert eight(ticked) == EIGHT_POLICIES[ticked]


@pytest.mark.parametrize("ticked", PRINTED_THREE_DIGITS)
def test_eight_policies_as_printed(ticked: str) -> None:
    for value, printed in zip(eight(ticked), PRINTED_THREE_DIGITS[ticked], strict=True):
        assert abs(value - F(printed)) <= F(1, 2000)


def test_halves_needs_enough_options() -> None:
    assert CHOICE_POLICIES["halves"](Ticks(options=3, correct=1, right=1, wrong=1)) == F(1, 2)
    assert CHOICE_POLICIES["halves"](Ticks(options=2, correct=1, right=1, wrong=1)) == 0
    assert CHOICE_POLICIES["halves"](Ticks(options=4, correct=2, right=1, wrong=1)) == 0


@given(st.data())
def test_every_choice_policy_pays_one_for_the_key_and_stays_in_range(data: st.DataObject) -> None:
    options = data.draw(st.integers(2, 10))
    correct = data.draw(st.integers(1, options))
    right = data.draw(st.integers(0, correct))
    wrong = data.draw(st.integers(0, options - correct))
    for policy in CHOICE_POLICIES.values():
        assert policy(Ticks(options, correct, correct, 0)) == 1
        value = policy(Ticks(options, correct, right, wrong))
        assert 0 <= value <= 1
        assert (value == 1) == (right == correct and wrong == 0)


@given(st.dictionaries(st.sampled_from(OPTIONS), st.fractions(-2, 2), min_size=1))
def test_weights_stay_in_range(weight_of: dict[str, Fraction]) -> None:
    assert 0 <= weights(weight_of, list(weight_of)) <= 1


@pytest.mark.parametrize("counts", [(4, 2, 3, 0), (4, 2, 1, 3), (4, 5, 1, 0), (4, 2, -1, 0), (4, 2, 1, -1)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot belong"):
        Ticks(*counts)


def test_an_item_without_a_right_option_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one right option"):
        Ticks(3, 0, 0, 0)


STEPS = "1234567"
RULES = (
    "all_or_nothing",
    "absolute_position",
    "next_exclude_last",
    "next_include_last",
    "one_previous_next",
    "all_previous_next",
    "longest_ordered",
    "longest_contiguous",
    "distance",
)
SEVEN_STEPS = {
    "1243567": (F(0), F(5, 7), F(1, 2), F(4, 7), F(1, 2), F(20, 21), F(6, 7), F(3, 7), F(20, 21)),
    "4123567": (F(0), F(3, 7), F(2, 3), F(5, 7), F(2, 3), F(6, 7), F(6, 7), F(3, 7), F(6, 7)),
    "1234576": (F(0), F(5, 7), F(2, 3), F(4, 7), F(2, 3), F(20, 21), F(6, 7), F(5, 7), F(20, 21)),
    "7654321": (F(0), F(1, 7), F(0), F(0), F(0), F(0), F(1, 7), F(1, 7), F(3, 7)),
    "1234567": (F(1),) * 9,
}
PRINTED_SEVEN_STEPS = {
    "1243567": ("0", ".714", ".5", ".571", ".5", ".952", ".857", ".429", ".952"),  # Numbing before Lip Mapping
    "4123567": ("0", ".429", ".667", ".714", ".667", ".857", ".857", ".429", ".857"),  # Numbing first of all
    "1234576": ("0", ".714", ".667", ".571", ".667", ".952", ".857", ".714", ".952"),  # Final Touch too early
    "7654321": ("0", ".143", "0", "0", "0", "0", ".143", ".143", ".429"),  # reversed
}


@pytest.mark.parametrize("order", SEVEN_STEPS)
def test_nine_ordering_rules_on_the_seven_steps(order: str) -> None:
    assert tuple(order_score(rule, STEPS, order) for rule in RULES) == SEVEN_STEPS[order]


@pytest.mark.parametrize("order", PRINTED_SEVEN_STEPS)
def test_nine_ordering_rules_as_printed(order: str) -> None:
    for rule, printed in zip(RULES, PRINTED_SEVEN_STEPS[order], strict=True):
        assert abs(order_score(rule, STEPS, order) - F(printed)) <= F(1, 2000)


def test_the_rules_by_name_are_these_nine() -> None:
    assert tuple(ORDERING_RULES) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_only_the_right_order_of_five_is_worth_everything(rule: str) -> None:
    for order in permutations("abcde"):
        value = order_score(rule, "abcde", order)
        assert 0 <= value <= 1
        assert (value == 1) == (order == tuple("abcde"))


@given(st.permutations("abcdef"), st.sets(st.integers(0, 5)), st.sampled_from(RULES))
def test_an_empty_place_never_earns_more_than_a_filled_one(order: list[str], empty: set[int], rule: str) -> None:
    partial = [None if index in empty else entry for index, entry in enumerate(order)]
    assert 0 <= order_score(rule, "abcdef", partial) <= order_score(rule, "abcdef", order)


def test_an_empty_place_breaks_a_run() -> None:
    assert order_score("longest_contiguous", "abcd", ["a", "b", None, "c"]) == F(1, 2)
    assert order_score("longest_ordered", "abcd", ["a", "b", None, "c"]) == F(3, 4)
    assert order_score("distance", "abcd", [None] * 4) == 0
    assert order_score("longest_ordered", "abcd", [None] * 4) == 0


@pytest.mark.parametrize(
    ("rule", "correct", "given_order", "reason"),
    [
        ("alphabetical", "abc", "abc", "no ordering rule"),
        ("distance", "a", "a", "at most once"),
        ("distance", "abc", "ab", "at most once"),
        ("distance", "abc", "aab", "at most once"),
        ("distance", "abc", "abx", "only name entries"),
    ],
)
def test_orders_that_make_no_sense_are_refused(rule: str, correct: str, given_order: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        order_score(rule, correct, list(given_order))


@pytest.mark.parametrize(
    ("answer", "kind", "value", "low", "high"),
    [
        (F(225), "nominal", F(1), F(224), F(226)),
        (F(-8), "relative", F(1, 4), F(-10), F(-6)),
        (F(6), "geometric", F(1, 2), F(4), F(9)),
        (F(-6), "geometric", F(1, 2), F(-9), F(-4)),
        (F(3), "nominal", F(0), F(3), F(3)),
    ],
)
def test_tolerances(answer: Fraction, kind: str, value: Fraction, low: Fraction, high: Fraction) -> None:
    assert tolerance_interval(answer, kind, value) == (low, high)


def test_tolerances_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        tolerance_interval(F(1), "nominal", F(-1))
    with pytest.raises(ValueError, match="no tolerance"):
        tolerance_interval(F(1), "rough", F(1))


def test_certainty_marks_as_listed() -> None:
    assert [certainty_mark(F(1), level) for level in (None, 1, 2, 3)] == [F(1, 3), F(1, 3), F(2, 3), F(1)]
    assert [certainty_mark(F(0), level) for level in (None, 1, 2, 3)] == [F(0), F(0), F(-2, 3), F(-2)]
    assert certainty_mark(F(1, 2), 3) == F(-1, 2)
    with pytest.raises(ValueError, match="1, 2 or 3"):
        certainty_mark(F(1), 4)


def test_every_policy_has_a_sentence() -> None:
    names = {*CHOICE_POLICIES, *ORDERING_RULES, "weights", "per_pair", "shares", "rubric"}
    assert set(POLICY_SENTENCES) == set(POLICY_NAMES) == names
    assert len(set(POLICY_NAMES.values())) == len(names)
    assert all(sentence.endswith(".") for sentence in POLICY_SENTENCES.values())


@pytest.mark.parametrize(
    ("policy", "ticked", "plain", "negative"),
    [
        ("right_minus_wrong_correct", "DE", F(0), F(-2, 3)),
        ("right_minus_wrong_options", "DE", F(0), F(-1)),
        ("right_minus_wrong_options", "D", F(0), F(-3, 5)),
        ("per_decision", "DE", F(0), F(0)),
        ("exact", "DE", F(0), F(0)),
        ("right_minus_wrong_correct", "ABD", F(1, 3), F(1, 3)),
    ],
)
def test_negative_marks_where_an_item_takes_them(policy: str, ticked: str, plain: Fraction, negative: Fraction) -> None:
    assert choice_score(policy, ticks(ticked)) == plain
    assert choice_score(policy, ticks(ticked), negative=True) == negative


def test_negative_weights_stop_at_minus_one() -> None:
    costly = {"A": F(1), "B": F(-2, 3), "C": F(-2, 3)}
    assert weights(costly, "BC") == 0
    assert weights(costly, "BC", F(-1)) == -1
    assert weights(costly, "AB", F(-1)) == F(1, 3)


@given(st.data())
def test_negative_marks_never_fall_below_minus_one(data: st.DataObject) -> None:
    options = data.draw(st.integers(2, 10))
    correct = data.draw(st.integers(1, options))
    t = Ticks(options, correct, data.draw(st.integers(0, correct)), data.draw(st.integers(0, options - correct)))
    for policy in CHOICE_POLICIES:
        assert -1 <= choice_score(policy, t, negative=True) <= choice_score(policy, t)
