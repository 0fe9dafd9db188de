"""What is said about an item, and that nothing is said on too little."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.assessment.statistics.answers import AnswerRow, AnswerTable, Tally
from app.domain.assessment.statistics.intervals import Interval
from app.domain.assessment.statistics.verdicts import ENOUGH, Evidence, Finding, Level, Verdict, verdicts, worst

KEY = Tally(10, 20, 25)


def table(*wrong: Tally, right: Tally = KEY) -> AnswerTable:
    made = [AnswerRow("", "Key", "", True, True, right)]
    made += [AnswerRow("", f"Wrong {n}", "", False, True, tally) for n, tally in enumerate(wrong, start=1)]
    return AnswerTable(tuple(made), sum((row.tally for row in made), Tally()), Tally(), Tally())


GOOD = Evidence(
    n=100,
    facility=0.6,
    facility_interval=Interval(0.5, 0.7),
    discrimination=35.0,
    discrimination_interval=Interval(17, 51),
    guess=0.25,
    safety=False,
    answers=table(Tally(10, 8, 4), Tally(13, 6, 4)),
)


def found(**changes: object) -> list[Finding]:
    return [verdict.finding for verdict in verdicts(replace(GOOD, **changes))]  # type: ignore[arg-type]


def test_a_good_item_is_called_good() -> None:
    assert verdicts(GOOD) == (Verdict(Finding.GOOD),)


def test_too_few_attempts_hide_everything() -> None:
    assert found(n=ENOUGH - 1, discrimination=-60.0, facility=0.01) == [Finding.TOO_FEW]
    assert found(n=ENOUGH, discrimination=-60.0) == [Finding.KEY_WRONG]
    assert found(facility=None) == [Finding.TOO_FEW]


def test_against_the_rest_means_the_key_may_be_wrong_and_sure_only_beyond_chance() -> None:
    unsure = verdicts(replace(GOOD, discrimination=-4.0, discrimination_interval=Interval(-23, 16)))
    sure = verdicts(replace(GOOD, discrimination=-40.0, discrimination_interval=Interval(-56, -22)))
    assert unsure == (Verdict(Finding.KEY_WRONG),)
    assert sure == (Verdict(Finding.KEY_WRONG, sure=True),)
    assert verdicts(replace(GOOD, discrimination=-100.0, discrimination_interval=None))[0].sure is False


def test_weak_separation_is_no_fault_where_nearly_everybody_is_right() -> None:
    assert found(discrimination=5.0) == [Finding.WEAK]
    assert found(discrimination=5.0, facility=0.97) == [Finding.TOO_EASY]
    assert found(discrimination=None, facility=1.0) == [Finding.TOO_EASY]


def test_a_safety_item_is_never_too_easy() -> None:
    assert found(discrimination=5.0, facility=0.97, safety=True) == [Finding.GOOD]


def test_hard_and_no_better_than_guessing() -> None:
    assert found(facility=0.28) == [Finding.TOO_HARD]
    assert found(facility=0.25) == [Finding.BELOW_GUESS]
    assert found(facility=0.25, guess=None) == [Finding.TOO_HARD]
    sure = verdicts(replace(GOOD, facility=0.1, facility_interval=Interval(0.05, 0.18)))
    assert sure == (Verdict(Finding.BELOW_GUESS, sure=True),)
    assert verdicts(replace(GOOD, facility=0.1, facility_interval=None))[0].sure is False


def test_a_distractor_that_draws_nobody_is_named_once_there_are_enough() -> None:
    dead = table(Tally(12, 9, 3), Tally(0, 0, 0), Tally(1, 0, 0))
    assert verdicts(replace(GOOD, answers=dead)) == (Verdict(Finding.DEAD_OPTION, ("Wrong 2", "Wrong 3")),)
    assert found(answers=table(Tally(3, 2, 1), Tally(0, 0, 0), right=Tally(10, 10, 10))) == [Finding.GOOD]


def test_a_distractor_that_draws_the_best_is_named() -> None:
    drawing = table(Tally(2, 5, 9), Tally(9, 5, 1))
    assert verdicts(replace(GOOD, answers=drawing)) == (Verdict(Finding.BEST_FOOLED, ("Wrong 1",)),)
    few = table(Tally(0, 1, 2), Tally(9, 5, 1))
    assert found(answers=few) == [Finding.GOOD]


def test_without_thirds_nobody_is_drawn() -> None:
    middle = table(Tally(0, 30, 0), right=Tally(0, 60, 0))
    assert found(answers=middle) == [Finding.GOOD]


def test_the_most_urgent_comes_first() -> None:
    drawing = table(Tally(2, 5, 9), Tally(0, 0, 0), Tally(9, 5, 1))
    several = verdicts(replace(GOOD, discrimination=-5.0, facility=0.2, answers=drawing))
    assert [verdict.finding for verdict in several] == [
        Finding.KEY_WRONG,
        Finding.BELOW_GUESS,
        Finding.BEST_FOOLED,
        Finding.DEAD_OPTION,
    ]
    assert worst(several) == Verdict(Finding.KEY_WRONG)


def test_what_may_be_chance_is_only_worth_a_look() -> None:
    assert Verdict(Finding.KEY_WRONG).level is Level.WARN
    assert Verdict(Finding.KEY_WRONG, sure=True).level is Level.BAD
    weak_and_sure = [Verdict(Finding.WEAK), Verdict(Finding.BELOW_GUESS, sure=True), Verdict(Finding.KEY_WRONG)]
    assert worst(weak_and_sure).finding is Finding.BELOW_GUESS


def test_a_key_that_nearly_everybody_finds_is_not_doubted() -> None:
    assert found(discrimination=-12.0, facility=0.97) == [Finding.TOO_EASY]


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_has_its_urgency(finding: Finding) -> None:
    assert Verdict(finding).level in Level
