"""Scoring policies by name: what share of an item's points a response earns. All exact, all in 0 to 1.

Sources: the tables of the house's learning reference, section 3.1 (Moodle, Canvas, Brightspace, edX, RELATE).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

ZERO = Fraction(0)
ONE = Fraction(1)


def clamp(value: Fraction, low: Fraction = ZERO) -> Fraction:
    """Return the value, held between `low` (0 unless negative marks are taken) and 1."""
    return min(max(value, low), ONE)


@dataclass(frozen=True, slots=True)
class Ticks:
    """What was ticked on a multiple-response item, as counts.

    `options` in all, `correct` of them right; `right` and `wrong` ones were ticked.
    """

    options: int
    correct: int
    right: int
    wrong: int

    def __post_init__(self) -> None:
        if not (0 <= self.right <= self.correct <= self.options and 0 <= self.wrong <= self.options - self.correct):
            raise ValueError("These counts cannot belong to one item.")
        if self.correct < 1:
            raise ValueError("An item needs at least one right option.")

    @property
    def wrong_decisions(self) -> int:
        """Right options left out plus wrong options ticked."""
        return self.correct - self.right + self.wrong


def exact(ticks: Ticks) -> Fraction:
    """1 when every right option and no other is ticked, else 0."""
    return ONE if ticks.wrong_decisions == 0 else ZERO


def right_minus_wrong_correct(ticks: Ticks, low: Fraction = ZERO) -> Fraction:
    """max(low, (R - W) / K), K = number of right options (Canvas New Quizzes)."""
    return clamp(Fraction(ticks.right - ticks.wrong, ticks.correct), low)


def right_minus_wrong_options(ticks: Ticks, low: Fraction = ZERO) -> Fraction:
    """max(low, (R - W) / n), n = number of options (Brightspace).

    R and W count decisions: an option is decided rightly when it is ticked and right, or left and wrong.
    Counting ticks alone would give a perfect answer only K/n of the points.
    """
    wrong = ticks.wrong_decisions
    return clamp(Fraction(ticks.options - 2 * wrong, ticks.options), low)


def per_decision(ticks: Ticks) -> Fraction:
    """(n - wrong decisions) / n (edX "every decision counts", RELATE "proportional").

    As a formula it pays for a blank; items of the house give an unanswered item nothing.
    """
    return Fraction(ticks.options - ticks.wrong_decisions, ticks.options)


def proportional_correct(ticks: Ticks) -> Fraction:
    """R / K, but 0 as soon as one wrong option is ticked (RELATE)."""
    return ZERO if ticks.wrong else Fraction(ticks.right, ticks.correct)


def halves(ticks: Ticks) -> Fraction:
    """Half for one wrong decision (3 options or more), a quarter for two (5 or more), else 0 (edX)."""
    wrong = ticks.wrong_decisions
    if wrong == 0:
        return ONE
    if wrong == 1 and ticks.options >= 3:
        return Fraction(1, 2)
    if wrong == 2 and ticks.options >= 5:
        return Fraction(1, 4)
    return ZERO


def weights(weight_of: Mapping[str, Fraction], ticked: Collection[str], low: Fraction = ZERO) -> Fraction:
    """The weights of the ticked options added up, held between `low` and 1 (Moodle)."""
    return clamp(sum((weight_of[option] for option in ticked), ZERO), low)


CHOICE_POLICIES: Mapping[str, Callable[[Ticks], Fraction]] = {
    "exact": exact,
    "right_minus_wrong_correct": right_minus_wrong_correct,
    "right_minus_wrong_options": right_minus_wrong_options,
    "per_decision": per_decision,
    "proportional_correct": proportional_correct,
    "halves": halves,
}
# Where a wrong answer may cost points, if the item says so. The others never fall below 0 by themselves.
NEGATIVE_POLICIES: Mapping[str, Callable[[Ticks, Fraction], Fraction] | None] = {
    "right_minus_wrong_correct": right_minus_wrong_correct,
    "right_minus_wrong_options": right_minus_wrong_options,
    "weights": None,
}


def choice_score(policy: str, ticks: Ticks, *, negative: bool = False) -> Fraction:
    """Return what some ticks earn under a policy of `CHOICE_POLICIES`; with `negative` down to -1 where it may."""
    signed = NEGATIVE_POLICIES.get(policy) if negative else None
    return signed(ticks, -ONE) if signed else CHOICE_POLICIES[policy](ticks)


Given = Sequence[str | None]


def _all_or_nothing(correct: Sequence[str], given: Given) -> Fraction:
    return ONE if list(given) == list(correct) else ZERO


def _absolute_position(correct: Sequence[str], given: Given) -> Fraction:
    return Fraction(sum(a == b for a, b in zip(correct, given, strict=True)), len(correct))


def _followers(order: Given) -> dict[str, str | None]:
    """Map each entry to the one right after it; the last has no row. An empty place follows nobody."""
    return {here: after for here, after in pairwise(order) if here is not None and after is not None}


def _kept_neighbors(correct: Sequence[str], given: Given) -> int:
    follows = _followers(given)
    return sum(follows.get(here) == after for here, after in _followers(correct).items())


def _next_exclude_last(correct: Sequence[str], given: Given) -> Fraction:
    return Fraction(_kept_neighbors(correct, given), len(correct) - 1)


def _next_include_last(correct: Sequence[str], given: Given) -> Fraction:
    return Fraction(_kept_neighbors(correct, given) + (given[-1] == correct[-1]), len(correct))


def _one_previous_next(correct: Sequence[str], given: Given) -> Fraction:
    # Each kept pair is right twice: once as "next" of the first, once as "previous" of the second.
    return Fraction(2 * _kept_neighbors(correct, given), 2 * (len(correct) - 1))


def _all_previous_next(correct: Sequence[str], given: Given) -> Fraction:
    place = {entry: index for index, entry in enumerate(given) if entry is not None}
    size = len(correct)
    kept = sum(
        first in place and second in place and place[first] < place[second]
        for index, first in enumerate(correct)
        for second in correct[index + 1 :]
    )
    return Fraction(kept, size * (size - 1) // 2)


def _ranks(correct: Sequence[str], given: Given) -> list[int]:
    rank = {entry: index for index, entry in enumerate(correct)}
    return [rank[entry] for entry in given if entry is not None]


def _longest_ordered(correct: Sequence[str], given: Given) -> Fraction:
    best: list[int] = []  # best[i]: longest run of ascending ranks that ends at the i-th entry given
    ranks = _ranks(correct, given)
    for index, rank in enumerate(ranks):
        best.append(1 + max((best[j] for j in range(index) if ranks[j] < rank), default=0))
    return Fraction(max(best, default=0), len(correct))


def _longest_contiguous(correct: Sequence[str], given: Given) -> Fraction:
    follows = dict(pairwise(correct))
    longest = run = 0
    before: str | None = None
    for entry in given:
        # An empty place ends the run; a run of one counts, so any entry given is worth at least 1/n.
        unbroken = entry is not None and before is not None and follows.get(before) == entry
        run = run + 1 if unbroken else int(entry is not None)
        longest, before = max(longest, run), entry
    return Fraction(longest, len(correct))


def _distance(correct: Sequence[str], given: Given) -> Fraction:
    place = {entry: index for index, entry in enumerate(given) if entry is not None}
    farthest = len(correct) - 1
    near = sum(farthest - abs(place[entry] - index) for index, entry in enumerate(correct) if entry in place)
    return Fraction(near, len(correct) * farthest)


ORDERING_RULES: Mapping[str, Callable[[Sequence[str], Given], Fraction]] = {
    "all_or_nothing": _all_or_nothing,
    "absolute_position": _absolute_position,
    "next_exclude_last": _next_exclude_last,
    "next_include_last": _next_include_last,
    "one_previous_next": _one_previous_next,
    "all_previous_next": _all_previous_next,
    "longest_ordered": _longest_ordered,
    "longest_contiguous": _longest_contiguous,
    "distance": _distance,
}


def order_score(rule: str, correct: Sequence[str], given: Given) -> Fraction:
    """Return what a given order earns under one of the nine rules; None in `given` is an empty place.

    Raises ValueError for an unknown rule, fewer than two entries, or an order of other entries.
    """
    if rule not in ORDERING_RULES:
        raise ValueError(f"There is no ordering rule {rule!r}.")
    placed = [entry for entry in given if entry is not None]
    if len(correct) < 2 or len(given) != len(correct) or len(set(placed)) != len(placed):
        raise ValueError("An order names each entry at most once and has a place for each.")
    if not set(placed) <= set(correct):
        raise ValueError("An order may only name entries of the item.")
    return ORDERING_RULES[rule](correct, given)


def tolerance_interval(answer: Fraction, kind: str, value: Fraction) -> tuple[Fraction, Fraction]:
    """Return the lowest and highest accepted number (Moodle's three kinds of tolerance).

    nominal: answer +- value; relative: answer +- |answer| x value; geometric: from answer / (1 + value) to
    answer x (1 + value). Exact fractions need no epsilon. Raises ValueError for an unknown kind or a negative value.
    """
    if value < 0:
        raise ValueError("A tolerance cannot be negative.")
    if kind == "nominal":
        return answer - value, answer + value
    if kind == "relative":
        return answer - abs(answer) * value, answer + abs(answer) * value
    if kind == "geometric":
        ends = (answer / (1 + value), answer * (1 + value))
        return min(ends), max(ends)
    raise ValueError(f"There is no tolerance {kind!r}.")


CERTAINTIES = (1, 2, 3)
SURE = 3
CERTAINTY_SHOWN_TIMES = 3
"""Certainty marks are shown three times as large: right 1, 2, 3; wrong 0, -2, -6."""


def certainty_mark(fraction: Fraction, certainty: int | None) -> Fraction:
    """Return the certainty-based mark, -2 to 1: sure and wrong costs most (Moodle's CBM).

    Certainty 1: f/3; 2: 4f/3 - 2/3; 3: 3f - 2. None chosen counts as 1. Raises ValueError for another level.
    """
    if certainty is None or certainty == 1:
        return fraction / 3
    if certainty == 2:
        return Fraction(4, 3) * fraction - Fraction(2, 3)
    if certainty == 3:
        return 3 * fraction - 2
    raise ValueError("Certainty is 1, 2 or 3.")


POLICY_NAMES: Mapping[str, str] = {
    "exact": "Exact",
    "right_minus_wrong_correct": "Right minus wrong, over the right ones",
    "right_minus_wrong_options": "Right minus wrong, over all options",
    "per_decision": "Per decision",
    "proportional_correct": "Share of the right ones",
    "halves": "Halves",
    "weights": "Weights",
    "per_pair": "Per pair",
    "shares": "Shares",
    "rubric": "Rubric",
    "all_or_nothing": "All or nothing",
    "absolute_position": "Absolute position",
    "next_exclude_last": "Next one, without the last",
    "next_include_last": "Next one, with the last",
    "one_previous_next": "Neighbors",
    "all_previous_next": "All before and after",
    "longest_ordered": "Longest ordered series",
    "longest_contiguous": "Longest unbroken series",
    "distance": "Distance",
}
POLICY_SENTENCES: Mapping[str, str] = {
    "exact": "All or nothing: the whole answer must be right.",
    "right_minus_wrong_correct": "Each wrong choice cancels a right one; what is left counts.",
    "right_minus_wrong_options": "Every option is a decision; each wrong decision cancels a right one.",
    "per_decision": "Every option is a decision; the share of right decisions counts.",
    "proportional_correct": "Right choices count in proportion, as long as no wrong one is ticked.",
    "halves": "One wrong decision halves the points, two leave a quarter.",
    "weights": "Each option has its own weight; the weights of those ticked are added.",
    "per_pair": "Each right pair counts the same.",
    "shares": "Each part has its share of the points.",
    "rubric": "An instructor gives points for each criterion of the rubric.",
    "all_or_nothing": "All or nothing: the whole order must be right.",
    "absolute_position": "Each entry in its right place counts.",
    "next_exclude_last": "Each entry followed by the right one counts; the last is left out.",
    "next_include_last": "Each entry followed by the right one counts, and the right end counts too.",
    "one_previous_next": "Each right neighbor, before and after, counts.",
    "all_previous_next": "Each pair in the right order counts, neighbors or not.",
    "longest_ordered": "The longest series in the right order counts, gaps allowed.",
    "longest_contiguous": "The longest unbroken series counts.",
    "distance": "Each entry counts by how near it is to its right place.",
}
